/** Builds repair packets over groups of packets that follow each other: one for every `groupSize`, or when a frame ends. */
import { XorCode } from "./xor-code.ts";

/** Packets of one group: what the short masks of both formats can say. */
export const MAX_FEC_GROUP = 15;

const MAX_BODY_LENGTH = 1500;

export class FecSender {
  /** Packets that share a repair packet, 1..15: the overhead is its inverse. */
  groupSize: number;
  /** The code over the group. */
  readonly code = new XorCode(MAX_BODY_LENGTH);
  readonly #offsets: number[] = [];
  #base = 0;

  constructor(groupSize: number) {
    this.groupSize = Math.max(1, Math.min(MAX_FEC_GROUP, groupSize));
  }

  /** The sequence number of the group's first packet. */
  get baseSequenceNumber(): number {
    return this.#base;
  }

  /** Where the group's packets are, from the base on. */
  get offsets(): readonly number[] {
    return this.#offsets;
  }

  /**
   * Adds a packet as it was sent. True: the group is full, or `flush` was given: write it with `writeUlpfec` or
   * `writeFlexfec`, then call {@link reset}.
   */
  add(sequenceNumber: number, packet: Uint8Array, flush: boolean): boolean {
    const offset = (sequenceNumber - this.#base) & 0xffff;
    // A jump, or a number from before: the group cannot hold it, so it begins anew.
    if (
      this.#offsets.length > 0 &&
      (offset <= this.#offsets[this.#offsets.length - 1]! || offset >= MAX_FEC_GROUP)
    )
      this.reset();
    if (this.#offsets.length === 0) this.#base = sequenceNumber;
    this.#offsets.push((sequenceNumber - this.#base) & 0xffff);
    this.code.add(packet);
    return flush || this.#offsets.length >= this.groupSize;
  }

  reset(): void {
    this.code.reset();
    this.#offsets.length = 0;
  }
}
