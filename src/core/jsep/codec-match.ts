/**
 * When two descriptions mean the same codec (RFC 3264 §6.1, and the payload format of each codec). A codec's *key* holds
 * what has to be equal; everything else may differ between the ends.
 */
import { Malformed } from "../base/malformed.ts";
import { parseFmtp } from "../sdp/index.ts";

/** What identifies a codec. */
export interface CodecIdentity {
  /** Encoding name: "opus", "VP8", … */
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number | undefined;
  /** Parameters of `a=fmtp` without the format. */
  readonly fmtp: string | undefined;
}

/** The parameters of `a=fmtp`, names in lower case. */
export function fmtpParameters(fmtp: string | undefined): ReadonlyMap<string, string> {
  const parsed = fmtp === undefined ? undefined : parseFmtp(`0 ${fmtp}`);
  if (parsed === undefined || parsed instanceof Malformed) return new Map();
  const parameters = new Map<string, string>();
  for (const [name, value] of parsed.parameters) parameters.set(name.toLowerCase(), value);
  return parameters;
}

/** Equal for two descriptions of the same codec. Of rtx: without what it retransmits. */
export function codecKey({ name, clockRate, channels, fmtp }: CodecIdentity): string {
  const lower = name.toLowerCase();
  return `${lower}/${clockRate}/${channels ?? 1}${variant(lower, fmtp)}`;
}

/** The key of the retransmission of a codec (RFC 4588 §8.1 `apt`). */
export function rtxKey(primary: string): string {
  return `rtx of ${primary}`;
}

function variant(name: string, fmtp: string | undefined): string {
  if (name !== "h264" && name !== "h265" && name !== "vp9" && name !== "av1") return "";
  const parameters = fmtpParameters(fmtp);
  const value = (parameter: string, otherwise: string) => parameters.get(parameter) ?? otherwise;
  switch (name) {
    case "h264": {
      // RFC 6184 §8.2.2: both are part of the configuration; the level is not.
      const id = parseProfileLevelId(parameters.get("profile-level-id"));
      return `;${id?.profile ?? "unknown"};${value("packetization-mode", "0")}`;
    }
    case "h265":
      // RFC 7798 §7.2.2
      return `;${value("profile-id", "1")};${value("tier-flag", "0")};${value("tx-mode", "SRST")}`;
    case "vp9":
      // RFC 9628 §6.1
      return `;${value("profile-id", "0")}`;
    default:
      // AV1 RTP payload specification §7.2.3
      return `;${value("profile", "0")}`;
  }
}

/** H.264: profile and level of `profile-level-id` (RFC 6184 §8.1). */
export interface ProfileLevelId {
  /** As in RFC 6184, table 5. */
  readonly profile: string;
  /** level_idc; 9 for level 1b. */
  readonly level: number;
}

/** RFC 6184, table 5: profile_idc, the bits of profile-iop that matter, their values. */
const PROFILES: readonly (readonly [idc: number, mask: number, bits: number, profile: string])[] = [
  [0x42, 0x4f, 0x40, "constrained baseline"],
  [0x4d, 0x8f, 0x80, "constrained baseline"],
  [0x58, 0xcf, 0xc0, "constrained baseline"],
  [0x42, 0x4f, 0x00, "baseline"],
  [0x58, 0xcf, 0x80, "baseline"],
  [0x4d, 0xaf, 0x00, "main"],
  [0x64, 0xff, 0x00, "high"],
  [0x64, 0xff, 0x0c, "constrained high"],
  [0xf4, 0xff, 0x00, "high 4:4:4 predictive"],
];

/** Reads `profile-level-id`; without one it is baseline at level 1 (RFC 6184 §8.1). */
export function parseProfileLevelId(text: string | undefined): ProfileLevelId | undefined {
  const value = text ?? "42000a";
  if (value.length !== 6) return undefined;
  const bytes = [0, 2, 4].map((at) => hexByte(value, at));
  const [idc, iop, level] = bytes as [number, number, number];
  if (bytes.includes(-1)) return undefined;
  const known = PROFILES.find(([id, mask, bits]) => id === idc && (iop & mask) === bits);
  if (known === undefined) return undefined;
  // Annex A.3.4.1: level 11 with constraint_set3_flag is 1b in the baseline and main profiles.
  const is1b = level === 11 && (iop & 0x10) !== 0 && idc !== 0x64 && idc !== 0xf4;
  return { profile: known[3], level: is1b ? 9 : level };
}

function hexByte(text: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 2; i++) {
    const digit = "0123456789abcdef".indexOf(text[i]!.toLowerCase());
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The parameters of an answer to `offered`, which has the same key as our `own`. */
export function answeredFmtp(
  name: string,
  own: string | undefined,
  offered: string | undefined,
): string | undefined {
  const lower = name.toLowerCase();
  if (lower !== "h264") return own;
  const [ours, theirs] = [fmtpParameters(own), fmtpParameters(offered)];
  const asymmetric =
    ours.get("level-asymmetry-allowed") === "1" && theirs.get("level-asymmetry-allowed") === "1";
  const ourId = ours.get("profile-level-id") ?? "42000a";
  const theirId = theirs.get("profile-level-id") ?? "42000a";
  const [a, b] = [parseProfileLevelId(ourId), parseProfileLevelId(theirId)];
  if (a === undefined || b === undefined) return own;
  // RFC 6184 §8.2.2: the level may be ours where asymmetry is allowed, else it is the lower one. The profile is the offer's.
  const levelOf = asymmetric || a.level <= b.level ? ourId : theirId;
  const id = theirId.slice(0, 4) + levelOf.slice(4);
  const mode = theirs.get("packetization-mode") ?? "0";
  return `level-asymmetry-allowed=${asymmetric ? 1 : 0};packetization-mode=${mode};profile-level-id=${id}`;
}
