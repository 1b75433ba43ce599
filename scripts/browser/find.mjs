// Finds a Chromium and a Firefox. `node scripts/browser/find.mjs` prints what the tests would use.

import { existsSync } from "node:fs";
import { unpackChromium } from "./unpack-chromium.mjs";

const CHROMIUM_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const FIREFOX_PATHS = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/**
 * A Chromium: `CHROMIUM_PATH` if set ("package" asks for the one from npm), else the system's, else the one in the development
 * dependency `@sparticuz/chromium`, unpacked on first use. Resolves to `{ executablePath, env, source }`; `env` is to be added
 * to the environment of the browser. Throws if `CHROMIUM_PATH` names nothing.
 */
export async function findChromium() {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted === "package") return unpackChromium();
  if (wanted !== undefined && wanted !== "") {
    if (!existsSync(wanted)) throw new Error(`CHROMIUM_PATH=${wanted} does not exist`);
    return { executablePath: wanted, env: {}, source: "CHROMIUM_PATH" };
  }
  const executablePath = CHROMIUM_PATHS.find((path) => existsSync(path));
  if (executablePath !== undefined) return { executablePath, env: {}, source: "system" };
  return unpackChromium();
}

/** A Firefox: `FIREFOX_PATH` if set, else the system's; `undefined` if there is none. Throws if `FIREFOX_PATH` names nothing. */
export function findFirefox() {
  const wanted = process.env.FIREFOX_PATH;
  if (wanted !== undefined && wanted !== "") {
    if (!existsSync(wanted)) throw new Error(`FIREFOX_PATH=${wanted} does not exist`);
    return { executablePath: wanted, env: {}, source: "FIREFOX_PATH" };
  }
  const executablePath = FIREFOX_PATHS.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : { executablePath, env: {}, source: "system" };
}

if (import.meta.filename === process.argv[1]) {
  console.log("Chromium:", await findChromium());
  console.log("Firefox:", findFirefox() ?? "none (apt-get install firefox-esr)");
}
