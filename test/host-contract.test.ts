import { createNodeHost } from "../src/node/host.ts";
import { World } from "../src/sim/index.ts";
import { hostContract } from "./host-contract.ts";
import type { HostFixture } from "./host-contract-context.ts";
import { Waiting } from "./until.testing.ts";

hostContract("NodeHost", (): HostFixture => {
  const waiting = new Waiting();
  return {
    // Listening keeps the suite's deliberate faults from being printed as warnings.
    host: createNodeHost({ log: { enabled: true, event() {} } }),
    changed: waiting.changed,
    until: (condition) => waiting.until(condition),
  };
});

hostContract("SimHost", (): HostFixture => {
  const world = new World({ seed: 1 });
  const host = world.host("alice", {
    addresses: ["10.0.0.1", { address: "fe80::1", interfaceName: "eth0" }],
    clockOrigin: 5_000_000,
  });
  return {
    host,
    changed() {},
    until: (condition) => world.runUntilAsync(condition, 10_000),
  };
});
