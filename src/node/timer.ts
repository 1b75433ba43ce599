import type { Instant } from "../core/base/instant.ts";
import type { Cancelable } from "../host/host.ts";

/** The longest delay `setTimeout` takes (HTML and Node: a signed 32-bit number of milliseconds). */
export const MAX_TIMEOUT = 0x7fff_ffff;

/**
 * One wake-up on top of `setTimeout`, which may fire up to a millisecond early by the monotonic clock (libuv counts whole
 * milliseconds from the start of the loop's turn) and knows no delay above {@link MAX_TIMEOUT}: both are made good by
 * arming again.
 */
export class NodeTimer implements Cancelable {
  readonly #at: Instant;
  readonly #wake: () => void;
  readonly #keepAlive: boolean;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(at: Instant, wake: () => void, keepAlive: boolean) {
    this.#at = at;
    this.#wake = wake;
    this.#keepAlive = keepAlive;
    this.#arm();
  }

  cancel(): void {
    if (this.#timeout !== undefined) clearTimeout(this.#timeout);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
  }

  #arm(): void {
    if (this.#at === Number.POSITIVE_INFINITY) return;
    const delay = this.#at - performance.now();
    if (delay <= 0) {
      this.#immediate = setImmediate(fire, this);
      if (!this.#keepAlive) this.#immediate.unref();
      return;
    }
    this.#timeout = setTimeout(fire, Math.min(Math.ceil(delay), MAX_TIMEOUT), this);
    if (!this.#keepAlive) this.#timeout.unref();
  }

  /** @internal Called by the event loop. */
  static fire(timer: NodeTimer): void {
    timer.#timeout = undefined;
    timer.#immediate = undefined;
    if (performance.now() < timer.#at) timer.#arm();
    else timer.#wake();
  }
}

const fire = NodeTimer.fire;
