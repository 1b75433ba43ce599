/** Audio and video between Node and real browsers: the browser's own statistics say whether it plays. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findFirefox } from "../../scripts/browser/find.mjs";
import { type LaunchedBrowser, launchChromium, launchFirefox } from "../../scripts/browser/launch.mjs";
import type { RTCPeerConnection } from "../../src/index.ts";
import { echo, MediaPage } from "./media.testing.ts";

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
      browser = (await launch())!;
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
  });
}
