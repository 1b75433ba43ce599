/**
 * HEARTBEAT and HEARTBEAT ACK (RFC 9260 §3.3.5, §3.3.6): one Heartbeat Info parameter that comes back unchanged. Ours
 * holds the moment it was sent and a random number, so that an answer that was never asked for measures nothing.
 */

import { Malformed, malformed } from "../../base/malformed.ts";
import { CHUNK, encodeChunk } from "./chunk.ts";
import { decodeParameters, encodeParameter, PARAMETER } from "./parameter.ts";

const NO_INFO = malformed("sctp: HEARTBEAT without heartbeat info");

/** The content of the Heartbeat Info parameter of a HEARTBEAT's or HEARTBEAT ACK's value (a view). */
export function decodeHeartbeat(value: Uint8Array): Uint8Array | Malformed {
  const parameters = decodeParameters(value);
  if (parameters instanceof Malformed) return parameters;
  const first = parameters[0];
  return first?.type === PARAMETER.HEARTBEAT_INFO ? first.value : NO_INFO;
}

/** A HEARTBEAT with our info. */
export function encodeHeartbeat(info: Uint8Array): Uint8Array {
  return encodeChunk(CHUNK.HEARTBEAT, 0, encodeParameter(PARAMETER.HEARTBEAT_INFO, info));
}

/** The answer to a HEARTBEAT: its whole value comes back, whatever it is (§8.3). */
export function encodeHeartbeatAck(value: Uint8Array): Uint8Array {
  return encodeChunk(CHUNK.HEARTBEAT_ACK, 0, value);
}
