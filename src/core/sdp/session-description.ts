/**
 * The lines of a session description (RFC 8866): a lossless model. Every line keeps its raw value and its number, so
 * that what was read can be written back letter by letter and every complaint can name a line.
 *
 * Stricter than usual where ambiguity would be dangerous (line structure, control characters, unknown types, limits),
 * more tolerant where real stacks differ (order of optional lines, a missing `t=`, LF line ends): docs/sdp.md.
 */
import { decimal, fields, isDigits, isToken, words } from "./scan.ts";

/** Longest text that is read, in UTF-16 code units. */
export const MAX_SDP_LENGTH = 256 * 1024;
/** Most lines that are read. */
export const MAX_SDP_LINES = 10_000;
/** Most media descriptions that are read. */
export const MAX_MEDIA_DESCRIPTIONS = 256;

/** One `<type>=<value>` line. */
export interface SdpLine {
  /** The letter before "=". */
  readonly type: string;
  /** Everything after "=", raw. */
  readonly value: string;
  /** Counted from 1; 0 for lines that were not read from a text. */
  readonly number: number;
}

/** Lines of one level: the session's, or one media description's. */
export interface SdpSection {
  readonly lines: readonly SdpLine[];
}

/** RFC 8866 §5.14: an `m=` line and the lines that belong to it. */
export interface MediaDescription extends SdpSection {
  /** The `m=` line itself. */
  readonly head: SdpLine;
  /** `<media>`: "audio", "video", "application", … */
  readonly kind: string;
  /** 0..65535; 0 means rejected, or bundle-only. */
  readonly port: number;
  /** `<proto>`, as written. */
  readonly protocol: string;
  /** `<fmt>`s in order; real stacks leave them out of rejected descriptions. */
  readonly formats: readonly string[];
  /** Without the `m=` line. */
  readonly lines: readonly SdpLine[];
}

/** RFC 8866 §5.2 */
export interface Origin {
  readonly username: string;
  /** Decimal digits: 64 bits and more are seen, so it stays text. */
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly networkType: string;
  readonly addressType: string;
  readonly address: string;
}

/** A whole description. `lines` are those of the session level, `v=` first. */
export interface SessionDescription extends SdpSection {
  readonly origin: Origin;
  readonly media: readonly MediaDescription[];
}

/** Why a text is not a session description, and where. */
export class SdpError {
  /** Counted from 1. */
  readonly line: number;
  /** For people; without data from the text. */
  readonly message: string;

  constructor(line: number, message: string) {
    this.line = line;
    this.message = message;
  }
}

/** Reads a description. Lines end with CRLF or LF; the last line end may be missing or followed by empty lines. Linear in the length of `text`. */
export function parseSdp(text: string): SessionDescription | SdpError {
  if (text.length > MAX_SDP_LENGTH) return new SdpError(1, "the description is too long");
  const lines = splitLines(text);
  if (lines instanceof SdpError) return lines;
  return assemble(lines);
}

function splitLines(text: string): SdpLine[] | SdpError {
  const lines: SdpLine[] = [];
  for (let from = 0; from < text.length; ) {
    const number = lines.length + 1;
    if (number > MAX_SDP_LINES) return new SdpError(number, "too many lines");
    let end = text.indexOf("\n", from);
    const next = end < 0 ? text.length : end + 1;
    if (end < 0) end = text.length;
    if (end > from && text.charCodeAt(end - 1) === 13) end--;
    if (end === from && isOnlyLineEnds(text, next)) break;
    if (end - from < 2 || text.charCodeAt(from + 1) !== 61) {
      return new SdpError(number, "a line must start with a letter and an equals sign");
    }
    for (let i = from; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === 0 || code === 13) return new SdpError(number, "NUL or a lone carriage return in a line");
    }
    lines.push({ type: text[from]!, value: text.slice(from + 2, end), number });
    from = next;
  }
  return lines;
}

/** Empty lines at the very end come from templates and clipboards; they hold nothing that could be misread. */
function isOnlyLineEnds(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 10 && code !== 13) return false;
  }
  return true;
}

function assemble(lines: readonly SdpLine[]): SessionDescription | SdpError {
  const session: SdpLine[] = [];
  const media: { head: SdpLine; lines: SdpLine[] }[] = [];
  let current = session;
  for (const line of lines) {
    if (line.type === "m") {
      if (media.length === MAX_MEDIA_DESCRIPTIONS) return new SdpError(line.number, "too many m= lines");
      current = [];
      media.push({ head: line, lines: current });
      continue;
    }
    const problem = media.length === 0 ? sessionLineProblem(line) : mediaLineProblem(line);
    if (problem !== undefined) return new SdpError(line.number, problem);
    current.push(line);
  }
  const origin = sessionStart(session, lines.length);
  if (origin instanceof SdpError) return origin;
  const descriptions: MediaDescription[] = [];
  for (const { head, lines: own } of media) {
    const description = mediaDescription(head, own);
    if (description === undefined) return new SdpError(head.number, "malformed m= line");
    descriptions.push(description);
  }
  return { origin, lines: session, media: descriptions };
}

