import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../node/crypto.ts";
import { type PacketEvent, type SimHost, SimulationFailure, World } from "./index.ts";

/** Two hosts that answer every datagram with the next one, until `rounds` are done. */
function pingPong(world: World, rounds: number): { done: () => boolean } {
  let count = 0;
  const hosts = [world.host("a"), world.host("b")];
  const bind = (host: SimHost) => {
    const local = host.localAddresses().find(({ loopback }) => !loopback)!;
    host.bindUdp(
      local,
      5000,
      {
        message(datagram, address, port) {
          if (++count < rounds) socket!.send(datagram, datagram.length, address, port);
        },
        error() {},
      },
      (bound) => {
        socket = bound;
      },
    );
    let socket: import("../host/host.ts").UdpSocket | undefined;
    world.run(0);
    return socket!;
  };
  const [a, b] = [bind(hosts[0]!), bind(hosts[1]!)];
  a.send(new Uint8Array(10), 10, b.address, b.port);
  return { done: () => count >= rounds };
}

/** One host sends another a datagram every millisecond. */
function stream(world: World, count: number): void {
  const [a, b] = [world.host("a"), world.host("b")];
  const [from, to] = [a, b].map((host) => host.localAddresses().find(({ loopback }) => !loopback)!);
  b.bindUdp(to!, 5000, { message() {}, error() {} }, () => {});
  a.bindUdp(from!, 0, { message() {}, error() {} }, (socket) => {
    const datagram = Uint8Array.from({ length: 10 }, (_, i) => i);
    for (let i = 0; i < count; i++) world.at(i, () => void socket!.send(datagram, 10, to!.address, 5000));
  });
}

describe("run and runUntil", () => {
  test("move the clock to the end of the time that was asked for", () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    const woken: number[] = [];
    for (const at of [10, 20, 30]) host.setTimer(at, () => woken.push(world.now), true);
    world.run(20);
    expect(woken).toEqual([10, 20]);
    expect(world.now).toBe(20);
    world.run(5);
    expect(world.now).toBe(25);
    expect(world.pending).toBe(1);
  });

  test("stop as soon as the condition holds", () => {
    const world = new World({ seed: 1, internet: { latency: 7 } });
    const { done } = pingPong(world, 10);
    world.runUntil(done, 1000);
    expect(world.now).toBe(70);
  });

  test("fail at the deadline with the seed, at the limit and not before", () => {
    for (const limit of [69, 70]) {
      const world = new World({ seed: 99, internet: { latency: 7 } });
      const { done } = pingPong(world, 10);
      const run = () => world.runUntil(done, limit);
      if (limit < 70) expect(run).toThrow(/seed 99/);
      else run();
    }
  });

  test("fail on events that make no time pass", () => {
    for (const rounds of [49, 51]) {
      const world = new World({ seed: 5, livelockLimit: 50 });
      const host = world.host("a");
      let left = rounds;
      const again = () => {
        if (left-- > 0) host.queueTask(again);
      };
      host.queueTask(again);
      const run = () => world.run(1);
      if (rounds < 50) run();
      else expect(run).toThrow(/livelock: 50 events without time moving \(next: task of a\)\nseed 5/);
    }
  });

  test("let an exception of a task out to the test", () => {
    const world = new World({ seed: 1 });
    world.host("a").queueTask(() => {
      throw new Error("of the task");
    });
    expect(() => world.run(1)).toThrow("of the task");
  });

  test("do what a scenario says at its time", () => {
    const world = new World({ seed: 1 });
    const times: number[] = [];
    world.at(5, () => times.push(world.now));
    world.at(7, () => times.push(world.now)).cancel();
    world.run(10);
    expect(times).toEqual([5]);
  });
});

