import type { Instant } from "../core/base/instant.ts";
import type { Surroundings } from "./clock.ts";
import { type DropReason, type Packet, packetLength } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** How one direction of a link treats packets. All probabilities are 0..1, all times virtual milliseconds. */
export interface LinkOptions {
  /** Time on the way. */
  readonly latency: number;
  /** Extra time, uniform in [0, jitter]; keeps the order. */
  readonly jitter: number;
  /** Probability that a packet is lost, independent of all others. */
  readonly loss: number;
  /** Losses in bursts (Gilbert-Elliott), beside `loss`. */
  readonly burstLoss: BurstLoss | undefined;
  /** Packets that are held back and overtaken. */
  readonly reorder: Reorder | undefined;
  /** Probability that a packet arrives twice. */
  readonly duplicate: number;
  /** Probability that one to three bits of the payload are flipped. */
  readonly corrupt: number;
  /** Bits per second, IP headers included; Infinity for none. */
  readonly rate: number;
  /** Bytes that may wait for a limited rate; what does not fit is dropped at the tail. */
  readonly queueLimit: number;
  /** Longest IP packet, bytes; longer ones vanish as in a path MTU black hole. */
  readonly mtu: number;
  /** Times since the world began in which nothing gets through. */
  readonly blackouts: readonly Blackout[];
  /** False: nothing gets through. */
  readonly up: boolean;
  /** Exact control: return true to drop. `index` counts the packets of this direction from 0. */
  readonly drop: ((packet: Packet, index: number) => boolean) | undefined;
}

/** A two-state model: in the bad state packets are lost with probability `loss`, in the good state none is. */
export interface BurstLoss {
  /** Probability per packet to go from good to bad. */
  readonly enter: number;
  /** Probability per packet to go from bad to good. */
  readonly leave: number;
  /** Probability of loss in the bad state; default 1. */
  readonly loss?: number;
}

/** Reordering by holding packets back. */
export interface Reorder {
  /** Probability that a packet is held back. */
  readonly probability: number;
  /** Held back for a uniform time in (0, delay]. */
  readonly delay: number;
}

/** A time in which nothing gets through. */
export interface Blackout {
  readonly from: Instant;
  readonly until: Instant;
}

/** A wire that loses nothing. Its latency is not zero: where nothing takes time, no race and no pacing shows. */
export const DEFAULT_LINK: LinkOptions = {
  latency: 1,
  jitter: 0,
  loss: 0,
  burstLoss: undefined,
  reorder: undefined,
  duplicate: 0,
  corrupt: 0,
  rate: Number.POSITIVE_INFINITY,
  queueLimit: 256 * 1024,
  mtu: Number.POSITIVE_INFINITY,
  blackouts: [],
  up: true,
  drop: undefined,
};

/** What `configure` and its callers take: everything left out stays as it is. */
export type LinkChange = { readonly [K in keyof LinkOptions]?: LinkOptions[K] };

/**
 * One direction of a wire. Decides for each packet whether, when, how often and how intact it arrives; draws the same
 * number of random values for every packet, so that changing one probability does not shift all other decisions.
 */
export class Link {
  /** "internet: a → b", for traces. */
  readonly name: string;
  readonly #world: Surroundings;
  readonly #random: SeededRandom;
  readonly #damage: SeededRandom;
  readonly #deliver: (packet: Packet) => void;
  #options: LinkOptions;
  #bursting = false;
  #index = 0;
  /** When the last packet will have left the queue of a limited rate. */
  #busyUntil: Instant = 0;
  /** When the last packet in order arrives. */
  #lastArrival: Instant = 0;

  constructor(name: string, options: LinkOptions, world: Surroundings, deliver: (packet: Packet) => void) {
    this.name = name;
    this.#options = options;
    this.#world = world;
    this.#random = world.random(`link ${name}`);
    this.#damage = world.random(`damage ${name}`);
    this.#deliver = deliver;
  }

  get options(): LinkOptions {
    return this.#options;
  }

  /** Changes the link from now on; packets already on the way keep their fate. */
  configure(change: LinkChange): void {
    const backlog = this.#backlog();
    this.#options = { ...this.#options, ...change };
    // What waits now waits for the new rate.
    this.#busyUntil = this.#world.clock.now + (backlog * 8000) / this.#options.rate;
  }

  send(packet: Packet): void {
    const options = this.#options;
    const random = this.#random;
    const chance = {
      loss: random.unit(),
      burst: random.unit(),
      burstLoss: random.unit(),
      jitter: random.unit(),
      reorder: random.unit(),
      delay: random.unit(),
      duplicate: random.unit(),
      corrupt: random.unit(),
    };
    const dropped = this.#drops(packet, chance);
    if (dropped !== undefined) {
      this.#world.note("dropped", this.name, packet, dropped);
      return;
    }

    const now = this.#world.clock.now;
    this.#busyUntil = Math.max(now, this.#busyUntil) + (packetLength(packet) * 8000) / options.rate;
    let arrival = Math.max(
      this.#lastArrival,
      this.#busyUntil + options.latency + chance.jitter * options.jitter,
    );
    if (options.reorder !== undefined && chance.reorder < options.reorder.probability) {
      this.#world.note("reordered", this.name, packet);
      arrival += (1 - chance.delay) * options.reorder.delay;
    } else this.#lastArrival = arrival;

    let arriving = packet;
    if (chance.corrupt < options.corrupt && packet.payload.length > 0) {
      arriving = this.#corrupted(packet);
      this.#world.note("corrupted", this.name, arriving);
    }
    this.#arrive(arrival, arriving);
    if (chance.duplicate < options.duplicate) {
      this.#world.note("duplicated", this.name, packet);
      this.#arrive(arrival, { ...arriving, payload: new Uint8Array(arriving.payload) });
    }
  }

  #arrive(at: Instant, packet: Packet): void {
    this.#world.clock.schedule(at, "packet", this.name, () => this.#deliver(packet));
  }

  #drops(
    packet: Packet,
    chance: { readonly loss: number; readonly burst: number; readonly burstLoss: number },
  ): DropReason | undefined {
    const { drop, up, blackouts, mtu, burstLoss, loss, rate, queueLimit } = this.#options;
    if (drop?.(packet, this.#index++)) return "filter";
    const now = this.#world.clock.now;
    if (!up || blackouts.some(({ from, until }) => now >= from && now < until)) return "blackout";
    if (packetLength(packet) > mtu) return "mtu";
    if (burstLoss !== undefined) {
      this.#bursting = this.#bursting ? chance.burst >= burstLoss.leave : chance.burst < burstLoss.enter;
      if (this.#bursting && chance.burstLoss < (burstLoss.loss ?? 1)) return "burst-loss";
    }
    if (chance.loss < loss) return "loss";
    const waiting = this.#backlog();
    // A packet that finds the queue empty is being sent, whatever its length.
    if (rate !== Number.POSITIVE_INFINITY && waiting > 0 && waiting + packetLength(packet) > queueLimit) {
      return "queue-full";
    }
    return undefined;
  }

  /** Bytes that wait for the rate. */
  #backlog(): number {
    const wait = this.#busyUntil - this.#world.clock.now;
    return wait > 0 ? (wait * this.#options.rate) / 8000 : 0;
  }

  #corrupted(packet: Packet): Packet {
    const payload = new Uint8Array(packet.payload);
    for (let flips = 1 + this.#damage.below(3); flips > 0; flips--) {
      const at = this.#damage.below(payload.length);
      payload[at] = payload[at]! ^ (1 << this.#damage.below(8));
    }
    return { ...packet, payload };
  }
}
