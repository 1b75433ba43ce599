/** Runs the examples of docs/legacy.md and compares what they print with their own comments. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MediaStream, RTCPeerConnection } from "../../src/index.ts";
import "../../src/legacy-entry.ts";
import { createTrack } from "../../src/media/index.ts";

const text = readFileSync(new URL("../../docs/legacy.md", import.meta.url), "utf8");
const examples = [...text.matchAll(/^## (.+)\n[^#]*?^```js\n([\s\S]*?)^```$/gm)].map(([, title, code]) => ({
  title: title!,
  code: code!,
}));

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

test("there is an example below each heading", () => {
  expect(examples.map(({ title }) => title)).toEqual(
    [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
  );
});

test.each(examples)("$title", async ({ code }) => {
  const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line);
  expect(expected.length).toBeGreaterThan(0);
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(values.map(String).join(" ")) };
  const localStream = new MediaStream([createTrack("audio"), createTrack("video")]);
  const run = new AsyncFunction("RTCPeerConnection", "console", "localStream", code);
  await run(RTCPeerConnection, console, localStream);
  expect(printed).toEqual(expected);
});
