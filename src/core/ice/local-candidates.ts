/** What our own candidates say (RFC 8445 §5.1.1, §5.1.2); those of relays are made in `relay-gathering.ts`. */
import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import type { AgentContext } from "./agent-context.ts";
import type { LocalBase } from "./candidate-pair.ts";
import { candidatePriority } from "./priority.ts";

interface Place {
  readonly address: string;
  readonly port: number;
}

/** The candidate of a socket itself. */
export function hostCandidate(
  { component, foundations }: AgentContext,
  { address, port }: Place,
  localPreference: number,
): IceCandidate {
  return {
    foundation: foundations.of("host", address),
    component,
    protocol: "udp",
    priority: candidatePriority("host", localPreference, component),
    address,
    port,
    type: "host",
  };
}

/** How a server sees a socket. `serverAddress`: which of the server's addresses. */
export function reflexiveCandidate(
  { component, foundations }: AgentContext,
  server: IceServer,
  base: LocalBase,
  serverAddress: string,
  { address, port }: Place,
): IceCandidate {
  return {
    foundation: foundations.of("srflx", base.host.address, serverAddress),
    component,
    protocol: "udp",
    priority: candidatePriority("srflx", base.localPreference, component),
    address,
    port,
    type: "srflx",
    relatedAddress: base.host.address,
    relatedPort: base.host.port,
    url: server.url,
  };
}
