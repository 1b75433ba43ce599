/**
 * AES in counter mode as SRTP uses it (RFC 3711 §4.1.1):
 *
 *     IV = (session salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16)
 *
 * and the last two octets count blocks. The cipher is kept: it encrypts counter blocks in ECB mode, and what comes out is
 * the key stream. Packets of a stream follow each other, so that of the next ones is made in the same call
 * (docs/adr/0005-srtp-ciphers.md has the measurements).
 */
import { PrefixViews } from "../base/prefix-views.ts";
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
  /** The key stream, in octets and in words as the machine has them: for XOR their order does not matter. */
  octets: Uint8Array;
  words: Int32Array;
  /** The index that was asked for last, and the most blocks that were, since this was made. */
  last: number;
  most: number;
}

const WORD = 4;
const BLOCK_WORDS = BLOCK / WORD;
const NO_WORDS = new Int32Array(0);
const NO_OCTETS = new Uint8Array(0);

/** Where counter blocks are written before they are encrypted. One serves all keys. */
const counters = new Uint8Array(MAX_BLOCKS_AHEAD * BLOCK);
const counterView = new DataView(counters.buffer);
const counterViews = new PrefixViews();

export class CounterMode {
  readonly #cipher: BlockCipher;
  readonly #salt: DataView;
  readonly #streams = new Map<number, StreamAhead>();
  #lastSsrc = -1;
  #lastStream: StreamAhead | undefined;
  /** The buffer that was seen last, as words: receive and send buffers are reused. */
  #target: Int32Array<ArrayBufferLike> = NO_WORDS;

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
    this.#xor(packet, from, to, stream, (index - stream.first) * stream.blocks * BLOCK_WORDS);
  }

  #stream(ssrc: number): StreamAhead {
    if (ssrc === this.#lastSsrc && this.#lastStream !== undefined) return this.#lastStream;
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_STREAMS_AHEAD) this.#streams.clear();
      stream = { first: 0, packets: 0, blocks: 0, octets: NO_OCTETS, words: NO_WORDS, last: -2, most: 0 };
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
    const kept = length <= counters.length;
    const blocksOfAll = kept ? counterViews.of(counters, length) : new Uint8Array(length);
    const view = kept ? counterView : new DataView(blocksOfAll.buffer);
    for (let i = 0, at = 0; i < stream.packets; i++, at += stream.blocks * BLOCK)
      this.#fill(view, at, stream.blocks, ssrc, index + i);
    if (stream.octets.length < length) {
      stream.octets = new Uint8Array(length);
      stream.words = new Int32Array(stream.octets.buffer);
    }
    this.#cipher.encrypt(blocksOfAll, stream.octets);
  }

  /** The counter blocks of one packet. */
  #fill(view: DataView, from: number, blocks: number, ssrc: number, index: number): void {
    const salt = this.#salt;
    const first = salt.getUint32(0);
    const second = salt.getUint32(4) ^ ssrc;
    const third = salt.getUint32(8) ^ Math.floor(index / 0x1_0000);
    const fourth = salt.getUint32(12) ^ ((index % 0x1_0000) << 16);
    for (let block = 0, at = from; block < blocks; block++, at += BLOCK) {
      view.setUint32(at, first);
      view.setUint32(at + 4, second);
      view.setUint32(at + 8, third);
      view.setUint32(at + 12, fourth ^ block);
    }
  }

  #xor(packet: Uint8Array, from: number, to: number, stream: StreamAhead, sourceAt: number): void {
    const source = stream.words;
    const origin = packet.byteOffset + from;
    const length = to - from;
    let words = 0;
    // Headers of RTP are whole words (RFC 3550 §5.1): only a buffer that begins in the middle of one goes by octets.
    if (origin % WORD === 0) {
      if (this.#target.buffer !== packet.buffer)
        this.#target = new Int32Array(packet.buffer, 0, Math.floor(packet.buffer.byteLength / WORD));
      const target = this.#target;
      words = length >>> 2;
      const at = origin / WORD;
      let i = 0;
      for (; i + 3 < words; i += 4) {
        target[at + i]! ^= source[sourceAt + i]!;
        target[at + i + 1]! ^= source[sourceAt + i + 1]!;
        target[at + i + 2]! ^= source[sourceAt + i + 2]!;
        target[at + i + 3]! ^= source[sourceAt + i + 3]!;
      }
      for (; i < words; i++) target[at + i]! ^= source[sourceAt + i]!;
    }
    if (words * WORD === length) return;
    const { octets } = stream;
    const behind = sourceAt * WORD;
    for (let at = words * WORD; at < length; at++) packet[from + at]! ^= octets[behind + at]!;
  }
}
