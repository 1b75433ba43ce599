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
