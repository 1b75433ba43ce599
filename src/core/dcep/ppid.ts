/** Payload protocol identifiers of data channels (RFC 8831 §8). */

/** Messages of the data channel establishment protocol itself. */
export const PPID_DCEP = 50;
export const PPID_STRING = 51;
/** Deprecated: a part of a binary message, to be joined with what follows. */
export const PPID_BINARY_PARTIAL = 52;
export const PPID_BINARY = 53;
/** Deprecated: a part of a string. */
export const PPID_STRING_PARTIAL = 54;
/** One byte, to be ignored, stands for the empty string: SCTP has no empty messages (RFC 8831 §6.6). */
export const PPID_STRING_EMPTY = 56;
/** One byte, to be ignored, stands for the empty binary message. */
export const PPID_BINARY_EMPTY = 57;
