import { expect, test } from "vitest";
import { MIN_KEY_FRAME_INTERVAL } from "../core/media/index.ts";
import { FrameGate } from "./frame-gate.ts";

const frame = (type: "key" | "delta", rid?: string) => ({
  type,
  data: new Uint8Array(1),
  timestamp: 0,
  ...(rid === undefined ? {} : { rid }),
});

test("each layer begins at a key frame, which is asked for now and then", () => {
  const gate = new FrameGate();
  const asks = (now: number, rid?: string) => {
    expect(gate.passes(now, frame("delta", rid))).toBe(false);
    return gate.asks;
  };
  expect([asks(0, "a"), asks(1, "a"), asks(2, "b"), asks(MIN_KEY_FRAME_INTERVAL, "a")]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  for (const type of ["key", "delta"] as const) expect(gate.passes(400, frame(type, "a"))).toBe(true);
  expect(asks(400, "b")).toBe(true);
});
