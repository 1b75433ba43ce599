/** What an application may ask of ICE beyond the W3C configuration. Plain data: it crosses the border to the engine. */
import type { IceCandidateType, IceTcpType } from "./ice-candidate.ts";

/** What a network interface is, where the machine knows. */
export type NetworkType = "ethernet" | "wifi" | "cellular" | "vpn" | "virtual" | "unknown";

/** Local addresses, by what they are or where they are. An address matches when it matches one entry of every list given. */
export interface LocalAddressFilter {
  /** Names of interfaces, as the system has them. */
  readonly interfaces?: readonly string[];
  readonly types?: readonly NetworkType[];
  /** Addresses, or prefixes of them: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. */
  readonly addresses?: readonly string[];
}

/** One address of ours that the world sees as another one: a 1:1 NAT, port for port. */
export interface AddressMapping {
  readonly local: string;
  readonly public: string;
  /** `host`: host candidates show the public address only. `srflx`: a server-reflexive candidate tells it beside them. */
  readonly as: "host" | "srflx";
}

/** Ports, both included, 1..65535. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** What is absent is as the standard and browsers have it. Checked by `api`. */
export interface IceOptions {
  /** Where local sockets are bound. Absent: where the system likes. */
  readonly portRange?: PortRange;
  /** Only these local addresses are used … */
  readonly only?: LocalAddressFilter;
  /** … and never those. */
  readonly except?: LocalAddressFilter;
  /** The types of candidates that are told. Absent: all. */
  readonly candidateTypes?: readonly Exclude<IceCandidateType, "prflx">[];
  readonly addressMappings?: readonly AddressMapping[];
  /** The kinds of TCP candidates that are gathered (RFC 6544). Absent: `active`, as browsers do. */
  readonly tcp?: readonly IceTcpType[];
  /**
   * What TURN servers are asked to relay: datagrams ("udp"), or connections with peers ("tcp", RFC 6062), which only servers that
   * are reached over TCP or TLS can do. Absent: `udp`, as browsers do.
   */
  readonly relayTransports?: readonly ("udp" | "tcp")[];
  /** Host candidates show a `.local` name in place of the address, which is told by multicast DNS on the local link only. */
  readonly mdns?: boolean;
  /**
   * We are a lite agent (RFC 8445 §2.5): host candidates only, no checks, and the peer controls. For servers that the whole world
   * reaches; TCP candidates can only be passive then, and there are none if not asked for.
   */
  readonly lite?: boolean;
}
