/** Runs the examples that end by themselves, as a user would. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("perfect-negotiation.mjs: offers of both sides at once end in one section and an open channel", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/perfect-negotiation.mjs"]);
  expect(stderr).toBe("");
  expect(stdout).toBe("hello yourself; audio is sendrecv, 1 section\n");
});
