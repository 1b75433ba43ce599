/**
 * RFC 6236 §3.1 `imageattr`: `<format or *> 1*2(("send" | "recv") ("*" | 1*("[x=…,y=…,…]")))`, which image sizes an end sends or
 * takes.
 */
import { type Malformed, malformed } from "../base/malformed.ts";
import { parsePayloadType } from "./rtpmap.ts";
import { decimal } from "./scan.ts";

/** Pixels: every `step`th from `least` to `most`, or only the `values`. */
export interface ImageRange {
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly values: readonly number[] | undefined;
}

/** One set of sizes. */
export interface ImageSet {
  readonly width: ImageRange;
  readonly height: ImageRange;
  /** Whether other than square pixels are meant (`sar` other than 1). */
  readonly squarePixels: boolean;
  /** Preference, 0 to 1. */
  readonly preference: number;
}

/** What one line says; "any" for `*`, undefined for a direction it is silent about. */
export interface ImageAttributes {
  /** Undefined: all formats. */
  readonly payloadType: number | undefined;
  readonly send: readonly ImageSet[] | "any" | undefined;
  readonly recv: readonly ImageSet[] | "any" | undefined;
}

/** Most sets of one line. */
export const MAX_IMAGE_SETS = 64;

const MALFORMED = malformed("sdp: malformed imageattr");
const MAX_PIXELS = 999_999;

/** Reads the value of `imageattr`. */
export function parseImageAttributes(value: string): ImageAttributes | Malformed {
  const space = value.indexOf(" ");
  const format = value.slice(0, Math.max(0, space));
  const payloadType = format === "*" ? undefined : parsePayloadType(format);
  if (payloadType === -1) return MALFORMED;
  const found: { send?: readonly ImageSet[] | "any"; recv?: readonly ImageSet[] | "any" } = {};
  let at = space + 1;
  while (at < value.length) {
    if (value[at] === " ") {
      at++;
      continue;
    }
    const direction = value.startsWith("send ", at)
      ? "send"
      : value.startsWith("recv ", at)
        ? "recv"
        : undefined;
    if (direction === undefined || found[direction] !== undefined) return MALFORMED;
    at += 5;
    const next = endOfSets(value, at);
    const sets = readSets(value.slice(at, next).trim());
    if (sets === undefined) return MALFORMED;
    found[direction] = sets;
    at = next;
  }
  if (found.send === undefined && found.recv === undefined) return MALFORMED;
  return { payloadType, send: found.send, recv: found.recv };
}

/** Where the next direction begins. There are no letters that could be mistaken for it inside of sets. */
function endOfSets(value: string, from: number): number {
  const ends = [value.indexOf(" send ", from), value.indexOf(" recv ", from)].filter((end) => end >= 0);
  return Math.min(value.length, ...ends);
}

function readSets(text: string): readonly ImageSet[] | "any" | undefined {
  if (text === "*") return "any";
  const sets: ImageSet[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === " ") {
      at++;
      continue;
    }
    const end = closingBracket(text, at);
    const set = end === undefined ? undefined : readSet(text.slice(at + 1, end));
    if (set === undefined || sets.length === MAX_IMAGE_SETS) return undefined;
    sets.push(set);
    at = end! + 1;
  }
  return sets.length > 0 ? sets : undefined;
}

/** Of the bracket that opens at `at`; brackets are nested once. */
function closingBracket(text: string, at: number): number | undefined {
  if (text[at] !== "[") return undefined;
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]" && --depth === 0) return i;
    if (depth > 2) return undefined;
  }
  return undefined;
}

function readSet(text: string): ImageSet | undefined {
  const values = new Map<string, string>();
  let from = 0;
  let depth = 0;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]") depth--;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    const equals = text.indexOf("=", from);
    if (equals < 0 || equals > i) return undefined;
    values.set(text.slice(from, equals), text.slice(equals + 1, i));
    from = i + 1;
  }
  const [width, height] = [readRange(values.get("x")), readRange(values.get("y"))];
  const preference = Number(values.get("q") ?? "0.5");
  if (width === undefined || height === undefined || !(preference >= 0 && preference <= 1)) return undefined;
  return { width, height, squarePixels: Number(values.get("sar") ?? "1") === 1, preference };
}

/** `320`, `[320:640]`, `[320:16:640]` or `[320,640]`. */
function readRange(text: string | undefined): ImageRange | undefined {
  if (text === undefined) return undefined;
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : undefined;
  const numbers = (parts: readonly string[]) => parts.map((part) => decimal(part, MAX_PIXELS));
  if (inner?.includes(":")) {
    const parts = numbers(inner.split(":"));
    const [least = -1, step = -1, most = -1] = parts.length === 2 ? [parts[0], 1, parts[1]] : parts;
    if (parts.length > 3 || least < 1 || step < 1 || most < least) return undefined;
    return { least, most, step, values: undefined };
  }
  const values = numbers((inner ?? text).split(","));
  if (values.some((one) => one < 1)) return undefined;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return { least, most, step: 1, values: values.length === 1 ? undefined : values };
}
