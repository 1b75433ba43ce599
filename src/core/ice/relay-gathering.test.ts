import { describe, expect, test } from "vitest";
import type { IceServer } from "../base/ice-candidate.ts";
import type { IceOptions } from "../base/ice-options.ts";
import { Script } from "./script.testing.ts";
import { MAX_ALLOCATIONS, MAX_SERVERS } from "./timing.ts";

const turn = (host: string, kind: "udp" | "tcp" | "tls" = "udp"): IceServer => ({
  url: `${kind === "tls" ? "turns" : "turn"}:${host}?transport=${kind === "udp" ? "udp" : "tcp"}`,
  scheme: kind === "tls" ? "turns" : "turn",
  host,
  port: 3478,
  transport: kind === "udp" ? "udp" : "tcp",
  username: "user",
  credential: "secret",
});

function gathering(
  servers: readonly IceServer[],
  policy: "all" | "relay" = "all",
  addresses: readonly string[] = ["192.0.2.1"],
  options: IceOptions = {},
): Script {
  const script = new Script({ controlling: true, gather: false, options });
  script.agent.gather(script.now, { servers, policy });
  addresses.forEach((address, index) => {
    const loopback = address === "127.0.0.1";
    script.agent.addSocket(script.now, { socket: index + 1, address, port: 5000 + index, loopback });
  });
  script.agent.socketsComplete(script.now);
  script.drain();
  return script;
}

function granted(script: Script, id: number, address = "198.51.100.20", socket = -1): void {
  const mapped = { address: "203.0.113.1", port: 6000 };
  script.agent.relayAllocated(script.now, id, [{ socket, address, port: 7000 }], mapped);
  script.drain();
}

