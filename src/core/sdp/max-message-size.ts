/** RFC 8841 §6 `max-message-size`: what the sender of the description can receive in one message, in bytes. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isDigits, MAX_SDP_INTEGER } from "./scan.ts";

const MALFORMED = malformed("sdp: malformed max-message-size");

/** RFC 8841 §6.1: what holds when the attribute is missing. */
export const DEFAULT_MAX_MESSAGE_SIZE = 65536;

/** 0 means any size. Values above 2^53 - 1 become that. */
export function parseMaxMessageSize(value: string): number | Malformed {
  if (!isDigits(value)) return MALFORMED;
  return Math.min(Number(value), MAX_SDP_INTEGER);
}
