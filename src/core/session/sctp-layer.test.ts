/** A peer that ends its DTLS association and sets up another one, as browsers do when a bundle's tagged section is stopped. */
import { beforeEach, describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { Fifo } from "../base/fifo.ts";
import { SILENT } from "../base/log.ts";
import { PPID_STRING } from "../dcep/index.ts";
import type { DtlsEndpoint } from "../dtls/index.ts";
import { SctpAssociation } from "../sctp/index.ts";
import { DataChannels } from "./data-channels.ts";
import { RELIABLE } from "./pair.testing.ts";
import type { EngineEvent } from "./protocol.ts";
import { SctpLayer } from "./sctp-layer.ts";

const STREAM = 3;
/** Writes records that are their content. */
const PLAIN = {
  writeApplicationData: (data: Uint8Array, out: Uint8Array) => {
    out.set(data);
    return data.length;
  },
} as unknown as DtlsEndpoint;

/** Our layer with one channel, and the peer's association, on a path that is there or not. */
class Stage {
  now = 0;
  readonly events = new Fifo<EngineEvent>();
  readonly #seen: EngineEvent[] = [];
  readonly received: string[] = [];
  readonly #channels = new DataChannels(this.events);
  readonly #options = { random: new SeededRandom(5), crypto: nodeCrypto, log: SILENT };
  readonly layer = new SctpLayer(1, {
    ...this.#options,
    events: this.events,
    channels: this.#channels,
    timeOrigin: 0,
  });
  peer = this.newPeer();
  #isConnected = true;
  readonly #buffer = new Uint8Array(20_000);

  constructor() {
    this.layer.setDtlsRole("server");
    const sizes = { localMaxMessageSize: 1 << 18, remoteMaxMessageSize: 1 << 18, maxChannels: 1024 };
    const command = { localPort: 5000, remotePort: 5000, ...sizes };
    this.layer.start(0, { type: "start-sctp", transport: 1, ...command }, true);
    this.peer.connect(0);
    const agreed = { parameters: RELIABLE, negotiated: true, streamId: STREAM };
    this.#channels.open(0, { type: "open-channel", channel: 1, ...agreed });
    this.run(1000);
  }

  newPeer(): SctpAssociation {
    const sizes = { mtu: 1200, maxReceiveMessageSize: 1 << 18, maxStreams: 1024 };
    return new SctpAssociation({ ...this.#options, ...sizes, localPort: 5000, remotePort: 5000 });
  }

  get seen(): readonly EngineEvent[] {
    for (let event = this.events.shift(); event; event = this.events.shift()) this.#seen.push(event);
    return this.#seen;
  }

  of(type: EngineEvent["type"]): number {
    return this.seen.filter((event) => event.type === type).length;
  }

  /** The peer has said close_notify; DTLS is set up again by `connect`. */
  disconnect(): void {
    this.#isConnected = false;
    this.layer.succeeded(this.now);
  }

  connect(): void {
    this.#isConnected = true;
    this.layer.dtlsConnected(this.now);
  }

  send(text: string): void {
    this.#channels.send(this.now, 1, false, new TextEncoder().encode(text));
  }

  peerSends(text: string): void {
    this.peer.send(this.now, STREAM, PPID_STRING, new TextEncoder().encode(text), { ordered: true });
  }

  /** Lets time pass; what is sent while there is no DTLS is lost. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (; this.now < end; this.now += 10) {
      this.layer.handleTimeout(this.now);
      this.peer.handleTimeout(this.now);
      for (let moved = true; moved; ) moved = this.#exchange();
    }
  }

  #exchange(): boolean {
    const ours = this.#isConnected ? this.layer.pollTransmit(this.now, PLAIN, this.#buffer) : 0;
    if (ours > 0) this.peer.handleDatagram(this.now, this.#buffer.slice(0, ours));
    const theirs = this.peer.pollTransmit(this.now, this.#buffer);
    if (theirs > 0 && this.#isConnected) this.layer.handleDatagram(this.now, this.#buffer.slice(0, theirs));
    this.layer.pump(this.now, undefined);
    for (let event = this.peer.pollEvent(); event !== undefined; event = this.peer.pollEvent())
      if (event.type === "message") this.received.push(new TextDecoder().decode(event.data));
    return ours > 0 || theirs > 0;
  }
}

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
  expect(stage.of("sctp-connected")).toBe(1);
});

describe("a peer that ends DTLS alone, as Firefox does", () => {
  test("keeps the association, and what both ends send meanwhile arrives over the next DTLS association", () => {
    stage.disconnect();
    stage.send("ours");
    stage.peerSends("theirs");
    stage.run(500);
    stage.connect();
    stage.run(3000);
    expect(stage.received).toEqual(["ours"]);
    expect(stage.of("channel-message")).toBe(1);
    expect(stage.of("channel-closed")).toBe(0);
    expect(stage.peer.state).toBe("established");
    expect(stage.of("sctp-connected")).toBe(1);
  });

  test("has its time for that, however often it is said that it will do so", () => {
    stage.layer.expectSuccession(stage.now + 10_000);
    stage.disconnect();
    stage.layer.expectSuccession(stage.now + 10_000); // the answer, after it has happened
    stage.send("ours");
    stage.run(15_000);
    stage.connect();
    stage.run(10_000);
    expect(stage.received).toEqual(["ours"]);
    expect(stage.of("channel-closed")).toBe(0);
  });

  test("and does not set it up again has closed the connection", () => {
    stage.disconnect();
    stage.run(30_000);
    expect(stage.of("sctp-closed")).toBe(1);
    expect(stage.of("channel-closed")).toBe(1);
  });
});

describe("a peer that ends its association too, as libwebrtc does", () => {
  /** The peer begins anew, and both ends of the channel are heard. */
  function expectAnotherAssociation(): void {
    stage.connect();
    stage.peer.connect(stage.now);
    stage.run(3000);
    stage.send("ours");
    stage.peerSends("theirs");
    stage.run(1000);
    expect(stage.received).toEqual(["ours"]);
    expect([stage.of("channel-message"), stage.of("channel-closed")]).toEqual([1, 0]);
  }

  test("gets another one, and the idle channel goes on", () => {
    stage.layer.expectSuccession(10_000);
    stage.peer.abort(stage.now);
    stage.run(10);
    stage.disconnect();
    stage.peer = stage.newPeer();
    expectAnotherAssociation();
  });

  test("and whose ABORT is lost gets it when its INIT comes", () => {
    stage.layer.expectSuccession(10_000);
    stage.disconnect();
    stage.peer = stage.newPeer();
    stage.run(200);
    expectAnotherAssociation();
    expect(stage.peer.state).toBe("established");
  });
});
