import { describe, expect, test } from "vitest";
import { Fifo } from "../base/fifo.ts";
import { FIRST_TCP_SOCKET, type Path, type SocketId, type Transmit } from "../base/path.ts";
import type { IceAgent } from "../ice/index.ts";
import type { HostRequest } from "./host-request.ts";
import { MAX_DATAGRAM_SIZE } from "./packet-size.ts";
import { Streams } from "./streams.ts";
import {
  IDLE_CONNECTION_TIME,
  MAX_HELD_PACKETS,
  MAX_TCP_CONNECTIONS,
  MAX_UNPROVEN_CONNECTIONS,
  RECONNECT_INTERVAL,
  TcpConnections,
  UNPROVEN_CONNECTION_BYTES,
  UNPROVEN_CONNECTION_TIME,
  UNPROVEN_PACKET_SIZE,
} from "./tcp-connections.ts";

const LISTENER = FIRST_TCP_SOCKET - 1;
const ACTIVE = FIRST_TCP_SOCKET - 2;

/** Connections with everything around them made of nothing. */
class Stage {
  readonly requests = new Fifo<HostRequest>();
  readonly streams = new Streams({ transport: 1, component: 1 }, this.requests);
  readonly delivered: { path: Path; bytes: number[] }[] = [];
  readonly released: SocketId[] = [];
  readonly lost: { path: Path; final: boolean }[] = [];
  /** Ports of the peer that have shown the credentials. */
  readonly valid = new Set<number>();
  readonly tcp: TcpConnections;
  selected: Path | undefined;
  now = 0;
  #nextSocket = 100;

  constructor() {
    const ice: Pick<IceAgent, "isValidPath" | "connectionLost" | "tcpOpened" | "selectedPath"> = {
      selectedPath: () => this.selected,
      isValidPath: ({ port }) => this.valid.has(port),
      connectionLost: (_now, path, final) => void this.lost.push({ path, final }),
      tcpOpened() {},
    };
    this.tcp = new TcpConnections({
      owner: { transport: 1, component: 1 },
      requests: this.requests,
      streams: this.streams,
      ice: ice as IceAgent,
      deliver: (_now, path, packet) => void this.delivered.push({ path, bytes: [...packet] }),
      release: (socket) => void this.released.push(socket),
    });
    this.tcp.open(LISTENER, "192.0.2.1", "passive");
    this.tcp.open(ACTIVE, "192.0.2.1", "active");
    this.tcp.opened(this.now, LISTENER, 4000);
    this.taken();
  }

  /** The requests since the last look. */
  taken(): HostRequest[] {
    const all: HostRequest[] = [];
    for (let next = this.requests.shift(); next !== undefined; next = this.requests.shift()) all.push(next);
    return all;
  }

  /** A peer connects from that port; returns the stream's number, undefined when it is not wanted. */
  accept(remotePort: number): SocketId | undefined {
    const socket = this.#nextSocket++;
    const stream = { socket, remoteAddress: "192.0.2.9", remotePort };
    return this.tcp.accepted(this.now, LISTENER, stream) ? socket : undefined;
  }

  receive(socket: SocketId, bytes: readonly number[] | Uint8Array): void {
    this.streams.received(this.now, socket, Uint8Array.from(bytes));
  }

  /** Sends a packet; the bytes that go out now, and where. */
  send(path: Path, packet: readonly number[]): { socket: SocketId; bytes: number[] } | undefined {
    const out = new Uint8Array(64);
    out.set(packet);
    const transmit: Transmit = { path, length: packet.length };
    if (!this.tcp.send(this.now, path, out, packet.length, transmit)) return undefined;
    return { socket: transmit.path.socket, bytes: [...out.subarray(0, transmit.length)] };
  }

  polled(): number[][] {
    const out = new Uint8Array(64);
    const transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };
    const all: number[][] = [];
    while (this.tcp.pollTransmit(out, transmit)) all.push([...out.subarray(0, transmit.length)]);
    return all;
  }
}

const to = (port: number): Path => ({ socket: ACTIVE, address: "192.0.2.9", port });

