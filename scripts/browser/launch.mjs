// Starts a browser for tests: fresh profile, headless, nothing that calls home.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findChromium, findFirefox } from "./find.mjs";

const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Tabs behind others keep their pace: tests open several.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-dev-shm-usage",
];

/**
 * A moving picture and a beep for a camera and a microphone, granted without a person. Whoever may capture is shown all
 * addresses: there are no mDNS candidates then.
 */
const CHROMIUM_DEVICES = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

const FIREFOX_PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
};

/** The same in Firefox. */
const FIREFOX_DEVICES = {
  "media.navigator.permission.disabled": true,
  "media.navigator.streams.fake": true,
  "media.autoplay.default": 0,
};

/**
 * A Chromium with a new profile, and with a made-up camera and microphone if `devices`. `fieldTrials`: what it does not do by
 * itself, "WebRTC-…". Resolves to `{ browser, version, close }`.
 */
export async function launchChromium({ devices = false, fieldTrials = [] } = {}) {
  const { executablePath, env } = await findChromium();
  const args = devices ? [...CHROMIUM_FLAGS, ...CHROMIUM_DEVICES] : [...CHROMIUM_FLAGS];
  const trials = fieldTrials.map((name) => `${name}/Enabled/`).join("");
  if (trials !== "") args.push(`--force-fieldtrials=${trials}`);
  return launch("chrome", { executablePath, env, args });
}

/** A Firefox with a new profile over WebDriver BiDi; `undefined` if none is installed. */
export async function launchFirefox({ devices = false } = {}) {
  const found = findFirefox();
  if (found === undefined) return undefined;
  const extraPrefsFirefox = devices ? { ...FIREFOX_PREFERENCES, ...FIREFOX_DEVICES } : FIREFOX_PREFERENCES;
  return launch("firefox", { ...found, extraPrefsFirefox });
}

async function launch(name, { executablePath, env, args = [], extraPrefsFirefox }) {
  const userDataDir = await mkdtemp(join(tmpdir(), `skywave-${name}-`));
  const removeProfile = () => rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  try {
    const browser = await puppeteer.launch({
      browser: name,
      executablePath,
      headless: true,
      userDataDir,
      args,
      ...(extraPrefsFirefox === undefined ? {} : { extraPrefsFirefox }),
      env: { ...process.env, ...env },
      timeout: 90_000,
      protocolTimeout: 300_000,
    });
    return {
      browser,
      version: await browser.version(),
      close: async () => {
        await browser.close();
        await removeProfile();
      },
    };
  } catch (error) {
    await removeProfile();
    throw error;
  }
}
