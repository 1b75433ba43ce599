/** Audio and video between Node and real browsers: the browser's own statistics say whether it plays. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findFirefox } from "../../scripts/browser/find.mjs";
import { type LaunchedBrowser, launchChromium, launchFirefox } from "../../scripts/browser/launch.mjs";
import { RTCPeerConnection, type RTCTrackEvent } from "../../src/index.ts";
import { subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { answerPage, echo, MediaPage, preferring } from "./media.testing.ts";

const browsers = [
  { name: "Chromium", launch: launchChromium, installed: true },
  { name: "Firefox", launch: launchFirefox, installed: findFirefox() !== undefined },
];

for (const { name, launch, installed } of browsers) {
  if (!installed) console.log(`Skipped in ${name}: not installed.`);

  describe.skipIf(!installed)(`with ${name}`, () => {
    let browser: LaunchedBrowser;
    let page: MediaPage;
    let connection: RTCPeerConnection | undefined;

    beforeAll(async () => {
      browser = (await launch({ devices: true }))!;
      page = await MediaPage.open(browser.browser);
    }, 120_000);

    afterAll(async () => {
      await page?.close();
      await browser?.close();
    });

    afterEach(() => connection?.close());

    test("audio and video that Node sends back play in the page", async () => {
      connection = await echo(page);
      const video = await page.receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 25);
      const audio = await page.receives(
        ({ kind, totalSamplesReceived, concealedSamples }) =>
          kind === "audio" && totalSamplesReceived > 48_000 && concealedSamples < totalSamplesReceived / 4,
      );
      console.log(`${name}: ${JSON.stringify([video, audio])}`);
      expect(video.keyFramesDecoded).toBeGreaterThan(0);
    }, 90_000);

    const codecs = name === "Chromium" ? ["VP8", "VP9", "AV1", "H264"] : ["VP8", "VP9"];
    test.each(codecs)(
      "frames of %s that Node takes out and puts in again play in the page",
      async (codec) => {
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
        const offered = await answerPage(connection, page, preferring(codec));
        if (!offered) {
          console.log(`Skipped: ${name} has no ${codec}.`);
          return;
        }
        const video = await page.receives(
          ({ kind, framesDecoded }) => kind === "video" && framesDecoded > 20,
        );
        expect(video.mimeType).toBe(`video/${codec}`);
        expect(frames).toBeGreaterThanOrEqual(video.framesDecoded);
      },
      90_000,
    );
  });
}
