/** Writes a STUN message into a given buffer (RFC 8489 §5, §6.1, §14). */
import { ByteWriter } from "../base/byte-writer.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { encodeAddress, type TransportAddress } from "./address-attribute.ts";
import {
  ERROR_CODE,
  FINGERPRINT,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  UNKNOWN_ATTRIBUTES,
} from "./attribute-type.ts";
import { crc32 } from "./crc32.ts";
import { encodeErrorCode } from "./error-code.ts";
import { encodeMessageType, HEADER_LENGTH, MAGIC_COOKIE, type MessageClass } from "./header.ts";
import { FINGERPRINT_XOR } from "./message.ts";
import { encodePasswordAlgorithms, type PasswordAlgorithm } from "./password-algorithms.ts";

/**
 * Attributes come out in the order of the calls; integrity then fingerprint must be the last two kinds. Padding is always zero.
 * Not enough room (or more than the 16-bit length can say) makes {@link finish} return 0: nothing else needs checking.
 */
export class StunMessageBuilder {
  readonly #bytes: Uint8Array;
  readonly #writer: ByteWriter;

  /** `transactionId`: 12 bytes, copied. `method`: usually {@link BINDING}. */
  constructor(out: Uint8Array, messageClass: MessageClass, method: number, transactionId: Uint8Array) {
    // A header says at most 0xfffc bytes: a writer over no more than that overflows instead of wrapping the length.
    this.#bytes = out.length > HEADER_LENGTH + 0xfffc ? out.subarray(0, HEADER_LENGTH + 0xfffc) : out;
    this.#writer = new ByteWriter(this.#bytes);
    this.#writer.u16(encodeMessageType(messageClass, method));
    this.#writer.u16(0);
    this.#writer.u32(MAGIC_COOKIE);
    this.#writer.bytes(transactionId);
  }

  /** Any attribute by its value. */
  attribute(type: number, value: Uint8Array): this {
    const start = this.#begin(type);
    this.#writer.bytes(value);
    return this.#end(start);
  }

  /** USERNAME, REALM, NONCE, SOFTWARE: text as UTF-8. */
  text(type: number, text: string): this {
    return this.attribute(type, encodeUtf8(text));
  }

  /** USE-CANDIDATE and other attributes without a value. */
  flag(type: number): this {
    return this.#end(this.#begin(type));
  }

  /** PRIORITY and other four-byte numbers. */
  u32(type: number, value: number): this {
    const start = this.#begin(type);
    this.#writer.u32(value);
    return this.#end(start);
  }

  /** MAPPED-ADDRESS, ALTERNATE-SERVER. */
  address(type: number, address: TransportAddress): this {
    const start = this.#begin(type);
    encodeAddress(this.#writer, address.address, address.port, undefined);
    return this.#end(start);
  }

  /** XOR-MAPPED-ADDRESS and its TURN relatives. */
  xorAddress(type: number, address: TransportAddress): this {
    const start = this.#begin(type);
    encodeAddress(this.#writer, address.address, address.port, this.#bytes.subarray(4, HEADER_LENGTH));
    return this.#end(start);
  }

  errorCode(code: number, reason: string): this {
    const start = this.#begin(ERROR_CODE);
    encodeErrorCode(this.#writer, code, encodeUtf8(reason));
    return this.#end(start);
  }

  unknownAttributes(types: readonly number[]): this {
    const start = this.#begin(UNKNOWN_ATTRIBUTES);
    for (const type of types) this.#writer.u16(type);
    return this.#end(start);
  }

  /** PASSWORD-ALGORITHM (one entry) or PASSWORD-ALGORITHMS. */
  passwordAlgorithms(type: number, algorithms: readonly PasswordAlgorithm[]): this {
    const start = this.#begin(type);
    encodePasswordAlgorithms(this.#writer, algorithms);
    return this.#end(start);
  }

  /** MESSAGE-INTEGRITY: HMAC-SHA1 over all before it (RFC 8489 §14.5). */
  messageIntegrity(crypto: CryptoProvider, key: Uint8Array): this {
    return this.#integrity(MESSAGE_INTEGRITY, 20, () => crypto.hmac("sha1", key, this.#writer.written()));
  }

  /** MESSAGE-INTEGRITY-SHA256, cut to `length` bytes: 16 to 32, a multiple of four (RFC 8489 §14.6). */
  messageIntegritySha256(crypto: CryptoProvider, key: Uint8Array, length = 32): this {
    return this.#integrity(MESSAGE_INTEGRITY_SHA256, length, () =>
      crypto.hmac("sha256", key, this.#writer.written()).subarray(0, length),
    );
  }

  /** FINGERPRINT (RFC 8489 §14.7). Nothing may follow. */
  fingerprint(): this {
    this.#setLength(8);
    return this.u32(FINGERPRINT, (crc32(this.#bytes, this.#writer.length) ^ FINGERPRINT_XOR) >>> 0);
  }

  /** Completes the message and returns its length; 0 when it did not fit. */
  finish(): number {
    this.#setLength(0);
    return this.#writer.ok ? this.#writer.length : 0;
  }

  #integrity(type: number, length: number, mac: () => Uint8Array): this {
    if (this.#writer.remaining < 4 + length) return this.attribute(type, new Uint8Array(length));
    this.#setLength(4 + length);
    return this.attribute(type, mac());
  }

  /** The header's length as it will be with `more` bytes to come. */
  #setLength(more: number): void {
    this.#writer.patchU16(2, this.#writer.length - HEADER_LENGTH + more);
  }

  #begin(type: number): number {
    this.#writer.u16(type);
    this.#writer.u16(0);
    return this.#writer.length;
  }

  #end(start: number): this {
    const length = this.#writer.length - start;
    this.#writer.patchU16(start - 2, length);
    this.#writer.zeros(-length & 3);
    return this;
  }
}
