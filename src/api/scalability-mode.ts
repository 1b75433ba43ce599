/** webrtc-svc §4 and §5: scalability modes, and which codec has which. */
import type { Encoding, RTCRtpCodec } from "./rtp-parameters.ts";

/** webrtc-svc §5: `L` or `S`, spatial layers, `T`, temporal layers, and how the layers depend on each other. */
const MODE = /^(L[1-3]T[1-3]|L[23]T[1-3]h|L[23]T[1-3]_KEY|L[23]T[23]_KEY_SHIFT|S[23]T[1-3]h?)$/;

/** Codecs with spatial layers; the others have temporal layers only. */
const SPATIAL: readonly string[] = ["video/vp9", "video/av1"];
/** Codecs with temporal layers only (webrtc-svc §6). */
const TEMPORAL: readonly string[] = ["video/vp8", "video/h264", "video/h265"];

/** Whether `codec` can be encoded with `mode`. */
function supportsMode({ mimeType }: RTCRtpCodec, mode: string): boolean {
  const name = mimeType.toLowerCase();
  if (SPATIAL.includes(name)) return MODE.test(mode);
  return TEMPORAL.includes(name) && MODE.test(mode) && mode.startsWith("L1");
}

/**
 * webrtc-svc §4.2.1 and §4.2.2: what is wrong with the modes of `encodings`, undefined for nothing. `codecs`: those an
 * encoding without a codec of its own may be sent with.
 */
export function scalabilityFault(
  encodings: readonly Encoding[],
  codecs: readonly RTCRtpCodec[],
): string | undefined {
  for (const { codec, scalabilityMode } of encodings) {
    if (scalabilityMode === undefined) continue;
    const possible = codec === undefined ? codecs : [codec];
    if (!possible.some((one) => supportsMode(one, scalabilityMode))) {
      return `no codec has the scalability mode '${scalabilityMode}'.`;
    }
  }
  const active = encodings.filter((encoding) => encoding.active);
  if (active.length > 1 && active.some(({ scalabilityMode }) => scalabilityMode?.startsWith("S"))) {
    return "an S mode cannot be one of several encodings.";
  }
  return undefined;
}

/** webrtc-svc §4.2.3: the mode that an encoding has once it is sent with `codec`: the spatial layers go if they must. */
export function adjustedMode(mode: string, codec: RTCRtpCodec): string {
  if (supportsMode(codec, mode)) return mode;
  return `L1T${mode.charAt(3)}`;
}
