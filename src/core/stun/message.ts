/**
 * A received STUN message (RFC 8489 §5, §14): header, then attributes as type, length, value, padding to four bytes. What
 * the padding holds does not matter. All lengths, and the values that have rules of their own, are checked once while
 * parsing; the accessors then cannot fail.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |         Type                  |            Length             |
 *     |                         Value (variable)                     ..
 */
import { equalConstantTime } from "../base/constant-time.ts";
import { Malformed, malformed } from "../base/malformed.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { decodeAddress, isAddressValue, type TransportAddress } from "./address-attribute.ts";
import {
  ALTERNATE_SERVER,
  ERROR_CODE,
  FINGERPRINT,
  isComprehensionRequired,
  isPossibleLength,
  MAPPED_ADDRESS,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHMS,
  UNKNOWN_ATTRIBUTES,
  XOR_MAPPED_ADDRESS,
  XOR_PEER_ADDRESS,
  XOR_RELAYED_ADDRESS,
} from "./attribute-type.ts";
import { crc32 } from "./crc32.ts";
import { decodeErrorCode, type ErrorCode } from "./error-code.ts";
import {
  HEADER_LENGTH,
  isStun,
  MAX_DATAGRAM_LENGTH,
  type MessageClass,
  messageClassOf,
  methodOf,
} from "./header.ts";
import { decodePasswordAlgorithms, type PasswordAlgorithm } from "./password-algorithms.ts";

/** More attributes than this in one message are refused: no legitimate message comes near. */
export const MAX_ATTRIBUTES = 64;

/** FINGERPRINT is the CRC-32 xored with "STUN" in ASCII (RFC 8489 §14.7). */
export const FINGERPRINT_XOR = 0x5354554e;

/**
 * What became of the integrity check. "absent": no attribute of that kind; "sha1"/"sha256": the attribute that was
 * checked and fits; "wrong": it does not.
 */
export type IntegrityResult = "absent" | "sha1" | "sha256" | "wrong";

/** View of a checked message. The bytes are borrowed: copy what must outlive them. */
export class StunMessage {
  readonly bytes: Uint8Array;
  readonly messageClass: MessageClass;
  /** 0..0xfff, {@link BINDING} for STUN itself. */
  readonly method: number;
  /** Type, start of the value, length of the value: of the attributes that count, in order. */
  readonly #attributes: readonly number[];

  private constructor(bytes: Uint8Array, attributes: readonly number[]) {
    const type = (bytes[0]! << 8) | bytes[1]!;
    this.bytes = bytes;
    this.messageClass = messageClassOf(type);
    this.method = methodOf(type);
    this.#attributes = attributes;
  }

  /** Parses one datagram (or one frame of a stream with `maxLength` set higher). */
  static parse(datagram: Uint8Array, maxLength: number = MAX_DATAGRAM_LENGTH): StunMessage | Malformed {
    if (!isStun(datagram)) return NOT_STUN;
    if (datagram.length > maxLength) return TOO_LONG;
    const length = (datagram[2]! << 8) | datagram[3]!;
    if (length !== datagram.length - HEADER_LENGTH || length % 4 !== 0) return BAD_LENGTH;
    const attributes = listAttributes(datagram);
    return attributes instanceof Malformed ? attributes : new StunMessage(datagram, attributes);
  }

  /** 12 bytes, borrowed. */
  get transactionId(): Uint8Array {
    return this.bytes.subarray(8, HEADER_LENGTH);
  }

  /** True when the attribute is there (before the integrity attributes, where it must be). */
  has(type: number): boolean {
    return this.#find(type) >= 0;
  }