describe("relayed candidates (RFC 8445 §5.1.1.2)", () => {
  test("each server is asked from every socket that reaches it, streams once per family", () => {
    const servers = [turn("198.51.100.1"), turn("198.51.100.2", "tcp"), turn("2001:db8::9", "tls")];
    const script = gathering(servers, "all", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    expect(
      script.of("allocate").map(({ server, socket, address }) => [server.host, socket, address]),
    ).toEqual([
      ["198.51.100.1", 1, "198.51.100.1"],
      ["198.51.100.1", 2, "198.51.100.1"],
      ["198.51.100.2", undefined, "198.51.100.2"],
      ["2001:db8::9", undefined, "2001:db8::9"],
    ]);
    expect(script.agent.gathererState).toBe("gathering");
  });

  test("tell the mapped address as related address, and a server-reflexive candidate comes with it", () => {
    const script = gathering([turn("198.51.100.1")]);
    granted(script, script.of("allocate")[0]!.id);
    const [host, srflx, relay] = script.of("candidate").map(({ candidate }) => candidate);
    expect(host?.type).toBe("host");
    expect(srflx).toMatchObject({ type: "srflx", address: "203.0.113.1", port: 6000 });
    expect(relay).toMatchObject({
      type: "relay",
      protocol: "udp",
      address: "198.51.100.20",
      port: 7000,
      relatedAddress: "203.0.113.1",
      relatedPort: 6000,
      relayProtocol: "udp",
      url: "turn:198.51.100.1?transport=udp",
    });
    expect(script.agent.gathererState).toBe("complete");
  });

  test("prefer UDP to TCP to TLS on the way to the server, all below everything else", () => {
    const script = gathering([
      turn("198.51.100.1", "tls"),
      turn("198.51.100.2", "tcp"),
      turn("198.51.100.3", "udp"),
    ]);
    script.of("allocate").forEach(({ id }, index) => {
      granted(script, id, `198.51.100.${20 + index}`, -1 - index);
    });
    const relays = script
      .of("candidate")
      .flatMap(({ candidate }) => (candidate.type === "relay" ? candidate : []));
    const ordered = relays.sort((a, b) => b.priority - a.priority).map(({ relayProtocol }) => relayProtocol);
    expect(ordered).toEqual(["udp", "tcp", "tls"]);
    expect(Math.max(...relays.map(({ priority }) => priority))).toBeLessThan(2 ** 24);
    expect(new Set(relays.map(({ priority }) => priority)).size).toBe(3);
    expect(new Set(relays.map(({ foundation }) => foundation)).size).toBe(3);
  });

  test("a refusal is told with its code, url and our address (webrtc-pc §4.8.2)", () => {
    const script = gathering([turn("198.51.100.1")]);
    script.agent.serverFailed(script.now, script.of("allocate")[0]!.id, 401, "Unauthorized");
    script.drain();
    expect(script.of("candidate-error")).toEqual([
      {
        type: "candidate-error",
        address: "192.0.2.1",
        port: 5000,
        url: "turn:198.51.100.1?transport=udp",
        errorCode: 401,
        errorText: "Unauthorized",
      },
    ]);
    expect(script.agent.gathererState).toBe("complete");
  });

  test("a server that does not answer delays gathering no longer than its deadline", () => {
    const script = gathering([turn("198.51.100.1")]);
    script.advance(10_000);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toMatchObject([{ errorCode: 701 }]);
    expect(script.of("abandon-allocation")).toHaveLength(1);
    granted(script, script.of("allocate")[0]!.id);
    expect(script.of("release-socket")).toEqual([{ type: "release-socket", socket: -1 }]);
    expect(script.of("candidate").map(({ candidate }) => candidate.type)).toEqual(["host"]);
  });

  test("a relay that is silent is probed, over UDP only, and given up when nobody listens there", () => {
    const script = gathering([turn("198.51.100.1"), turn("198.51.100.1", "tcp")]);
    script.advance(1001);
    const [probe, ...more] = script.of("probe");
    expect(more).toEqual([]);
    script.agent.serverFailed(script.now, probe!.id, 701, "nobody listens there");
    script.drain();
    expect(script.of("abandon-allocation")).toEqual([
      { type: "abandon-allocation", id: script.of("allocate")[0]!.id },
    ]);
    expect(script.of("candidate-error")).toMatchObject([
      { address: "192.0.2.1", port: 5000, url: "turn:198.51.100.1?transport=udp", errorCode: 701 },
    ]);
    expect(script.agent.gathererState).toBe("gathering");
  });

  test("with one relay at hand others are waited for five seconds; without one, ten", () => {
    const script = gathering([turn("198.51.100.1"), turn("198.51.100.2")]);
    granted(script, script.of("allocate")[0]!.id);
    script.advance(4999);
    expect(script.agent.gathererState).toBe("gathering");
    script.advance(2);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.of("candidate-error")).toHaveLength(1);
  });

  test("a family that nobody here has is told as an error", () => {
    const script = gathering([turn("2001:db8::9"), turn("2001:db8::9", "tcp")]);
    expect(script.of("allocate")).toEqual([]);
    expect(script.of("candidate-error")).toHaveLength(2);
    expect(script.agent.gathererState).toBe("complete");
  });

  test("are asked for so many times and no more", () => {
    const servers = Array.from({ length: MAX_SERVERS + 1 }, (_, index) => turn(`198.51.100.${index + 1}`));
    const script = gathering(servers, "all", ["192.0.2.1", "192.0.2.2"]);
    expect(script.of("allocate")).toHaveLength(MAX_ALLOCATIONS);
    expect(script.of("candidate-error").length).toBeGreaterThan(0);
  });

  test("pairs with one need a permission for the peer (RFC 8656 §9)", () => {
    const script = gathering([turn("198.51.100.1")]);
    script.describe();
    granted(script, script.of("allocate")[0]!.id);
    script.agent.addRemoteCandidate(script.now, {
      foundation: "1",
      component: 1,
      protocol: "udp",
      priority: 1000,
      address: "192.0.2.77",
      port: 9,
      type: "host",
    });
    script.drain();
    expect(script.of("permit")).toContainEqual({ type: "permit", socket: -1, address: "192.0.2.77" });
  });

  test("a restart gives up what was not answered, and later gives back what was", () => {
    const script = gathering([turn("198.51.100.1"), turn("198.51.100.2")]);
    granted(script, script.of("allocate")[0]!.id);
    script.agent.restart(script.now, "second", "second-password-of-24-ch");
    script.drain();
    expect(script.of("abandon-allocation")).toHaveLength(1);
    expect(script.of("release-socket").map(({ socket }) => socket)).toContain(-1);
  });
});

