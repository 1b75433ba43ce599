/**
 * AES in counter mode as SRTP uses it (RFC 3711 §4.1.1):
 *
 *     IV = (session salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16)
 *
 * and the last two octets count blocks. The cipher is kept: it encrypts counter blocks in ECB mode, and what comes out is
 * the key stream. Packets of a stream follow each other, so that of the next ones is made in the same call
 * (docs/adr/0005-srtp-ciphers.md has the measurements).
 */
import type { BlockCipher, CryptoProvider } from "../crypto/provider.ts";

const BLOCK = 16;
/** Packets whose key stream is made at once, when the last ones came one after the other. */
const PACKETS_AHEAD = 8;
/** Blocks made at once for more than one packet: eight packets of 1,500 octets. */
const MAX_BLOCKS_AHEAD = PACKETS_AHEAD * 94;
/** Streams whose key stream is kept: some 12 KB each. */
const MAX_STREAMS_AHEAD = 32;

/** Key stream of some packets of one SSRC, one behind the other. */
interface StreamAhead {
  /** Index of the first packet, and how many there are. */
  first: number;
  packets: number;
  /** Blocks for each packet. */
  blocks: number;
  bytes: DataView;
  /** The index that was asked for last, and the most blocks that were, since this was made. */
  last: number;
  most: number;
}

const NO_BYTES = new DataView(new ArrayBuffer(0));

export class CounterMode {
  readonly #cipher: BlockCipher;
  readonly #salt: DataView;
  readonly #counters = new Uint8Array(MAX_BLOCKS_AHEAD * BLOCK);
  readonly #words = new DataView(this.#counters.buffer);
  readonly #streams = new Map<number, StreamAhead>();
  #lastSsrc = -1;
  #lastStream: StreamAhead | undefined;
  /** The buffer that was seen last, as words: receive and send buffers are reused. */
  #target: DataView<ArrayBufferLike> = NO_BYTES;

  constructor(crypto: CryptoProvider, key: Uint8Array, salt: Uint8Array) {
    this.#cipher = crypto.createBlockCipher(key);
    const padded = new Uint8Array(BLOCK);
    padded.set(salt);
    this.#salt = new DataView(padded.buffer);
  }

  /** Encrypts or decrypts `packet[from, to)` in place. */
  apply(packet: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    if (to <= from) return;
    const blocks = Math.ceil((to - from) / BLOCK);
    const stream = this.#stream(ssrc);
    if (index < stream.first || index >= stream.first + stream.packets || blocks > stream.blocks)
      this.#make(stream, blocks, ssrc, index);
    if (blocks > stream.most) stream.most = blocks;
    stream.last = index;
    this.#xor(packet, from, to, stream.bytes, (index - stream.first) * stream.blocks * BLOCK);
  }

  #stream(ssrc: number): StreamAhead {
    if (ssrc === this.#lastSsrc && this.#lastStream !== undefined) return this.#lastStream;
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_STREAMS_AHEAD) this.#streams.clear();
      stream = { first: 0, packets: 0, blocks: 0, bytes: NO_BYTES, last: -2, most: 0 };
      this.#streams.set(ssrc, stream);
    }
    this.#lastSsrc = ssrc;
    this.#lastStream = stream;
    return stream;
  }

  /** Makes the key stream of the packet at `index`, and of the next ones if it came right behind the last. */
  #make(stream: StreamAhead, blocks: number, ssrc: number, index: number): void {
    const follows = index === stream.last + 1;
    stream.blocks = follows ? Math.max(blocks, stream.most) : blocks;
    stream.packets = follows
      ? Math.max(1, Math.min(PACKETS_AHEAD, Math.floor(MAX_BLOCKS_AHEAD / stream.blocks)))
      : 1;
    stream.first = index;
    stream.most = 0;
    const length = stream.blocks * stream.packets * BLOCK;
    const kept = length <= this.#counters.length;
    const counters = kept ? this.#counters.subarray(0, length) : new Uint8Array(length);
    const words = kept ? this.#words : new DataView(counters.buffer);
    for (let i = 0, at = 0; i < stream.packets; i++, at += stream.blocks * BLOCK)
      this.#fill(words, at, stream.blocks, ssrc, index + i);
    const bytes = this.#cipher.encrypt(counters);
    stream.bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length) as DataView<ArrayBuffer>;
  }

  /** The counter blocks of one packet. */
  #fill(words: DataView, from: number, blocks: number, ssrc: number, index: number): void {
    const salt = this.#salt;
    const first = salt.getUint32(0);
    const second = salt.getUint32(4) ^ ssrc;
    const third = salt.getUint32(8) ^ Math.floor(index / 0x1_0000);
    const fourth = salt.getUint32(12) ^ ((index % 0x1_0000) << 16);
    for (let block = 0, at = from; block < blocks; block++, at += BLOCK) {
      words.setUint32(at, first);
      words.setUint32(at + 4, second);
      words.setUint32(at + 8, third);
      words.setUint32(at + 12, fourth ^ block);
    }
  }

  #xor(packet: Uint8Array, from: number, to: number, source: DataView, sourceAt: number): void {
    if (this.#target.buffer !== packet.buffer) this.#target = new DataView(packet.buffer);
    const target = this.#target;
    const origin = packet.byteOffset + from;
    const length = to - from;
    const words = length & ~3;
    for (let at = 0; at < words; at += 4)
      target.setUint32(origin + at, target.getUint32(origin + at) ^ source.getUint32(sourceAt + at));
    for (let at = words; at < length; at++) packet[from + at]! ^= source.getUint8(sourceAt + at);
  }
}
