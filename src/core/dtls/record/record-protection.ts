/**
 * AEAD protection of records under one key, one direction (RFC 5246 §6.2.3.3). The nonce is never random: it holds the
 * record's own number, `epoch ‖ sequence`, which never repeats.
 *
 * ```text
 *   GCM (RFC 5288 §3):      nonce = fixed_iv (4) ‖ explicit (8);  fragment = explicit ‖ ciphertext ‖ tag
 *   ChaCha20 (RFC 7905 §2): nonce = fixed_iv (12) XOR (0 ‖ number);  fragment = ciphertext ‖ tag
 *   additional data = number (8) ‖ type (1) ‖ version (2) ‖ plaintext length (2)
 * ```
 */
import { AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, type Aead } from "../../crypto/provider.ts";
import { DTLS_1_2 } from "./content-type.ts";
import { RECORD_HEADER_LENGTH, writeEpochAndSequence, writeRecordHeader } from "./record-header.ts";

/** Octets of the nonce that a GCM record carries. */
export const GCM_EXPLICIT_NONCE_LENGTH = 8;

/** The most octets that a protected record adds to its plaintext (AES-GCM; ChaCha20-Poly1305 adds 8 less). */
export const DTLS_RECORD_OVERHEAD = RECORD_HEADER_LENGTH + GCM_EXPLICIT_NONCE_LENGTH + AEAD_TAG_LENGTH;

export class RecordProtection {
  readonly #aead: Aead;
  readonly #fixedIv: Uint8Array;
  readonly #explicitLength: number;
  readonly #nonce = new Uint8Array(AEAD_NONCE_LENGTH);
  readonly #additionalData = new Uint8Array(13);
  readonly overhead: number;

  /** `fixedIv`: 4 octets mean an explicit nonce in each record, 12 mean none. */
  constructor(aead: Aead, fixedIv: Uint8Array) {
    this.#aead = aead;
    this.#fixedIv = fixedIv.slice();
    this.#explicitLength = AEAD_NONCE_LENGTH - fixedIv.length;
    this.overhead = RECORD_HEADER_LENGTH + this.#explicitLength + AEAD_TAG_LENGTH;
    this.#nonce.set(fixedIv);
    this.#additionalData[9] = DTLS_1_2 >> 8;
    this.#additionalData[10] = DTLS_1_2 & 0xff;
  }

  /** Writes a whole record into `out` and returns its length. `plaintext` may lie in `out` where the ciphertext will. */
  seal(type: number, epoch: number, sequence: number, plaintext: Uint8Array, out: Uint8Array): number {
    const length = plaintext.length;
    const start = RECORD_HEADER_LENGTH + this.#explicitLength;
    this.#prepare(type, epoch, sequence, length);
    writeRecordHeader(out, type, epoch, sequence, this.#explicitLength + length + AEAD_TAG_LENGTH);
    if (this.#explicitLength > 0) writeEpochAndSequence(out, RECORD_HEADER_LENGTH, epoch, sequence);
    this.#aead.seal(this.#nonce, this.#additionalData, plaintext, out.subarray(start));
    return start + length + AEAD_TAG_LENGTH;
  }

  /** Opens a record's fragment in place; the plaintext as a view, undefined if it is not authentic. */
  open(type: number, epoch: number, sequence: number, fragment: Uint8Array): Uint8Array | undefined {
    const length = fragment.length - this.#explicitLength - AEAD_TAG_LENGTH;
    if (length < 0) return undefined;
    this.#prepare(type, epoch, sequence, length);
    // A peer may number its nonces otherwise than we do (RFC 5288 §3), so what the record says counts.
    for (let i = 0; i < this.#explicitLength; i++) this.#nonce[4 + i] = fragment[i]!;
    const sealed = this.#explicitLength === 0 ? fragment : fragment.subarray(this.#explicitLength);
    const opened = this.#aead.open(this.#nonce, this.#additionalData, sealed, sealed);
    return opened < 0 ? undefined : sealed.subarray(0, opened);
  }

  #prepare(type: number, epoch: number, sequence: number, length: number): void {
    const additionalData = this.#additionalData;
    const nonce = this.#nonce;
    writeEpochAndSequence(additionalData, 0, epoch, sequence);
    additionalData[8] = type;
    additionalData[11] = length >> 8;
    additionalData[12] = length & 0xff;
    if (this.#explicitLength > 0) for (let i = 0; i < 8; i++) nonce[4 + i] = additionalData[i]!;
    else for (let i = 0; i < 8; i++) nonce[4 + i] = this.#fixedIv[4 + i]! ^ additionalData[i]!;
  }
}
