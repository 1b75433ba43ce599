/** The four descriptions of webrtc-pc §4.4.1 as objects, kept in step with the state of offer/answer. */
import type { DescriptionText } from "../core/jsep/index.ts";
import type { Connection } from "./connection.ts";
import { type RTCSdpType, RTCSessionDescription } from "./RTCSessionDescription.ts";

/** §4.4.1.5: which object moves where when a description of `type` has been set. `connection.jsep` is new already. */
export function moveDescriptions(connection: Connection, source: "local" | "remote", type: RTCSdpType): void {
  const { descriptions, jsep } = connection;
  switch (type) {
    case "rollback":
      descriptions.pendingLocal = null;
      descriptions.pendingRemote = null;
      break;
    case "offer":
    case "pranswer":
      if (source === "local") descriptions.pendingLocal = objectFor(jsep.pendingLocal);
      else descriptions.pendingRemote = objectFor(jsep.pendingRemote);
      break;
    case "answer":
      if (source === "local") {
        descriptions.currentLocal = objectFor(jsep.currentLocal);
        descriptions.currentRemote = descriptions.pendingRemote;
      } else {
        descriptions.currentRemote = objectFor(jsep.currentRemote);
        descriptions.currentLocal = descriptions.pendingLocal;
      }
      descriptions.pendingLocal = null;
      descriptions.pendingRemote = null;
  }
}

function objectFor(text: DescriptionText | undefined): RTCSessionDescription | null {
  return text ? new RTCSessionDescription({ type: text.type, sdp: text.sdp }) : null;
}

/**
 * Candidates were added to some of the descriptions: other objects show them, as in browsers. An application that holds one
 * from before still has what it was.
 */
export function showCandidates(connection: Connection): void {
  const { descriptions, jsep } = connection;
  for (const slot of ["currentLocal", "pendingLocal", "currentRemote", "pendingRemote"] as const) {
    const text = jsep[slot];
    const object = descriptions[slot];
    if (text && object && object.sdp !== text.sdp) descriptions[slot] = objectFor(text);
  }
}
