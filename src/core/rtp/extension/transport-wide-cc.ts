/**
 * Transport-wide sequence numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2), and version 2 of them, whose
 * second word asks for feedback:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |    transport-wide sequence number     |T|   seq count         |   (version 2; T: with time stamps)
 */

export const TRANSPORT_WIDE_CC_URI =
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
export const TRANSPORT_WIDE_CC_V2_URI = "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02";
export const TRANSPORT_WIDE_CC_LENGTH = 2;
export const TRANSPORT_WIDE_CC_REQUEST_LENGTH = 4;

/** The sequence number of either version; -1 for a wrong length. */
export function decodeTransportSequenceNumber(packet: Uint8Array, at: number, length: number): number {
  if (length !== TRANSPORT_WIDE_CC_LENGTH && length !== TRANSPORT_WIDE_CC_REQUEST_LENGTH) return -1;
  return (packet[at]! << 8) | packet[at + 1]!;
}

/** Version 2: how many packets up to this one are to be reported at once; 0: none was asked for. */
export function decodeFeedbackRequestCount(packet: Uint8Array, at: number, length: number): number {
  if (length !== TRANSPORT_WIDE_CC_REQUEST_LENGTH) return 0;
  return ((packet[at + 2]! & 0x7f) << 8) | packet[at + 3]!;
}

/** Version 2: whether the feedback that is asked for has arrival times. */
export function decodeFeedbackRequestTimestamps(packet: Uint8Array, at: number, length: number): boolean {
  return length === TRANSPORT_WIDE_CC_REQUEST_LENGTH && packet[at + 2]! >= 0x80;
}

/** Writes two bytes at `at`. */
export function encodeTransportSequenceNumber(sequenceNumber: number, out: Uint8Array, at: number): void {
  out[at] = sequenceNumber >>> 8;
  out[at + 1] = sequenceNumber;
}

/** Version 2, behind the sequence number. */
export function encodeFeedbackRequest(count: number, timestamps: boolean, out: Uint8Array, at: number): void {
  out[at + 2] = ((count >>> 8) & 0x7f) | (timestamps ? 0x80 : 0);
  out[at + 3] = count;
}
