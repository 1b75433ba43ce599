/**
 * The STUN header (RFC 8489 §5).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |0 0|     STUN Message Type     |         Message Length        |
 *     |                 Magic Cookie = 0x2112A442                     |
 *     |                     Transaction ID (96 bits)                  |
 */

/** Bytes of the header. */
export const HEADER_LENGTH = 20;
/** Bytes of a transaction id. */
export const TRANSACTION_ID_LENGTH = 12;
export const MAGIC_COOKIE = 0x2112a442;
/** The largest STUN message taken from a datagram, bytes; stays below every path MTU (RFC 8489 §6.1). */
export const MAX_DATAGRAM_LENGTH = 1280;
/** The largest message on a stream: the length field is a multiple of four below 2^16. */
export const MAX_MESSAGE_LENGTH = HEADER_LENGTH + 0xfffc;

/** The only method of STUN itself (RFC 8489 §18.2); TURN adds its own. */
export const BINDING = 0x001;

/** The four classes (RFC 8489 §5). */
export type MessageClass = "request" | "indication" | "success" | "error";

const CLASS_BITS = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;

/** Interleaves class and method: `M11..M7 C1 M6..M4 C0 M3..M0` (RFC 8489 §5 figure 3). */
export function encodeMessageType(messageClass: MessageClass, method: number): number {
  return ((method & 0xf80) << 2) | ((method & 0x070) << 1) | (method & 0x00f) | CLASS_BITS[messageClass];
}

/** The class in a message type. */
export function messageClassOf(type: number): MessageClass {
  if ((type & 0x100) === 0) return (type & 0x010) === 0 ? "request" : "indication";
  return (type & 0x010) === 0 ? "success" : "error";
}

/** The method in a message type, 0..0xfff. */
export function methodOf(type: number): number {
  return ((type & 0x3e00) >> 2) | ((type & 0x00e0) >> 1) | (type & 0x000f);
}

/**
 * Quick test for demultiplexing (RFC 7983 §7): a first byte of 0..3 and the magic cookie. Says nothing about the rest of
 * the datagram.
 */
export function isStun(datagram: Uint8Array): boolean {
  return (
    datagram.length >= HEADER_LENGTH &&
    datagram[0]! <= 3 &&
    datagram[4] === 0x21 &&
    datagram[5] === 0x12 &&
    datagram[6] === 0xa4 &&
    datagram[7] === 0x42
  );
}
