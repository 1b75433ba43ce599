import type { Browser } from "puppeteer-core";

/** A running browser with a profile of its own; `close()` ends it and removes the profile. */
export interface LaunchedBrowser {
  readonly browser: Browser;
  readonly version: string;
  close(): Promise<void>;
}

export function launchChromium(): Promise<LaunchedBrowser>;
export function launchFirefox(): Promise<LaunchedBrowser | undefined>;
