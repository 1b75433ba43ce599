/**
 * Strict DER (ITU-T X.690 §10): definite lengths in their shortest form, low tag numbers only, everything inside its
 * parent. Enough for certificates and public keys. Nothing recurses and nothing is copied.
 *
 * ```text
 *   identifier octet | length: 0..127, or 0x80+n and n octets | contents
 * ```
 */
import { type Malformed, malformed } from "../base/malformed.ts";

/** Levels of constructed values inside each other. */
export const MAX_DER_DEPTH = 16;

/** Identifier octets (class, constructed bit and tag number together). */
export const DER_INTEGER = 0x02;
export const DER_BIT_STRING = 0x03;
export const DER_NULL = 0x05;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_UTF8_STRING = 0x0c;
export const DER_UTC_TIME = 0x17;
export const DER_GENERALIZED_TIME = 0x18;
export const DER_SEQUENCE = 0x30;
export const DER_SET = 0x31;
/** `[n] EXPLICIT`, context-specific and constructed. */
export const derContext = (n: number): number => 0xa0 | n;

const CONSTRUCTED = 0x20;
const HIGH_TAG_NUMBER = 0x1f;
const EMPTY = new Uint8Array(0);

/**
 * Cursor over the contents of one constructed value. Readers opened with {@link enter} share one failure flag with their
 * parent: read straight on and look at {@link ok} once.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #status: { ok: boolean };
  readonly #depth: number;
  #position = 0;

  constructor(bytes: Uint8Array, parent?: DerReader) {
    this.#bytes = bytes;
    this.#status = parent === undefined ? { ok: true } : parent.#status;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    if (this.#depth > MAX_DER_DEPTH) this.#status.ok = false;
  }

  /** False once anything read through this reader, its parents or its children was not DER or not what was asked for. */
  get ok(): boolean {
    return this.#status.ok;
  }

  get atEnd(): boolean {
    return !this.#status.ok || this.#position >= this.#bytes.length;
  }

  /** The next identifier octet; -1 at the end. */
  peekTag(): number {
    return this.atEnd ? -1 : this.#bytes[this.#position]!;
  }

  /** The contents of the next value, which must have this identifier octet. */
  read(tag: number): Uint8Array {
    return this.#next(tag, false);
  }

  /** The next value whole, identifier and length included. */
  readElement(tag: number): Uint8Array {
    return this.#next(tag, true);
  }

  /** A reader over the contents of the next value. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag), this);
  }

  /** An INTEGER's two's complement octets, in shortest form (X.690 §8.3.2). */
  readInteger(): Uint8Array {
    const contents = this.read(DER_INTEGER);
    if (!this.ok) return EMPTY;
    const padded =
      contents.length > 1 &&
      ((contents[0] === 0 && contents[1]! < 0x80) || (contents[0] === 0xff && contents[1]! >= 0x80));
    if (contents.length === 0 || padded) this.#status.ok = false;
    return contents;
  }

  /** A BIT STRING of whole octets. */
  readOctetAlignedBitString(): Uint8Array {
    const contents = this.read(DER_BIT_STRING);
    if (contents.length === 0 || contents[0] !== 0) this.#status.ok = false;
    return this.ok ? contents.subarray(1) : EMPTY;
  }

  /** Requires that nothing follows. */
  end(): void {
    if (this.#position !== this.#bytes.length) this.#status.ok = false;
  }

  #next(tag: number, whole: boolean): Uint8Array {
    const start = this.#position;
    const header = this.#status.ok && start < this.#bytes.length ? derHeader(this.#bytes, start) : undefined;
    if (header === undefined || this.#bytes[start] !== tag) {
      this.#status.ok = false;
      return EMPTY;
    }
    this.#position = header.end;
    return this.#bytes.subarray(whole ? start : header.contents, header.end);
  }
}

/** Where the contents of the value at `at` start and end; undefined if it is not DER or leaves `bytes`. */
function derHeader(bytes: Uint8Array, at: number): { contents: number; end: number } | undefined {
  if (at + 2 > bytes.length || (bytes[at]! & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER) return undefined;
  const first = bytes[at + 1]!;
  if (first < 0x80) {
    const contents = at + 2;
    return contents + first > bytes.length ? undefined : { contents, end: contents + first };
  }
  const octets = first & 0x7f;
  // 0x80 is BER's indefinite length; more than three octets would leave any input we take.
  if (octets === 0 || octets > 3 || at + 2 + octets > bytes.length) return undefined;
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + bytes[at + 2 + i]!;
  const shortest = octets === 1 ? 0x80 : 2 ** (8 * (octets - 1));
  const contents = at + 2 + octets;
  if (length < shortest || contents + length > bytes.length) return undefined;
  return { contents, end: contents + length };
}

const NOT_DER = malformed("der: invalid identifier or length");
const TOO_DEEP = malformed("der: too many levels");
const OVERRUN = malformed("der: value overruns its parent");

/** Walks through all values of `bytes`, which must be exactly one, in time linear in its length. */
export function checkDer(bytes: Uint8Array): Malformed | undefined {
  const ends: number[] = [bytes.length];
  let at = 0;
  let values = 0;
  while (ends.length > 0) {
    const parentEnd = ends[ends.length - 1]!;
    if (at === parentEnd) {
      ends.pop();
      continue;
    }
    if (ends.length === 1 && values > 0) return OVERRUN;
    const header = derHeader(bytes, at);
    if (header === undefined) return NOT_DER;
    if (header.end > parentEnd) return OVERRUN;
    values++;
    if ((bytes[at]! & CONSTRUCTED) === 0) at = header.end;
    else {
      if (ends.length > MAX_DER_DEPTH) return TOO_DEEP;
      ends.push(header.end);
      at = header.contents;
    }
  }
  return values > 0 ? undefined : NOT_DER;
}
