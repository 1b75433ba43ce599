import { expect, test } from "vitest";
import { FrameChain } from "./frame-chain.ts";
import { KEY_FRAME_PATIENCE } from "./patience.ts";

test("what follows a frame that was left out waits for a key frame", () => {
  const chain = new FrameChain();
  expect(chain.takes(0, false)).toBe(true);
  chain.break();
  expect([chain.takes(1, false), chain.takes(2, false), chain.takes(3, true), chain.takes(4, false)]).toEqual(
    [false, false, true, true],
  );
});

test("and not for ever: the patience begins with the first frame that waits", () => {
  const chain = new FrameChain();
  chain.break();
  expect(chain.takes(100_000, false)).toBe(false);
  expect(chain.takes(100_000 + KEY_FRAME_PATIENCE - 1, false)).toBe(false);
  expect(chain.takes(100_000 + KEY_FRAME_PATIENCE, false)).toBe(true);
  expect(chain.takes(100_000 + KEY_FRAME_PATIENCE + 1, false)).toBe(true);
});
