import { expect, test } from "vitest";
import { PRELUDE, runProgram } from "./child.testing.ts";

test("a process that closes its connections exits by itself, with nothing open and nothing pinned", async () => {
  const { output } = await runProgram(`${PRELUDE}
    let finalized = 0;
    const registry = new FinalizationRegistry(() => { finalized++; });
    const rounds = 20;
    for (let i = 0; i < rounds; i++) {
      const [a, z] = pair();
      const [near, far] = await open(a, z);
      near.send("x".repeat(100_000));
      await new Promise((resolve) => { far.onmessage = resolve; });
      for (const object of [a, z, near, far]) registry.register(object);
      a.close();
      z.close();
    }
    const held = () => process.getActiveResourcesInfo().filter((kind) => /UDP|Timeout|Immediate/.test(kind));
    const deadline = performance.now() + 60_000;
    while (performance.now() < deadline && (finalized < rounds * 4 - 8 || held().length > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      globalThis.gc();
    }
    const kinds = held();
    console.log(JSON.stringify({ finalized, expected: rounds * 4, kinds }));
  `);
  const { finalized, expected, kinds } = output as { finalized: number; expected: number; kinds: string[] };
  expect(kinds).toEqual([]);
  // The last round's objects are still named by the program's own variables.
  expect(finalized).toBeGreaterThanOrEqual(expected - 8);
});

test("connections that are dropped half-way and closed leave nothing behind either", async () => {
  const { output } = await runProgram(`${PRELUDE}
    for (let steps = 0; steps < 6; steps++) {
      const [a, z] = pair();
      a.createDataChannel("test");
      const plan = [
        () => a.setLocalDescription(),
        () => z.setRemoteDescription(a.localDescription),
        () => z.setLocalDescription(),
        () => a.setRemoteDescription(z.localDescription),
        () => new Promise((resolve) => setImmediate(resolve)),
      ];
      for (const step of plan.slice(0, steps)) await step();
      a.close();
      z.close();
    }
    await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify(process.getActiveResourcesInfo().filter((kind) => /UDP|Timeout/.test(kind))));
  `);
  expect(output).toEqual([]);
});

test("two peers meet without any server and without the Internet, and say how long it took", async () => {
  const { output } = await runProgram(`${PRELUDE}
    const [a, z] = pair();
    const [near, far] = await open(a, z);
    const answer = new Promise((resolve) => { near.onmessage = ({ data }) => resolve(data); });
    far.onmessage = ({ data }) => far.send(data.toUpperCase());
    near.send("hello");
    const said = await answer;
    const selected = a.sctp.transport.iceTransport.getSelectedCandidatePair();
    a.close();
    z.close();
    console.log(JSON.stringify({ said, type: selected.local.type }));
  `);
  expect(output).toEqual({ said: "HELLO", type: "host" });
});

test("100 MB go from Node to Node with equal hashes", async () => {
  const { output } = await runProgram(
    `${PRELUDE}
    import { createHash, randomFillSync } from "node:crypto";
    const [a, z] = pair();
    const [near, far] = await open(a, z);
    const total = 100_000_000;
    const size = 65_536;
    far.binaryType = "arraybuffer";
    near.bufferedAmountLowThreshold = 1 << 20;
    const sent = createHash("sha256");
    const got = createHash("sha256");
    let at = 0;
    let received = 0;
    const done = new Promise((resolve) => {
      far.onmessage = ({ data }) => {
        got.update(new Uint8Array(data));
        received += data.byteLength;
        if (received === total) resolve();
      };
    });
    const fill = () => {
      while (at < total && near.bufferedAmount < 4 << 20) {
        const part = randomFillSync(new Uint8Array(Math.min(size, total - at)));
        sent.update(part);
        near.send(part);
        at += part.length;
      }
    };
    near.onbufferedamountlow = fill;
    fill();
    await done;
    a.close();
    z.close();
    console.log(JSON.stringify({ received, equal: sent.digest("hex") === got.digest("hex") }));
  `,
    220_000,
  );
  expect(output).toEqual({ received: 100_000_000, equal: true });
});
