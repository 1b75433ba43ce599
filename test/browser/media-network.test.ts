/** Calls with real browsers that do not go smoothly: packets are lost, and what was agreed on changes while media flows. */
import { afterEach, expect, test } from "vitest";
import { type MediaStreamTrack, RTCPeerConnection, type RTCTrackEvent } from "../../src/index.ts";
import { PacketSwitch, subscribe, trackFrom } from "../../src/media/index.ts";
import { until } from "../until.testing.ts";
import { NETWORK_ADDRESS, NO_NETWORK, skipIf } from "./in-browser.testing.ts";
import { LossyPath } from "./lossy-path.testing.ts";
import {
  answerPage,
  describeWithCamera,
  echo,
  type MediaPage,
  negotiate,
  preferring,
  type Received,
  statistics,
} from "./media.testing.ts";

if (NO_NETWORK !== undefined) console.log(`Skipped: calls over a path that loses packets: ${NO_NETWORK}`);

describeWithCamera((name, page) => {
  let connection: RTCPeerConnection | undefined;
  let path: LossyPath | undefined;

  afterEach(() => {
    connection?.close();
    path?.close();
    path = undefined;
  });

  /** Waits until `frames` more frames of video are decoded than now. */
  async function playsOn(frames = 15): Promise<Received> {
    const before = await page().receives(({ kind }) => kind === "video");
    return page().receives(
      ({ kind, framesDecoded }) => kind === "video" && framesDecoded >= before.framesDecoded + frames,
    );
  }

  /** Code for the page: its transceiver of video. */
  const VIDEO = "const video = pc.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video');";

  const ours = (type: "outbound-rtp" | "inbound-rtp") => statistics(connection!, type);

  test.skipIf(NO_NETWORK !== undefined)(
    "at 5 % loss both ways video plays without a freeze of two seconds, and after an outage again",
    async () => {
      path = await LossyPath.open(NETWORK_ADDRESS!, 1);
      connection = await echo(page(), (from, sdp) => path!.signalled(from, sdp));
      await page().receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 0);
      path.loss = 0.05;
      const { longest, frames } = await steady(page(), 5000);
      console.log(`${name} at 5 % loss: ${frames} frames, longest pause ${longest.toFixed(0)} ms`);
      // Both ends have asked for what was lost, and both have sent it again.
      await page().receives(({ kind, nackCount }) => kind === "video" && nackCount > 0);
      await until(async () => (await ours("inbound-rtp")).nackCount! > 0, "our requests");
      await until(async () => (await ours("outbound-rtp")).retransmittedPacketsSent! > 0, "our repetitions");
      path.loss = 1;
      const { lost } = path;
      await until(() => path!.lost > lost + 60, "an outage");
      path.loss = 0.05;
      await playsOn(30);
      // A key frame that is asked for comes, though requests are lost as well.
      const incoming = connection.getReceivers().find(({ track }) => track.kind === "video")!;
      const { keyFramesDecoded } = await page().receives(({ kind }) => kind === "video");
      const subscription = subscribe(incoming.track, {});
      await until(async () => {
        subscription.requestKeyFrame();
        return (await page().received()).some((video) => video.keyFramesDecoded > keyFramesDecoded);
      }, "a key frame");
      await until(
        async () => (await ours("inbound-rtp")).pliCount! > 0,
        "our requests of a key frame to count",
      );
    },
  );

  test("tracks are replaced, directions change, ICE restarts and sections are added while media flows", async () => {
    connection = await echo(page());
    await playsOn();
    await page().run(`
        ${VIDEO}
        await video.sender.replaceTrack(picture(200, 100).getVideoTracks()[0]);
      `);
    await page().receives(
      ({ kind, frameHeight }) => kind === "video" && frameHeight <= 100 && frameHeight > 0,
    );
    await page().run(`${VIDEO} await video.sender.replaceTrack(stream.getVideoTracks()[0])`);
    await page().receives(({ kind, frameHeight }) => kind === "video" && frameHeight > 100);

    // The page stops to send: our track falls silent, and there is nothing to send back.
    const incoming = connection.getTransceivers().find(({ receiver }) => receiver.track.kind === "video")!;
    const muted: boolean[] = [];
    incoming.receiver.track.addEventListener("mute", () => muted.push(true));
    incoming.receiver.track.addEventListener("unmute", () => muted.push(false));
    await negotiate(connection, page(), `${VIDEO} video.direction = "recvonly";`);
    expect([incoming.currentDirection, incoming.receiver.track.muted]).toEqual(["sendonly", true]);
    await negotiate(connection, page(), `${VIDEO} video.direction = "sendrecv";`);
    expect(incoming.currentDirection).toBe("sendrecv");
    await until(() => muted.length === 2, "our track to be unmuted");
    expect(muted).toEqual([true, false]);
    await playsOn();

    await negotiate(connection, page(), "pc.restartIce();");
    await playsOn();
    await until(
      async () => /connected|completed/.test(await page().run("return pc.iceConnectionState")),
      "the page's ICE to be connected over the new path",
    );

    await negotiate(connection, page(), "pc.createDataChannel('more'); pc.addTransceiver('audio');");
    expect(connection.getTransceivers()).toHaveLength(3);
    await playsOn();
  });

  test("audio and video flow over transports of their own where nothing is bundled", async () => {
    const unbundled = (_from: string, sdp: string) => sdp.replace(/^a=group:BUNDLE.*\r\n/m, "");
    connection = new RTCPeerConnection({ bundlePolicy: "max-compat" });
    connection.addEventListener("track", (event) => {
      const { track, streams } = event as unknown as RTCTrackEvent;
      connection!.addTrack(track, ...streams);
    });
    const begin =
      "open({ bundlePolicy: 'max-compat' }); for (const track of stream.getTracks()) pc.addTrack(track, stream);";
    await negotiate(connection, page(), begin, unbundled);
    await playsOn();
    await page().receives(
      ({ kind, totalSamplesReceived }) => kind === "audio" && totalSamplesReceived > 24_000,
    );
    const transports = new Set(connection.getSenders().map(({ transport }) => transport));
    expect(transports.size).toBe(2);
  });

  test.skipIf(NO_NETWORK !== undefined)(
    `on a long path that loses packets ${name} sends repair packets, which give back what is lost (RFC 5109)`,
    async () => {
      path = await LossyPath.open(NETWORK_ADDRESS!, 2);
      connection = await echo(page(), (from, sdp) => path!.signalled(from, sdp));
      await page().receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 0);
      path.latency = 75;
      path.loss = 0.05;
      await until(async () => {
        const { fecPacketsReceived, fecPacketsDiscarded } = await ours("inbound-rtp");
        return fecPacketsReceived! >= 20 && fecPacketsReceived! - fecPacketsDiscarded! >= 3;
      }, "packets to be recovered");
      await playsOn();
    },
  );

  test.skipIf(NO_NETWORK !== undefined)(
    `${name} recovers what is lost by our repair packets where nothing can be asked for again (RFC 5109)`,
    async () => {
      path = await LossyPath.open(NETWORK_ADDRESS!, 3);
      const signalled = (from: "page" | "node", sdp: string) =>
        path!.signalled(from, sdp).replace(/^a=rtcp-fb:\d+ nack\r\n/gm, "");
      connection = await echo(page(), signalled);
      await playsOn();
      const red = Number(/^a=rtpmap:(\d+) red\/90000/m.exec(connection.localDescription!.sdp)![1]);
      let count = 0;
      // One of twelve: no group of ten and its repair packet loses two.
      path.loses = (from, packet) => from === "node" && (packet[1]! & 0x7f) === red && count++ % 12 === 11;
      const before = await page().receives(({ kind }) => kind === "video");
      await until(() => path!.lost >= 40, "losses");
      const after = await page().receives(({ kind }) => kind === "video");
      const since = (count: keyof Received) => Number(after[count]) - Number(before[count]);
      const counts = ["packetsLost", "pliCount", "keyFramesDecoded", "freezeCount", "framesDecoded"] as const;
      console.log(`${name}: ${counts.map((count) => `${count} ${since(count)}`).join(", ")}`);
      // Browsers do not count repair packets inside of RED. They count what did not come, and have nothing to ask for.
      expect(since("packetsLost")).toBeGreaterThan(20);
      expect(since("pliCount")).toBeLessThan(15);
    },
  );

  test.skipIf(NO_NETWORK !== undefined)(
    "sound that is lost comes again with the next: at 5 % loss with us, and with every other packet lost in the page (RFC 2198)",
    async (context) => {
      path = await LossyPath.open(NETWORK_ADDRESS!, 6);
      connection = await echo(page(), (from, sdp) => path!.signalled(from, sdp), preferring("audio", "red"));
      skipIf(context, connection.remoteDescription === null, `${name} has no RED for sound.`);
      const heard = () =>
        page().receives(({ kind, totalSamplesReceived }) => kind === "audio" && totalSamplesReceived > 0);
      await heard();
      path.loss = 0.05;
      await until(async () => {
        const { fecPacketsReceived = 0, fecPacketsDiscarded = 0 } = await statistics(
          connection!,
          "inbound-rtp",
          "audio",
        );
        return fecPacketsReceived - fecPacketsDiscarded >= 10;
      }, "ten packets that we had not");
      path.loss = 0;
      const red = Number(/^a=rtpmap:(\d+) red\/48000/m.exec(connection.localDescription!.sdp)![1]);
      let count = 0;
      path.loses = (from, packet) => from === "node" && (packet[1]! & 0x7f) === red && count++ % 2 === 1;
      // Without what goes along, every second of sound is half concealed.
      await until(async () => {
        const before = await heard();
        const after = await page().receives(
          ({ kind, totalSamplesReceived }) =>
            kind === "audio" && totalSamplesReceived >= before.totalSamplesReceived + 96_000,
        );
        const concealed = after.concealedSamples - before.concealedSamples;
        const part = concealed / (after.totalSamplesReceived - before.totalSamplesReceived);
        const lost = after.packetsLost - before.packetsLost;
        console.log(`${name}: ${lost} packets of sound lost, ${(part * 100).toFixed(1)} % of it concealed`);
        return lost >= 30 && part < 0.2;
      }, "two seconds of which less than a fifth is concealed");
    },
  );

  test("layers of a simulcast are told apart, and the one that is sent back is switched", async () => {
    connection = new RTCPeerConnection();
    const layers = new PacketSwitch();
    let camera: MediaStreamTrack | undefined;
    const seen = new Map<string, number>();
    connection.addEventListener("track", (event) => {
      const { track } = event as unknown as RTCTrackEvent;
      camera = track;
      subscribe(track, {
        packets: (packets) => {
          for (const { rid } of packets) seen.set(rid!, (seen.get(rid!) ?? 0) + 1);
        },
      });
      connection!.addTrack(trackFrom(layers));
    });
    await answerSimulcast(connection, page());
    const shows = async (layer: string, wanted: (height: number) => boolean) => {
      await until(() => (seen.get(layer) ?? 0) > 20, `layer ${layer}`);
      layers.select(camera!, layer);
      await until(() => layers.selected?.rid === layer, `a key frame of layer ${layer}`);
      await playsOn();
      // Firefox makes all of its layers smaller on a machine that is busy.
      if (name === "Chromium")
        await page().receives(({ kind, frameHeight }) => kind === "video" && wanted(frameHeight));
    };
    await shows("q", (value) => value > 0 && value <= 240);
    await shows("h", (value) => value > 240);
    await shows("q", (value) => value <= 240);
    console.log(`layers: ${JSON.stringify([...seen])}`);
  });

  if (name === "Chromium") {
    test("Chromium's estimate of the path climbs by our feedback, and it sends every layer", async () => {
      connection = new RTCPeerConnection();
      const seen = new Set<string>();
      connection.addEventListener("track", (event) => {
        const { track } = event as unknown as RTCTrackEvent;
        subscribe(track, {
          packets: (packets) => {
            for (const { rid } of packets) seen.add(rid!);
          },
        });
      });
      await answerPage(connection, page(), SIMULCAST);
      const available = `
          let most = 0;
          (await pc.getStats()).forEach(({ availableOutgoingBitrate = 0 }) => {
            most = Math.max(most, availableOutgoingBitrate);
          });
          return most;`;
      // It begins at 300 kbit/s, and asks the path for twice of what it wants to send.
      await until(async () => (await page().run<number>(available)) > 600_000, "an estimate");
      await until(() => seen.has("q") && seen.has("h"), "both layers");
    });
  }
});

