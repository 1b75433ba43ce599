/** webrtc-pc §5.4 "codec dictionary match". */
import type { RTCRtpCodec } from "./rtp-parameters.ts";

/** Parameters that the two ends may have differently, by codec (RFC 6184 §8.2.2, RFC 7798 §7.2.2, AV1 RTP §7.2.3). */
const ASYMMETRICAL: Readonly<Record<string, readonly string[]>> = {
  "video/av1": ["profile", "level-idx", "tier"],
  "video/h264": ["profile-level-id"],
  "video/h265": ["level-id"],
};

/** Whether two codecs are the same; `ignoreAsymmetrical`: up to parameters that each end chooses for itself. */
export function matchesCodec(first: RTCRtpCodec, second: RTCRtpCodec, ignoreAsymmetrical = false): boolean {
  const mimeType = first.mimeType.toLowerCase();
  if (mimeType !== second.mimeType.toLowerCase()) return false;
  if (first.clockRate !== second.clockRate || first.channels !== second.channels) return false;
  const [ours, theirs] = [first.sdpFmtpLine, second.sdpFmtpLine];
  if (ours === undefined || theirs === undefined) return ours === theirs;
  const [format, other] = [keyValues(ours), keyValues(theirs)];
  if (format === undefined || other === undefined) return ours === theirs;
  const ignored = ignoreAsymmetrical ? (ASYMMETRICAL[mimeType] ?? []) : [];
  for (const key of new Set([...format.keys(), ...other.keys()])) {
    if (format.get(key) !== other.get(key) && !isCompatible(mimeType, key, format, other, ignored))
      return false;
  }
  return true;
}

function isCompatible(
  mimeType: string,
  key: string,
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
  ignored: readonly string[],
): boolean {
  if (!ignored.includes(key)) return false;
  if (mimeType !== "video/h264" || key !== "profile-level-id") return true;
  // RFC 6184 §8.1: profile_idc and profile-iop are symmetrical, level_idc is not; 42000a stands for none.
  const profile = (format: ReadonlyMap<string, string>) =>
    (format.get(key) ?? "42000a").slice(0, 4).toLowerCase();
  return profile(first) === profile(second);
}

/** `a=1;b=2` as a map; undefined when the text is of another form. */
function keyValues(text: string): Map<string, string> | undefined {
  const result = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at < 0) return undefined;
    result.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return result;
}

/** RTX, RED, FEC and comfort noise: codecs that carry no media of their own (webrtc-pc §5.4). */
export function isAuxiliary({ mimeType }: RTCRtpCodec): boolean {
  const subtype = mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase();
  return ["rtx", "red", "ulpfec", "flexfec-03", "flexfec", "cn"].includes(subtype);
}
