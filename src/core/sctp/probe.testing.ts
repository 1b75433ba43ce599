import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { Instant } from "../base/instant.ts";
import { SILENT } from "../base/log.ts";
import { Malformed } from "../base/malformed.ts";
import { SctpAssociation } from "./association/association.ts";
import type { SctpOptions } from "./association/options.ts";
import type { SctpEvent } from "./events.ts";
import { CHUNK, encodeChunk } from "./packet/chunk.ts";
import { type DecodedInit, decodeInit, encodeInit, type InitChunk } from "./packet/init-chunk.ts";
import { chunksOf, dataChunk, packetOf, type SeenChunk } from "./packet/packet.testing.ts";

/** The tag and initial TSN of the peer that the test plays. */
export const PEER_TAG = 0x12345678;
export const PEER_TSN = 1000;

/** What the peer's INIT says. */
export const PEER_INIT: InitChunk = {
  initiateTag: PEER_TAG,
  receiverWindow: 1_000_000,
  outboundStreams: 1024,
  inboundStreams: 1024,
  initialTsn: PEER_TSN,
  extensions: [CHUNK.RE_CONFIG, CHUNK.FORWARD_TSN],
  zeroChecksumMethod: undefined,
  cookie: undefined,
};

/** One association under test; the test itself is the peer and writes its packets by hand. */
export class Probe {
  readonly association: SctpAssociation;
  readonly events: SctpEvent[] = [];
  now: Instant = 5000;
  /** The association's verification tag and initial TSN, once seen. */
  tag = 0;
  tsn = 0;
  readonly #out = new Uint8Array(2048);

  constructor(options: Partial<SctpOptions> = {}) {
    this.association = new SctpAssociation({
      random: new SeededRandom(7),
      crypto: nodeCrypto,
      log: SILENT,
      localPort: 5000,
      remotePort: 5000,
      mtu: 1191,
      maxReceiveMessageSize: 262_144,
      maxStreams: 1024,
      zeroChecksum: false,
      ...options,
    });
  }

  /** An association in ESTABLISHED, brought there by our INIT and COOKIE ECHO. */
  static established(options: Partial<SctpOptions> = {}, peer: Partial<InitChunk> = {}): Probe {
    const probe = new Probe(options);
    const ack = probe.sendInit(peer);
    probe.receiveWith(ack.initiateTag, encodeChunk(CHUNK.COOKIE_ECHO, 0, ack.cookie!));
    probe.tag = ack.initiateTag;
    probe.tsn = ack.initialTsn;
    const [cookieAck] = probe.chunks();
    if (cookieAck?.type !== CHUNK.COOKIE_ACK) throw new Error("no COOKIE ACK");
    return probe;
  }

  /** Sends an INIT and returns the INIT ACK. */
  sendInit(peer: Partial<InitChunk> = {}): DecodedInit {
    this.receiveWith(0, encodeInit({ ...PEER_INIT, ...peer }));
    return this.takeInit(CHUNK.INIT_ACK);
  }

  /** The INIT or INIT ACK that the association owes. */
  takeInit(type: number): DecodedInit {
    const packets = this.packets();
    for (const packet of packets) {
      const [first] = chunksOf(packet);
      if (first?.type !== type) continue;
      const init = decodeInit(first.value);
      if (init instanceof Malformed) throw new Error(init.reason);
      return init;
    }
    throw new Error(`no chunk of type ${type}`);
  }

  /** Hands in a packet under the association's tag. */
  receive(...chunks: readonly Uint8Array[]): void {
    this.receiveWith(this.tag, ...chunks);
  }

  receiveWith(tag: number, ...chunks: readonly Uint8Array[]): void {
    this.receivePacket(packetOf(tag, ...chunks));
  }

  receivePacket(packet: Uint8Array): void {
    this.association.handleDatagram(this.now, packet);
  }

  /** Every packet that the association owes now. */
  packets(): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (;;) {
      const length = this.association.pollTransmit(this.now, this.#out);
      if (length === 0) break;
      packets.push(this.#out.slice(0, length));
      if (packets.length > 10_000) throw new Error("endless packets");
    }
    for (let e = this.association.pollEvent(); e !== undefined; e = this.association.pollEvent()) {
      this.events.push(e);
    }
    return packets;
  }

  /** Every chunk that the association owes now. */
  chunks(): SeenChunk[] {
    return this.packets().flatMap(chunksOf);
  }

  types(): number[] {
    return this.chunks().map(({ type }) => type);
  }

  /** Lets time pass, with the timers that run out on the way. */
  pass(duration: number): SeenChunk[] {
    const end = this.now + duration;
    const chunks = this.chunks();
    for (;;) {
      const next = this.association.nextTimeout();
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.association.handleTimeout(this.now);
      chunks.push(...this.chunks());
    }
    this.now = end;
    return chunks;
  }

  of<T extends SctpEvent["type"]>(type: T): Extract<SctpEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SctpEvent, { type: T }> => event.type === type);
  }

  /** Texts of the messages that were delivered. */
  get texts(): string[] {
    return this.of("message").map(({ data }) => Buffer.from(data).toString());
  }

  get closed(): Extract<SctpEvent, { type: "closed" }> | undefined {
    return this.of("closed")[0];
  }

  dropped(reason: RegExp): number {
    let count = 0;
    for (const [name, times] of this.association.statistics.dropped) if (reason.test(name)) count += times;
    return count;
  }

  send(
    text: string,
    streamId = 1,
    options: { ordered?: boolean; maxRetransmits?: number; lifetime?: number } = {},
  ): void {
    const sent = this.association.send(this.now, streamId, 51, bytesOf(text), { ordered: true, ...options });
    if (!sent) throw new Error("send refused");
  }
}

/** A DATA chunk of the peer, `offset` TSNs after its first. A whole message unless `flags` say otherwise. */
export function peerData(offset: number, text: string, ssn = offset, flags = 3, streamId = 1): Uint8Array {
  return dataChunk(PEER_TSN + offset, streamId, ssn, bytesOf(text), flags);
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
