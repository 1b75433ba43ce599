/** webrtc-pc §6.2 RTCDataChannelInit, with webrtc-priority §4.2 and §4.4. */
import { boolean, enforcedUnsignedShort, enumeration, usvString } from "../webidl/convert.ts";
import { defaulted, dictionary, optional } from "../webidl/dictionary.ts";

/** webrtc-priority §4.1 */
export type RTCPriorityType = "very-low" | "low" | "medium" | "high";

/** webrtc-pc §6.2 */
export interface RTCDataChannelInit {
  id?: number;
  maxPacketLifeTime?: number;
  maxRetransmits?: number;
  negotiated?: boolean;
  ordered?: boolean;
  priority?: RTCPriorityType;
  protocol?: string;
}

/** WebIDL converter of `RTCDataChannelInit`. */
export const convertDataChannelInit = dictionary("RTCDataChannelInit", {
  ordered: defaulted(boolean, true),
  maxPacketLifeTime: optional(enforcedUnsignedShort),
  maxRetransmits: optional(enforcedUnsignedShort),
  protocol: defaulted(usvString, ""),
  negotiated: defaulted(boolean, false),
  id: optional(enforcedUnsignedShort),
  priority: defaulted(enumeration("RTCPriorityType", ["very-low", "low", "medium", "high"]), "low"),
});

/** RFC 8831 §6.4 in the numbers of RFC 8832 §8.2.2. */
const WIRE_PRIORITIES: Readonly<Record<RTCPriorityType, number>> = {
  "very-low": 128,
  low: 256,
  medium: 512,
  high: 1024,
};

/** The priority as DCEP sends it. */
export function wirePriority(priority: RTCPriorityType): number {
  return WIRE_PRIORITIES[priority];
}

/** The priority that a peer's number stands for: the lowest one that is not below it. */
export function priorityFromWire(value: number): RTCPriorityType {
  if (value <= 128) return "very-low";
  if (value <= 256) return "low";
  return value <= 512 ? "medium" : "high";
}
