import { Fifo } from "../base/fifo.ts";
import type { Path, Transmit } from "../base/path.ts";
import { MAX_OUTBOX } from "./timing.ts";

interface Datagram {
  readonly path: Path;
  readonly bytes: Uint8Array;
}

/** Complete datagrams that wait to be polled: at most {@link MAX_OUTBOX}. */
export class Outbox {
  readonly #queue = new Fifo<Datagram>();

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** False when there is no room. */
  push(path: Path, bytes: Uint8Array): boolean {
    if (this.#queue.length >= MAX_OUTBOX) return false;
    this.#queue.push({ path, bytes });
    return true;
  }

  /** Moves the oldest datagram into `out`; false when there is none. */
  poll(out: Uint8Array, transmit: Transmit): boolean {
    const datagram = this.#queue.shift();
    if (datagram === undefined) return false;
    out.set(datagram.bytes);
    transmit.path = datagram.path;
    transmit.length = datagram.bytes.length;
    return true;
  }

  clear(): void {
    this.#queue.clear();
  }
}
