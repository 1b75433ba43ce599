/**
 * RFC 8839 §5.1 `candidate-attribute`:
 *
 *     candidate:<foundation> <component-id> <transport> <priority> <connection-address> <port> typ <cand-type>
 *               [raddr <address>] [rport <port>] *(<extension-att-name> <extension-att-value>)
 */
import type { IceCandidate, IceCandidateType, IceTcpType } from "../base/ice-candidate.ts";
import { formatIpAddress, parseIpAddress } from "../base/ip-address.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, fields, isIceChars } from "./scan.ts";

/** Longest candidate that is read: the grammar has no bound of its own. */
export const MAX_CANDIDATE_LENGTH = 2048;

/** A candidate as SDP writes it: the extensions nobody here understands are kept in order. */
export interface CandidateAttribute extends IceCandidate {
  /** `[name, value]` pairs without `tcptype` and `ufrag`, which have members of their own (`generation`, `network-cost`, …). */
  readonly extensions: readonly (readonly [name: string, value: string])[];
}

const MALFORMED = malformed("sdp: malformed candidate");
/** Well-formed, but of a transport, type or component that we do not know (RFC 8839 §5.1: to be ignored). */
export const UNSUPPORTED_CANDIDATE: Malformed = malformed("sdp: unsupported candidate");

const TYPES: ReadonlyMap<string, IceCandidateType> = new Map([
  ["host", "host"],
  ["srflx", "srflx"],
  ["prflx", "prflx"],
  ["relay", "relay"],
]);
const TCP_TYPES: ReadonlyMap<string, IceTcpType> = new Map([
  ["active", "active"],
  ["passive", "passive"],
  ["so", "so"],
]);

/** Reads a candidate, with or without "candidate:" or "a=candidate:" in front. */
export function parseCandidate(text: string): CandidateAttribute | Malformed {
  if (text.length > MAX_CANDIDATE_LENGTH) return MALFORMED;
  const parts = fields(withoutPrefix(text));
  while (parts.at(-1) === "") parts.pop(); // some stacks end the line with a space
  const [foundation, componentText, transport, priorityText, addressText, portText, typ, typeText] = parts;
  if (typeText === undefined || typ !== "typ" || !isIceChars(foundation!, 1, 32)) return MALFORMED;
  const component = decimal(componentText!, 256);
  const priority = decimal(priorityText!, 0x7fff_ffff);
  const port = decimal(portText!, 65535);
  const address = candidateAddress(addressText!);
  if (component < 1 || priority < 1 || port < 0 || address === undefined) return MALFORMED;
  const tail = parseTail(parts);
  if (tail === undefined) return MALFORMED;
  const protocol = transport!.toLowerCase();
  const type = TYPES.get(typeText);
  if (type === undefined || component > 2 || (protocol !== "udp" && protocol !== "tcp")) {
    return UNSUPPORTED_CANDIDATE;
  }
  return {
    foundation: foundation!,
    component: component as 1 | 2,
    protocol,
    priority,
    address,
    port,
    type,
    ...tail,
  };
}

/** Writes a candidate as `candidate:…`, the form of `RTCIceCandidate.candidate`. */
export function formatCandidate(candidate: IceCandidate | CandidateAttribute): string {
  const { foundation, component, protocol, priority, address, port, type } = candidate;
  let text = `candidate:${foundation} ${component} ${protocol} ${priority} ${address} ${port} typ ${type}`;
  if (candidate.relatedAddress !== undefined) text += ` raddr ${candidate.relatedAddress}`;
  if (candidate.relatedPort !== undefined) text += ` rport ${candidate.relatedPort}`;
  if (candidate.tcpType !== undefined) text += ` tcptype ${candidate.tcpType}`;
  if ("extensions" in candidate)
    for (const [name, value] of candidate.extensions) text += ` ${name} ${value}`;
  if (candidate.usernameFragment !== undefined) text += ` ufrag ${candidate.usernameFragment}`;
  return text;
}

function withoutPrefix(text: string): string {
  const from = text.startsWith("a=") ? 2 : 0;
  return text.slice(text.startsWith("candidate:", from) ? from + 10 : from);
}

type Tail = Pick<
  CandidateAttribute,
  "tcpType" | "relatedAddress" | "relatedPort" | "usernameFragment" | "extensions"
>;

/** Reads what follows the type: name and value in turn. */
function parseTail(parts: readonly string[]): Tail | undefined {
  if (parts.length % 2 !== 0) return undefined;
  const tail: { -readonly [K in keyof Tail]?: Tail[K] } = {};
  const extensions: [string, string][] = [];
  for (let i = 8; i < parts.length; i += 2) {
    const name = parts[i]!;
    const value = parts[i + 1]!;
    if (!isVisible(name) || !isVisible(value)) return undefined;
    if (name === "raddr") {
      const address = candidateAddress(value);
      if (address === undefined) return undefined;
      tail.relatedAddress = address;
    } else if (name === "rport") {
      const port = decimal(value, 65535);
      if (port < 0) return undefined;
      tail.relatedPort = port;
    } else if (name === "tcptype") {
      const tcpType = TCP_TYPES.get(value);
      if (tcpType === undefined) return undefined;
      tail.tcpType = tcpType;
    } else if (name === "ufrag") {
      if (!isIceChars(value, 4, 256)) return undefined;
      tail.usernameFragment = value;
    } else extensions.push([name, value]);
  }
  return { ...tail, extensions };
}

/** Canonical IP text, or a host name in lower case (only `.local` ones are ever resolved). */
function candidateAddress(text: string): string | undefined {
  const ip = parseIpAddress(text);
  if (ip !== undefined) return formatIpAddress(ip);
  return isHostName(text) ? text.toLowerCase() : undefined;
}

/** Letters, digits, hyphens and dots with a letter among them, so that a broken IPv4 address is not a name. */
function isHostName(text: string): boolean {
  if (text.length > 253) return false;
  let letters = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const lower = code | 32;
    if (lower >= 97 && lower <= 122) letters++;
    else if (code !== 45 && code !== 46 && (code < 48 || code > 57)) return false;
  }
  return letters > 0;
}

/** RFC 8839 `byte-string` without spaces and control characters. */
function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= 32) return false;
  return text.length > 0;
}
