import { describe, expect, test } from "vitest";
import type { IceServer } from "../base/ice-candidate.ts";
import type { IceOptions } from "../base/ice-options.ts";
import { ipScope, parseIpAddress } from "../base/ip-address.ts";
import { MAX_MESSAGE_LENGTH, StunMessage, XOR_MAPPED_ADDRESS } from "../stun/index.ts";
import { MAX_LOCAL_ADDRESSES, MAX_SERVERS } from "./index.ts";
import { assignLocalPreferences } from "./local-preference.ts";
import { SHORTEST_PACE } from "./pacer.ts";
import { Pair } from "./pair.testing.ts";
import { Script } from "./script.testing.ts";

const server = (host: string, scheme: IceServer["scheme"] = "stun"): IceServer => ({
  url: `${scheme}:${host}`,
  scheme,
  host,
  port: 3478,
  transport: "udp",
});

/** An agent that has been told to gather, and nothing else. */
function gathering(
  servers: readonly IceServer[],
  addresses: readonly string[] = ["192.0.2.1"],
  options: IceOptions = {},
): Script {
  const script = new Script({ controlling: true, gather: false, options });
  script.agent.gather(script.now, { servers, policy: "all" });
  addSockets(script, addresses);
  script.answers = false;
  return script;
}

function addSockets(script: Script, addresses: readonly string[]): void {
  addresses.forEach((address, index) => {
    const loopback = ipScope(parseIpAddress(address)!) === "loopback";
    script.agent.addSocket(script.now, { socket: index + 1, address, port: 5000 + index, loopback });
  });
  script.agent.socketsComplete(script.now);
  script.drain();
}

const hosts = (script: Script) => script.of("candidate").map(({ candidate }) => candidate.address);

