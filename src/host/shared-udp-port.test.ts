import { beforeEach, describe, expect, test } from "vitest";
import { encodeUtf8 } from "../core/base/utf8.ts";
import { BINDING, StunMessageBuilder, USERNAME } from "../core/stun/index.ts";
import { type SimHost, World } from "../sim/index.ts";
import type { UdpSocket } from "./host.ts";
import {
  MAX_FRAGMENTS_PER_SOCKET,
  MAX_PATHS_PER_SOCKET,
  MAX_REQUESTS_PER_SOCKET,
  PATH_LIFETIME,
  SharedUdpPort,
} from "./shared-udp-port.ts";

/** A connection's end behind the port, or a peer's. */
interface End {
  readonly socket: UdpSocket;
  readonly heard: string[];
}

let world: World;
let host: SimHost;
let port: SharedUdpPort;
let ids = 0;

beforeEach(() => {
  world = new World({ seed: 1 });
  host = world.host("server", { addresses: ["192.0.2.1"] });
  port = new SharedUdpPort(host, { port: 4000 });
});

function bind(on: SimHost | SharedUdpPort, from: SimHost = host): End {
  const heard: string[] = [];
  let socket: UdpSocket | undefined;
  const local = from.localAddresses().find(({ loopback }) => !loopback)!;
  const message = (bytes: Uint8Array) => void heard.push(bytes[0]! < 4 ? "stun" : String(bytes[1]));
  on.bindUdp(local, 0, { message, error: () => undefined }, (bound) => {
    socket = bound;
  });
  world.run(5);
  return { socket: socket!, heard };
}

function connection(fragment: string): End {
  const end = bind(port);
  end.socket.expect?.(fragment);
  return end;
}

function peer(name: string): End {
  const there = world.host(name, { addresses: [`198.51.100.${world.pending + ++ids}`] });
  return bind(there, there);
}

function send(from: End, bytes: Uint8Array, to: UdpSocket): void {
  from.socket.send(bytes, bytes.length, to.address, to.port);
  world.run(5);
}

function stun(kind: "request" | "success" | "error", username?: string, id = ++ids): Uint8Array {
  const bytes = new Uint8Array(200);
  const transactionId = Uint8Array.of(...new Array(10).fill(0), id >> 8, id & 255);
  const builder = new StunMessageBuilder(bytes, kind, BINDING, transactionId);
  if (username !== undefined) builder.attribute(USERNAME, encodeUtf8(username));
  return bytes.slice(0, builder.finish());
}

/** Looks like a DTLS record; the second byte names it. */
const data = (name: number) => Uint8Array.of(22, name, ...new Array(20).fill(0));

