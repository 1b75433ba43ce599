import { createNodeHost } from "../src/node/host.ts";
import { World } from "../src/sim/index.ts";
import { hostContract } from "./host-contract.ts";
import type { HostFixture } from "./host-contract-context.ts";

hostContract("NodeHost", (): HostFixture => {
  const waiting = new Set<() => void>();
  return {
    // Listening keeps the suite's deliberate faults from being printed as warnings.
    host: createNodeHost({ log: { enabled: true, event() {} } }),
    changed() {
      for (const check of waiting) check();
    },
    until(condition) {
      return new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
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
