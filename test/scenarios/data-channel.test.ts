import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RTCDataChannel } from "../../src/index.ts";
import { connectChannel, end, negotiate, pattern, type Stage, stage } from "./peers.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Sends `data` in messages of `size` bytes and returns what arrived, in the order of arrival. */
async function transfer(
  { world }: Stage,
  near: RTCDataChannel,
  far: RTCDataChannel,
  data: Uint8Array<ArrayBuffer>,
  size: number,
  limit: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let received = 0;
  far.binaryType = "arraybuffer";
  far.onmessage = ({ data: part }) => {
    parts.push(new Uint8Array(part));
    received += part.byteLength;
  };
  let at = 0;
  const fill = () => {
    for (; at < data.length && near.bufferedAmount < 1_000_000; at += size)
      near.send(data.subarray(at, at + size));
  };
  near.bufferedAmountLowThreshold = 500_000;
  near.onbufferedamountlow = fill;
  fill();
  await world.runUntilAsync(() => received >= data.length, limit);
  return Buffer.concat(parts);
}

describe("connecting on bad paths", () => {
  const losses = [0, 0.05, 0.1, 0.2, 0.3];
  for (const loss of losses) {
    test(`connects at ${loss * 100} % loss, 50 ms away, for 20 seeds`, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const play = await stage(seed, { latency: 25, loss });
        await connectChannel(play, {}, 60_000);
        end(play);
      }
    });
  }

  test("connects at 50 % loss within a minute, every one of 250 seeds", async () => {
    for (let seed = 1; seed <= 250; seed++) {
      const play = await stage(seed, { latency: 25, loss: 0.5 });
      await connectChannel(play, {}, 60_000);
      end(play);
    }
  });

  test("a channel that joins a session of media opens on the transport that is there", async () => {
    const play = await stage(1, { latency: 10 });
    play.a.connection.addTransceiver("audio");
    await negotiate(play);
    await play.world.runUntilAsync(() => play.a.connection.connectionState === "connected", 10_000);
    const { near, far } = await connectChannel(play, {}, 1000);
    expect([near.id, far.id].every((id) => id === near.id && id !== null)).toBe(true);
    expect(play.a.connection.sctp!.transport).toBe(play.a.connection.getSenders()[0]!.transport);
    end(play);
  });

  test("connects over IPv6 alone", async () => {
    const play = await stage(1, { latency: 10 });
    await connectChannel(play);
    end(play);
  });
});

describe("a reliable channel", () => {
  test("1 MB arrives byte-exact at 20 % loss, 25 % reordering, 10 % duplication and 1 % corruption", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const play = await stage(seed, { latency: 10 });
      const { near, far } = await connectChannel(play);
      play.world.link(play.a.host, play.z.host, {
        loss: 0.2,
        reorder: { probability: 0.25, delay: 200 },
        duplicate: 0.1,
        corrupt: 0.01,
      });
      const data = pattern(1_000_000, seed);
      const arrived = await transfer(play, near, far, data, 65_536, 600_000);
      expect(sha256(arrived), `seed ${seed}`).toBe(sha256(data));
      end(play);
    }
  });

  test("survives 20 seconds of blackout without losing a byte", async () => {
    const play = await stage(3, { latency: 10 });
    const { near, far } = await connectChannel(play);
    const { world } = play;
    world.link(play.a.host, play.z.host, {
      blackouts: [{ from: world.now + 30, until: world.now + 20_030 }],
      rate: 20_000_000,
    });
    const data = pattern(2_000_000, 3);
    const arrived = await transfer(play, near, far, data, 65_536, 120_000);
    expect(sha256(arrived)).toBe(sha256(data));
    end(play);
  });

  test("keeps the order of messages of every size, from empty to 256 KiB", async () => {
    const play = await stage(5, { latency: 5, loss: 0.05, reorder: { probability: 0.1, delay: 30 } });
    const { near, far } = await connectChannel(play);
    const sizes = [0, 1, 2, 1023, 1024, 1100, 1200, 16_384, 65_535, 65_536, 65_537, 262_144, 0, 7];
    const arrived: number[] = [];
    far.binaryType = "arraybuffer";
    far.onmessage = ({ data }) => arrived.push(data.byteLength);
    for (const size of sizes) near.send(new Uint8Array(size));
    await play.world.runUntilAsync(() => arrived.length === sizes.length, 60_000);
    expect(arrived).toEqual(sizes);
    end(play);
  });

  test("fills a 1 Mbit/s path to at least 85 %, an 18 Mbit/s path to 16 Mbit/s", async () => {
    for (const [rate, least] of [
      [1_000_000, 850_000],
      [18_000_000, 16_000_000],
    ] as const) {
      const play = await stage(7, { latency: 15, rate, queueLimit: 64 * 1024 });
      const { near, far } = await connectChannel(play);
      const seconds = 20;
      const data = pattern((least / 8) * seconds, 7);
      const start = play.world.now;
      await transfer(play, near, far, data, 16_384, seconds * 1000 * 1.02);
      expect(((data.length * 8) / (play.world.now - start)) * 1000).toBeGreaterThanOrEqual(least);
      end(play);
    }
  });
});

