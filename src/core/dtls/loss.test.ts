/** Handshakes on a wire that loses, reorders, duplicates and cuts off; each seed is one world. */
import { describe, expect, test } from "vitest";
import { HANDSHAKE_DEADLINE, MIN_RETRANSMISSION_TIMEOUT, MINIMUM_MTU } from "./limits.ts";
import { newIdentity, Pair, type PairOptions, type Wire } from "./pair.testing.ts";
import { RECORD_HEADER_LENGTH } from "./record/record-header.ts";
import { splitRecords } from "./records.testing.ts";

const [alice, bob, rsa] = await Promise.all([
  newIdentity(),
  newIdentity(),
  newIdentity({ type: "rsa", modulusLength: 2048 }),
]);
const identities = { client: alice, server: bob };
const RTT = 50;

/** Connects as in a session: the server's data begins as soon as it is connected. Returns the milliseconds it took. */
function connect(pair: Pair): number {
  pair.client.setRtt(RTT);
  pair.server.setRtt(RTT);
  pair.start();
  while (!pair.isConnected && pair.now < 1000 + HANDSHAKE_DEADLINE) {
    pair.run(() => pair.isConnected, 500);
    if (!pair.isConnected && pair.server.state === "connected") pair.send("server", new Uint8Array(100));
  }
  return pair.now - 1000;
}

function times(seeds: number, wire: Wire, options: PairOptions = {}, who = identities): number[] {
  const taken: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const pair = new Pair(who, { seed, wire: { delay: RTT / 2, ...wire }, client: options, server: options });
    taken.push(connect(pair));
    expect(pair.isConnected, `seed ${seed}`).toBe(true);
  }
  return taken.sort((a, b) => a - b);
}

describe("a handshake ends", () => {
  test("at 10 % loss: every seed, 99 of 100 in 3 s", () => {
    const taken = times(100, { loss: 0.1, jitter: 10 });
    expect(taken[98]).toBeLessThan(3000);
  });

  test("at 30 % loss: every seed, 99 of 100 in 15 s", () => {
    const taken = times(100, { loss: 0.3, jitter: 10 });
    expect(taken[98]).toBeLessThan(15_000);
  });

  test("at 50 % loss: every seed before the deadline", () => {
    times(60, { loss: 0.5, jitter: 10 });
  });

  test("with 25 % duplicates and reordering by four round trips", () => {
    times(40, { duplication: 0.25, jitter: 4 * RTT });
  });

  test("with everything at once, RSA certificates and the least MTU", () => {
    const who = { client: rsa, server: rsa };
    times(30, { loss: 0.2, duplication: 0.2, jitter: 100 }, { mtu: MINIMUM_MTU }, who);
  });
});

describe("retransmission (RFC 6347 §4.2.4)", () => {
  /** When the client sent its hello, if nobody answers. */
  function helloTimes(rtt: number | undefined): number[] {
    const times: number[] = [];
    const tamper = () => {
      times.push(pair.now - 1000);
      return undefined;
    };
    const pair: Pair = new Pair(identities, { wire: { tamper } });
    pair.client.setRtt(rtt);
    pair.start();
    pair.run(undefined, 20_000);
    return times;
  }

  test("starts at 50 ms without a round-trip time, doubles, and stays below a second", () => {
    expect(helloTimes(undefined).slice(0, 9)).toEqual([0, 50, 150, 350, 750, 1550, 2550, 3550, 4550]);
  });

  test("starts at twice the round-trip time", () => {
    expect(helloTimes(100).slice(0, 4)).toEqual([0, 200, 600, 1400]);
    expect(helloTimes(1).slice(0, 2)).toEqual([0, MIN_RETRANSMISSION_TIMEOUT]);
    expect(helloTimes(800).slice(0, 3)).toEqual([0, 1600, 3200]);
    expect(helloTimes(10_000).slice(0, 3)).toEqual([0, 3000, 6000]);
  });

  test("a path that swallows 1200 octets is found out: the third timeout sends 548 at most", () => {
    const pair = new Pair({ client: rsa, server: rsa }, { wire: { mtu: 600, delay: 1 } });
    pair.connect();
    expect(pair.isConnected).toBe(true);
    expect(Math.max(...pair.sent.server.map(({ length }) => length))).toBeGreaterThan(600);
    expect(pair.now - 1000).toBeLessThan(1000);
  });

  test("the whole flight goes out again, under new record numbers", () => {
    let dropped = 0;
    const tamper = (datagram: Uint8Array, from: "client" | "server") =>
      from === "server" && dropped++ < 1 ? undefined : datagram;
    const pair = new Pair(identities, { wire: { tamper } });
    pair.connect();
    expect(pair.isConnected).toBe(true);
    const [first, second] = pair.sent.server;
    const bodies = (datagram: Uint8Array) =>
      splitRecords(datagram).map((one) => one.subarray(RECORD_HEADER_LENGTH));
    const numbers = (datagram: Uint8Array) => splitRecords(datagram).map((one) => one[10]);
    expect(bodies(second!)).toEqual(bodies(first!));
    expect(numbers(first!)).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(second!)).toEqual([5, 6, 7, 8, 9]);
  });

  test("the last sender answers a repeated flight with its own, and without a timer", () => {
    let finals = 0;
    const tamper = (datagram: Uint8Array, from: "client" | "server") =>
      from === "server" && datagram[0] === 20 && finals++ < 2 ? undefined : datagram;
    const pair = new Pair(identities, { wire: { tamper } });
    pair.connect();
    expect(pair.isConnected).toBe(true);
    expect(finals).toBe(3);
    expect(pair.server.statistics).toMatchObject({ timeouts: 0, repeats: 2 });
  });

  test("data that overtakes the last flight makes the client ask for it at once, and is kept", () => {
    let finals = 0;
    const tamper = (datagram: Uint8Array, from: "client" | "server") =>
      from === "server" && datagram[0] === 20 && finals++ < 1 ? undefined : datagram;
    const pair = new Pair(identities, { wire: { tamper, delay: 100 } });
    pair.client.setRtt(220);
    pair.server.setRtt(220);
    pair.start();
    pair.run(() => pair.server.state === "connected");
    pair.now += 50;
    pair.send("server", new Uint8Array([7]));
    pair.run(() => pair.isConnected);
    expect(pair.now - 1000).toBe(650); // the timer would have fired at 640
    expect(pair.client.statistics).toMatchObject({ timeouts: 0, repeats: 1 });
    expect(pair.received.client).toEqual([new Uint8Array([7])]);
  });

  test("once data has come, a repeated Finished gets no answer", () => {
    const pair = new Pair(identities);
    pair.connect();
    const flight = pair.sent.client.at(-1)!;
    pair.send("client", new Uint8Array([1]));
    pair.run();
    const before = pair.sent.server.length;
    pair.now += 5000;
    pair.deliver("server", flight);
    expect(pair.sent.server.length).toBe(before);
  });

  test("a flood of old hellos is answered at most once in half a timeout", () => {
    const pair = new Pair(identities, { wire: { delay: 1000 } });
    pair.start();
    pair.run(() => pair.sent.server.length > 0);
    const hello = pair.sent.client[0]!;
    for (let i = 0; i < 1000; i++) pair.deliver("server", hello);
    expect(pair.sent.server.length).toBe(1);
    pair.now += MIN_RETRANSMISSION_TIMEOUT / 2;
    for (let i = 0; i < 1000; i++) pair.deliver("server", hello);
    expect(pair.sent.server.length).toBe(2);
  });
});