describe('policy "relay" (RFC 8828 mode 4)', () => {
  test("shows nothing but relayed candidates, which say nothing of us", () => {
    const script = gathering([turn("198.51.100.1")], "relay");
    granted(script, script.of("allocate")[0]!.id);
    granted(script, script.of("allocate")[0]!.id, "2001:db8::20", -2);
    const [relay, ...more] = script.of("candidate").map(({ candidate }) => candidate);
    expect(relay).toMatchObject({ type: "relay", relatedAddress: "0.0.0.0", relatedPort: 0 });
    expect(more).toEqual([]);
  });

  test("hides our address in errors, too", () => {
    const script = gathering([turn("198.51.100.1")], "relay");
    script.agent.serverFailed(script.now, script.of("allocate")[0]!.id, 486, "quota");
    script.drain();
    expect(script.of("candidate-error")).toMatchObject([{ address: undefined, port: undefined }]);
  });

  test("no socket of ours answers a peer, not even with an error", () => {
    const script = gathering([turn("198.51.100.1")], "relay");
    granted(script, script.of("allocate")[0]!.id);
    script.describe();
    const before = script.sent.length;
    script.check({ priority: 1 });
    script.check({ priority: 1, key: new Uint8Array(4) });
    expect(script.sent.length).toBe(before);
    expect(script.agent.statistics.droppedUnexpected).toBe(2);
  });

  test("asks no STUN server", () => {
    const stun: IceServer = { ...turn("198.51.100.9"), scheme: "stun", url: "stun:198.51.100.9" };
    const script = gathering([stun, turn("198.51.100.1")], "relay");
    script.advance(100);
    expect(script.sent).toEqual([]);
    expect(script.of("candidate-error")).toEqual([]);
  });
});

test("a server on this host is asked from loopback, which no peer hears of", () => {
  const script = gathering([turn("127.0.0.1")], "all", ["127.0.0.1", "192.0.2.1"]);
  expect(script.of("allocate").map(({ socket }) => socket)).toEqual([1]);
  expect(script.of("candidate").map(({ candidate }) => candidate.address)).toEqual(["192.0.2.1"]);
});

describe("relays for connections (RFC 6062)", () => {
  const peer = (tcpType: "active" | "passive", address: string, port: number) =>
    ({
      foundation: "1",
      component: 1,
      protocol: "tcp",
      priority: 1,
      address,
      port,
      type: "host",
      tcpType,
    }) as const;

  function allocated(transports: readonly ("udp" | "tcp")[]) {
    const servers = [turn("198.51.100.1"), turn("198.51.100.2", "tcp")];
    const script = gathering(servers, "relay", ["192.0.2.1"], { relayTransports: transports });
    const asked = script.of("allocate");
    const { id, tcp } = asked.find((one) => one.tcp !== undefined)!;
    const place = { address: "198.51.100.20", port: 7000 };
    const sockets = [tcp!.active, tcp!.passive].map((socket) => ({ socket, ...place }));
    script.agent.relayAllocated(script.now, id, sockets, undefined);
    script.drain();
    return { script, asked, tcp: tcp! };
  }

  test("are asked for over streams, beside those for datagrams where both are wanted", () => {
    const hosts = (transports: readonly ("udp" | "tcp")[]) =>
      allocated(transports).asked.map(
        ({ server, tcp }) => `${server.host} ${tcp === undefined ? "udp" : "tcp"}`,
      );
    expect(hosts(["tcp"])).toEqual(["198.51.100.2 tcp"]);
    expect(hosts(["udp", "tcp"])).toEqual(["198.51.100.1 udp", "198.51.100.2 udp", "198.51.100.2 tcp"]);
  });

  test("are told as one candidate that connects and one that is connected to", () => {
    const { script } = allocated(["tcp"]);
    const [active, passive] = script.of("candidate").map(({ candidate }) => candidate!);
    expect(active).toMatchObject({ type: "relay", protocol: "tcp", tcpType: "active", port: 9 });
    expect(passive).toMatchObject({ type: "relay", protocol: "tcp", tcpType: "passive", port: 7000 });
    expect(active!.foundation).not.toBe(passive!.foundation);
    expect(active!.priority).toBeGreaterThan(passive!.priority);
    expect(active!.relatedAddress).toBe("0.0.0.0");
  });

  test("a peer that may connect has permission by every address that it has told", () => {
    const { script, tcp } = allocated(["tcp"]);
    script.describe([]);
    const { tcpType: _, ...datagrams } = { ...peer("active", "203.0.113.6", 9000), protocol: "udp" } as const;
    script.agent.addRemoteCandidate(script.now, peer("active", "203.0.113.5", 9));
    script.agent.addRemoteCandidate(script.now, datagrams);
    script.drain();
    const permitted = script.of("permit").filter(({ socket }) => socket === tcp.passive);
    expect(permitted.map(({ address }) => address)).toEqual(["203.0.113.5", "203.0.113.6"]);
  });
});
