/** The data channel establishment protocol's messages (RFC 8832) and payload protocol identifiers (RFC 8831). */

export {
  type DataChannelAck,
  type DataChannelOpen,
  type DcepMessage,
  decodeDcepMessage,
  encodeDataChannelAck,
  encodeDataChannelOpen,
} from "./message.ts";
export {
  PPID_BINARY,
  PPID_BINARY_EMPTY,
  PPID_BINARY_PARTIAL,
  PPID_DCEP,
  PPID_STRING,
  PPID_STRING_EMPTY,
  PPID_STRING_PARTIAL,
} from "./ppid.ts";
