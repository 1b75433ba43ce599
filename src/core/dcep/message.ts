/**
 * Messages of the WebRTC data channel establishment protocol (RFC 8832 §5).
 *
 *      0                   1                   2                   3
 *     |  Message Type |  Channel Type |            Priority           |
 *     |                    Reliability Parameter                      |
 *     |         Label Length          |       Protocol Length         |
 *     /                             Label                             /
 *     /                            Protocol                           /
 */

import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { Malformed, malformed } from "../base/malformed.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";

/** Message types (RFC 8832 §8.2.1). */
const DATA_CHANNEL_ACK = 0x02;
const DATA_CHANNEL_OPEN = 0x03;

/** RFC 8832 §5.1: channel types; the highest bit means unordered. */
const RELIABLE = 0x00;
const PARTIAL_RELIABLE_RETRANSMIT = 0x01;
const PARTIAL_RELIABLE_TIMED = 0x02;
const UNORDERED = 0x80;

/** Longest label and protocol, bytes of UTF-8. */
export const MAX_DCEP_TEXT = 65_535;

/** DATA_CHANNEL_OPEN (RFC 8832 §5.1). */
export interface DataChannelOpen {
  readonly type: "open";
  readonly ordered: boolean;
  /** At most one of this and `maxPacketLifeTime` is set. 0..2^32-1 */
  readonly maxRetransmits: number | undefined;
  /** Milliseconds, 0..2^32-1. */
  readonly maxPacketLifeTime: number | undefined;
  /** 0..65535; RFC 8831 §6.4 names 128, 256, 512, 1024. */
  readonly priority: number;
  readonly label: string;
  readonly protocol: string;
}

/** DATA_CHANNEL_ACK (RFC 8832 §5.2). */
export interface DataChannelAck {
  readonly type: "ack";
}

export type DcepMessage = DataChannelOpen | DataChannelAck;

const TRUNCATED = malformed("dcep: message shorter than it says");
const UNKNOWN_MESSAGE = malformed("dcep: unknown message type");
const UNKNOWN_CHANNEL = malformed("dcep: unknown channel type");

/**
 * Decodes one message. Bytes behind the end are ignored. The reliability parameter of a reliable channel has no meaning and
 * is ignored (RFC 8832 §5.1).
 */
export function decodeDcepMessage(bytes: Uint8Array): DcepMessage | Malformed {
  const reader = new ByteReader(bytes);
  const messageType = reader.u8();
  if (!reader.ok) return TRUNCATED;
  if (messageType === DATA_CHANNEL_ACK) return { type: "ack" };
  if (messageType !== DATA_CHANNEL_OPEN) return UNKNOWN_MESSAGE;
  const channelType = reader.u8();
  const priority = reader.u16();
  const reliability = reader.u32();
  const labelLength = reader.u16();
  const protocolLength = reader.u16();
  const labelBytes = reader.bytes(labelLength);
  const protocolBytes = reader.bytes(protocolLength);
  if (!reader.ok) return TRUNCATED;
  const kind = channelType & ~UNORDERED;
  if (kind > PARTIAL_RELIABLE_TIMED) return UNKNOWN_CHANNEL;
  const label = decodeUtf8(labelBytes);
  if (label instanceof Malformed) return label;
  const protocol = decodeUtf8(protocolBytes);
  if (protocol instanceof Malformed) return protocol;
  return {
    type: "open",
    ordered: (channelType & UNORDERED) === 0,
    maxRetransmits: kind === PARTIAL_RELIABLE_RETRANSMIT ? reliability : undefined,
    maxPacketLifeTime: kind === PARTIAL_RELIABLE_TIMED ? reliability : undefined,
    priority,
    label,
    protocol,
  };
}

/** DATA_CHANNEL_ACK. */
export function encodeDataChannelAck(): Uint8Array {
  return Uint8Array.of(DATA_CHANNEL_ACK);
}

/** DATA_CHANNEL_OPEN. Label and protocol must have at most {@link MAX_DCEP_TEXT} bytes of UTF-8: the caller has checked. */
export function encodeDataChannelOpen(open: Omit<DataChannelOpen, "type">): Uint8Array {
  const label = encodeUtf8(open.label);
  const protocol = encodeUtf8(open.protocol);
  const writer = new ByteWriter(new Uint8Array(12 + label.length + protocol.length));
  writer.u8(DATA_CHANNEL_OPEN);
  writer.u8(channelTypeOf(open));
  writer.u16(open.priority);
  writer.u32(open.maxRetransmits ?? open.maxPacketLifeTime ?? 0);
  writer.u16(label.length);
  writer.u16(protocol.length);
  writer.bytes(label);
  writer.bytes(protocol);
  return writer.written();
}

function channelTypeOf(open: Omit<DataChannelOpen, "type">): number {
  const ordering = open.ordered ? 0 : UNORDERED;
  if (open.maxRetransmits !== undefined) return ordering | PARTIAL_RELIABLE_RETRANSMIT;
  if (open.maxPacketLifeTime !== undefined) return ordering | PARTIAL_RELIABLE_TIMED;
  return ordering | RELIABLE;
}
