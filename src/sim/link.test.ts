import { describe, expect, test } from "vitest";
import { VirtualClock } from "./clock.ts";
import { DEFAULT_LINK, Link, type LinkChange } from "./link.ts";
import { type DropReason, type Packet, type PacketEvent, packetLength } from "./packet.ts";
import { SeededRandom } from "./seeded-random.ts";

function packet(number: number, length = 100): Packet {
  const payload = new Uint8Array(length);
  if (length >= 4) new DataView(payload.buffer).setUint32(0, number);
  return {
    sourceAddress: "10.0.0.1",
    sourcePort: 1,
    destinationAddress: "10.0.0.2",
    destinationPort: 2,
    payload,
  };
}

/** A link by itself, with everything it does on record. */
class Bench {
  readonly clock = new VirtualClock();
  readonly arrivals: { at: number; number: number; payload: Uint8Array }[] = [];
  readonly notes: { what: PacketEvent["what"]; reason: DropReason | undefined }[] = [];
  readonly link: Link;

  constructor(options: LinkChange, seed = 1) {
    this.link = new Link(
      "a → b",
      { ...DEFAULT_LINK, latency: 10, ...options },
      {
        clock: this.clock,
        random: (name) => new SeededRandom(seed + name.length),
        note: (what, _where, _packet, reason) => void this.notes.push({ what, reason }),
        hold: () => () => {},
      },
      ({ payload }) => {
        const number = payload.length >= 4 ? new DataView(payload.buffer).getUint32(0) : -1;
        this.arrivals.push({ at: this.clock.now, number, payload });
      },
    );
  }

  /** Sends `count` packets, one every `gap` ms, and runs to the end. */
  stream(count: number, gap: number, length = 100): this {
    for (let i = 0; i < count; i++) {
      this.clock.schedule(this.clock.now + i * gap, "test", "test", () => this.link.send(packet(i, length)));
    }
    return this.finish();
  }

  finish(): this {
    while (this.clock.step());
    return this;
  }

  numbers(): number[] {
    return this.arrivals.map(({ number }) => number);
  }

  reasons(): Set<DropReason | undefined> {
    return new Set(this.notes.filter(({ what }) => what === "dropped").map(({ reason }) => reason));
  }
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("Link", () => {
  test("delivers after its latency, in order", () => {
    const { arrivals } = new Bench({ latency: 25 }).stream(3, 1);
    expect(arrivals.map(({ at, number }) => [at, number])).toEqual([
      [25, 0],
      [26, 1],
      [27, 2],
    ]);
  });

  test("spreads arrivals over its jitter and keeps the order", () => {
    const bench = new Bench({ latency: 10, jitter: 40 }).stream(500, 5);
    expect(bench.numbers()).toEqual(range(500));
    const delays = bench.arrivals.map(({ at, number }) => at - number * 5);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...delays)).toBeLessThanOrEqual(50);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(20);
  });

  test("loses about as many packets as it is told to, one by one", () => {
    const bench = new Bench({ loss: 0.2 }).stream(5000, 1);
    expect(bench.arrivals.length).toBeGreaterThan(3850);
    expect(bench.arrivals.length).toBeLessThan(4150);
    expect(bench.reasons()).toEqual(new Set(["loss"]));
  });

  test("loses packets in bursts (Gilbert-Elliott)", () => {
    const bench = new Bench({ burstLoss: { enter: 0.01, leave: 0.1 } }).stream(20_000, 1);
    const lost = 20_000 - bench.arrivals.length;
    // In the bad state for enter / (enter + leave) of the time, for 1 / leave packets on average.
    expect(lost / 20_000).toBeGreaterThan(0.06);
    expect(lost / 20_000).toBeLessThan(0.13);
    const numbers = bench.numbers();
    let bursts = 0;
    for (let i = 1; i < numbers.length; i++) if (numbers[i]! - numbers[i - 1]! > 1) bursts++;
    expect(lost / bursts).toBeGreaterThan(7);
    expect(lost / bursts).toBeLessThan(14);
    expect(bench.reasons()).toEqual(new Set(["burst-loss"]));
  });

  test("lets some packets through a burst when told to", () => {
    const bench = new Bench({ burstLoss: { enter: 1, leave: 0, loss: 0.5 } }).stream(2000, 1);
    expect(bench.arrivals.length).toBeGreaterThan(900);
    expect(bench.arrivals.length).toBeLessThan(1100);
  });

  test("holds packets back so that others overtake them, and delays nobody else", () => {
    const bench = new Bench({ reorder: { probability: 0.25, delay: 20 } }).stream(2000, 1);
    expect(bench.arrivals).toHaveLength(2000);
    expect(bench.numbers()).not.toEqual(range(2000));
    const late = bench.arrivals.filter(({ at, number }) => at - number > 10);
    expect(late.length).toBeGreaterThan(420);
    expect(late.length).toBeLessThan(580);
    expect(Math.max(...late.map(({ at, number }) => at - number))).toBeLessThanOrEqual(30);
    expect(bench.arrivals.filter(({ at, number }) => at - number === 10)).toHaveLength(2000 - late.length);
  });

