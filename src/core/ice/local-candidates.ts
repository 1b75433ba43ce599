/**
 * What our own candidates say (RFC 8445 §5.1.1, §5.1.2), and what the application wants them to say; those of relays are made
 * in `relay-gathering.ts`.
 */
import type { IceCandidate, IceCandidateType, IceServer, IceTcpType } from "../base/ice-candidate.ts";
import type { AddressMapping } from "../base/ice-options.ts";
import { ipFamilyOf } from "../base/ip-address.ts";
import type { AgentContext } from "./agent-context.ts";
import type { LocalBase } from "./candidate-pair.ts";
import { candidatePriority, tcpCandidatePriority } from "./priority.ts";

interface Place {
  readonly address: string;
  readonly port: number;
}

/** The candidate of a socket itself. `hidden`: nobody will hear of it. */
export function hostCandidate(
  context: AgentContext,
  place: Place,
  localPreference: number,
  hidden: boolean,
): IceCandidate {
  const { component, foundations } = context;
  return {
    foundation: foundations.of("host", place.address),
    component,
    protocol: "udp",
    priority: candidatePriority("host", localPreference, component),
    address: hidden ? place.address : shownAddress(context, place.address),
    port: place.port,
    type: "host",
  };
}

/** RFC 6544 §4.5: the discard port, where the port of every connection is another one. */
export const ACTIVE_PORT = 9;

/** The candidate of a TCP base. `port`: where it listens, or connects from; none for an active one. */
export function tcpHostCandidate(
  context: AgentContext,
  { address, port }: Place,
  tcpType: IceTcpType,
  localPreference: number,
): IceCandidate {
  const { component, foundations } = context;
  return {
    foundation: foundations.of("host", address, "tcp"),
    component,
    protocol: "tcp",
    priority: tcpCandidatePriority("host", tcpType, localPreference, component),
    address: shownAddress(context, address),
    port: tcpType === "active" ? ACTIVE_PORT : port,
    type: "host",
    tcpType,
  };
}

/** The priority of a candidate of that type with this base. */
export function priorityOf(context: AgentContext, base: LocalBase, type: IceCandidateType): number {
  const { component } = context;
  return base.tcpType === undefined
    ? candidatePriority(type, base.localPreference, component)
    : tcpCandidatePriority(type, base.tcpType, base.localPreference, component);
}

/** How a server sees a socket. `serverAddress`: which of the server's addresses. */
export function reflexiveCandidate(
  context: AgentContext,
  server: IceServer,
  base: LocalBase,
  serverAddress: string,
  place: Place,
): IceCandidate {
  return { ...reflexive(context, base, serverAddress, place), url: server.url };
}

/** How the world sees a socket, as the application knows without a server; remembered as the base's. */
export function mappedCandidate(context: AgentContext, base: LocalBase): IceCandidate | undefined {
  const mapping = mappingOf(context, base.address, "srflx");
  if (mapping === undefined) return undefined;
  const candidate = reflexive(context, base, "", { address: mapping.public, port: base.port });
  base.reflexive.push(candidate);
  return candidate;
}

function reflexive(
  context: AgentContext,
  base: LocalBase,
  serverAddress: string,
  { address, port }: Place,
): IceCandidate {
  const { component, foundations } = context;
  const related = relatedPlace(context, base);
  return {
    foundation: foundations.of("srflx", base.address, serverAddress),
    component,
    protocol: "udp",
    priority: candidatePriority("srflx", base.localPreference, component),
    address,
    port,
    type: "srflx",
    relatedAddress: related.address,
    relatedPort: related.port,
  };
}

/** The host candidate behind a reflexive one; nothing that host candidates are not to tell (RFC 8839 §5.1). */
function relatedPlace({ options }: AgentContext, { host, address }: LocalBase): Place {
  const isTold = (options.candidateTypes?.includes("host") ?? true) && !options.mdns;
  return isTold ? host : { address: ipFamilyOf(address) === 4 ? "0.0.0.0" : "::", port: 0 };
}

/** What host candidates show: the address, what it is mapped to, or the name that is published for it. */
function shownAddress(context: AgentContext, address: string): string {
  const mapping = mappingOf(context, address, "host");
  if (mapping !== undefined || !context.options.mdns) return mapping?.public ?? address;
  const { name, isNew } = context.names.of(address);
  if (isNew) context.events.push({ type: "publish-name", name, address });
  return name;
}

function mappingOf(
  { options }: AgentContext,
  address: string,
  as: AddressMapping["as"],
): AddressMapping | undefined {
  return options.addressMappings?.find((mapping) => mapping.as === as && mapping.local === address);
}
