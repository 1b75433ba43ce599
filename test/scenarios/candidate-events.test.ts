import { expect, test } from "vitest";
import { startStunServer, startTurnServer } from "../../src/sim/index.ts";
import { connectChannel, end, negotiate, stage } from "./peers.ts";

/** What a candidate says of itself, short. */
interface Told {
  readonly type: string | null;
  readonly protocol: string | null;
  readonly tcpType: string | null;
  readonly relayProtocol: string | null | undefined;
  readonly url: string | null | undefined;
  readonly fragment: string | null;
}

test("candidates tell where they are from, gathering its states, and each generation its end (webrtc-pc §4.8, §5.6)", async () => {
  const user = { username: "user", credential: "secret" };
  const iceServers = [
    { urls: "stun:stun.example" },
    { urls: ["turn:turn.example", "turn:turn.example?transport=tcp", "turns:turn.example"], ...user },
    { urls: "turn:refuses.example", ...user },
  ];
  const made = await stage(1, { latency: 20 }, { iceServers }, (world, name) => {
    const inside = world.network(`inside-${name}`, { latency: 1 });
    world.nat(`nat-${name}`, { address: name === "a" ? "203.0.113.1" : "203.0.113.2", inside });
    return [{ address: "192.168.1.2", network: inside }];
  });
  const { world, a } = made;
  startStunServer(world.host("stun", { addresses: ["192.0.2.10"] }));
  const credentials = { username: "user", password: "secret" };
  const turn = world.host("turn", { addresses: ["192.0.2.20"] });
  startTurnServer(turn, { ...credentials, tlsNames: ["turn.example"] });
  const refusing = world.host("refuses", { addresses: ["192.0.2.21"] });
  startTurnServer(refusing, { ...credentials, password: "another" });
  world.dns.set("stun.example", ["192.0.2.10"]);
  world.dns.set("turn.example", ["192.0.2.20"]);
  world.dns.set("refuses.example", ["192.0.2.21"]);

  const { connection } = a;
  const log: string[] = [];
  const told: Told[] = [];
  const errors: unknown[] = [];
  connection.addEventListener("icegatheringstatechange", () => log.push(connection.iceGatheringState));
  connection.addEventListener("signalingstatechange", () => {
    const ice = connection.sctp!.transport.iceTransport;
    ice.ongatheringstatechange ??= () => log.push(`transport ${ice.gatheringState}`);
  });
  connection.addEventListener("icecandidate", ({ candidate, url }) => {
    if (candidate === null) log.push("null");
    else if (candidate.candidate === "") log.push(`end ${candidate.usernameFragment}`);
    else {
      expect(candidate.foundation).toMatch(/^[A-Za-z0-9+/]{1,32}$/);
      expect([candidate.component, url ?? null]).toEqual(["rtp", candidate.url]);
      const { type, protocol, tcpType, relayProtocol, usernameFragment } = candidate;
      told.push({ type, protocol, tcpType, relayProtocol, url: candidate.url, fragment: usernameFragment });
    }
  });
  connection.addEventListener("icecandidateerror", ({ url, errorCode, errorText, address, port }) => {
    errors.push({ url, errorCode, hasText: errorText !== "", address, hasPort: port !== null });
  });
  await connectChannel(made);
  await world.runUntilAsync(() => connection.iceGatheringState === "complete", 20_000);

  const ice = connection.sctp!.transport.iceTransport;
  const fragments = [ice.getLocalParameters()!.usernameFragment];
  const of = (type: string) => told.filter((one) => one.type === type);
  expect(of("host").map(({ protocol, tcpType }) => `${protocol} ${tcpType}`)).toEqual([
    "udp null",
    "tcp active",
  ]);
  expect(of("srflx").map(({ url }) => url)).toEqual(["stun:stun.example"]);
  expect(
    of("relay")
      .map(({ relayProtocol, url }) => `${relayProtocol} ${url}`)
      .sort(),
  ).toEqual(["tcp turn:turn.example?transport=tcp", "tls turns:turn.example", "udp turn:turn.example"]);
  expect(new Set(told.map(({ fragment }) => fragment))).toEqual(new Set(fragments));
  expect(errors).toEqual([
    { url: "turn:refuses.example", errorCode: 401, hasText: true, address: "192.168.1.2", hasPort: true },
  ]);
  const generation = (fragment: string | undefined) => [
    "transport gathering",
    "gathering",
    `end ${fragment}`,
    "transport complete",
    "complete",
    "null",
  ];
  expect(log).toEqual(generation(fragments[0]));
  expect(ice.getLocalCandidates()).toHaveLength(told.length);
  expect(ice.getRemoteCandidates().length).toBeGreaterThan(3);
  expect([ice.role, ice.component, ice.state]).toEqual(["controlling", "rtp", connection.iceConnectionState]);
  expect(ice.getRemoteParameters()!.usernameFragment).toBe(
    made.z.connection.sctp!.transport.iceTransport.getLocalParameters()!.usernameFragment,
  );
  const pair = ice.getSelectedCandidatePair()!;
  expect(ice.getRemoteCandidates()).toContain(pair.remote);

  connection.restartIce();
  await negotiate(made);
  await world.runUntilAsync(() => log.length >= 12, 20_000);
  fragments.push(ice.getLocalParameters()!.usernameFragment);
  expect(fragments[1]).not.toBe(fragments[0]);
  expect(log).toEqual([...generation(fragments[0]), ...generation(fragments[1])]);
  end(made);
});