describe("connections that we make", () => {
  test("the first check asks for one from the candidate's address, and goes when it is there", () => {
    const stage = new Stage();
    expect(stage.send(to(7000), [1, 2])).toBeUndefined();
    expect(stage.taken()).toMatchObject([
      { type: "connect-stream", address: "192.0.2.9", port: 7000, local: { address: "192.0.2.1", port: 0 } },
    ]);
    expect(stage.tcp.isBlocked(to(7000))).toBe(true);
    expect(stage.polled()).toEqual([]);
    stage.streams.connected(stage.now, 1, { socket: 5, address: "192.0.2.1", port: 999 });
    expect(stage.polled()).toEqual([[0, 2, 1, 2]]);
    expect(stage.send(to(7000), [3])).toEqual({ socket: 5, bytes: [0, 1, 3] });
    expect(stage.tcp.isBlocked(to(7000))).toBe(false);
  });

  test("what waits for one is bounded", () => {
    const stage = new Stage();
    for (let i = 0; i <= MAX_HELD_PACKETS; i++) stage.send(to(7000), [i]);
    stage.streams.connected(stage.now, 1, { socket: 5, address: "192.0.2.1", port: 999 });
    expect(stage.polled()).toHaveLength(MAX_HELD_PACKETS);
  });

  test("one that cannot be made is told, and not tried again at once", () => {
    const stage = new Stage();
    stage.send(to(7000), [1]);
    stage.streams.failed(stage.now, 1, "ECONNREFUSED");
    expect(stage.lost).toEqual([{ path: to(7000), final: true }]);
    stage.taken();
    stage.now += RECONNECT_INTERVAL - 1;
    stage.send(to(7000), [1]);
    expect(stage.taken()).toEqual([]);
    stage.now += 1;
    stage.send(to(7000), [1]);
    expect(stage.taken()).toMatchObject([{ type: "connect-stream" }]);
  });

  test("a full stream holds data back, until it has room again", () => {
    const stage = new Stage();
    stage.send(to(7000), [1]);
    stage.streams.connected(stage.now, 1, { socket: 5, address: "192.0.2.1", port: 999 });
    stage.tcp.setBlocked(5, true);
    expect(stage.tcp.isBlocked(to(7000))).toBe(true);
    stage.tcp.setBlocked(5, false);
    expect(stage.tcp.isBlocked(to(7000))).toBe(false);
  });

  test(`there are at most ${MAX_TCP_CONNECTIONS}`, () => {
    const stage = new Stage();
    for (let port = 1; port <= MAX_TCP_CONNECTIONS + 1; port++) stage.send(to(port), [1]);
    expect(stage.taken().filter(({ type }) => type === "connect-stream")).toHaveLength(MAX_TCP_CONNECTIONS);
  });

  test("a candidate that is released takes its connections and attempts with it", () => {
    const stage = new Stage();
    stage.send(to(7000), [1]);
    stage.send(to(7001), [1]);
    stage.streams.connected(stage.now, 1, { socket: 5, address: "192.0.2.1", port: 999 });
    stage.taken();
    stage.tcp.release(ACTIVE);
    expect(stage.released).toEqual([5]);
    expect(stage.taken()).toMatchObject([{ type: "cancel-stream", id: 2 }]);
    expect(stage.send(to(7000), [1])).toBeUndefined();
    expect(stage.taken()).toEqual([]);
  });
});

