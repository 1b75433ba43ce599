import type { Instant } from "../core/base/instant.ts";
import type { Cancelable } from "../host/host.ts";
import { EventQueue, type ScheduledEvent } from "./event-queue.ts";
import type { DropReason, Packet, PacketEvent } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Virtual time and everything that is due in it. Time moves only in {@link VirtualClock.step}. */
export class VirtualClock {
  readonly #queue = new EventQueue();
  #now: Instant = 0;
  #sameInstant = 0;

  /** Milliseconds since the world began. */
  get now(): Instant {
    return this.#now;
  }

  /** Events not run yet. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Events run since time last moved. */
  get eventsAtThisInstant(): number {
    return this.#sameInstant;
  }

  /** Runs `run` at `at`, or as soon as possible when that is past. */
  schedule(at: Instant, kind: string, owner: string, run: () => void): Cancelable {
    const event = this.#queue.push(at > this.#now ? at : this.#now, kind, owner, run);
    return { cancel: () => this.#queue.cancel(event) };
  }

  /** The next event, or undefined when nothing will ever happen again. */
  peek(): ScheduledEvent | undefined {
    return this.#queue.peek();
  }

  /** Moves to the next event and runs it. False when there is none. */
  step(): boolean {
    const event = this.#queue.peek();
    if (event === undefined) return false;
    if (event.at > this.#now) {
      this.#now = event.at;
      this.#sameInstant = 0;
    }
    this.#sameInstant++;
    this.#queue.shift()?.();
    return true;
  }

  /** Moves on to `at` without running anything: all earlier events must have been run. */
  advanceTo(at: Instant): void {
    if (at <= this.#now) return;
    this.#now = at;
    this.#sameInstant = 0;
  }
}

/** What links, networks and hosts need of the world they are in. */
export interface Surroundings {
  readonly clock: VirtualClock;
  /** A generator of its own for each name, so that a change in one place leaves the chance of all others as it was. */
  random(name: string): SeededRandom;
  /** Counts and shows what happened to a packet. */
  note(what: PacketEvent["what"], where: string, packet: Packet, reason?: DropReason): void;
  /** Something outside of virtual time is under way: time must not move before the returned function is called. */
  hold(): () => void;
}
