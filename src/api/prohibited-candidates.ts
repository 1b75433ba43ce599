/**
 * webrtc-pc §4.4.2: candidates that are "administratively prohibited". They are accepted and shown like any other, and
 * then behave as if nobody answered: the engine never hears of them.
 */
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import { parseIpAddress } from "../core/base/ip-address.ts";
import type { IceTransportPolicy } from "../core/session/protocol.ts";

/** Fetch, "bad ports": where a connectivity check could be taken for something else. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** True for a remote candidate that must not be tried. */
export function isProhibited(candidate: IceCandidate, policy: IceTransportPolicy): boolean {
  // An active TCP candidate is never connected to: port 9 stands for none (RFC 6544 §4.5).
  if (BAD_PORTS.has(candidate.port) && candidate.tcpType !== "active") return true;
  // Resolving a name would show the application's own address to somebody: not with "relay".
  return policy === "relay" && parseIpAddress(candidate.address) === undefined;
}
