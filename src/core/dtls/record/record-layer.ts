/** Sending and receiving state of the record layer: epoch 0 in the clear, epoch 1 under the negotiated keys. */
import { MAX_RECORD_SEQUENCE } from "../limits.ts";
import type { DtlsStatistics } from "../statistics.ts";
import { RECORD_HEADER_LENGTH, writeRecordHeader } from "./record-header.ts";
import type { RecordProtection } from "./record-protection.ts";
import { ReplayWindow } from "./replay-window.ts";

/** DTLS 1.2 without renegotiation has two epochs: before and after ChangeCipherSpec. */
export type Epoch = 0 | 1;

export class RecordWriter {
  readonly #next: [number, number];
  readonly #statistics: DtlsStatistics;
  #protection: RecordProtection | undefined;

  /** `firstSequence`: of both epochs. Only tests start elsewhere than at zero. */
  constructor(statistics: DtlsStatistics, firstSequence = 0) {
    this.#statistics = statistics;
    this.#next = [firstSequence, firstSequence];
  }

  /** Keys for epoch 1. */
  protect(protection: RecordProtection): void {
    this.#protection = protection;
  }

  /** Octets that a record of this epoch adds to its plaintext. */
  overhead(epoch: Epoch): number {
    return epoch === 0 || this.#protection === undefined ? RECORD_HEADER_LENGTH : this.#protection.overhead;
  }

  /** True when the epoch has used all its numbers: it must not send again (RFC 6347 §4.1). */
  isExhausted(epoch: Epoch): boolean {
    return this.#next[epoch] > MAX_RECORD_SEQUENCE;
  }

  /**
   * Writes one record into `out` and returns its length; 0 when it has no room, the epoch no keys or no numbers left.
   */
  write(type: number, epoch: Epoch, plaintext: Uint8Array, out: Uint8Array): number {
    if (out.length < plaintext.length + this.overhead(epoch) || this.isExhausted(epoch)) return 0;
    if (epoch === 0) {
      this.#statistics.recordsSent++;
      out.set(plaintext, RECORD_HEADER_LENGTH);
      writeRecordHeader(out, type, 0, this.#next[0]++, plaintext.length);
      return RECORD_HEADER_LENGTH + plaintext.length;
    }
    if (this.#protection === undefined) return 0;
    this.#statistics.recordsSent++;
    return this.#protection.seal(type, 1, this.#next[1]++, plaintext, out);
  }
}

/** Epoch 1 of the receiving direction. Epoch 0 has no state: anybody can write it, so its numbers mean nothing. */
export class RecordReader {
  readonly #protection: RecordProtection;
  readonly #window = new ReplayWindow();

  constructor(protection: RecordProtection) {
    this.#protection = protection;
  }

  /** True when the number has not been seen. */
  isFresh(sequence: number): boolean {
    return this.#window.isFresh(sequence);
  }

  /** Opens a fresh record in place. */
  open(type: number, sequence: number, fragment: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#protection.open(type, 1, sequence, fragment);
    if (plaintext !== undefined) this.#window.accept(sequence);
    return plaintext;
  }
}