  /** The value of the first attribute of this type, borrowed; later duplicates do not count (RFC 8489 §14). */
  value(type: number): Uint8Array | undefined {
    const at = this.#find(type);
    if (at < 0) return undefined;
    const start = this.#attributes[at + 1]!;
    return this.bytes.subarray(start, start + this.#attributes[at + 2]!);
  }

  /** The value of a text attribute; undefined when it is absent or not UTF-8. */
  text(type: number): string | undefined {
    const value = this.value(type);
    if (value === undefined) return undefined;
    const text = decodeUtf8(value);
    return text instanceof Malformed ? undefined : text;
  }

  /** The value of a four-byte attribute (PRIORITY, LIFETIME). */
  u32(type: number): number | undefined {
    const value = this.value(type);
    if (value === undefined || value.length !== 4) return undefined;
    return ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0;
  }

  /** The value of an address attribute, unmasked where the type says so. */
  address(type: number): TransportAddress | undefined {
    const value = this.value(type);
    if (value === undefined) return undefined;
    const address = decodeAddress(value, isXored(type) ? this.bytes.subarray(4, HEADER_LENGTH) : undefined);
    return address instanceof Malformed ? undefined : address;
  }

  /** All attributes of an address type, in order: where a list of them is one value (RFC 8656 §7.3, §9.1). */
  addresses(type: number): TransportAddress[] {
    const addresses: TransportAddress[] = [];
    const mask = isXored(type) ? this.bytes.subarray(4, HEADER_LENGTH) : undefined;
    for (let at = 0; at < this.#attributes.length; at += 3) {
      if (this.#attributes[at] !== type) continue;
      const start = this.#attributes[at + 1]!;
      const address = decodeAddress(this.bytes.subarray(start, start + this.#attributes[at + 2]!), mask);
      if (!(address instanceof Malformed)) addresses.push(address);
    }
    return addresses;
  }

  get errorCode(): ErrorCode | undefined {
    const value = this.value(ERROR_CODE);
    if (value === undefined) return undefined;
    const error = decodeErrorCode(value);
    return error instanceof Malformed ? undefined : error;
  }

  /** PASSWORD-ALGORITHMS (a server's offer) or PASSWORD-ALGORITHM (a client's choice, one entry). */
  passwordAlgorithms(type: number): PasswordAlgorithm[] | undefined {
    const value = this.value(type);
    if (value === undefined) return undefined;
    const algorithms = decodePasswordAlgorithms(value);
    return algorithms instanceof Malformed ? undefined : algorithms;
  }

  /** The types listed in UNKNOWN-ATTRIBUTES (RFC 8489 §14.13). */
  get unknownAttributes(): number[] {
    const value = this.value(UNKNOWN_ATTRIBUTES);
    const types: number[] = [];
    if (value === undefined) return types;
    for (let i = 0; i + 1 < value.length; i += 2) types.push((value[i]! << 8) | value[i + 1]!);
    return types;
  }

  /** The comprehension-required types in this message that `understands` does not know, each once. */
  unknownRequired(understands: (type: number) => boolean): number[] {
    const unknown: number[] = [];
    for (let at = 0; at < this.#attributes.length; at += 3) {
      const type = this.#attributes[at]!;
      if (isComprehensionRequired(type) && !understands(type) && !unknown.includes(type)) unknown.push(type);
    }
    return unknown;
  }

  /** True when there was a FINGERPRINT; a wrong one does not get through parsing. */
  get hasFingerprint(): boolean {
    return this.has(FINGERPRINT);
  }

  /**
   * Checks MESSAGE-INTEGRITY-SHA256 if there is one, else MESSAGE-INTEGRITY (RFC 8489 §9.1.3). The HMAC covers everything
   * before the attribute, with a header length that ends with the attribute (§14.5).
   */
  verifyIntegrity(crypto: CryptoProvider, key: Uint8Array): IntegrityResult {
    let at = this.#find(MESSAGE_INTEGRITY_SHA256);
    const sha256 = at >= 0;
    if (!sha256) at = this.#find(MESSAGE_INTEGRITY);
    if (at < 0) return "absent";
    const start = this.#attributes[at + 1]!;
    const end = start + this.#attributes[at + 2]!;
    const head = this.bytes.slice(0, 4);
    head[2] = (end - HEADER_LENGTH) >> 8;
    head[3] = (end - HEADER_LENGTH) & 0xff;
    const mac = crypto.hmac(sha256 ? "sha256" : "sha1", key, head, this.bytes.subarray(4, start - 4));
    const fits = equalConstantTime(mac.subarray(0, end - start), this.bytes.subarray(start, end));
    return !fits ? "wrong" : sha256 ? "sha256" : "sha1";
  }

  #find(type: number): number {
    for (let at = 0; at < this.#attributes.length; at += 3) if (this.#attributes[at] === type) return at;
    return -1;
  }
}

function isXored(type: number): boolean {
  return type === XOR_MAPPED_ADDRESS || type === XOR_PEER_ADDRESS || type === XOR_RELAYED_ADDRESS;
}

const NOT_STUN = malformed("stun: no stun header");
const TOO_LONG = malformed("stun: message too long");
const BAD_LENGTH = malformed("stun: length field does not fit the datagram");
const TOO_MANY = malformed("stun: too many attributes");
const OVERRUN = malformed("stun: attribute overruns the message");
const BAD_VALUE = malformed("stun: attribute value not possible for its type");
const NOT_LAST = malformed("stun: fingerprint is not the last attribute");
const BAD_FINGERPRINT = malformed("stun: wrong fingerprint");

/**
 * Walks the attributes and lists those that count as type, value start, value length. After MESSAGE-INTEGRITY only
 * MESSAGE-INTEGRITY-SHA256 and FINGERPRINT count, after MESSAGE-INTEGRITY-SHA256 only FINGERPRINT (RFC 8489 §14.5, §14.6).
 */
function listAttributes(bytes: Uint8Array): number[] | Malformed {
  const attributes: number[] = [];
  let integritySeen = 0;
  let seen = 0;
  for (let at = HEADER_LENGTH; at < bytes.length; ) {
    if (++seen > MAX_ATTRIBUTES) return TOO_MANY;
    const type = (bytes[at]! << 8) | bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const start = at + 4;
    const next = start + length + (-length & 3);
    if (next > bytes.length) return OVERRUN;
    if (type === FINGERPRINT) {
      if (next !== bytes.length) return NOT_LAST;
      if (length !== 4) return BAD_VALUE;
      if (!isRightFingerprint(bytes, at)) return BAD_FINGERPRINT;
    }
    const counts =
      integritySeen === 0 ||
      type === FINGERPRINT ||
      (type === MESSAGE_INTEGRITY_SHA256 && integritySeen === MESSAGE_INTEGRITY);
    if (counts) {
      if (!isPossibleValue(type, bytes.subarray(start, start + length))) return BAD_VALUE;
      attributes.push(type, start, length);
      if (type === MESSAGE_INTEGRITY || type === MESSAGE_INTEGRITY_SHA256) integritySeen = type;
    }
    at = next;
  }
  return attributes;
}

function isRightFingerprint(bytes: Uint8Array, at: number): boolean {
  const expected = (crc32(bytes, at) ^ FINGERPRINT_XOR) >>> 0;
  const value = (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
  return expected === value >>> 0;
}

function isPossibleValue(type: number, value: Uint8Array): boolean {
  if (!isPossibleLength(type, value.length)) return false;
  switch (type) {
    case MAPPED_ADDRESS:
    case XOR_MAPPED_ADDRESS:
    case XOR_PEER_ADDRESS:
    case XOR_RELAYED_ADDRESS:
    case ALTERNATE_SERVER:
      return isAddressValue(value);
    case ERROR_CODE:
      return !(decodeErrorCode(value) instanceof Malformed);
    case PASSWORD_ALGORITHM:
    case PASSWORD_ALGORITHMS:
      return !(decodePasswordAlgorithms(value) instanceof Malformed);
    default:
      return true;
  }
}