describe("host candidates (RFC 8445 §5.1.1.1)", () => {
  test("asks for sockets, tells one candidate per address, then completes", () => {
    const script = gathering([]);
    expect(script.events.map(({ type }) => type)).toEqual([
      "gathering-state",
      "open-sockets",
      "candidate",
      "gathering-state",
    ]);
    expect(script.of("candidate")[0]).toEqual({
      type: "candidate",
      usernameFragment: "local",
      candidate: {
        foundation: "1",
        component: 1,
        protocol: "udp",
        priority: 2_130_706_431,
        address: "192.0.2.1",
        port: 5000,
        type: "host",
      },
    });
  });

  test("loopback only where there is no other address; its socket is given back", () => {
    expect(hosts(gathering([], ["127.0.0.1", "::1"]))).toEqual(["127.0.0.1", "::1"]);
    expect(hosts(gathering([], ["127.0.0.1", "fe80::1"]))).toEqual(["127.0.0.1", "fe80::1"]);
    const script = gathering([], ["127.0.0.1", "192.0.2.1", "::1"]);
    expect(hosts(script)).toEqual(["192.0.2.1"]);
    expect(script.of("release-socket").map(({ socket }) => socket)).toEqual([1, 3]);
  });

  test("no address at all: complete, without a candidate", () => {
    const script = gathering([], []);
    expect(hosts(script)).toEqual([]);
    expect(script.agent.gathererState).toBe("complete");
  });

  test("IPv6 and IPv4 take turns, IPv6 first, link-local last (RFC 8421 §4)", () => {
    const addresses = ["192.0.2.1", "fe80::1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "192.0.2.3"];
    const script = gathering([], addresses);
    const byPriority = script
      .of("candidate")
      .map(({ candidate }) => candidate)
      .sort((a, b) => b.priority - a.priority)
      .map(({ address }) => address);
    expect(byPriority).toEqual([
      "2001:db8::1",
      "192.0.2.1",
      "2001:db8::2",
      "192.0.2.2",
      "192.0.2.3",
      "fe80::1",
    ]);
  });

  test("an only address has the highest local preference (RFC 8445 §5.1.2.1); the host may have its own opinion", () => {
    const input = { family: 4, scope: "global", preference: undefined } as const;
    expect(assignLocalPreferences([input])).toEqual([65_535]);
    expect(assignLocalPreferences([input, { ...input, preference: 7 }])[1]).toBe(7);
    expect(new Set(assignLocalPreferences(Array.from({ length: 16 }, () => input))).size).toBe(16);
  });

  test("priorities and foundations are unique per address", () => {
    const script = gathering([], ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    const candidates = script.of("candidate").map(({ candidate }) => candidate);
    expect(new Set(candidates.map(({ priority }) => priority)).size).toBe(3);
    expect(new Set(candidates.map(({ foundation }) => foundation)).size).toBe(3);
  });

  test.each([MAX_LOCAL_ADDRESSES - 1, MAX_LOCAL_ADDRESSES, MAX_LOCAL_ADDRESSES + 1])(
    "%i addresses",
    (count) => {
      const script = gathering(
        [],
        Array.from({ length: count }, (_, i) => `192.0.2.${i + 1}`),
      );
      expect(hosts(script)).toHaveLength(Math.min(count, MAX_LOCAL_ADDRESSES));
      expect(script.of("release-socket")).toHaveLength(Math.max(0, count - MAX_LOCAL_ADDRESSES));
    },
  );

  test("a socket without a gathering, or after its end, is given back", () => {
    const script = new Script({ controlling: true, gather: false });
    addSockets(script, ["192.0.2.1"]);
    expect(script.of("release-socket")).toHaveLength(1);
    const complete = gathering([]);
    addSockets(complete, ["192.0.2.7"]);
    expect(hosts(complete)).toEqual(["192.0.2.1"]);
  });

  test("sockets of a gathering that a restart has ended are given back, and do not complete the next one", () => {
    const script = new Script({ controlling: true, gather: false });
    const gather = () => script.agent.gather(script.now, { servers: [], policy: "all" });
    const open = (socket: number) =>
      script.agent.addSocket(script.now, {
        socket,
        address: "192.0.2.1",
        port: 5000 + socket,
        loopback: false,
      });
    gather();
    open(1);
    script.agent.restart(script.now, "local2", "local-password-of-24-char");
    gather();
    open(2);
    script.agent.socketsComplete(script.now);
    script.drain();
    expect(script.of("release-socket").map(({ socket }) => socket)).toEqual([1, 2]);
    expect(script.agent.gathererState).toBe("gathering");
    open(3);
    script.agent.socketsComplete(script.now);
    script.drain();
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate").map(({ candidate }) => candidate.port)).toEqual([5003]);
  });

  test("a second gather in the same generation changes nothing", () => {
    const script = gathering([]);
    const { length } = script.events;
    script.agent.gather(script.now, { servers: [], policy: "all" });
    script.drain();
    expect(script.events).toHaveLength(length);
  });
});

describe("server-reflexive candidates (RFC 8445 §5.1.1.2)", () => {
  const answer = (script: Script, address: string, port: number) => {
    script.respond(script.nextRequest()!, (builder) =>
      builder.xorAddress(XOR_MAPPED_ADDRESS, { address: parseIpAddress(address)!, port }),
    );
  };

  test("what the server saw is told with its base, URL and priority", () => {
    const script = gathering([server("198.51.100.1")]);
    expect(script.agent.gathererState).toBe("gathering");
    expect(script.sent[0]!.path).toEqual({ socket: 1, address: "198.51.100.1", port: 3478 });
    answer(script, "203.0.113.7", 4242);
    expect(script.of("candidate")[1]!.candidate).toEqual({
      foundation: "2",
      component: 1,
      protocol: "udp",
      priority: 1_694_498_815,
      address: "203.0.113.7",
      port: 4242,
      type: "srflx",
      relatedAddress: "192.0.2.1",
      relatedPort: 5000,
      url: "stun:198.51.100.1",
    });
    expect(script.agent.gathererState).toBe("complete");
  });

  test("one that equals a host candidate is redundant (RFC 8445 §5.1.3)", () => {
    const script = gathering([server("198.51.100.1")]);
    answer(script, "192.0.2.1", 5000);
    expect(hosts(script)).toEqual(["192.0.2.1"]);
    expect(script.agent.gathererState).toBe("complete");
  });

  test("two servers that see the same are one candidate", () => {
    const script = gathering([server("198.51.100.1"), server("198.51.100.2")]);
    answer(script, "203.0.113.7", 4242);
    script.advance(SHORTEST_PACE);
    answer(script, "203.0.113.7", 4242);
    expect(hosts(script)).toEqual(["192.0.2.1", "203.0.113.7"]);
  });

  test("only sockets that can reach the server ask it", () => {
    const script = gathering(
      [server("198.51.100.1"), server("2001:db8::5")],
      ["192.0.2.1", "2001:db8::1", "fe80::1"],
    );
    script.advance(2 * SHORTEST_PACE);
    expect(script.sent.map(({ path }) => [path.socket, path.address])).toEqual([
      [1, "198.51.100.1"],
      [2, "2001:db8::5"],
    ]);
  });

  test("requests are repeated; a lost one costs only time", () => {
    const script = gathering([server("198.51.100.1")]);
    script.advance(1000);
    expect(script.requestTimes.map(Math.round)).toEqual([0, 250, 750]);
    answer(script, "203.0.113.7", 4242);
    expect(hosts(script)).toContain("203.0.113.7");
  });

  test("a silent server: error 701 with the local address, and gathering completes at its deadline", () => {
    const script = gathering([server("198.51.100.1")]);
    script.advance(9999);
    expect(script.agent.gathererState).toBe("gathering");
    script.advance(2);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toEqual([
      {
        type: "candidate-error",
        address: "192.0.2.1",
        port: 5000,
        url: "stun:198.51.100.1",
        errorCode: 701,
        errorText: "the server does not answer",
      },
    ]);
    const sent = script.sent.length;
    script.advance(60_000);
    expect(script.sent).toHaveLength(sent);
  });

  test("a server that is silent for a second is probed from a socket that hears of ICMP errors", () => {
    const script = gathering([server("198.51.100.1"), server("198.51.100.2")]);
    script.advance(999);
    expect(script.of("probe")).toEqual([]);
    script.advance(2);
    expect(script.of("probe")).toMatchObject([
      { local: "192.0.2.1", address: "198.51.100.1", port: 3478 },
      { local: "192.0.2.1", address: "198.51.100.2", port: 3478 },
    ]);
    const [probe] = script.of("probe");
    expect(StunMessage.parse(probe!.datagram, MAX_MESSAGE_LENGTH)).toBeInstanceOf(StunMessage);
    script.agent.serverFailed(script.now, probe!.id, 701, "nobody listens there");
    script.drain();
    expect(script.of("candidate-error")).toMatchObject([
      { address: "192.0.2.1", url: "stun:198.51.100.1", errorCode: 701, errorText: "nobody listens there" },
    ]);
    expect(script.agent.gathererState).toBe("gathering");
    script.agent.serverFailed(script.now, probe!.id, 701, "again");
    script.agent.serverFailed(script.now, script.of("probe")[1]!.id, 701, "nobody listens there");
    script.drain();
    script.advance(60_000);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toHaveLength(2);
    expect(script.of("probe")).toHaveLength(2);
  });

  test("with a range of ports nothing is probed: it would take one outside", () => {
    const script = gathering([server("198.51.100.1")], ["192.0.2.1"], {
      portRange: { min: 5000, max: 5000 },
    });
    script.advance(10_001);
    expect(script.of("probe")).toEqual([]);
    expect(script.agent.gathererState).toBe("complete");
  });

  test("another view of us is waited for five seconds, not ten", () => {
    const script = gathering([server("198.51.100.1"), server("198.51.100.2")]);
    answer(script, "203.0.113.7", 4242);
    script.advance(4990);
    expect(script.agent.gathererState).toBe("gathering");
    script.advance(20);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toMatchObject([{ url: "stun:198.51.100.2", errorCode: 701 }]);
  });

  test("an error answer is told with its code", () => {
    const script = gathering([server("198.51.100.1")]);
    script.respond(script.nextRequest()!, (builder) => builder.errorCode(500, "broken"), "error");
    expect(script.of("candidate-error")[0]).toMatchObject({ errorCode: 500, errorText: "broken" });
    expect(script.agent.gathererState).toBe("complete");
  });

  test.each([
    ["0.0.0.0", 4242],
    ["224.0.0.1", 4242],
    ["203.0.113.7", 0],
  ])("an answer with %s port %i is an error", (address, port) => {
    const script = gathering([server("198.51.100.1")]);
    answer(script, address, port);
    expect(hosts(script)).toEqual(["192.0.2.1"]);
    expect(script.of("candidate-error")).toHaveLength(1);
  });

  test("an answer from anywhere else than the server is not one", () => {
    const script = gathering([server("198.51.100.1")]);
    const request = script.nextRequest()!;
    const forged = (path: { address?: string; port?: number; socket?: number }) =>
      script.respond(
        request,
        (builder) => builder.xorAddress(XOR_MAPPED_ADDRESS, { address: parseIpAddress("6.6.6.6")!, port: 6 }),
        "success",
        path,
      );
    forged({ address: "198.51.100.2" });
    forged({ port: 3479 });
    forged({ socket: 2 });
    expect(hosts(script)).toEqual(["192.0.2.1"]);
    expect(script.agent.gathererState).toBe("gathering");
  });

  test("names are resolved through the host", () => {
    const script = gathering([server("stun.example.org")], ["192.0.2.1", "2001:db8::1"]);
    expect(script.of("resolve")).toEqual([{ type: "resolve", id: 1, name: "stun.example.org", mdns: false }]);
    script.agent.resolved(script.now, 1, ["2001:db8::5", "198.51.100.1", "198.51.100.2"]);
    script.advance(SHORTEST_PACE);
    expect(script.sent.map(({ path }) => path.address).sort()).toEqual(["198.51.100.1", "2001:db8::5"]);
  });

  test("a name without an address, and one that is never answered, are errors", () => {
    const script = gathering([server("nowhere.example"), server("slow.example")]);
    script.agent.resolved(script.now, 1, []);
    script.drain();
    expect(script.of("candidate-error")[0]).toMatchObject({
      address: undefined,
      errorCode: 701,
      url: "stun:nowhere.example",
    });
    script.advance(10_000);
    expect(script.of("candidate-error")[1]).toMatchObject({ errorCode: 701, url: "stun:slow.example" });
    expect(script.agent.gathererState).toBe("complete");
    script.agent.resolved(script.now, 2, ["198.51.100.1"]); // too late
    script.drain();
    expect(script.sent).toHaveLength(0);
  });

  test("requests keep the pace of Ta (RFC 8445 §14.2)", () => {
    const servers = Array.from({ length: MAX_SERVERS }, (_, i) => server(`198.51.100.${i + 1}`));
    const addresses = Array.from({ length: 16 }, (_, i) => `192.0.2.${i + 1}`);
    const script = gathering(servers, addresses);
    script.advance(10_000);
    expect(script.requestTimes.length).toBeLessThanOrEqual(10_000 / 50 + 5);
    expect(script.requestTimes.slice(0, 6)).toEqual([0, 5, 10, 15, 20, 50]);
  });

  test("servers beyond the limit are errors", () => {
    const script = gathering(
      Array.from({ length: MAX_SERVERS + 2 }, (_, i) => server(`198.51.100.${i + 1}`)),
    );
    expect(script.of("candidate-error")).toHaveLength(2);
  });

  test("a socket that goes takes its requests along", () => {
    const script = gathering([server("198.51.100.1")]);
    script.agent.removeSocket(script.now, 1);
    script.drain();
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toEqual([]);
  });
});

describe("what is not there", () => {
  test.each(["turns", "stuns"] as const)("%s: over UDP answers with a clear error 701", (scheme) => {
    const script = gathering([server("turn.example.org", scheme)]);
    expect(script.of("candidate-error")).toEqual([
      {
        type: "candidate-error",
        address: undefined,
        port: undefined,
        url: `${scheme}:turn.example.org`,
        errorCode: 701,
        errorText: `${scheme} over udp is not supported`,
      },
    ]);
    expect(script.agent.gathererState).toBe("complete");
  });

  test('policy "relay" without a relay: no socket, no candidate, no check, no answer', () => {
    const pair = new Pair({ controlling: true }, { controlling: false });
    pair.gather(pair.a, [server("198.51.100.1")], "relay");
    pair.gather(pair.z);
    expect(pair.a.events.map(({ type }) => type)).toEqual(["gathering-state", "gathering-state"]);
    pair.describe(pair.a);
    pair.describe(pair.z);
    pair.inject(pair.a, new Uint8Array(20));
    pair.run(60_000);
    expect(pair.a.sent).toBe(0);
    expect(pair.bothAre("failed")).toBe(true);
  });
});
