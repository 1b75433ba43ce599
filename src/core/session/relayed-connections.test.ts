import { beforeEach, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { Fifo } from "../base/fifo.ts";
import type { Transmit } from "../base/path.ts";
import { CONNECTION_ID } from "../stun/index.ts";
import { encode, PEER, parse, Script } from "../turn/turn.testing.ts";
import type { HostRequest } from "./host-request.ts";
import { BINDING_TIME, MAX_UNBOUND_CONNECTIONS, RelayedConnections } from "./relayed-connections.ts";
import { Streams } from "./streams.ts";
import type { AcceptedStream } from "./tcp-connections.ts";

const SERVER = { address: "198.51.100.1", port: 3478, serverName: undefined };
const DESTINATION = { address: PEER, port: 4000, serverName: undefined };

/** One allocation with its connections; the test is server and system. */
class World {
  readonly script = new Script({ stream: true, relayTransport: "tcp", crypto: nodeCrypto });
  readonly requests = new Fifo<HostRequest>();
  readonly streams = new Streams({ transport: 0, component: 1 }, this.requests);
  readonly log: string[] = [];
  readonly accepted: AcceptedStream[] = [];
  wanted = true;
  readonly connections = new RelayedConnections({
    client: this.script.client,
    streams: this.streams,
    server: SERVER,
    accept: (_now, stream) => {
      this.accepted.push(stream);
      if (this.wanted) this.streams.adopt(stream.socket, this.user("theirs"));
      return this.wanted;
    },
    release: (socket) => this.log.push(`released ${socket}`),
  });

  user(name: string) {
    return {
      connected: () => this.log.push(`${name} connected`),
      failed: (_now: number, errorCode: string) => this.log.push(`${name} failed: ${errorCode}`),
      received: (_now: number, bytes: Uint8Array) => this.log.push(`${name} received ${bytes.length}`),
      closed: () => this.log.push(`${name} closed`),
    };
  }

  get now(): number {
    return this.script.now;
  }

  /** Passes the client's events on, as the relay does. */
  pump(): void {
    for (const event of this.script.events.splice(0)) {
      if (event.type === "connection") this.connections.offered(this.now, event);
      else if (event.type === "connect-failed")
        this.connections.connectFailed(this.now, event.attempt, event.errorCode);
    }
  }

  /** The server has connected to the peer. */
  grant(): void {
    this.script.answer(this.script.request(), { fill: (builder) => builder.u32(CONNECTION_ID, 77) });
    this.pump();
  }

  peerComes(port = 4000): void {
    this.connections.offered(this.now, {
      type: "connection",
      attempt: undefined,
      connection: port,
      peer: { address: PEER, port },
    });
  }

  /** The connection to the server that is asked for. */
  dialled() {
    const request = this.requests.shift();
    if (request?.type !== "connect-stream") throw new Error(`asked for ${request?.type}`);
    return request;
  }

  /** Makes it, under that number; returns the answer to what is said on it. */
  open(socket: number): Uint8Array {
    this.streams.connected(this.now, this.dialled().id, { socket, address: "192.0.2.1", port: 50_000 });
    return this.answer(socket);
  }

  answer(socket: number): Uint8Array {
    const out = new Uint8Array(2000);
    const transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };
    expect(this.connections.pollTransmit(out, transmit)).toBe(true);
    expect(transmit.path).toEqual({ socket, address: SERVER.address, port: SERVER.port });
    return encode(parse(out.slice(0, transmit.length)), {});
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  world.script.allocate();
});

test("a connection that we ask for is the asker's once it is bound, with what has come behind the answer", () => {
  world.connections.connect(world.now, world.user("ours"), DESTINATION);
  world.grant();
  const answer = world.open(8);
  expect(world.log).toEqual([]);
  world.streams.received(world.now, 8, Uint8Array.of(...answer, 1, 2));
  world.streams.received(world.now, 8, Uint8Array.of(3));
  world.streams.closed(world.now, 8);
  expect(world.log).toEqual(["ours connected", "ours received 2", "ours received 1", "ours closed"]);
  expect(world.connections.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});

test("a peer's connection is handed over with the peer's address", () => {
  world.peerComes();
  world.streams.received(world.now, 8, world.open(8));
  expect(world.accepted).toEqual([{ socket: 8, remoteAddress: PEER, remotePort: 4000 }]);
  world.streams.received(world.now, 8, Uint8Array.of(1));
  expect(world.log).toEqual(["theirs received 1"]);
});

test("one that nobody wants is given back", () => {
  world.wanted = false;
  world.peerComes();
  world.streams.received(world.now, 8, world.open(8));
  expect(world.log).toEqual(["released 8"]);
});

test("whoever asks is told when the server refuses, cannot be reached, does not bind, or goes", () => {
  const begin = () => world.connections.connect(world.now, world.user("ours"), DESTINATION);
  begin();
  world.script.answer(world.script.request(), { code: 447 });
  world.pump();
  begin();
  world.grant();
  world.streams.failed(world.now, world.dialled().id, "ECONNREFUSED");
  begin();
  world.grant();
  world.open(8);
  world.streams.received(world.now, 8, new Uint8Array(20).fill(0xff));
  begin();
  world.grant();
  world.open(9);
  world.streams.closed(world.now, 9);
  expect(world.log).toEqual([
    "ours failed: TURN 447",
    "ours failed: ECONNREFUSED",
    "released 8",
    "ours failed: not bound",
    "released 9",
    "ours failed: closed",
  ]);
});

test("each step has the same deadline", () => {
  for (const steps of [0, 1, 2]) {
    world.log.length = 0;
    world.connections.connect(world.now, world.user("ours"), DESTINATION);
    const deadline = world.now + BINDING_TIME;
    expect(world.connections.nextTimeout()).toBe(deadline);
    const request = world.script.request();
    if (steps > 0) {
      world.script.answer(request, { fill: (builder) => builder.u32(CONNECTION_ID, 77) });
      world.pump();
    }
    if (steps > 1) world.open(8);
    world.connections.handleTimeout(deadline - 1);
    expect(world.log).toEqual([]);
    world.connections.handleTimeout(deadline);
    expect(world.log).toContain("ours failed: timeout");
    while (world.requests.shift() !== undefined);
    world.script.until(deadline);
    world.script.events.length = 0;
  }
});

test("so many are on their way, and no more", () => {
  for (let port = 1; port <= MAX_UNBOUND_CONNECTIONS + 5; port++) world.peerComes(port);
  expect(world.requests.length).toBe(MAX_UNBOUND_CONNECTIONS);
  world.connections.connect(world.now, world.user("ours"), DESTINATION);
  world.connections.handleTimeout(world.now);
  expect(world.log).toEqual(["ours failed: timeout"]);
});

test("an answer about an attempt that was given up changes nothing", () => {
  const attempt = world.connections.connect(world.now, world.user("ours"), DESTINATION);
  world.connections.cancel(attempt);
  world.grant();
  expect(world.requests.length).toBe(0);
  expect(world.log).toEqual([]);
});

test("when the allocation goes, so does what is on its way", () => {
  world.peerComes(1);
  world.open(8);
  world.peerComes(2);
  const { id } = world.dialled();
  world.connections.close();
  expect(world.log).toEqual(["released 8"]);
  expect(world.requests.shift()).toMatchObject({ type: "cancel-stream", id });
});
