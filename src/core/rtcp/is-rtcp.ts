/** RFC 5761 §4: second octets of RTCP; RTP avoids these payload types. */
const FIRST_TYPE = 192;
const LAST_TYPE = 223;

/** Whether a packet that shares a port with RTP is RTCP (RFC 5761 §4). */
export function isRtcp(packet: Uint8Array): boolean {
  const second = packet[1] ?? 0;
  return second >= FIRST_TYPE && second <= LAST_TYPE;
}