describe("connections that come", () => {
  test("are paths of the candidate that listens", () => {
    const stage = new Stage();
    const socket = stage.accept(6000)!;
    stage.receive(socket, [0, 2, 7, 8]);
    const path = { socket: LISTENER, address: "192.0.2.9", port: 6000 };
    expect(stage.delivered).toEqual([{ path, bytes: [7, 8] }]);
    expect(stage.send(path, [9])).toEqual({ socket, bytes: [0, 1, 9] });
  });

  test("and are not made anew by us when they end", () => {
    const stage = new Stage();
    const socket = stage.accept(6000)!;
    stage.streams.closed(stage.now, socket);
    const path = { socket: LISTENER, address: "192.0.2.9", port: 6000 };
    expect(stage.lost).toEqual([{ path, final: true }]);
    expect(stage.send(path, [9])).toBeUndefined();
    expect(stage.taken()).toEqual([]);
  });

  test(`without credentials: ${MAX_UNPROVEN_CONNECTIONS} at once, the oldest goes for the next; with them they stay`, () => {
    const stage = new Stage();
    const first = stage.accept(6000)!;
    stage.valid.add(6000);
    stage.receive(first, [0, 1, 1]);
    const flood = Array.from({ length: 1000 }, (_, index) => stage.accept(10_000 + index)!);
    expect(stage.released).toEqual(flood.slice(0, -MAX_UNPROVEN_CONNECTIONS));
    expect(stage.released).not.toContain(first);
  });

  test("without credentials they end in time", () => {
    const stage = new Stage();
    const socket = stage.accept(6000)!;
    const deadline = UNPROVEN_CONNECTION_TIME;
    expect(stage.tcp.nextTimeout()).toBe(deadline);
    stage.tcp.handleTimeout(deadline - 1);
    expect(stage.released).toEqual([]);
    stage.tcp.handleTimeout(deadline);
    expect(stage.released).toEqual([socket]);
  });

  test("without credentials they may send so many bytes, and no large packets", () => {
    const stage = new Stage();
    const packet = new Uint8Array(2 + UNPROVEN_PACKET_SIZE);
    packet.set([UNPROVEN_PACKET_SIZE >> 8, UNPROVEN_PACKET_SIZE & 0xff]);
    const patient = stage.accept(6000)!;
    const whole = Math.floor(UNPROVEN_CONNECTION_BYTES / packet.length);
    for (let i = 0; i < whole; i++) stage.receive(patient, packet);
    stage.receive(patient, packet.subarray(0, UNPROVEN_CONNECTION_BYTES - whole * packet.length));
    expect(stage.delivered).toHaveLength(whole);
    expect(stage.released).toEqual([]);
    stage.receive(patient, [0]);
    expect(stage.released).toEqual([patient]);

    const hasty = stage.accept(6001)!;
    stage.receive(hasty, [(UNPROVEN_PACKET_SIZE + 1) >> 8, (UNPROVEN_PACKET_SIZE + 1) & 0xff]);
    expect(stage.released).toEqual([patient, hasty]);
  });

  test("with credentials the largest datagram fits, and nothing larger", () => {
    const stage = new Stage();
    const socket = stage.accept(6000)!;
    stage.valid.add(6000);
    stage.receive(socket, [0, 1, 1]);
    const packet = new Uint8Array(2 + MAX_DATAGRAM_SIZE);
    packet.set([MAX_DATAGRAM_SIZE >> 8, MAX_DATAGRAM_SIZE & 0xff]);
    stage.receive(socket, packet);
    expect(stage.delivered.map(({ bytes }) => bytes.length)).toEqual([1, MAX_DATAGRAM_SIZE]);
    stage.receive(socket, [(MAX_DATAGRAM_SIZE + 1) >> 8, (MAX_DATAGRAM_SIZE + 1) & 0xff]);
    expect(stage.released).toEqual([socket]);
  });

  test("nobody is let in once the candidate is released; whoever listens is told to stop", () => {
    const stage = new Stage();
    const socket = stage.accept(6000)!;
    stage.tcp.release(LISTENER);
    expect(stage.released).toEqual([socket]);
    expect(stage.taken()).toMatchObject([{ type: "close-tcp", socket: LISTENER }]);
    expect(stage.accept(6001)).toBeUndefined();
  });
});

describe("connections that nobody uses (RFC 6544 §8.1)", () => {
  /** One of each kind, connected at 0, and the check that has made the first. */
  function connected(): Stage {
    const stage = new Stage();
    stage.send(to(7000), [1]);
    stage.streams.connected(stage.now, 1, { socket: 5, address: "192.0.2.1", port: 999 });
    stage.polled();
    stage.valid.add(6000);
    stage.receive(stage.accept(6000)!, [0, 1, 1]);
    stage.taken();
    return stage;
  }
  const accepted: Path = { socket: LISTENER, address: "192.0.2.9", port: 6000 };

  test("end after a while, and the agent knows whether there can be another one", () => {
    const stage = connected();
    expect(stage.tcp.nextTimeout()).toBe(IDLE_CONNECTION_TIME);
    stage.tcp.handleTimeout(IDLE_CONNECTION_TIME - 1);
    expect(stage.released).toEqual([]);
    stage.tcp.handleTimeout(IDLE_CONNECTION_TIME);
    expect(stage.released).toEqual([5, 100]);
    expect(stage.lost).toEqual([
      { path: to(7000), final: false },
      { path: accepted, final: true },
    ]);
    expect(stage.tcp.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([to(7000), accepted])("stay when they are those of the selected pair (%o)", (path) => {
    const stage = connected();
    stage.selected = path;
    stage.tcp.handleTimeout(10 * IDLE_CONNECTION_TIME);
    expect(stage.released).toHaveLength(1);
    expect(stage.lost.map((lost) => lost.path)).not.toContainEqual(path);
    expect(stage.tcp.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("stay as long as something is sent or heard", () => {
    const stage = connected();
    stage.now = 20_000;
    stage.send(to(7000), [1]);
    stage.receive(100, [0, 1, 1]);
    stage.tcp.handleTimeout(20_000 + IDLE_CONNECTION_TIME - 1);
    expect(stage.released).toEqual([]);
    stage.tcp.handleTimeout(20_000 + IDLE_CONNECTION_TIME);
    expect(stage.released).toEqual([5, 100]);
  });

  test("are made anew when something is to be sent", () => {
    const stage = connected();
    stage.now = IDLE_CONNECTION_TIME;
    stage.tcp.handleTimeout(stage.now);
    stage.send(to(7000), [2]);
    expect(stage.taken()).toMatchObject([{ type: "connect-stream", port: 7000 }]);
  });
});
