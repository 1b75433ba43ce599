import { type IpFamily, type IpScope, ipFamilyOf, ipScope, parseIpAddress } from "../base/ip-address.ts";
import type { SocketId } from "../base/path.ts";

/** What the session tells about a socket it has opened. */
export interface LocalSocket {
  readonly socket: SocketId;
  /** Canonical IP text. */
  readonly address: string;
  readonly port: number;
  readonly loopback: boolean;
  /** Local preference, 0..65535, where the host has an opinion (RFC 8421). */
  readonly preference?: number;
}

/** A socket, and what its address means for pairing. */
export interface PlacedSocket extends LocalSocket {
  readonly family: IpFamily;
  readonly scope: IpScope;
}

/** Undefined: its address is none. */
export function placed(socket: LocalSocket): PlacedSocket | undefined {
  const bytes = parseIpAddress(socket.address);
  if (bytes === undefined) return undefined;
  const scope = socket.loopback ? "loopback" : ipScope(bytes);
  return { ...socket, family: ipFamilyOf(socket.address), scope };
}
