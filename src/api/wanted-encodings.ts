/** What a sender asks of who encodes its track (webrtc-pc §5.2 RTCRtpEncodingParameters, RFC 9429 §5.2.1). */
import type { WantedEncoding } from "../media/track-source.ts";
import { limitedEncodings } from "./peer-limits.ts";
import type { SenderSlots } from "./transceiver-slots.ts";

/** The active encodings, each with the codec that it is to have: its own, else the first that was negotiated. */
export function wantedEncodings(sender: SenderSlots): readonly WantedEncoding[] {
  const { codecs, transceiver } = sender;
  const first = codecs.find(({ mimeType }) => isMedia(mimeType));
  return limitedEncodings(sender.encodings, sender.peerLimits).flatMap((encoding): WantedEncoding[] => {
    const codec = encoding.codec ?? first;
    if (!encoding.active || codec === undefined) return [];
    const { rid, maxBitrate, maxFramerate, scaleResolutionDownBy, scaleResolutionDownTo, ptime } = encoding;
    return [
      {
        rid,
        mimeType: codec.mimeType,
        sdpFmtpLine: codec.sdpFmtpLine,
        maxBitrate,
        maxFramerate: transceiver.kind === "video" ? maxFramerate : undefined,
        scaleResolutionDownBy,
        scaleResolutionDownTo,
        ptime: transceiver.kind === "audio" ? ptime : undefined,
        scalabilityMode: encoding.scalabilityMode,
      },
    ];
  });
}

/** What carries or repairs another codec's media, or is no media at all. */
const NOT_MEDIA = ["rtx", "red", "ulpfec", "flexfec-03", "cn", "telephone-event"];

function isMedia(mimeType: string): boolean {
  return !NOT_MEDIA.includes(mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase());
}
