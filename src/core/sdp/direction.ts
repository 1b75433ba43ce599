/** RFC 8866 §6.7: media direction, a property attribute. */
import { hasAttribute } from "./attribute.ts";
import type { SdpSection } from "./session-description.ts";

/** Which way media may flow, seen from who wrote the description. */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** The direction of a media description: its own, else the session's, else "sendrecv". */
export function readDirection(media: SdpSection, session: SdpSection): Direction {
  for (const section of [media, session]) {
    const direction = DIRECTIONS.find((name) => hasAttribute(section, name));
    if (direction !== undefined) return direction;
  }
  return "sendrecv";
}

/** The same flow of media as the other end writes it. */
export function reverseDirection(direction: Direction): Direction {
  return direction === "sendonly" ? "recvonly" : direction === "recvonly" ? "sendonly" : direction;
}

/** What both directions allow. */
export function intersectDirections(a: Direction, b: Direction): Direction {
  return directionOf(isSending(a) && isSending(b), isReceiving(a) && isReceiving(b));
}

/** The direction that sends or not, receives or not. */
export function directionOf(sends: boolean, receives: boolean): Direction {
  if (sends) return receives ? "sendrecv" : "sendonly";
  return receives ? "recvonly" : "inactive";
}

/** Whether its writer sends. */
export function isSending(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether its writer receives. */
export function isReceiving(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}
