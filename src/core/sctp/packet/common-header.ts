/**
 * The SCTP common header (RFC 9260 §3.1). The checksum goes out least significant byte first (Appendix A).
 *
 *      0                   1                   2                   3
 *     |      Source Port Number       |    Destination Port Number    |
 *     |                       Verification Tag                        |
 *     |                           Checksum                            |
 */

import { type Malformed, malformed } from "../../base/malformed.ts";
import { crc32c } from "./crc32c.ts";
import { readU16, readU32, writeU16, writeU32 } from "./wire.ts";

/** Bytes of the common header. */
export const COMMON_HEADER_LENGTH = 12;

/** The common header's fields. Decoders fill one that the caller reuses. */
export interface CommonHeader {
  sourcePort: number;
  destinationPort: number;
  verificationTag: number;
}

/** Where the checksum lies. */
const CHECKSUM_AT = 8;

const TOO_SHORT = malformed("sctp: shorter than the common header and one chunk");
const BAD_CHECKSUM = malformed("sctp: checksum does not fit");

/**
 * Reads the header of a packet into `header` and checks the checksum. Zero stands for "not computed" and is accepted when
 * `acceptZero` (RFC 9653 §5.3). Overwrites the packet's checksum field.
 */
export function decodeCommonHeader(
  packet: Uint8Array,
  acceptZero: boolean,
  header: CommonHeader,
): Malformed | undefined {
  if (packet.length < COMMON_HEADER_LENGTH + 4) return TOO_SHORT;
  header.sourcePort = readU16(packet, 0);
  header.destinationPort = readU16(packet, 2);
  header.verificationTag = readU32(packet, 4);
  const checksum = readChecksum(packet);
  if (checksum === 0 && acceptZero) return undefined;
  writeU32(packet, CHECKSUM_AT, 0);
  return crc32c(packet) === checksum ? undefined : BAD_CHECKSUM;
}

function readChecksum(packet: Uint8Array): number {
  return ((packet[11]! << 24) | (packet[10]! << 16) | (packet[9]! << 8) | packet[8]!) >>> 0;
}

/** Writes the header before the chunks that already lie in `out[12, length)`, with the checksum or with zero (RFC 9653). */
export function encodeCommonHeader(
  out: Uint8Array,
  length: number,
  sourcePort: number,
  destinationPort: number,
  verificationTag: number,
  withChecksum: boolean,
): void {
  writeU16(out, 0, sourcePort);
  writeU16(out, 2, destinationPort);
  writeU32(out, 4, verificationTag);
  writeU32(out, CHECKSUM_AT, 0);
  if (!withChecksum) return;
  const checksum = crc32c(out, length);
  out[8] = checksum;
  out[9] = checksum >>> 8;
  out[10] = checksum >>> 16;
  out[11] = checksum >>> 24;
}
