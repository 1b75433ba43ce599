/** Every name that TypeScript's `lib.dom` has for WebRTC is a name of this package, or is listed here. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";

/** Names that stay away, by reason. */
const ELSEWHERE: readonly (readonly [reason: string, names: RegExp])[] = [
  ["one interface under another name", /^RTCRtpTransform$/],
  ["part of Web Audio", /^MediaStreamAudio(Destination|Source)\w+$/],
];

test("the package exports all names of lib.dom that begin with RTC or MediaStream", () => {
  const lib = readFileSync(createRequire(import.meta.url).resolve("typescript/lib/lib.dom.d.ts"), "utf8");
  const names = new Set(
    [...lib.matchAll(/^(?:interface|type) ((?:RTC|MediaStream)\w*)/gm)].map(([, name]) => name!),
  );
  const report = readFileSync(new URL("../../docs/api-report/index.api.md", import.meta.url), "utf8");
  const ours = new Set([...report.matchAll(/\b(?:RTC|MediaStream)\w*/g)].map(([name]) => name));
  expect(names.size).toBeGreaterThan(80);
  const missing = [...names].filter(
    (name) => !ours.has(name) && !ELSEWHERE.some(([, pattern]) => pattern.test(name)),
  );
  expect(missing).toEqual([]);
});
