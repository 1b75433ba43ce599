import { ByteWriter } from "../../base/byte-writer.ts";
import { equalConstantTime } from "../../base/constant-time.ts";
import { type Random, randomBytes } from "../../base/random.ts";
import { CHUNK, CHUNK_HEADER_LENGTH } from "../packet/chunk.ts";
import { COMMON_HEADER_LENGTH } from "../packet/common-header.ts";
import { encodeHeartbeat } from "../packet/heartbeat-chunk.ts";

const INFO_LENGTH = 12;
/** HEARTBEAT with its parameter, and an empty PAD. */
const SMALLEST_PROBE = COMMON_HEADER_LENGTH + CHUNK_HEADER_LENGTH + 4 + INFO_LENGTH + CHUNK_HEADER_LENGTH;

/**
 * A packet of a chosen size that carries nothing: HEARTBEAT and PAD (RFC 8899 §6.2.1, RFC 4820). The answer, a small
 * HEARTBEAT ACK, proves that the path carries that size. One is on its way at a time; a newer one replaces it.
 */
export class PathProbe {
  readonly #random: Random;
  #info: Uint8Array | undefined;
  #size = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The chunks of a packet of `size` bytes, common header included; undefined for a size that no probe can have. */
  begin(size: number): Uint8Array | undefined {
    if (size < SMALLEST_PROBE || size % 4 !== 0) return undefined;
    this.#info = randomBytes(this.#random, INFO_LENGTH);
    this.#size = size;
    const heartbeat = encodeHeartbeat(this.#info);
    const writer = new ByteWriter(new Uint8Array(size - COMMON_HEADER_LENGTH));
    writer.bytes(heartbeat);
    const padding = writer.remaining;
    writer.u8(CHUNK.PAD);
    writer.u8(0);
    writer.u16(padding);
    writer.zeros(padding - CHUNK_HEADER_LENGTH);
    return writer.written();
  }

  /** The size that an answer with `info` proves; undefined when it was not asked for, or came twice. */
  answered(info: Uint8Array): number | undefined {
    if (this.#info === undefined || !equalConstantTime(this.#info, info)) return undefined;
    this.#info = undefined;
    return this.#size;
  }
}
