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

/** The largest datagram worth trying from a link with that MTU to that address. */
export function datagramCeiling(linkMtu: number, address: string): number {
  const headers = ipFamilyOf(address) === 6 ? IPV6_AND_UDP_HEADERS : IPV4_AND_UDP_HEADERS;
  return Math.min(linkMtu - headers, MAX_DATAGRAM_SIZE);
}
