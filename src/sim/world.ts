import type { Duration, Instant } from "../core/base/instant.ts";
import type { CryptoProvider } from "../core/crypto/provider.ts";
import type { Cancelable } from "../host/host.ts";
import { VirtualClock } from "./clock.ts";
import { describePacketEvent, SimulationFailure, TRACE_LENGTH } from "./failure.ts";
import { Firewall, type FirewallOptions } from "./firewall.ts";
import type { LinkChange } from "./link.ts";
import { DnsTable } from "./names.ts";
import { Nat, type NatOptions } from "./nat.ts";
import { Network } from "./network.ts";
import {
  type DropReason,
  newCounters,
  type Packet,
  type PacketCounters,
  type PacketEvent,
} from "./packet.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type HostSurroundings, SimHost, type SimHostOptions } from "./sim-host.ts";

/** How a world is set up. */
export interface WorldOptions {
  /** Everything that chance decides follows from it. */
  readonly seed: number;
  /** What hosts compute with, unless they bring their own. */
  readonly crypto?: CryptoProvider;
  /** The default network's links. */
  readonly internet?: LinkChange;
  /** Milliseconds since 1970 at which the world begins. Default: 2026-01-01. */
  readonly epoch?: number;
  /** Events without any time between them after which a run counts as a livelock. */
  readonly livelockLimit?: number;
}

/** {@link WorldOptions.livelockLimit} */
export const LIVELOCK_LIMIT = 100_000;
/** Held here so that a test's fake timers do not stop the world. */
const turn = setImmediate;
/** 2026-01-01T00:00:00Z */
const EPOCH = 1_767_225_600_000;

/**
 * A world of hosts and networks on a virtual clock. It does nothing by itself: `step`, `run` and `runUntil` make things
 * happen, one event after the other, in an order that only the seed decides. The variants that return promises let
 * microtasks run between events, for programs that await; no real time passes in either.
 */