  test("delivers duplicates as packets of their own", () => {
    const bench = new Bench({ duplicate: 0.1 }).stream(2000, 1);
    expect(bench.arrivals.length).toBeGreaterThan(2140);
    expect(bench.arrivals.length).toBeLessThan(2260);
    const buffers = new Set(bench.arrivals.map(({ payload }) => payload.buffer));
    expect(buffers.size).toBe(bench.arrivals.length);
  });

  test("flips one to three bits of a corrupted packet and leaves the sender's copy alone", () => {
    const bench = new Bench({ corrupt: 1 });
    for (let i = 0; i < 200; i++) bench.link.send(packet(0));
    bench.finish();
    const flips = bench.arrivals.map(({ payload }) => {
      let bits = 0;
      for (const byte of payload) for (let bit = 0; bit < 8; bit++) bits += (byte >> bit) & 1;
      return bits;
    });
    expect(Math.min(...flips)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...flips)).toBe(3);
    const empty = new Bench({ corrupt: 1 }).stream(1, 1, 0);
    expect(empty.arrivals).toHaveLength(1);
  });

  test("sends at its rate, IP headers included", () => {
    // 972 + 28 bytes at 80 kbit/s: 100 ms each.
    const bench = new Bench({ rate: 80_000 }).stream(5, 0, 972);
    expect(bench.arrivals.map(({ at }) => at)).toEqual([110, 210, 310, 410, 510]);
  });

  test("drops at the tail what does not fit into its queue", () => {
    const one = packetLength(packet(0, 972));
    for (const [queueLimit, kept] of [
      [4 * one - 1, 3],
      [4 * one, 4],
      [4 * one + 1, 4],
    ] as const) {
      const bench = new Bench({ rate: 80_000, queueLimit }).stream(10, 0, 972);
      expect(bench.numbers()).toEqual(range(kept));
      expect(bench.reasons()).toEqual(new Set(["queue-full"]));
    }
  });

  test("carries a packet longer than its queue when nothing waits", () => {
    expect(new Bench({ rate: 80_000, queueLimit: 10 }).stream(2, 1000).numbers()).toEqual([0, 1]);
  });

  test("lets what waits go on at the new rate when the rate changes", () => {
    const bench = new Bench({ rate: 80_000 });
    bench.link.send(packet(0, 972));
    bench.link.send(packet(1, 972));
    bench.link.configure({ rate: 800_000 });
    bench.link.send(packet(2, 972));
    bench.finish();
    // 2,000 bytes of backlog and 1,000 new ones at 800 kbit/s would be 30 ms; order holds it behind what was sent.
    expect(bench.arrivals.map(({ at }) => at)).toEqual([110, 210, 210]);
    bench.link.send(packet(3, 972));
    bench.finish();
    expect(bench.arrivals.at(-1)!.at).toBe(230);
  });

  test("swallows packets longer than its MTU", () => {
    const bench = new Bench({ mtu: 1280 });
    for (const length of [1251, 1252, 1253]) bench.link.send(packet(length, length));
    bench.finish();
    expect(bench.numbers()).toEqual([1251, 1252]);
    expect(bench.reasons()).toEqual(new Set(["mtu"]));
  });

  test("is dead in a blackout and while it is down", () => {
    const bench = new Bench({ blackouts: [{ from: 3, until: 6 }] }).stream(8, 1);
    expect(bench.numbers()).toEqual([0, 1, 2, 6, 7]);
    bench.link.configure({ up: false });
    bench.stream(2, 1);
    expect(bench.arrivals).toHaveLength(5);
    bench.link.configure({ up: true });
    bench.stream(2, 1);
    expect(bench.arrivals).toHaveLength(7);
    expect(bench.reasons()).toEqual(new Set(["blackout"]));
  });

  test("drops exactly what a filter says", () => {
    const pattern = [false, true, false];
    const bench = new Bench({ drop: (_packet, index) => pattern[index] === true }).stream(4, 1);
    expect(bench.numbers()).toEqual([0, 2, 3]);
    expect(bench.reasons()).toEqual(new Set(["filter"]));
  });

  test("repeats itself with the same seed and differs with another", () => {
    const impairments: LinkChange = {
      loss: 0.1,
      jitter: 30,
      duplicate: 0.1,
      corrupt: 0.1,
      reorder: { probability: 0.2, delay: 50 },
    };
    const once = new Bench(impairments, 7).stream(300, 1).arrivals;
    expect(new Bench(impairments, 7).stream(300, 1).arrivals).toEqual(once);
    expect(new Bench(impairments, 8).stream(300, 1).arrivals).not.toEqual(once);
  });

  test("keeps the fate of all packets when another impairment is added", () => {
    const lost = (change: LinkChange) => {
      const bench = new Bench({ loss: 0.3, ...change }).stream(200, 1);
      return new Set(bench.numbers());
    };
    expect(lost({ jitter: 50, duplicate: 0.5 })).toEqual(lost({}));
  });
});
