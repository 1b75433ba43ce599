/** RFC 3605 §2.1 `rtcp`: `<port> [<nettype> <addrtype> <address>]`, where RTCP goes if not to the next port. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, isToken, words } from "./scan.ts";

/** The port of RTCP and, where it is another one than that of RTP, its address. */
export interface RtcpAddress {
  /** 0..65535 */
  readonly port: number;
  readonly connection: { readonly addressType: string; readonly address: string } | undefined;
}

const MALFORMED = malformed("sdp: malformed rtcp");

/** Reads the value of `rtcp`. */
export function parseRtcp(value: string): RtcpAddress | Malformed {
  const [number = "", ...rest] = words(value);
  const port = decimal(number, 65_535);
  if (port < 0) return MALFORMED;
  if (rest.length === 0) return { port, connection: undefined };
  const [networkType = "", addressType = "", address] = rest;
  const fits = rest.length === 3 && networkType === "IN" && isToken(addressType);
  return fits ? { port, connection: { addressType, address: address! } } : MALFORMED;
}

/** Writes the value of `rtcp`. */
export function formatRtcp({ port, connection }: RtcpAddress): string {
  return connection === undefined
    ? String(port)
    : `${port} IN ${connection.addressType} ${connection.address}`;
}
