import { CHUNK } from "../packet/chunk.ts";
import { ERROR_DETECTION_DTLS, type InitChunk } from "../packet/init-chunk.ts";

/** Extensions that both ends of an association use. */
export interface Capabilities {
  /** FORWARD TSN (RFC 3758). */
  readonly partialReliability: boolean;
  /** RE-CONFIG (RFC 6525). */
  readonly reconfiguration: boolean;
  /** Checksums may be left zero, both ways (RFC 9653). */
  readonly zeroChecksum: boolean;
}

/** Chunk types beyond RFC 9260 that we understand, as announced in INIT and INIT ACK. */
export const SUPPORTED_EXTENSIONS: readonly number[] = [CHUNK.RE_CONFIG, CHUNK.FORWARD_TSN];

/** What both ends can do. `zeroChecksum`: whether we announce it. */
export function negotiate(
  peer: Pick<InitChunk, "extensions" | "zeroChecksumMethod">,
  zeroChecksum: boolean,
): Capabilities {
  return {
    partialReliability: peer.extensions.includes(CHUNK.FORWARD_TSN),
    reconfiguration: peer.extensions.includes(CHUNK.RE_CONFIG),
    zeroChecksum: zeroChecksum && peer.zeroChecksumMethod === ERROR_DETECTION_DTLS,
  };
}
