/**
 * RFC 8851 §5 and §10: what `a=rid` says about its RTP stream, `pt=96,97;max-width=1280;max-fps=30;depend=1`. A restriction
 * without a value says that it is understood, and restricts nothing.
 */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isRid } from "./rid.ts";
import { parsePayloadType } from "./rtpmap.ts";
import { decimal, MAX_SDP_INTEGER } from "./scan.ts";

/** The restrictions of one RTP stream; what is undefined is not restricted. */
export interface RidRestrictions {
  /** `pt`: the formats that it may have. */
  readonly payloadTypes?: readonly number[] | undefined;
  /** Pixels. */
  readonly maxWidth?: number | undefined;
  readonly maxHeight?: number | undefined;
  /** Frames in a second. */
  readonly maxFramerate?: number | undefined;
  /** `max-fs`: pixels of a frame. */
  readonly maxFrameSize?: number | undefined;
  /** `max-br`: bits per second. */
  readonly maxBitrate?: number | undefined;
  /** `max-pps`: pixels per second. */
  readonly maxPixelRate?: number | undefined;
  /** `max-bpp`: bits per pixel, a fraction. */
  readonly maxBitsPerPixel?: number | undefined;
  /** `depend`: the rids of the streams that it cannot be decoded without. */
  readonly dependsOn?: readonly string[] | undefined;
}

type IntegerName = Exclude<keyof RidRestrictions, "payloadTypes" | "maxBitsPerPixel" | "dependsOn">;

const INTEGERS: ReadonlyMap<string, IntegerName> = new Map([
  ["max-width", "maxWidth"],
  ["max-height", "maxHeight"],
  ["max-fps", "maxFramerate"],
  ["max-fs", "maxFrameSize"],
  ["max-br", "maxBitrate"],
  ["max-pps", "maxPixelRate"],
]);

const MALFORMED = malformed("sdp: malformed rid restrictions");
/** RFC 8851 §6.3 has the whole `a=rid` line ignored then. */
export const UNKNOWN_RID_RESTRICTION: Malformed = malformed("sdp: unknown rid restriction");

/** Reads restrictions. Each may be there once. */
export function parseRidRestrictions(text: string): RidRestrictions | Malformed {
  const found: { -readonly [name in keyof RidRestrictions]: RidRestrictions[name] } = {};
  const names = new Set<string>();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim();
    const value = equals < 0 ? undefined : part.slice(equals + 1).trim();
    if (names.has(name)) return MALFORMED;
    names.add(name);
    const integer = INTEGERS.get(name);
    if (integer !== undefined) {
      if (value === undefined) continue;
      const number = decimal(value, MAX_SDP_INTEGER);
      if (number < 0) return MALFORMED;
      found[integer] = number;
    } else if (name === "pt") {
      const payloadTypes = (value ?? "").split(",").map(parsePayloadType);
      if (payloadTypes.includes(-1)) return MALFORMED;
      found.payloadTypes = payloadTypes;
    } else if (name === "max-bpp") {
      if (value === undefined) continue;
      const number = fraction(value);
      if (number === undefined) return MALFORMED;
      found.maxBitsPerPixel = number;
    } else if (name === "depend") {
      const rids = (value ?? "").split(",");
      if (!rids.every(isRid)) return MALFORMED;
      found.dependsOn = rids;
    } else return UNKNOWN_RID_RESTRICTION;
  }
  return found;
}

/** `1*DIGIT "." 1*DIGIT`, or an integer. */
function fraction(text: string): number | undefined {
  const point = text.indexOf(".");
  const whole = decimal(point < 0 ? text : text.slice(0, point), MAX_SDP_INTEGER);
  const rest = point < 0 ? "0" : text.slice(point + 1);
  if (whole < 0 || rest.length > 16 || decimal(rest, MAX_SDP_INTEGER) < 0) return undefined;
  return Number(`${whole}.${rest}`);
}
