/** What a cipher and its authentication do with one packet, in place. Indexes, streams and replays are not its business. */

/** SRTCP's index with the E flag (RFC 3711 §3.4): octets behind the packet. */
export const SRTCP_INDEX_LENGTH = 4;
/** E: the packet is encrypted. */
export const SRTCP_ENCRYPTED = 0x8000_0000;
/** The first octets of an RTCP packet stay in the clear. */
export const RTCP_CLEAR_LENGTH = 8;

/**
 * One direction under one master key. `packet` is a buffer, `length` the octets of it in use. `clear` octets at the
 * beginning are authenticated only. `csrcs` is not 0 when as many octets of CSRCs are to be encrypted as well and change
 * places with the extension's header (RFC 9335); `clear` counts the lifted layout then.
 */
export interface SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  /** Encrypts and appends the tag; returns the new length. The buffer holds `rtpOverhead` octets more. */
  protectRtp(
    packet: Uint8Array,
    length: number,
    clear: number,
    csrcs: number,
    ssrc: number,
    index: number,
  ): number;
  /** Returns the plain packet's length, or -1 when the tag does not fit: then the packet is as it came. */
  unprotectRtp(
    packet: Uint8Array,
    length: number,
    clear: number,
    csrcs: number,
    ssrc: number,
    index: number,
  ): number;
  /** Encrypts, appends index and tag; returns the new length. The buffer holds `rtcpOverhead` octets more. */
  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  /** Returns the plain packet's length, or -1 when the tag does not fit: then the packet is as it came. */
  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  /** The E flag and the index of an SRTCP packet of at least `rtcpOverhead + 8` octets, as one word. */
  readRtcpIndexWord(packet: Uint8Array, length: number): number;
}