describe("the variants with promises", () => {
  test("run all microtasks between two events", async () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    const order: string[] = [];
    const awaiting = async (name: string) => {
      for (let i = 0; i < 20; i++) await null;
      order.push(name);
    };
    host.queueTask(() => void awaiting("after first"));
    host.queueTask(() => order.push("second"));
    await world.runAsync(1);
    expect(order).toEqual(["after first", "second"]);
    expect(world.now).toBe(1);
  });

  test("settle runs what is due and lets no time pass", async () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    const order: string[] = [];
    host.setTimer(1, () => order.push("later"), true);
    host.queueTask(() => {
      order.push("task");
      void Promise.resolve().then(() => host.queueTask(() => order.push("its task")));
    });
    await world.settle();
    expect(order).toEqual(["task", "its task"]);
    expect(world.now).toBe(0);
  });

  test("runUntilSettled gives what the promise gives, after virtual time", async () => {
    const world = new World({ seed: 1 });
    const host = world.host("a");
    const later = (at: number) =>
      new Promise<number>((resolve) => host.setTimer(at, () => resolve(at), true));
    expect(await world.runUntilSettled(later(60_000), 100_000)).toBe(60_000);
    await expect(world.runUntilSettled(Promise.reject(new Error("no")), 10)).rejects.toThrow("no");
    await expect(world.runUntilSettled(later(200_000), 10)).rejects.toThrow(SimulationFailure);
  });

  test("runUntilAsync fails like runUntil", async () => {
    const world = new World({ seed: 12 });
    await expect(world.runUntilAsync(() => false, 10)).rejects.toThrow(/seed 12/);
  });

  test("wait for work outside of virtual time, and the others say that they cannot", async () => {
    const world = new World({ seed: 1, crypto: nodeCrypto });
    const host = world.host("a");
    let madeAt: number | undefined;
    host.setTimer(5, () => {}, true);
    host.crypto.generateSigningKey({ type: "ecdsa-p256" }, (key) => {
      expect(key?.type).toBe("ecdsa-p256");
      madeAt = world.now;
    });
    expect(() => world.runUntil(() => madeAt !== undefined, 0)).toThrow(/outside of virtual time/);
    await world.runUntilAsync(() => madeAt !== undefined, 1000);
    expect(madeAt).toBe(0);
  });

  test("stand still until every hold is released", async () => {
    const world = new World({ seed: 1 });
    const [first, second] = [world.hold(), world.hold()];
    let ran = false;
    world.at(1, () => {
      ran = true;
    });
    const running = world.runAsync(2);
    for (const release of [first, second]) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(ran).toBe(false);
      release();
      release();
    }
    await running;
    expect(ran).toBe(true);
  });
});

describe("chance", () => {
  function story(seed: number): string[] {
    const world = new World({
      seed,
      internet: { latency: 10, jitter: 30, loss: 0.2, duplicate: 0.2, corrupt: 0.2 },
    });
    const events: string[] = [];
    world.tap(({ time, what, where, reason, packet }) => {
      events.push(`${time} ${what} ${where} ${reason} ${Buffer.from(packet.payload).toString("hex")}`);
    });
    stream(world, 50);
    world.run(10_000);
    return events;
  }

  test("repeats itself exactly for the same seed", () => {
    for (let seed = 1; seed <= 5; seed++) expect(story(seed)).toEqual(story(seed));
  });

  test("differs between seeds", () => {
    expect(new Set([1, 2, 3, 4, 5].map((seed) => story(seed).join())).size).toBe(5);
  });
});

test("taps see every packet event, and counters add them up", () => {
  const world = new World({ seed: 3, internet: { loss: 0.1, duplicate: 0.1, corrupt: 0.1 } });
  const seen: Partial<Record<PacketEvent["what"], number>> = {};
  const tap = world.tap(({ what }) => {
    seen[what] = (seen[what] ?? 0) + 1;
  });
  stream(world, 1000);
  world.run(990);
  tap.cancel();
  const { sent, delivered, dropped, duplicated, corrupted, droppedBy, bytesSent, bytesDelivered } =
    world.counters;
  expect(seen).toEqual({ sent, delivered, dropped, duplicated, corrupted });
  expect(sent).toBe(991);
  expect(Object.values(droppedBy).reduce((sum, count) => sum + count)).toBe(dropped);
  expect([bytesSent, bytesDelivered]).toEqual([10 * sent, 10 * delivered]);
  world.run(1000);
  expect(world.counters.sent).toBe(1000);
  expect(seen.sent).toBe(991);
  const end = world.counters;
  expect(end.sent + end.duplicated).toBe(end.delivered + end.dropped);
});
