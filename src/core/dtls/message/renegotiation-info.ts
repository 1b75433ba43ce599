/**
 * renegotiation_info (RFC 5746 §3.2). We never renegotiate, so it is always empty, and must be.
 *
 * ```text
 *   opaque renegotiated_connection<0..255>
 * ```
 */

/** The signalling cipher suite value that says the same in a ClientHello (RFC 5746 §3.3). */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/** The extension for an initial handshake. */
export const EMPTY_RENEGOTIATION_INFO: Uint8Array = new Uint8Array([0]);

/** True for an initial handshake's contents: a length of zero and nothing else. */
export function isEmptyRenegotiationInfo(data: Uint8Array): boolean {
  return data.length === 1 && data[0] === 0;
}
