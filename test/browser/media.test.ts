/** Audio and video between Node and real browsers: the browser's own statistics say whether it plays. */
import { afterEach, expect, test } from "vitest";
import { RTCPeerConnection, type RTCTrackEvent } from "../../src/index.ts";
import { subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
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

  const codecs = name === "Chromium" ? ["VP8", "VP9", "AV1", "H264"] : ["VP8", "VP9"];
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
    const offered = await answerPage(connection, page(), preferring(codec));
    if (!offered) {
      console.log(`Skipped: ${name} has no ${codec}.`);
      return;
    }
    const video = await page().receives(
      ({ kind, framesDecoded, mimeType }) => kind === "video" && framesDecoded > 20 && mimeType !== "",
    );
    expect(video.mimeType).toBe(`video/${codec}`);
    expect(frames).toBeGreaterThanOrEqual(video.framesDecoded);
  });
});
