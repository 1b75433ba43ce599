/**
 * URLs of STUN and TURN servers (RFC 7064 §3.1, RFC 7065 §3.1):
 *
 *     ("stun" / "stuns") ":" host [ ":" port ]
 *     ("turn" / "turns") ":" host [ ":" port ] [ "?transport=" ("udp" / "tcp") ]
 *
 * with the checks of webrtc-pc §4.2.3 "validate an ICE server URL".
 */
import type { IceServer } from "../base/ice-candidate.ts";
import { formatIpAddress, parseIpAddress } from "../base/ip-address.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal } from "./scan.ts";

/** What the URL says; `url` and credentials are the caller's to add. */
export type IceServerAddress = Pick<IceServer, "scheme" | "host" | "port" | "transport">;

/** Longest URL that is read. */
export const MAX_ICE_SERVER_URL_LENGTH = 2048;

const MALFORMED = malformed("ice server url: malformed");
const SCHEME = malformed("ice server url: scheme is not stun, stuns, turn or turns");
const HOST = malformed("ice server url: malformed host");
const PORT = malformed("ice server url: malformed port");
const QUERY = malformed("ice server url: query is not transport=udp or transport=tcp");

const SCHEMES: ReadonlyMap<string, IceServer["scheme"]> = new Map([
  ["stun", "stun"],
  ["stuns", "stuns"],
  ["turn", "turn"],
  ["turns", "turns"],
]);

/** Reads a `stun:`, `stuns:`, `turn:` or `turns:` URL. */
export function parseIceServerUrl(text: string): IceServerAddress | Malformed {
  if (text.length > MAX_ICE_SERVER_URL_LENGTH) return MALFORMED;
  const url = text.trim();
  const colon = url.indexOf(":");
  if (colon < 0) return MALFORMED;
  const scheme = SCHEMES.get(url.slice(0, colon).toLowerCase());
  if (scheme === undefined) return SCHEME;
  const secure = scheme === "stuns" || scheme === "turns";
  const question = url.indexOf("?", colon);
  const authority = url.slice(colon + 1, question < 0 ? url.length : question);
  let transport: "udp" | "tcp" = secure ? "tcp" : "udp";
  if (question >= 0) {
    const query = url.slice(question + 1);
    if (scheme === "stun" || scheme === "stuns") return QUERY;
    if (query !== "transport=udp" && query !== "transport=tcp") return QUERY;
    transport = query === "transport=udp" ? "udp" : "tcp";
  }
  const hostEnd = authority.startsWith("[") ? authority.indexOf("]") + 1 : authority.indexOf(":");
  if (authority.startsWith("[") && hostEnd === 0) return HOST;
  const host = parseHost(hostEnd < 0 ? authority : authority.slice(0, hostEnd));
  if (host === undefined) return HOST;
  const port = parsePort(hostEnd < 0 ? "" : authority.slice(hostEnd), secure ? 5349 : 3478);
  return port < 0 ? PORT : { scheme, host, port, transport };
}

/** Port with its colon, or nothing, which means the default (as an empty port does in every URL). -1 if malformed. */
function parsePort(text: string, standard: number): number {
  if (text === "" || text === ":") return standard;
  return text.startsWith(":") ? decimal(text.slice(1), 65535) : -1;
}

function parseHost(text: string): string | undefined {
  const inBrackets = text.startsWith("[");
  const ip = parseIpAddress(inBrackets ? text.slice(1, -1) : text);
  if (ip !== undefined) return (ip.length === 16) === inBrackets ? formatIpAddress(ip) : undefined;
  return !inBrackets && isHostName(text) ? text.toLowerCase() : undefined;
}

/**
 * Labels of letters, digits, hyphens and underscores (letters beyond ASCII are left to the resolver). A name whose last
 * label is a number is a broken IPv4 address (URL Standard, "ends in a number").
 */
function isHostName(text: string): boolean {
  if (text === "" || text.length > 253) return false;
  const labels = (text.endsWith(".") ? text.slice(0, -1) : text).split(".");
  if (decimal(labels.at(-1)!, Number.MAX_SAFE_INTEGER) >= 0) return false;
  return labels.every(isLabel);
}

function isLabel(label: string): boolean {
  if (label === "" || label.length > 63) return false;
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i);
    const lower = code | 32;
    const allowed =
      (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95 || code > 159;
    if (!allowed) return false;
  }
  return true;
}
