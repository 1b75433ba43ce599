/** Audio and video between Node and real browsers: the browser's own statistics say whether it plays. */
import { afterEach, expect, test } from "vitest";
import { RTCPeerConnection, type RTCRtpSynchronizationSource, type RTCTrackEvent } from "../../src/index.ts";
import { feedSilence, type ReceivedTone, subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { until } from "../until.testing.ts";
import { skipIf } from "./in-browser.testing.ts";
import { answerPage, describeWithCamera, echo, preferring } from "./media.testing.ts";

describeWithCamera((name, page) => {
  let connection: RTCPeerConnection | undefined;

  afterEach(() => connection?.close());

  test("audio and video that Node sends back play in the page", async () => {
    connection = await echo(page());
    const video = await page().receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 25);
    const audio = await page().receives(
      ({ kind, totalSamplesReceived, concealedSamples }) =>
        kind === "audio" && totalSamplesReceived > 48_000 && concealedSamples < totalSamplesReceived / 4,
    );
    console.log(`${name}: ${JSON.stringify([video, audio])}`);
    expect(video.keyFramesDecoded).toBeGreaterThan(0);
  });

  /** What a browser does not have is skipped: Firefox has no H.264 where its plug-in is missing. */
  const codecs = ["VP8", "VP9", "AV1", "H264"];
  test.each(codecs)("frames of %s that Node takes out and puts in again play in the page", async (codec) => {
    connection = new RTCPeerConnection();
    const source = new TrackSource("video");
    let frames = 0;
    connection.addEventListener("track", (event) => {
      const { track } = event as unknown as RTCTrackEvent;
      if (track.kind !== "video") return;
      const subscription = subscribe(track, {
        frame: (frame) => {
          frames++;
          source.writeFrame(frame);
        },
      });
      source.onkeyframerequest = () => subscription.requestKeyFrame();
      connection!.addTrack(trackFrom(source));
    });
    if (!(await answerPage(connection, page(), preferring("video", codec)))) {
      console.log(`Skipped: ${name} has no ${codec}.`);
      return;
    }
    const video = await page().receives(
      ({ kind, framesDecoded, mimeType }) => kind === "video" && framesDecoded > 20 && mimeType !== "",
    );
    expect(video.mimeType).toBe(`video/${codec}`);
    expect(frames).toBeGreaterThanOrEqual(video.framesDecoded);
  });

  test.each(["opus", "red", "G722", "PCMU", "PCMA"])(
    "sound in %s that Node takes out and puts in again is heard in the page",
    async (codec) => {
      connection = new RTCPeerConnection();
      const source = new TrackSource("audio");
      const formats = new Set<string | undefined>();
      connection.addEventListener("track", (event) => {
        const { track } = event as unknown as RTCTrackEvent;
        if (track.kind !== "audio") return;
        subscribe(track, {
          frame: (frame) => {
            formats.add(frame.mimeType);
            source.writeFrame(frame);
          },
        });
        connection!.addTrack(trackFrom(source));
      });
      if (!(await answerPage(connection, page(), preferring("audio", codec)))) {
        console.log(`Skipped: ${name} has no ${codec}.`);
        return;
      }
      const audio = await page().receives(
        ({ kind, totalSamplesReceived, concealedSamples }) =>
          kind === "audio" && totalSamplesReceived > 24_000 && concealedSamples < totalSamplesReceived / 4,
      );
      // RED carries Opus.
      const carried = codec === "red" ? "audio/opus" : `audio/${codec}`;
      expect(audio.mimeType).toBe(carried);
      expect([...formats]).toEqual([carried]);
    },
  );

  test("times of capture go to Node and back, on request (abs-capture-time)", async (context) => {
    connection = new RTCPeerConnection();
    connection.addEventListener("track", (event) => {
      const { track, streams } = event as unknown as RTCTrackEvent;
      connection!.addTrack(track, ...streams);
    });
    await answerPage(connection, page(), WITH_CAPTURE_TIMES);
    skipIf(context, !connection.localDescription!.sdp.includes("abs-capture-time"), `${name} has them not.`);
    const told = () => connection!.getReceivers().flatMap((receiver) => receiver.getSynchronizationSources());
    await until(() => told().length === 2 && told().every(isCaptured), "both sources' times");
    for (const { captureTimestamp, senderCaptureTimeOffset } of told()) {
      // Milliseconds since 1900; page and Node have one clock here.
      const age = Date.now() + 2_208_988_800_000 - captureTimestamp!;
      expect(Math.abs(age)).toBeLessThan(60_000);
      expect(senderCaptureTimeOffset ?? 0).toBeCloseTo(0, 3);
    }
    const seen = () => page().run<RTCRtpSynchronizationSource[]>(SOURCES);
    await until(async () => (await seen()).filter(isCaptured).length === 2, "the same in the page");
    console.log(JSON.stringify([told(), await seen()]));
  });

  test("tones of the page's RTCDTMFSender are told in Node, each once (RFC 4733)", async () => {
    connection = new RTCPeerConnection();
    const heard: ReceivedTone[] = [];
    connection.addEventListener("track", (event) => {
      const { track } = event as unknown as RTCTrackEvent;
      if (track.kind === "audio") subscribe(track, { tone: (tone) => heard.push(tone) });
    });
    await answerPage(connection, page());
    await until(() => connection!.connectionState === "connected", "the connection");
    await page().run(`
      const { dtmf } = pc.getSenders().find(({ track }) => track.kind === "audio");
      while (!dtmf.canInsertDTMF) await new Promise((resolve) => setTimeout(resolve, 20));
      dtmf.insertDTMF("19*#D", 120, 80);
    `);
    await until(() => heard.length >= 5, "five tones");
    expect(heard.map(({ tone }) => tone).join("")).toBe("19*#D");
    for (const { duration } of heard) expect(duration).toBeGreaterThanOrEqual(60);
  });

  test("tones of our RTCDTMFSender are heard in the page, out of silence (RFC 4733)", async () => {
    connection = new RTCPeerConnection();
    const source = new TrackSource("audio");
    feedSilence(source);
    connection.addTrack(trackFrom(source));
    await answerPage(connection, page());
    // Of what is muted, browsers tell no energy.
    await page().run("for (const element of document.querySelectorAll('audio')) element.muted = false;");
    const silent = await page().receives(
      ({ kind, totalSamplesReceived }) => kind === "audio" && totalSamplesReceived > 48_000,
    );
    const { dtmf } = connection.getSenders().find(({ track }) => track?.kind === "audio")!;
    await until(() => dtmf!.canInsertDTMF, "tones to be possible");
    dtmf!.insertDTMF("159D", 500, 100);
    // A loud second has an energy of about one, silence none (webrtc-stats §8.4).
    const loud = await page().receives(
      ({ kind, totalAudioEnergy }) =>
        kind === "audio" && totalAudioEnergy > silent.totalAudioEnergy + AUDIBLE,
    );
    console.log(`${name}: energy of silence ${silent.totalAudioEnergy}, of tones ${loud.totalAudioEnergy}`);
    expect(silent.totalAudioEnergy).toBeLessThan(AUDIBLE / 10);
  });

  test("comfort noise goes to Node and back in place of silence (RFC 3389)", async (context) => {
    connection = new RTCPeerConnection();
    const formats = new Map<string, number>();
    connection.addEventListener("track", (event) => {
      const { track } = event as unknown as RTCTrackEvent;
      if (track.kind !== "audio") return;
      subscribe(track, {
        packets: (packets) => {
          for (const { mimeType } of packets) formats.set(mimeType, (formats.get(mimeType) ?? 0) + 1);
        },
      });
      connection!.addTrack(track);
    });
    const offered = await answerPage(connection, page(), WITH_COMFORT_NOISE);
    skipIf(context, !offered, `${name} has none.`);
    await page().receives(({ kind, totalSamplesReceived }) => kind === "audio" && totalSamplesReceived > 0);
    await page().run("for (const track of stream.getAudioTracks()) track.enabled = false;");
    try {
      await until(() => (formats.get("audio/CN") ?? 0) > 3, "comfort noise").catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify([...formats])}`);
      });
      const before = await page().receives(({ kind }) => kind === "audio");
      await page().receives(
        ({ kind, packetsReceived }) => kind === "audio" && packetsReceived > before.packetsReceived + 3,
      );
    } finally {
      await page().run("for (const track of stream.getAudioTracks()) track.enabled = true;");
    }
  });
});

/** Energy of sound that can be heard (webrtc-stats §8.4: 1 is a second at full volume). */
const AUDIBLE = 0.001;

/** Code for the page: its sound is in PCMU, or nothing at all while it is silent. */
const WITH_COMFORT_NOISE = `
  const { codecs } = RTCRtpSender.getCapabilities("audio");
  const ofRate = (name) => codecs.filter(({ mimeType, clockRate }) => mimeType === name && clockRate === 8000);
  if (ofRate("audio/CN").length === 0) { pc.close(); return ""; }
  pc.getTransceivers().find(({ sender }) => sender.track?.kind === "audio")
    .setCodecPreferences([...ofRate("audio/PCMU"), ...ofRate("audio/CN")]);
`;

/** Code for the page: it asks for times of capture. */
const WITH_CAPTURE_TIMES = `
  for (const transceiver of pc.getTransceivers()) {
    const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
    for (const extension of extensions)
      if (extension.uri.endsWith("/abs-capture-time")) extension.direction = "sendrecv";
    transceiver.setHeaderExtensionsToNegotiate?.(extensions);
  }
`;

const SOURCES = "return pc.getReceivers().flatMap((receiver) => receiver.getSynchronizationSources());";

const isCaptured = ({ captureTimestamp }: RTCRtpSynchronizationSource) => captureTimestamp !== undefined;
