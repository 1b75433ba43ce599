/**
 * AES in counter mode as SRTP uses it (RFC 3711 §4.1.1):
 *
 *     IV = (session salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16)
 *
 * and the last two octets count blocks. The cipher is kept: it encrypts counter blocks in ECB mode, and what comes out is
 * the key stream (docs/adr/0005-srtp-ciphers.md has the measurements).
 */
import type { BlockCipher, CryptoProvider } from "../crypto/provider.ts";

const BLOCK = 16;
/** Blocks of the longest packet for which buffers are kept; longer ones get their own. */
const KEPT_BLOCKS = 96;

export class CounterMode {
  readonly #cipher: BlockCipher;
  readonly #salt: DataView;
  readonly #counters = new Uint8Array(KEPT_BLOCKS * BLOCK);
  readonly #words = new DataView(this.#counters.buffer);
  /** `#prefixes[n]`: the first n blocks of `#counters`. */
  readonly #prefixes: Uint8Array[] = [];
  /** The buffer that was seen last, as words: receive and send buffers are reused. */
  #target: DataView<ArrayBufferLike> = this.#words;

  constructor(crypto: CryptoProvider, key: Uint8Array, salt: Uint8Array) {
    this.#cipher = crypto.createBlockCipher(key);
    const padded = new Uint8Array(BLOCK);
    padded.set(salt);
    this.#salt = new DataView(padded.buffer);
    for (let blocks = 0; blocks <= KEPT_BLOCKS; blocks++)
      this.#prefixes.push(this.#counters.subarray(0, blocks * BLOCK));
  }

  /** Encrypts or decrypts `packet[from, to)` in place. */
  apply(packet: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const length = to - from;
    if (length <= 0) return;
    this.#xor(packet, from, to, this.#keyStream(Math.ceil(length / BLOCK), ssrc, index));
  }

  #keyStream(blocks: number, ssrc: number, index: number): Uint8Array {
    const kept = blocks <= KEPT_BLOCKS;
    const counters = kept ? this.#prefixes[blocks]! : new Uint8Array(blocks * BLOCK);
    const words = kept ? this.#words : new DataView(counters.buffer);
    const salt = this.#salt;
    const first = salt.getUint32(0);
    const second = salt.getUint32(4) ^ ssrc;
    const third = salt.getUint32(8) ^ Math.floor(index / 0x1_0000);
    const fourth = salt.getUint32(12) ^ ((index % 0x1_0000) << 16);
    for (let block = 0, at = 0; block < blocks; block++, at += BLOCK) {
      words.setUint32(at, first);
      words.setUint32(at + 4, second);
      words.setUint32(at + 8, third);
      words.setUint32(at + 12, fourth ^ block);
    }
    return this.#cipher.encrypt(counters);
  }

  #xor(packet: Uint8Array, from: number, to: number, stream: Uint8Array): void {
    if (this.#target.buffer !== packet.buffer) this.#target = new DataView(packet.buffer);
    const target = this.#target;
    const source = new DataView(stream.buffer, stream.byteOffset, stream.length);
    const origin = packet.byteOffset + from;
    const words = (to - from) & ~3;
    for (let at = 0; at < words; at += 4)
      target.setUint32(origin + at, target.getUint32(origin + at) ^ source.getUint32(at));
    for (let at = words; at < to - from; at++) packet[from + at]! ^= stream[at]!;
  }
}
