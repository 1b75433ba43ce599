/** The demo's cameras and microphones: through Node and back, and to the other tabs. */

import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LaunchedBrowser, launchChromium } from "../../scripts/browser/launch.mjs";
import { Demo, Tab } from "./demo.testing.ts";
import { describeWith } from "./in-browser.testing.ts";

let demo: Demo;
let chromium: LaunchedBrowser;
const tabs: Tab[] = [];

beforeAll(async () => {
  chromium = await launchChromium({ devices: true });
});

afterAll(async () => {
  await chromium?.close();
});

// A server for each test: what one leaves behind fails that one only.
beforeEach(async () => {
  demo = await Demo.start();
});

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close().catch(() => {});
  await demo.stop();
});

async function openTab(browser: Browser = chromium.browser): Promise<Tab> {
  const tab = await Tab.open(browser, demo.url);
  tabs.push(tab);
  return tab;
}

async function turnOn(tab: Tab): Promise<void> {
  await tab.click("#camera-start");
  await tab.shows("#camera-start", "Turn off");
}

/** Resolves when the tab plays what `act` sends: pictures are decoded, sound comes. */
async function plays(tab: Tab, act: string): Promise<void> {
  const tile = `document.querySelector('[data-act="${act}"]')`;
  const playing = `(() => {
    const tile = ${tile};
    return tile !== null && tile.querySelector("video").videoWidth > 0 &&
      /\\b[1-9]\\d* fps/.test(tile.innerText) && /sound [1-9]/.test(tile.innerText);
  })()`;
  await tab.becomes(playing, `${act} does not play`);
}

async function shutsOff(tab: Tab, act: string): Promise<void> {
  await tab.becomes(`document.querySelector('[data-act="${act}"]') === null`, `${act} still plays`);
}

describe("in Chromium", () => {
  test("camera and microphone come back through Node on request, and the statistics are shown", async () => {
    const tab = await openTab();
    await turnOn(tab);
    await tab.click("#echo");
    await plays(tab, "echo");
    await tab.shows("#bits-up", "bit/s");
    await tab.shows("#bits-down", "bit/s");
    await tab.shows("#loss-down", "%");
    await tab.shows("#trip-up", "ms");
    await tab.shows("#frames-down", "fps");
    await tab.keepScreenshots("cameras-");
    await tab.click("#echo");
    await shutsOff(tab, "echo");
    expect(tab.errors).toEqual([]);
  });

  test("another tab sees and hears it; what is switched off is said, and what is turned off goes", async () => {
    const [first, second] = [await openTab(), await openTab()];
    await turnOn(first);
    await plays(second, "Alfa");
    await first.click("#camera-toggle");
    await second.shows('[data-act="Alfa"]', "Camera is off");
    await first.click("#camera-start");
    await shutsOff(second, "Alfa");
    await second.shows("#tiles-empty", "No camera is on");
    // Again, in the same places of the descriptions, and both ways.
    await turnOn(first);
    await turnOn(second);
    await plays(second, "Alfa");
    await plays(first, "Bravo");
    await second.close();
    await shutsOff(first, "Bravo");
    expect(first.errors).toEqual([]);
  });

  test("the page says what to do when it gets no camera, and lives on", async () => {
    const tab = await openTab();
    for (const [name, text] of [
      ["NotAllowedError", "did not give camera and microphone"],
      ["NotFoundError", "no camera and no microphone"],
      ["NotReadableError", "another program"],
    ] as const) {
      await tab.page.evaluate(
        `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "${name}"))`,
      );
      await tab.click("#camera-start");
      await tab.shows("#camera-notice", text);
      await tab.shows("#camera-start", "Turn on camera and microphone");
    }
    await tab.say("/echo still there");
    await tab.shows("#talk li:last-child", "still there");
  });
});

describeWith("Firefox", { devices: true }, (browser) => {
  test("Firefox sees Chromium, Chromium Firefox, and each itself", async () => {
    const [here, there] = [await openTab(), await openTab(browser())];
    await turnOn(here);
    await turnOn(there);
    await there.click("#echo");
    await plays(there, "echo");
    await plays(there, "Alfa");
    await plays(here, "Bravo");
    await there.click("#camera-start");
    await shutsOff(here, "Bravo");
  });
});
