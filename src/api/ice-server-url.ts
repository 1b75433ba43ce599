/** webrtc-pc §4.4.1.6 "validate an ICE server URL": RFC 7064 (stun, stuns) and RFC 7065 (turn, turns). */
import type { IceServer } from "../core/base/ice-candidate.ts";

const DEFAULT_PORTS = { stun: 3478, stuns: 5349, turn: 3478, turns: 5349 } as const;

/** RFC 8489 §14.3: the USERNAME attribute's limit, UTF-8 bytes. */
export const MAX_USERNAME_BYTES = 509;

/** An `RTCIceServer` after conversion. */
export interface ServerEntry {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Parses one URL of `server`, or throws the standard's SyntaxError or InvalidAccessError. */
export function parseIceServerUrl(url: string, server: ServerEntry): IceServer {
  const { scheme, opaquePath, query } = parseOpaque(url);
  // Step 4: "https://" and the path is what checks host and port.
  const authority = parse(`https://${opaquePath}`, url);
  if (authority.pathname !== "/" || authority.username !== "" || authority.password !== "") {
    throw invalid(url, "has more than a host and a port");
  }
  if (query !== undefined && query !== "transport=udp" && query !== "transport=tcp") {
    throw invalid(url, "has a query other than transport=udp or transport=tcp");
  }
  const secure = scheme === "stuns" || scheme === "turns";
  const transport = query === "transport=tcp" || (query === undefined && secure) ? "tcp" : "udp";
  const host = authority.hostname.startsWith("[") ? authority.hostname.slice(1, -1) : authority.hostname;
  const port = explicitPort(opaquePath) ?? DEFAULT_PORTS[scheme];
  const parsed = { url, scheme, host, port, transport } as const;
  if (scheme === "stun" || scheme === "stuns") return parsed;
  return { ...parsed, ...turnCredentials(url, server) };
}

type Scheme = IceServer["scheme"];

/** Steps 1 to 3. */
function parseOpaque(url: string): { scheme: Scheme; opaquePath: string; query: string | undefined } {
  const parsed = parse(url, url);
  const scheme = parsed.protocol.slice(0, -1);
  if (scheme !== "stun" && scheme !== "stuns" && scheme !== "turn" && scheme !== "turns") {
    throw invalid(url, "has none of the schemes stun, stuns, turn, turns");
  }
  if (parsed.host !== "" || parsed.pathname.includes("/") || parsed.pathname.includes("@")) {
    throw invalid(url, "contains '/' or '@'");
  }
  if (parsed.href.includes("#")) throw invalid(url, "has a fragment");
  const queryAt = parsed.href.indexOf("?");
  const query = queryAt < 0 ? undefined : parsed.href.slice(queryAt + 1);
  if (query !== undefined && (scheme === "stun" || scheme === "stuns")) throw invalid(url, "has a query");
  return { scheme, opaquePath: parsed.pathname, query };
}

/** The port as written: the URL parser drops 443, because that is the default of "https". */
function explicitPort(opaquePath: string): number | undefined {
  const digits = opaquePath.slice(opaquePath.lastIndexOf(":") + 1);
  return opaquePath.includes(":") && /^[0-9]+$/.test(digits) ? Number(digits) : undefined;
}

/** Step 8. An empty credential is one that exists. */
function turnCredentials(url: string, server: ServerEntry): { username: string; credential: string } {
  const { username, credential } = server;
  if (username === undefined || credential === undefined) {
    throw new DOMException(`'${url}' needs a username and a credential.`, "InvalidAccessError");
  }
  if (new TextEncoder().encode(username).length > MAX_USERNAME_BYTES) {
    throw new DOMException(`the username for '${url}' is too long.`, "InvalidAccessError");
  }
  return { username, credential };
}

function parse(text: string, url: string): URL {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined) throw invalid(url, "cannot be parsed");
  return parsed;
}

function invalid(url: string, why: string): DOMException {
  return new DOMException(`'${url}' is not a STUN or TURN URL: it ${why}.`, "SyntaxError");
}
