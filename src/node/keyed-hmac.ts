/** HMAC (RFC 2104), under a kept key or once, over one-shot hashes: most of what `createHmac` costs is the object. */
import { createHash, hash } from "node:crypto";
import { PrefixViews } from "../core/base/prefix-views.ts";
import type { HashName, KeyedHmac } from "../core/crypto/provider.ts";
import { compressSha1, SHA1_INITIAL_STATE, sha1Block } from "./sha1-block.ts";

const BLOCK_LENGTH: Readonly<Record<HashName, number>> = {
  md5: 64,
  sha1: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};
/** Messages up to this length need no new buffer: more than a datagram of Ethernet. */
const KEPT_MESSAGE_LENGTH = 2048;

/** Inner pad and message. One serves all keys: it stays in the processor's cache, which one for each would not. */
const message = new Uint8Array(128 + KEPT_MESSAGE_LENGTH);
const messageViews = new PrefixViews();
const dataViews = new PrefixViews();

/** The key XOR `pad`, filled up to a block. */
function padded(name: HashName, key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_LENGTH[name]);
  block.set(key.length > block.length ? createHash(name).update(key).digest() : key);
  for (let i = 0; i < block.length; i++) block[i]! ^= pad;
  return block;
}

/** The inner digest as a Latin-1 string, which costs less than a Buffer. */
function innerDigest(name: HashName, pad: Uint8Array, data: Uint8Array, length: number): string {
  const whole = pad.length + length;
  const buffer = whole <= message.length ? message : new Uint8Array(whole);
  buffer.set(pad);
  buffer.set(length === data.length ? data : dataViews.of(data, length), pad.length);
  return hash(name, buffer === message ? messageViews.of(message, whole) : buffer, "binary");
}

class TwoHashes implements KeyedHmac {
  readonly #name: HashName;
  readonly #innerPad: Uint8Array;
  /** Outer pad, then the inner digest. */
  readonly #outer: Uint8Array;

  constructor(name: HashName, key: Uint8Array) {
    this.#name = name;
    this.#innerPad = padded(name, key, 0x36);
    const outerPad = padded(name, key, 0x5c);
    this.#outer = new Uint8Array(outerPad.length + createHash(name).digest().length);
    this.#outer.set(outerPad);
  }

  compute(data: Uint8Array, length: number, out: Uint8Array): void {
    const inner = innerDigest(this.#name, this.#innerPad, data, length);
    const block = this.#innerPad.length;
    for (let i = 0; i < inner.length; i++) this.#outer[block + i] = inner.charCodeAt(i);
    const digest = hash(this.#name, this.#outer, "binary");
    const room = Math.min(out.length, digest.length);
    for (let i = 0; i < room; i++) out[i] = digest.charCodeAt(i);
  }
}

const SHA1_LENGTH = 20;
/** The last block of the outer hash: the inner digest, the end mark, and the length in bits (RFC 3174 §4). */
const END_MARK = 0x8000_0000;
const OUTER_BITS = (64 + SHA1_LENGTH) * 8;

/** SRTP's: the outer hash is one block behind a state that the key alone decides. */
class HmacSha1 implements KeyedHmac {
  readonly #innerPad: Uint8Array;
  /** After the outer pad. */
  readonly #outerState = new Int32Array(5);
  readonly #digest = new Int32Array(5);

  constructor(key: Uint8Array) {
    this.#innerPad = padded("sha1", key, 0x36);
    const pad = padded("sha1", key, 0x5c);
    const view = new DataView(pad.buffer);
    for (let i = 0; i < 16; i++) sha1Block[i] = view.getInt32(i * 4);
    compressSha1(SHA1_INITIAL_STATE, this.#outerState);
  }

  compute(data: Uint8Array, length: number, out: Uint8Array): void {
    const inner = innerDigest("sha1", this.#innerPad, data, length);
    for (let i = 0; i < 5; i++) {
      const at = i * 4;
      sha1Block[i] =
        (inner.charCodeAt(at) << 24) |
        (inner.charCodeAt(at + 1) << 16) |
        (inner.charCodeAt(at + 2) << 8) |
        inner.charCodeAt(at + 3);
    }
    sha1Block[5] = END_MARK;
    for (let i = 6; i < 15; i++) sha1Block[i] = 0;
    sha1Block[15] = OUTER_BITS;
    const digest = this.#digest;
    compressSha1(this.#outerState, digest);
    const room = Math.min(out.length, SHA1_LENGTH);
    for (let i = 0; i < room; i++) out[i] = digest[i >> 2]! >>> (24 - (i & 3) * 8);
  }
}

/** Outer pad and inner digest of a key that is used once. */
const outer = new Uint8Array(128 + 64);
const outerViews = new PrefixViews();

/** One HMAC over the concatenation of `parts`. */
export function hmac(name: HashName, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const block = BLOCK_LENGTH[name];
  let whole = block;
  for (const part of parts) whole += part.length;
  const buffer = whole <= message.length ? message : new Uint8Array(whole);
  const short = key.length > block ? hash(name, key, "buffer") : key;
  for (let i = 0; i < block; i++) {
    const byte = i < short.length ? short[i]! : 0;
    buffer[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  let at = block;
  for (const part of parts) {
    buffer.set(part, at);
    at += part.length;
  }
  const inner = hash(name, buffer === message ? messageViews.of(message, whole) : buffer, "binary");
  for (let i = 0; i < inner.length; i++) outer[block + i] = inner.charCodeAt(i);
  const digest = hash(name, outerViews.of(outer, block + inner.length), "binary");
  const mac = new Uint8Array(digest.length);
  for (let i = 0; i < mac.length; i++) mac[i] = digest.charCodeAt(i);
  return mac;
}

/** A {@link KeyedHmac} of any hash. */
export function createKeyedHmac(name: HashName, key: Uint8Array): KeyedHmac {
  return name === "sha1" ? new HmacSha1(key) : new TwoHashes(name, key);
}