export class World {
  readonly seed: number;
  readonly dns = new DnsTable();
  readonly counters: PacketCounters = newCounters();
  /** The network that hosts are in unless told otherwise. */
  readonly internet: Network;
  readonly #clock = new VirtualClock();
  readonly #surroundings: HostSurroundings;
  readonly #hosts = new Map<string, SimHost>();
  readonly #networks = new Map<string, Network>();
  readonly #taps = new Set<(event: PacketEvent) => void>();
  readonly #trace: PacketEvent[] = [];
  readonly #livelockLimit: number;
  #holds = 0;
  #released: (() => void) | undefined;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.#livelockLimit = options.livelockLimit ?? LIVELOCK_LIMIT;
    const partial = {
      clock: this.#clock,
      random: (name: string) => new SeededRandom(hashName(name, this.seed)),
      note: (what: PacketEvent["what"], where: string, packet: Packet, reason?: DropReason) =>
        this.#note(what, where, packet, reason),
      hold: () => this.hold(),
    };
    this.internet = new Network("internet", partial, options.internet);
    this.#networks.set("internet", this.internet);
    this.#surroundings = {
      ...partial,
      dns: this.dns,
      internet: this.internet,
      crypto: options.crypto,
      epoch: options.epoch ?? EPOCH,
      hosts: () => this.#hosts.values(),
    };
  }

  /** Milliseconds since the world began. */
  get now(): Instant {
    return this.#clock.now;
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#clock.pending;
  }

  /** A new host. */
  host(name: string, options: SimHostOptions = {}): SimHost {
    if (this.#hosts.has(name)) throw new RangeError(`there is a host ${name} already`);
    const host = new SimHost(name, options, this.#surroundings);
    this.#hosts.set(name, host);
    return host;
  }

  /** A new network beside the internet. */
  network(name: string, options: LinkChange = {}): Network {
    if (this.#networks.has(name)) throw new RangeError(`there is a network ${name} already`);
    const network = new Network(name, this.#surroundings, options);
    this.#networks.set(name, network);
    return network;
  }

  /** A new address translator between a network and the internet (or another outer network). */
  nat(name: string, options: NatOptions): Nat {
    return new Nat(name, this.#surroundings, this.internet, options);
  }

  /** A new firewall between a network and the internet (or another outer network). */
  firewall(name: string, options: FirewallOptions): Firewall {
    return new Firewall(name, this.#surroundings, this.internet, options);
  }

  /** Changes the links between two hosts, in both directions; `network` defaults to the internet. */
  link(a: SimHost, b: SimHost, change: LinkChange, network: Network = this.internet): void {
    network.link(a, b).configure(change);
    network.link(b, a).configure(change);
  }

  /** A generator of its own that follows from the world's seed and `name`. */
  random(name: string): SeededRandom {
    return this.#surroundings.random(name);
  }

  /** Shows every packet event from now on. */
  tap(listener: (event: PacketEvent) => void): Cancelable {
    this.#taps.add(listener);
    return { cancel: () => void this.#taps.delete(listener) };
  }

  /** Runs `action` at `at` (virtual ms): how a scenario changes links and hosts on the way. */
  at(at: Instant, action: () => void): Cancelable {
    return this.#clock.schedule(at, "scenario", "world", action);
  }

  /**
   * Makes time stand still until the returned function is called: for work outside of virtual time (a thread, a real
   * file) whose result the world must wait for. Only the variants with promises can wait.
   */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      if (this.#holds > 0) return;
      this.#released?.();
      this.#released = undefined;
    };
  }

  /** Runs the next event. False when there is none. */
  step(): boolean {
    if (!this.#clock.step()) return false;
    if (this.#clock.eventsAtThisInstant > this.#livelockLimit) {
      const next = this.#clock.peek();
      throw this.#failure(
        `livelock: ${this.#livelockLimit} events without time moving (next: ${next?.kind} of ${next?.owner})`,
      );
    }
    return true;
  }

  /** Lets `duration` ms pass. */
  run(duration: Duration): void {
    const end = this.#clock.now + duration;
    while (this.#due(end)) this.step();
    this.#clock.advanceTo(end);
  }

  /** Runs until `condition` holds; fails when it does not within `limit` ms of virtual time. */
  runUntil(condition: () => boolean, limit: Duration): void {
    const end = this.#clock.now + limit;
    while (!condition()) {
      if (!this.#due(end)) throw this.#unmet(limit);
      this.step();
    }
  }

  /** {@link run}, with microtasks between events. */
  async runAsync(duration: Duration): Promise<void> {
    const end = this.#clock.now + duration;
    await this.#breathe();
    while (this.#due(end)) {
      this.step();
      await this.#breathe();
    }
    this.#clock.advanceTo(end);
  }

  /** {@link runUntil}, with microtasks between events. */
  async runUntilAsync(condition: () => boolean, limit: Duration): Promise<void> {
    const end = this.#clock.now + limit;
    await this.#breathe();
    while (!condition()) {
      if (!this.#due(end)) throw this.#unmet(limit);
      this.step();
      await this.#breathe();
    }
  }

  /** Runs until a promise is settled, and takes over its outcome. */
  async runUntilSettled<T>(promise: PromiseLike<T>, limit: Duration): Promise<T> {
    let settled = false;
    const note = () => {
      settled = true;
    };
    promise.then(note, note);
    await this.runUntilAsync(() => settled, limit);
    return promise;
  }

  /** Runs everything that is due now, microtasks included, without time moving. */
  async settle(): Promise<void> {
    await this.runAsync(0);
  }

  #due(end: Instant): boolean {
    const next = this.#clock.peek();
    return next !== undefined && next.at <= end;
  }

  /** Empties the microtask queue (an immediate runs after it), and waits for what holds the world. */
  async #breathe(): Promise<void> {
    await new Promise<void>((resolve) => turn(resolve));
    while (this.#holds > 0) {
      await new Promise<void>((resolve) => {
        this.#released = resolve;
      });
    }
  }

  #note(what: PacketEvent["what"], where: string, packet: Packet, reason: DropReason | undefined): void {
    const { counters } = this;
    counters[what]++;
    if (reason !== undefined) counters.droppedBy[reason]++;
    if (what === "sent") counters.bytesSent += packet.payload.length;
    if (what === "delivered") counters.bytesDelivered += packet.payload.length;
    const event: PacketEvent = { time: this.#clock.now, what, where, reason, packet };
    if (this.#trace.length >= 2 * TRACE_LENGTH) this.#trace.splice(0, TRACE_LENGTH);
    this.#trace.push(event);
    for (const tap of this.#taps) tap(event);
  }

  #unmet(limit: Duration): SimulationFailure {
    let why = this.#clock.pending === 0 ? "nothing is left to happen" : "the time is over";
    if (this.#holds > 0)
      why += "; work outside of virtual time is under way, which only the async variants wait for";
    return this.#failure(`condition not met within ${limit} ms: ${why}`);
  }

  #failure(what: string): SimulationFailure {
    const { sent, delivered, dropped } = this.counters;
    const lines = [
      `${what}`,
      `seed ${this.seed}, at ${this.#clock.now.toFixed(3)} ms, ${this.#clock.pending} events pending`,
      `packets: ${sent} sent, ${delivered} delivered, ${dropped} dropped`,
      ...this.#trace.slice(-TRACE_LENGTH).map(describePacketEvent),
    ];
    return new SimulationFailure(lines.join("\n"), this.seed);
  }
}

/** FNV-1a over the name, begun with the seed. */
function hashName(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