describe("partially reliable channels", () => {
  test("with maxRetransmits 0, unordered: no message is torn or doubled, what the path delivers arrives", async () => {
    const play = await stage(11, { latency: 10 });
    const { near, far } = await connectChannel(play, { ordered: false, maxRetransmits: 0 });
    play.world.link(play.a.host, play.z.host, { loss: 0.1, rate: 5_000_000 });
    const seen = new Map<number, number>();
    far.binaryType = "arraybuffer";
    far.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data);
      const number = new DataView(data).getUint32(0);
      expect(bytes.length).toBe(500);
      expect(bytes.subarray(4).every((byte) => byte === number % 251)).toBe(true);
      seen.set(number, (seen.get(number) ?? 0) + 1);
    };
    const count = 2000;
    for (let i = 0; i < count; i++) {
      const message = new Uint8Array(500).fill(i % 251);
      new DataView(message.buffer).setUint32(0, i);
      play.world.at(play.world.now + i * 5, () => near.send(message));
    }
    await play.world.runAsync(count * 5 + 5000);
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
    expect(seen.size).toBeGreaterThan(count * 0.85);
    expect(near.bufferedAmount).toBe(0);
    end(play);
  });

  test("with maxPacketLifeTime 100, late messages are given up and newer ones still arrive in order", async () => {
    const play = await stage(12, { latency: 10 });
    const { near, far } = await connectChannel(play, { ordered: true, maxPacketLifeTime: 100 });
    const { world } = play;
    world.link(play.a.host, play.z.host, { blackouts: [{ from: world.now + 500, until: world.now + 1500 }] });
    const arrived: number[] = [];
    far.onmessage = ({ data }) => arrived.push(Number(data));
    for (let i = 0; i < 300; i++) world.at(world.now + i * 10, () => near.send(String(i)));
    await world.runUntilAsync(() => arrived.at(-1) === 299, 20_000);
    expect(arrived).toEqual([...arrived].sort((x, y) => x - y));
    expect(arrived.length).toBeLessThan(280);
    expect(arrived.length).toBeGreaterThan(150);
    end(play);
  });
});

describe("states", () => {
  test("connect in the standard's order and end with close (webrtc-pc §4.3)", async () => {
    const play = await stage(21, { latency: 10 });
    await connectChannel(play);
    expect(play.a.states.filter((state) => state.startsWith("connection"))).toEqual([
      "connection connecting",
      "connection connected",
    ]);
    expect(play.a.states.filter((state) => state.startsWith("signaling"))).toEqual([
      "signaling have-local-offer",
      "signaling stable",
    ]);
    const before = play.a.states.length;
    play.a.connection.close();
    expect(play.a.connection.connectionState).toBe("closed");
    await play.world.runAsync(5000);
    // webrtc-pc §4.4.1.10: close fires nothing on the closed connection.
    expect(play.a.states.length).toBe(before);
    end(play);
  });

  test("a path that dies: disconnected, then failed; one that comes back in time: connected again", async () => {
    const play = await stage(22, { latency: 10 });
    await connectChannel(play);
    const { world, a, z } = play;
    world.link(a.host, z.host, { up: false });
    await world.runUntilAsync(() => a.connection.connectionState === "disconnected", 15_000);
    world.link(a.host, z.host, { up: true });
    await world.runUntilAsync(() => a.connection.connectionState === "connected", 15_000);
    world.link(a.host, z.host, { up: false });
    await world.runUntilAsync(() => a.connection.connectionState === "failed", 60_000);
    end(play);
  });

  test("nothing is left to happen after both ends are closed", async () => {
    const play = await stage(23);
    await connectChannel(play);
    end(play);
    await play.world.runAsync(120_000);
    expect(play.world.pending).toBe(0);
  });

  test("close at any moment of the negotiation leaves no event, no timer, no datagram behind", async () => {
    for (let cut = 0; cut < 60; cut += 3) {
      const play = await stage(100 + cut, { latency: 5 });
      play.a.connection.createDataChannel("x");
      void negotiate(play).catch(() => {});
      await play.world.runAsync(cut);
      const late: string[] = [];
      play.a.connection.close();
      for (const name of ["icecandidate", "datachannel", "connectionstatechange", "signalingstatechange"]) {
        play.a.connection.addEventListener(name, () => late.push(name));
      }
      await play.world.runAsync(1000);
      expect(late, `closed after ${cut} ms`).toEqual([]);
      end(play);
    }
  });

  test("a peer that closes ends the channels of the other side, with the reason in an error event", async () => {
    const play = await stage(24, { latency: 10 });
    const { near } = await connectChannel(play);
    const events: string[] = [];
    near.onerror = ({ error }) => events.push(`error ${error.errorDetail} ${error.sctpCauseCode}`);
    near.onclose = () => events.push("close");
    play.z.connection.close();
    await play.world.runUntilAsync(() => near.readyState === "closed", 10_000);
    expect(events).toEqual(["error sctp-failure 12", "close"]);
    end(play);
  });
});