/** Code for the page: it sends its camera in two layers. */
const SIMULCAST = `
  for (const transceiver of pc.getTransceivers()) transceiver.stop();
  // Of a picture that is smaller, Chromium makes no layers.
  const [camera] = picture(640, 480).getVideoTracks();
  pc.addTransceiver(camera, {
    sendEncodings: [
      { rid: "q", scaleResolutionDownBy: 2, maxBitrate: 100_000 },
      { rid: "h", maxBitrate: 600_000 },
    ],
  });
`;

/** The page sends its camera in two layers, and receives one video. */
async function answerSimulcast(connection: RTCPeerConnection, page: MediaPage): Promise<void> {
  await answerPage(
    connection,
    page,
    SIMULCAST,
    // Chromium sends the larger layer when it has found out that there is room; a machine that is busy may tell it otherwise.
    (from, sdp) =>
      from === "page"
        ? sdp
        : sdp.replace(
            /^a=rtpmap:(\d+) VP8\/90000\r\n/m,
            "$&a=fmtp:$1 x-google-min-bitrate=800;x-google-start-bitrate=800\r\n",
          ),
  );
}

/**
 * Watches decoded frames until there were none longer than two seconds apart for so long. A machine that is busy may stand
 * still by itself: then the watch begins anew.
 */
async function steady(page: MediaPage, milliseconds: number): Promise<{ longest: number; frames: number }> {
  const deadline = performance.now() + 60_000;
  let [begin, last, longest, first, frames] = [performance.now(), performance.now(), 0, 0, 0];
  for (;;) {
    const { framesDecoded } = (await page.received()).find(({ kind }) => kind === "video")!;
    const now = performance.now();
    if (framesDecoded > frames) {
      longest = Math.max(longest, now - last);
      last = now;
      frames = framesDecoded;
      if (first === 0) first = frames;
    }
    if (now - last > 2000) [begin, last, longest, first] = [now, now, 0, frames];
    if (now - begin > milliseconds) return { longest, frames: frames - first };
    if (now > deadline) throw new Error("video stands still again and again");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
