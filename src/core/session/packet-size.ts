/**
 * How large a packet may be at each layer: an SCTP packet inside one DTLS record inside one datagram inside what the link
 * carries. All sizes in bytes.
 */
import { ipFamilyOf } from "../base/ip-address.ts";
import { DTLS_RECORD_OVERHEAD } from "../dtls/index.ts";

/** No datagram is larger before path MTU discovery has shown that the path carries it (RFC 8831 §5, RFC 8261 §5). */
export const BASE_DATAGRAM_SIZE = 1200;

/** One DTLS record carries no more (RFC 6347 §4.1.1: 2^14 bytes of plaintext). */
export const MAX_SCTP_PACKET_SIZE = 16_384;

/** Larger datagrams are never made, and dropped where they come in. */
export const MAX_DATAGRAM_SIZE = MAX_SCTP_PACKET_SIZE + DTLS_RECORD_OVERHEAD;

/** What an interface is taken to carry when the host does not know. */
export const DEFAULT_LINK_MTU = 1500;

const IPV4_AND_UDP_HEADERS = 28;
const IPV6_AND_UDP_HEADERS = 48;

/** The largest SCTP packet that fits into a datagram: a multiple of four, as SCTP packets are. */
export function sctpPacketSize(datagramSize: number): number {
  return Math.min(MAX_SCTP_PACKET_SIZE, Math.floor((datagramSize - DTLS_RECORD_OVERHEAD) / 4) * 4);
}

/**
 * The largest datagram worth trying from a link with that MTU to that address. `recordSizeLimit`: what the peer takes in one
 * DTLS record, if it has said so (RFC 8449). One that has not is spared anything above Ethernet's size: libwebrtc reads
 * records into 2,048 bytes and ends the connection over a larger one.
 */
export function datagramCeiling(
  linkMtu: number,
  address: string,
  recordSizeLimit: number | undefined,
): number {
  const headers = ipFamilyOf(address) === 6 ? IPV6_AND_UDP_HEADERS : IPV4_AND_UDP_HEADERS;
  if (recordSizeLimit === undefined) return Math.min(linkMtu, DEFAULT_LINK_MTU) - headers;
  return Math.min(linkMtu - headers, recordSizeLimit + DTLS_RECORD_OVERHEAD, MAX_DATAGRAM_SIZE);
}
