/** The protocols that share one 5-tuple. */
export type DatagramKind = "stun" | "dtls" | "rtp" | "turn-channel" | "unknown";

/**
 * Tells the protocols on one 5-tuple apart by the first byte (RFC 7983 §7, as updated by RFC 9443):
 *
 *     [0..3] STUN   [20..63] DTLS   [64..79] TURN channel   [128..191] RTP and RTCP
 */
export function classifyDatagram(datagram: Uint8Array): DatagramKind {
  const first = datagram[0];
  if (first === undefined) return "unknown";
  if (first < 4) return "stun";
  if (first >= 20 && first < 64) return "dtls";
  if (first >= 128 && first < 192) return "rtp";
  return first >= 64 && first < 80 ? "turn-channel" : "unknown";
}
