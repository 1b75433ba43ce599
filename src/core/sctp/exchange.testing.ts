import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { SILENT } from "../base/log.ts";
import { SctpAssociation } from "./association/association.ts";
import type { SctpOptions } from "./association/options.ts";
import type { SctpEvent } from "./events.ts";

/** What a link does to packets, as chances in [0, 1] and milliseconds. */
export interface Impairment {
  readonly latency: Duration;
  readonly loss: number;
  readonly reorder: number;
  /** The most that reordered packets come late. */
  readonly reorderBy: Duration;
  readonly duplicate: number;
  readonly corrupt: number;
  /** Bytes per millisecond; unlimited when absent. */
  readonly rate?: number;
  /** Bytes that wait for their turn before packets are dropped. */
  readonly queue?: number;
}

export const PERFECT: Impairment = {
  latency: 0,
  loss: 0,
  reorder: 0,
  reorderBy: 0,
  duplicate: 0,
  corrupt: 0,
};

interface Flight {
  readonly at: Instant;
  readonly order: number;
  readonly to: Peer;
  readonly packet: Uint8Array;
}

/** Decides about one packet; called in sending order. */
export type Filter = (from: Peer, packet: Uint8Array) => boolean;

/** One end: its association, and every event it has given so far. */
export class Peer {
  readonly name: string;
  readonly association: SctpAssociation;
  /** When the link towards it has sent everything it holds. */
  linkFreeAt: Instant = 0;
  readonly events: SctpEvent[] = [];
  /** Every packet it has sent. */
  readonly sent: Uint8Array[] = [];
  keepPackets = false;

  constructor(name: string, seed: number, options: Partial<SctpOptions>) {
    this.name = name;
    this.association = new SctpAssociation({
      random: new SeededRandom(seed),
      crypto: nodeCrypto,
      log: SILENT,
      localPort: 5000,
      remotePort: 5000,
      mtu: 1191,
      maxReceiveMessageSize: 262_144,
      maxStreams: 65_535,
      ...options,
    });
  }

  /** Events of one type, in order. */
  of<T extends SctpEvent["type"]>(type: T): Extract<SctpEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SctpEvent, { type: T }> => event.type === type);
  }
}

/** Two associations and the link between them, on a clock that jumps from one event to the next. */
export class Pair {
  readonly a: Peer;
  readonly z: Peer;
  now: Instant = 1_000_000;
  link: Impairment = PERFECT;
  filter: Filter = () => true;
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #flights: Flight[] = [];
  readonly #out = new Uint8Array(2048);
  #order = 0;

  constructor(seed = 1, a: Partial<SctpOptions> = {}, z: Partial<SctpOptions> = a) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.a = new Peer("a", seed * 2 + 1, a);
    this.z = new Peer("z", seed * 2 + 2, z);
  }

  /** Both ends connect, as in WebRTC, and the pair runs until nothing moves. */
  static connected(seed = 1, a: Partial<SctpOptions> = {}, z: Partial<SctpOptions> = a): Pair {
    const pair = new Pair(seed, a, z);
    pair.a.association.connect(pair.now);
    pair.z.association.connect(pair.now);
    pair.settle();
    return pair;
  }

  /** Takes what both ends owe and puts it on the link; takes their events. */
  pump(): void {
    this.#pumpPeer(this.a, this.z);
    this.#pumpPeer(this.z, this.a);
  }

  #pumpPeer(from: Peer, to: Peer): void {
    for (;;) {
      const length = from.association.pollTransmit(this.now, this.#out);
      if (length === 0) break;
      const packet = this.#out.slice(0, length);
      if (from.keepPackets) from.sent.push(packet.slice());
      if (this.filter(from, packet)) this.#carry(to, packet);
    }
    for (let e = from.association.pollEvent(); e !== undefined; e = from.association.pollEvent()) {
      from.events.push(e);
    }
  }

  #carry(to: Peer, packet: Uint8Array): void {
    const { loss, duplicate } = this.link;
    if (loss > 0 && this.#random.unit() < loss) return;
    this.#fly(to, packet);
    if (duplicate > 0 && this.#random.unit() < duplicate) this.#fly(to, packet.slice());
  }

  #fly(to: Peer, packet: Uint8Array): void {
    const { latency, reorder, reorderBy, corrupt, rate, queue } = this.link;
    let departure = this.now;
    if (rate !== undefined) {
      const backlog = Math.max(0, to.linkFreeAt - this.now);
      if (queue !== undefined && backlog * rate > queue) return;
      // 50 bytes of UDP, IP and DTLS around each packet.
      to.linkFreeAt = this.now + backlog + (packet.length + 50) / rate;
      departure = to.linkFreeAt;
    }
    if (corrupt > 0 && this.#random.unit() < corrupt) {
      packet[this.#random.below(packet.length)]! ^= 1 << this.#random.below(8);
    }
    const late = reorder > 0 && this.#random.unit() < reorder ? this.#random.unit() * reorderBy : 0;
    const flight = { at: departure + latency + late, order: this.#order++, to, packet };
    let at = this.#flights.length;
    while (at > 0 && this.#flights[at - 1]!.at > flight.at) at--;
    this.#flights.splice(at, 0, flight);
  }

  /** The next thing that happens on the clock. */
  #next(): Instant {
    const flight = this.#flights[0]?.at ?? NEVER;
    return Math.min(flight, this.a.association.nextTimeout(), this.z.association.nextTimeout());
  }

  /** Lets the world run until `until`, then stands there. */
  runTo(until: Instant): void {
    for (let rounds = 0; ; rounds++) {
      if (rounds > 2_000_000) throw new Error(`livelock, seed ${this.#seed}`);
      this.pump();
      const next = this.#next();
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.#happen();
    }
    if (until !== NEVER) this.now = Math.max(this.now, until);
  }

  #happen(): void {
    const flight = this.#flights[0];
    if (flight !== undefined && flight.at <= this.now) {
      this.#flights.shift();
      flight.to.association.handleDatagram(this.now, flight.packet);
      return;
    }
    for (const { association } of [this.a, this.z]) {
      if (association.nextTimeout() <= this.now) association.handleTimeout(this.now);
    }
  }

  run(duration: Duration): void {
    this.runTo(this.now + duration);
  }

  /** Lets a second pass: enough for everything but heartbeats. */
  settle(): void {
    this.run(1000);
  }

  /** Runs until `done`; fails with the seed when that takes longer than `limit` milliseconds. */
  runUntil(done: () => boolean, limit: Duration): void {
    const end = this.now + limit;
    for (let rounds = 0; rounds < 2_000_000; rounds++) {
      this.pump();
      if (done()) return;
      const next = this.#next();
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#happen();
    }
    throw new Error(`not done within ${limit} ms, seed ${this.#seed}`);
  }

  /** Packets under way. */
  get inFlight(): number {
    return this.#flights.length;
  }
}

/** Bytes that depend on the seed and the position. */
export function pattern(length: number, seed = 0): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = (i * 31 + (i >>> 8) * 7 + seed * 13) & 0xff;
  return out;
}