describe("sockets that share a port", () => {
  test("have the same address and port, and stay apart", () => {
    const [a, b] = [connection("aaaa"), connection("bbbb")];
    expect([a.socket.port, b.socket.port]).toEqual([4000, 4000]);
    expect([...port.ports]).toEqual([["192.0.2.1", 4000]]);
    const p = peer("p");
    send(p, stun("request", "bbbb:pppp"), b.socket);
    expect([a.heard, b.heard]).toEqual([[], ["stun"]]);
  });

  test("a check alone opens nothing: only its answer makes an address a connection's", () => {
    const a = connection("aaaa");
    const p = peer("p");
    send(p, stun("request", "aaaa:pppp"), a.socket);
    send(p, data(1), a.socket);
    send(a, stun("error"), p.socket);
    send(p, data(2), a.socket);
    expect(a.heard).toEqual(["stun"]);
    expect(port.drops.unknownSource).toBe(2);
    send(a, stun("success"), p.socket);
    send(p, data(3), a.socket);
    expect(a.heard).toEqual(["stun", "3"]);
  });

  test("what we send beyond STUN opens the way back: a lite peer sends no checks", () => {
    const a = connection("aaaa");
    const p = peer("p");
    send(a, data(1), p.socket);
    send(p, data(2), a.socket);
    expect(a.heard).toEqual(["2"]);
  });

  test("answers come to who has asked, whatever address they come from", () => {
    const [a, b] = [connection("aaaa"), connection("bbbb")];
    const server = peer("server of both");
    send(a, stun("request", undefined, 1000), server.socket);
    send(b, stun("request", undefined, 1001), server.socket);
    send(server, stun("success", undefined, 1001), b.socket);
    send(server, stun("success", undefined, 1000), a.socket);
    send(server, stun("success", undefined, 1002), a.socket);
    expect([a.heard, b.heard]).toEqual([["stun"], ["stun"]]);
    expect(port.drops.unknownTransaction).toBe(1);
  });

  test("an address in use cannot be taken by another connection, until it has been silent for long", () => {
    const [a, b] = [connection("aaaa"), connection("bbbb")];
    const p = peer("p");
    send(a, stun("success"), p.socket);
    send(b, stun("success"), p.socket); // somebody with b's password sends from p's address, or so it seems
    send(p, data(1), a.socket);
    expect([a.heard, b.heard]).toEqual([["1"], []]);
    world.run(PATH_LIFETIME);
    send(b, stun("success"), p.socket);
    send(p, data(2), a.socket);
    expect([a.heard, b.heard]).toEqual([["1"], ["2"]]);
    send(a, data(3), p.socket); // it has lost the address, and does not know
    send(p, data(4), a.socket);
    expect([a.heard, b.heard]).toEqual([["1"], ["2", "4"]]);
  });

  test("after a restart the connection's new socket takes the address over at once", () => {
    const [old, next] = [connection("aaaa"), bind(port)];
    const p = peer("p");
    send(old, stun("success"), p.socket);
    old.socket.expect?.("aaa2");
    next.socket.expect?.("aaa2");
    send(p, stun("request", "aaa2:pppp"), next.socket);
    send(next, stun("success"), p.socket);
    send(p, data(1), next.socket);
    send(p, stun("request", "aaaa:pppp"), old.socket);
    expect([old.heard, next.heard]).toEqual([["stun"], ["stun", "1"]]);
  });

  test("a closed one is forgotten, and the port stays open for the next", () => {
    const a = connection("aaaa");
    const p = peer("p");
    send(a, stun("success"), p.socket);
    send(a, stun("request", undefined, 2000), p.socket);
    a.socket.close();
    send(p, stun("request", "aaaa:pppp"), a.socket);
    send(p, stun("success", undefined, 2000), a.socket);
    send(p, data(1), a.socket);
    send(a, data(2), p.socket);
    expect(p.heard).toEqual(["stun", "stun"]);
    expect(port.drops).toEqual({ unknownFragment: 1, unknownTransaction: 1, unknownSource: 1 });
    expect(connection("aaaa").socket.port).toBe(4000);
  });

  test("hold no more than their share of each table", () => {
    const a = connection("f0");
    for (let n = 1; n <= MAX_FRAGMENTS_PER_SOCKET; n++) a.socket.expect?.(`f${n}`);
    const p = peer("p");
    for (const fragment of ["f0", "f1", `f${MAX_FRAGMENTS_PER_SOCKET}`])
      send(p, stun("request", `${fragment}:p`), a.socket);
    expect(a.heard).toHaveLength(2);
    a.heard.length = 0;
    for (let n = 0; n <= MAX_REQUESTS_PER_SOCKET; n++)
      send(a, stun("request", undefined, 3000 + n), p.socket);
    send(p, stun("success", undefined, 3000), a.socket);
    send(p, stun("success", undefined, 3001), a.socket);
    expect(a.heard).toHaveLength(1);
    a.heard.length = 0;
    send(a, data(0), p.socket);
    const nowhere = { ...p.socket, address: "198.51.100.250" } as UdpSocket;
    for (let n = 1; n < MAX_PATHS_PER_SOCKET; n++) send(a, data(0), { ...nowhere, port: n } as UdpSocket);
    send(p, data(1), a.socket);
    send(a, data(0), { ...nowhere, port: 9999 } as UdpSocket);
    send(p, data(2), a.socket);
    expect(a.heard).toEqual(["1"]);
  });

  test("are heard of no more when the port is closed", () => {
    const a = connection("aaaa");
    port.close();
    const p = peer("p");
    send(p, stun("request", "aaaa:pppp"), a.socket);
    expect(a.heard).toEqual([]);
    expect(port.ports.size).toBe(0);
    expect(bind(port).socket).toBeUndefined();
  });

  test("get the answer when the real socket is bound, or cannot be", () => {
    const taken = new SharedUdpPort(host, { port: 4000 });
    expect(connection("aaaa").socket.port).toBe(4000);
    expect(bind(taken).socket).toBeUndefined();
  });
});