/** `v=0` comes first; `o=` and `s=` are there exactly once (RFC 8866 §5). */
function sessionStart(session: readonly SdpLine[], count: number): Origin | SdpError {
  const first = session[0];
  if (first?.type !== "v") return new SdpError(1, "a description starts with v=0");
  let origin: Origin | undefined;
  let names = 0;
  for (const line of session) {
    if (line.type === "v" && line !== first) return new SdpError(line.number, "v= appears twice");
    if (line.type === "s" && ++names > 1) return new SdpError(line.number, "s= appears twice");
    if (line.type !== "o") continue;
    if (origin !== undefined) return new SdpError(line.number, "o= appears twice");
    origin = parseOrigin(line.value);
  }
  const end = session.at(-1)?.number ?? count;
  if (origin === undefined) return new SdpError(end, "o= is missing");
  return names === 0 ? new SdpError(end, "s= is missing") : origin;
}

function sessionLineProblem(line: SdpLine): string | undefined {
  switch (line.type) {
    case "v":
      return line.value === "0" ? undefined : "the version is not 0";
    case "o":
      return parseOrigin(line.value) === undefined ? "malformed o= line" : undefined;
    case "t":
      return isTiming(line.value) ? undefined : "malformed t= line";
    case "s": // RFC 3264 prints an empty one, and real stacks send it
      return undefined;
    case "u":
    case "e":
    case "p":
    case "r":
    case "z":
      return line.value === "" ? `malformed ${line.type}= line` : undefined;
    default:
      return mediaLineProblem(line);
  }
}

function mediaLineProblem(line: SdpLine): string | undefined {
  switch (line.type) {
    case "c":
      return isConnection(line.value) ? undefined : "malformed c= line";
    case "b":
      return isBandwidth(line.value) ? undefined : "malformed b= line";
    case "a":
      return isAttribute(line.value) ? undefined : "malformed a= line";
    case "i":
    case "k":
      return line.value === "" ? `malformed ${line.type}= line` : undefined;
    default:
      return "a line of this type has no place here";
  }
}

/** `<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>` (RFC 8866 §5.2). */
function parseOrigin(value: string): Origin | undefined {
  const parts = fields(value, 7);
  const [username, sessionId, sessionVersion, networkType, addressType, address] = parts;
  if (parts.length !== 6 || username === "" || address === "") return undefined;
  if (!isDigits(sessionId!) || !isDigits(sessionVersion!)) return undefined;
  if (!isToken(networkType!) || !isToken(addressType!)) return undefined;
  return {
    username: username!,
    sessionId: sessionId!,
    sessionVersion: sessionVersion!,
    networkType: networkType!,
    addressType: addressType!,
    address: address!,
  };
}

function isTiming(value: string): boolean {
  const parts = fields(value, 3);
  return parts.length === 2 && isDigits(parts[0]!) && isDigits(parts[1]!);
}

function isConnection(value: string): boolean {
  const parts = fields(value, 4);
  return parts.length === 3 && isToken(parts[0]!) && isToken(parts[1]!) && parts[2] !== "";
}

/** `<bwtype>:<bandwidth>` (RFC 8866 §5.8). Negative numbers are sent for "no limit" and mean nothing to us. */
function isBandwidth(value: string): boolean {
  const colon = value.indexOf(":");
  if (colon < 0 || !isToken(value.slice(0, colon))) return false;
  const amount = value.slice(colon + 1);
  return isDigits(amount.startsWith("-") ? amount.slice(1) : amount);
}

/**
 * `<attribute-name>` or `<attribute-name>:<attribute-value>` (RFC 8866 §5.13). A name is a token; spaces within make one that
 * nobody knows, which is no reason to refuse the description.
 */
function isAttribute(value: string): boolean {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  return !name.startsWith(" ") && isToken(name.replaceAll(" ", ""));
}

/** Reads the `m=` line (RFC 8866 §5.14): `<media> <port>["/"<count>] <proto> <fmt> …`. */
function mediaDescription(head: SdpLine, lines: readonly SdpLine[]): MediaDescription | undefined {
  const [kind, portField, protocol, formats] = fields(head.value, 4);
  if (kind === undefined || portField === undefined || protocol === undefined) return undefined;
  if (!isToken(kind) || !isProtocol(protocol)) return undefined;
  const slash = portField.indexOf("/");
  const port = decimal(slash < 0 ? portField : portField.slice(0, slash), 65535);
  if (port < 0 || (slash >= 0 && decimal(portField.slice(slash + 1), 65535) < 1)) return undefined;
  return { head, kind, port, protocol, formats: formats === undefined ? [] : words(formats), lines };
}

/** `token *("/" token)` */
function isProtocol(text: string): boolean {
  let from = 0;
  for (;;) {
    const slash = text.indexOf("/", from);
    if (!isToken(text.slice(from, slash < 0 ? text.length : slash))) return false;
    if (slash < 0) return true;
    from = slash + 1;
  }
}
