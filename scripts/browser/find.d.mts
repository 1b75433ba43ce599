/** Where a browser is, and what to add to its environment. */
export interface FoundBrowser {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly source: string;
}

export function findChromium(): Promise<FoundBrowser>;
export function findFirefox(): FoundBrowser | undefined;
