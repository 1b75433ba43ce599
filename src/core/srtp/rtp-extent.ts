/**
 * How far the header of an RTP packet reaches (RFC 3550 §5.1 and §5.3.1): all that SRTP must know of it.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |           synchronization source (SSRC) identifier            |
 *    |            contributing source (CSRC) identifiers (CC)        |
 *    |  defined by profile (X)       |           length              |
 */

export const FIXED_HEADER_LENGTH = 12;
export const EXTENSION_HEADER_LENGTH = 4;

/** Octets of CSRC identifiers. */
export function csrcLength(packet: Uint8Array): number {
  return (packet[0]! & 15) * 4;
}

/** Whether the X bit is set. */
export function hasExtension(packet: Uint8Array): boolean {
  return (packet[0]! & 0x10) !== 0;
}

/** Octets of the header with CSRCs and extension; -1 when `packet[0, length)` is not RTP, or the header does not fit in. */
export function rtpHeaderLength(packet: Uint8Array, length: number): number {
  if (length < FIXED_HEADER_LENGTH || length > packet.length || packet[0]! >>> 6 !== 2) return -1;
  let end = FIXED_HEADER_LENGTH + csrcLength(packet);
  if (hasExtension(packet)) {
    if (end + EXTENSION_HEADER_LENGTH > length) return -1;
    end += EXTENSION_HEADER_LENGTH + ((packet[end + 2]! << 8) | packet[end + 3]!) * 4;
  }
  return end > length ? -1 : end;
}

/** A big-endian 32-bit number. */
export function readUint32(packet: Uint8Array, at: number): number {
  return ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;
}

/** Writes a 32-bit number, big-endian. */
export function writeUint32(packet: Uint8Array, at: number, value: number): void {
  packet[at] = value >>> 24;
  packet[at + 1] = value >>> 16;
  packet[at + 2] = value >>> 8;
  packet[at + 3] = value;
}
