/** TURN servers that stop at each step: no wait is without an end, and nothing is left over. */
import { describe, expect, test } from "vitest";
import type { RTCPeerConnectionIceErrorEvent } from "../../src/index.ts";
import { startTurnServer, type TurnFault } from "../../src/sim/index.ts";
import { connectChannel, end, type Stage } from "./peers.ts";
import { relayStage, USER } from "./relays.testing.ts";

const URLS = {
  udp: "turn:192.0.2.20",
  tcp: "turn:192.0.2.20?transport=tcp",
  tls: "turns:turn.example",
} as const;
type Transport = keyof typeof URLS;

/** Every step, and every way to break down there, that the transport knows. */
function faults(
  transport: Transport,
  steps: readonly TurnFault["at"][],
): [Transport, TurnFault["at"], TurnFault["does"]][] {
  const ways =
    transport === "udp" ? (["ignore", "stop"] as const) : (["ignore", "stop", "half", "close"] as const);
  return steps.flatMap((at) =>
    ways
      .filter((does) => at !== "connect" || (transport !== "udp" && does !== "ignore"))
      .map((does): [Transport, TurnFault["at"], TurnFault["does"]] => [transport, at, does]),
  );
}

const server = (urls: string) => ({ urls, username: "user", credential: "secret" });

/** Closes both ends; then nothing may happen any more, and no socket be open. */
async function nothingIsLeft(made: Stage): Promise<void> {
  end(made);
  await made.world.runAsync(5000);
  let packets = 0;
  made.world.tap(() => packets++);
  await made.world.runAsync(60_000);
  expect(packets).toBe(0);
  expect([made.a.host.openSockets, made.z.host.openSockets]).toEqual([0, 0]);
}

describe("a server that stops while it is asked", () => {
  const steps = ["connect", "challenge", "allocate"] as const;
  test.each([...faults("udp", steps), ...faults("tcp", steps), ...faults("tls", steps)])(
    "%s, at %s: %s: gathering ends within ten seconds, with an error for each way that was tried",
    async (transport, at, does) => {
      const urls = URLS[transport];
      const made = await relayStage({ fault: { at, does } }, { iceServers: [server(urls)] });
      const errors: RTCPeerConnectionIceErrorEvent[] = [];
      made.a.connection.addEventListener("icecandidateerror", (event) => void errors.push(event));
      made.a.connection.createDataChannel("x");
      await made.world.runUntilSettled(made.a.connection.setLocalDescription(), 1000);
      await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 10_100);
      expect(errors).toHaveLength(1);
      const { url, errorCode, errorText, address, port } = errors[0]!;
      expect([url, errorCode]).toEqual([urls, 701]);
      expect(errorText).not.toBe("");
      // Over UDP that of the host candidate which it was asked from; the way of a stream is the system's.
      if (transport === "udp")
        expect(made.a.connection.localDescription!.sdp).toContain(` ${address} ${port} typ host`);
      else expect([address, port]).toEqual([null, null]);
      await made.world.runAsync(2000);
      expect([made.turn.streams, made.turn.allocations]).toEqual([0, 0]);
      await nothingIsLeft(made);
    },
  );
});

/** Longer than a permission lives, ms. */
const LONG = 360_000;
/** Between two messages, ms. */
const PAUSE = 2000;

