import { expect, test } from "vitest";
import { MAX_SOURCE_CLOCKS, SourceClocks } from "./source-clocks.ts";

test(`${MAX_SOURCE_CLOCKS} sources are remembered, those that were told of last`, () => {
  const clocks = new SourceClocks();
  const note = (ssrc: number, capturedAt = 0) => clocks.note({ ssrc, rtpTimestamp: 0, capturedAt });
  for (let ssrc = 0; ssrc < MAX_SOURCE_CLOCKS; ssrc++) note(ssrc);
  note(0, 5);
  expect(clocks.all).toHaveLength(MAX_SOURCE_CLOCKS);
  note(1000);
  expect(clocks.all).toHaveLength(MAX_SOURCE_CLOCKS);
  expect([clocks.get(0)?.capturedAt, clocks.get(1), clocks.get(1000)?.ssrc]).toEqual([5, undefined, 1000]);
});
