import type { Browser } from "puppeteer-core";

/** A running browser with a profile of its own; `close()` ends it and removes the profile. */
export interface LaunchedBrowser {
  readonly browser: Browser;
  readonly version: string;
  close(): Promise<void>;
}

/** `devices`: a made-up camera and microphone, granted without a person; there are no mDNS candidates then. */
export interface LaunchOptions {
  readonly devices?: boolean;
  /** Of Chromium: names of field trials to be enabled. */
  readonly fieldTrials?: readonly string[];
}

export function launchChromium(options?: LaunchOptions): Promise<LaunchedBrowser>;
export function launchFirefox(options?: LaunchOptions): Promise<LaunchedBrowser | undefined>;
