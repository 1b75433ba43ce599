import { describe, expect, test } from "vitest";
import { connectChannel, end, negotiate, type Stage, stage } from "./peers.ts";

const POOL = { iceCandidatePoolSize: 1 } as const;

/** Sockets that a host has bound, as it names them to who binds another. */
function bound({ host }: Stage["a"]): number {
  return host.openSockets;
}

describe("iceCandidatePoolSize (webrtc-pc §4.4.1.6, RFC 9429 §3.5.4)", () => {
  test("gathers before anything is negotiated, and nothing of it is seen before setLocalDescription", async () => {
    const made = await stage(1, { latency: 20 }, POOL);
    const { connection } = made.a;
    const events: string[] = [];
    for (const name of ["icecandidate", "icegatheringstatechange", "icecandidateerror"])
      connection.addEventListener(name, () => events.push(name));
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(2);
    connection.createDataChannel("test");
    const offer = await made.world.runUntilSettled(connection.createOffer(), 1000);
    expect(offer.sdp).not.toContain("a=candidate");
    expect([events, connection.iceGatheringState]).toEqual([[], "new"]);
    const report = await made.world.runUntilSettled(connection.getStats(), 1000);
    expect([...report.values()].map(({ type }) => type)).not.toContain("local-candidate");
    end(made);
  });

  test("what was gathered serves the first transport, under its credentials", async () => {
    const made = await stage(2, { latency: 20 }, POOL);
    await made.world.runAsync(1000);
    const told: (string | null)[] = [];
    const states: string[] = [];
    made.a.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) told.push(candidate.usernameFragment);
    });
    made.a.connection.addEventListener("icegatheringstatechange", () =>
      states.push(made.a.connection.iceGatheringState),
    );
    await connectChannel(made);
    const fragment = /a=ice-ufrag:(\S+)/.exec(made.a.connection.localDescription!.sdp)![1]!;
    expect(new Set(told)).toEqual(new Set([fragment]));
    expect(told).toHaveLength(4);
    expect(states).toEqual(["gathering", "complete"]);
    expect([bound(made.a), bound(made.z)]).toEqual([2, 2]);
    end(made);
  });

  test("what no transport uses is given back when the negotiation ends, or the connection", async () => {
    const made = await stage(3, { latency: 20 }, { iceCandidatePoolSize: 5 });
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(10);
    await connectChannel(made);
    await made.world.runAsync(100);
    expect(bound(made.a)).toBe(2);
    end(made);
    await made.world.runAsync(100);
    expect([bound(made.a), bound(made.z)]).toEqual([0, 0]);
    const unused = await stage(4, {}, POOL);
    await unused.world.runAsync(1000);
    end(unused);
    await unused.world.runAsync(100);
    expect(bound(unused.a)).toBe(0);
  });

  test("grows and shrinks with setConfiguration, and begins anew with other servers", async () => {
    const made = await stage(5, {}, POOL);
    const { connection } = made.a;
    await made.world.runAsync(1000);
    connection.setConfiguration({ ...connection.getConfiguration(), iceCandidatePoolSize: 3 });
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(6);
    connection.setConfiguration({ ...connection.getConfiguration(), iceCandidatePoolSize: 0 });
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(0);
    connection.setConfiguration({
      ...connection.getConfiguration(),
      iceCandidatePoolSize: 1,
      iceTransportPolicy: "relay",
    });
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(0);
    end(made);
  });

  test("a pool of 255 is bounded", async () => {
    const made = await stage(6, {}, { iceCandidatePoolSize: 255 });
    await made.world.runAsync(1000);
    expect(bound(made.a)).toBe(2 * 16);
    end(made);
  });

  test("an answerer's pool serves, too", async () => {
    const made = await stage(7, { latency: 20 }, POOL);
    await made.world.runAsync(1000);
    made.a.connection.createDataChannel("test");
    await negotiate(made);
    await made.world.runUntilAsync(() => made.z.connection.connectionState === "connected", 10_000);
    expect(bound(made.z)).toBe(2);
    end(made);
  });
});
