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

test("one-port.mjs: a hundred connections of one process on one UDP port", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/one-port.mjs"]);
  expect(stderr).toBe("");
  expect(stdout).toBe(
    "100 of 100 peers were answered, each by its own connection\nall of them from the shared port\n",
  );
}, 240_000);
