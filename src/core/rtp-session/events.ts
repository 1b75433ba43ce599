/** What an RTP session tells whoever runs it. */
import type { MediaPacket, ReceivedFrame, ReceivedTone, SourceClock } from "../base/media-frame.ts";
import type { MediaId } from "./parameters.ts";

/** What the session tells. Its `media` names the section. */
export type RtpSessionEvent =
  | { readonly type: "media-frames"; readonly media: MediaId; readonly frames: readonly ReceivedFrame[] }
  /** The list is the taker's: it may grow on its way. */
  | { readonly type: "media-packets"; readonly media: MediaId; readonly packets: MediaPacket[] }
  | { readonly type: "media-tone"; readonly media: MediaId; readonly tone: ReceivedTone }
  /** A sender report has come: when the packets of a stream were captured. */
  | { readonly type: "media-clock"; readonly media: MediaId; readonly clock: SourceClock }
  /** RTP has begun to come, or has ended (BYE, RFC 3550 §6.6, or silence). */
  | { readonly type: "media-flowing"; readonly media: MediaId; readonly flowing: boolean }
  /** The peer cannot go on without a key frame (PLI, FIR), or begins to receive. */
  | { readonly type: "key-frame-wanted"; readonly media: MediaId; readonly rid: string | undefined };
