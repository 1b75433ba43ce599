import { Fifo } from "../../base/fifo.ts";

/** A packet of its own, with its own verification tag. */
export interface LonePacket {
  readonly verificationTag: number;
  readonly chunk: Uint8Array;
}

/**
 * Control chunks that are owed to the peer. Bounded: what does not fit is dropped, and the peer, or one of our timers, asks
 * again.
 */
export class ControlQueue {
  readonly #limit: number;
  readonly #packets = new Fifo<LonePacket>();
  readonly #chunks = new Fifo<Uint8Array>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A chunk that must not share its packet, or goes out under another tag than the association's (RFC 9260 §6.10, §8.5.1). */
  pushAlone(verificationTag: number, chunk: Uint8Array): void {
    if (this.#packets.length < this.#limit) this.#packets.push({ verificationTag, chunk });
  }

  /** A chunk that may share a packet of the association. */
  push(chunk: Uint8Array): void {
    if (this.#chunks.length < this.#limit) this.#chunks.push(chunk);
  }

  nextPacket(): LonePacket | undefined {
    return this.#packets.shift();
  }

  peekChunk(): Uint8Array | undefined {
    return this.#chunks.peek();
  }

  shiftChunk(): void {
    this.#chunks.shift();
  }

  /** Drops the chunks; packets of their own (a farewell) stay. */
  clearChunks(): void {
    this.#chunks.clear();
  }
}