describe("a server that is not there", () => {
  test.each([
    ["a closed port of STUN", ["stun:192.0.2.20:9"]],
    ["a closed port of TURN", ["turn:192.0.2.20:9"]],
    ["both", ["stun:192.0.2.20:9", "turn:192.0.2.20:9"]],
  ])("%s: gathering ends as soon as a probe has found out", async (_, urls) => {
    const made = await relayStage({}, { iceServers: urls.map(server) });
    const errors: string[] = [];
    made.a.connection.addEventListener("icecandidateerror", ({ url, errorCode, errorText }) => {
      errors.push(`${url} ${errorCode} ${errorText}`);
    });
    made.a.connection.createDataChannel("x");
    await made.world.runUntilSettled(made.a.connection.setLocalDescription(), 500);
    await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 1200);
    expect(errors.sort()).toEqual(urls.map((url) => `${url} 701 nobody listens there: ECONNREFUSED`));
    await nothingIsLeft(made);
  });

  test("a network that tells nothing: ten seconds, but the connection is there long before", async () => {
    const made = await relayStage({}, { iceServers: [server("turn:198.51.100.99")] });
    await connectChannel(made, {}, 1000);
    expect(made.a.connection.iceGatheringState).toBe("gathering");
    await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 10_100);
    await nothingIsLeft(made);
  });

  test("five seconds where another server has answered", async () => {
    const iceServers = [server("turn:198.51.100.99"), server(URLS.tcp)];
    const made = await relayStage({}, { iceServers });
    made.a.connection.createDataChannel("x");
    await made.world.runUntilSettled(made.a.connection.setLocalDescription(), 500);
    await made.world.runUntilAsync(() => made.a.connection.iceGatheringState === "complete", 5100);
    expect(made.turn.allocations).toBe(1);
    await nothingIsLeft(made);
  });
});

describe("a server that stops in a call", () => {
  const steps = ["refresh", "permission", "channel"] as const;
  const all = [
    ...faults("udp", steps),
    ...faults("tcp", steps).filter(([, , does]) => does === "half" || does === "close"),
  ];
  /** What the server says no more where everything else goes on. */
  const isHarmless = (at: TurnFault["at"], does: TurnFault["does"]) => does === "ignore" && at !== "refresh";

  /** A call through the relay, both ends sending now and then. */
  async function call(fault: TurnFault, transport: Transport, more: readonly string[]) {
    const iceServers = [URLS[transport], ...more].map(server);
    const made = await relayStage({ lifetime: 120 }, { iceServers, iceTransportPolicy: "relay" });
    const others =
      more.length === 0
        ? []
        : [startTurnServer(made.world.host("other", { addresses: ["192.0.2.30"] }), USER)];
    const { near, far } = await connectChannel(made);
    made.turn.fault = fault;
    const heard = { at: made.world.now, count: 0 };
    far.onmessage = () => {
      heard.at = made.world.now;
      heard.count++;
    };
    const talk = () => {
      if (near.readyState === "open") near.send("x");
      if (far.readyState === "open") far.send("y");
    };
    return { made, heard, talk, near, others };
  }

  test.each(all)(
    "%s, at %s: %s: disconnected, then failed, as the standard times it",
    async (transport, at, does) => {
      const { made, heard, talk } = await call({ at, does }, transport, []);
      const { world, a } = made;
      const isOver = () => a.connection.connectionState === "failed";
      for (let time = 0; time < LONG && !isOver(); time += PAUSE) {
        talk();
        await world.runAsync(PAUSE);
      }
      if (isHarmless(at, does)) {
        expect(a.connection.connectionState).toBe("connected");
        expect(world.now - heard.at).toBeLessThan(PAUSE);
      } else {
        expect(isOver()).toBe(true);
        expect(a.states.slice(-4)).toEqual([
          "iceConnection disconnected",
          "connection disconnected",
          "iceConnection failed",
          "connection failed",
        ]);
        // Consent ends 30 s after the last answer (RFC 7675 §5.1).
        expect(world.now - heard.at).toBeGreaterThan(24_000);
        expect(world.now - heard.at).toBeLessThan(34_000);
      }
      await nothingIsLeft(made);
    },
  );

  test.each(all)("%s, at %s: %s: another server's relay takes over", async (transport, at, does) => {
    const { made, heard, talk, near } = await call({ at, does }, transport, ["turn:192.0.2.30"]);
    const { world, a } = made;
    for (let time = 0; time < LONG; time += PAUSE) {
      talk();
      await world.runAsync(PAUSE);
    }
    expect(a.states).not.toContain("connection failed");
    expect([a.connection.connectionState, near.bufferedAmount]).toEqual(["connected", 0]);
    expect(world.now - heard.at).toBeLessThan(PAUSE);
    expect(heard.count).toBe(LONG / PAUSE);
    await nothingIsLeft(made);
  });
});
