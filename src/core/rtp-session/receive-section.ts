/** What one section receives: which streams belong to it, and in which form its media is wanted. */
import type { MediaPacket, ReceivedFrame, ReceivedTone } from "../base/media-frame.ts";
import { ExtensionIds } from "./header-extensions.ts";
import type { MediaId, MediaSectionParameters, ReceiveParameters } from "./parameters.ts";
import { PayloadFormats } from "./payload-formats.ts";
import type { ReceiveStream } from "./receive-stream.ts";

export class ReceiveSection {
  readonly media: MediaId;
  readonly kind: "audio" | "video";
  readonly mid: string;
  readonly formats: PayloadFormats;
  readonly ids: ExtensionIds;
  readonly rids: readonly string[];
  readonly streams: ReceiveStream[] = [];
  /** Arrivals are told by RFC 8888: where it is agreed on, for all formats. */
  readonly wantsCongestionFeedback: boolean;
  readonly tellsReferenceTimes: boolean;
  /** Media has come and has not ended. */
  flowing = false;
  wantsFrames = false;
  wantsPackets = false;
  /** webrtc-pc §5.3 jitterBufferTarget, milliseconds. */
  target: number | undefined;
  /** Played in step with others that name the same; undefined: with none. */
  readonly synchronizationGroup: string | undefined;
  /** Made for the subscribers, to be reported. */
  frames: ReceivedFrame[] = [];
  packets: MediaPacket[] = [];
  tones: ReceivedTone[] = [];
  readonly #announced: ReadonlyMap<number, number | undefined>;
  readonly #repairSsrcs: ReadonlySet<number>;

  constructor(section: MediaSectionParameters, receive: ReceiveParameters) {
    this.media = section.media;
    this.kind = section.kind;
    this.mid = section.mid;
    this.formats = new PayloadFormats(receive.formats);
    this.ids = new ExtensionIds(receive.headerExtensions);
    this.wantsCongestionFeedback = this.formats.media.some((format) => format.congestionControlFeedback);
    this.rids = receive.rids;
    this.synchronizationGroup = receive.synchronizationGroup;
    this.tellsReferenceTimes = receive.tellsReferenceTimes ?? false;
    this.#announced = new Map(receive.sources.map(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]));
    this.#repairSsrcs = new Set(receive.sources.flatMap(({ fecSsrc }) => fecSsrc ?? []));
  }

  /** Goes on where `earlier`, the same section before a renegotiation, has been. */
  continueFrom(earlier: ReceiveSection): void {
    this.streams.push(...earlier.streams);
    this.flowing = earlier.flowing;
    this.wantsFrames = earlier.wantsFrames;
    this.wantsPackets = earlier.wantsPackets;
    this.target = earlier.target;
  }

  /** Whether the peer's description names the SSRC, as that of media, of retransmissions or of repair packets. */
  announces(ssrc: number): boolean {
    return this.#announced.has(ssrc) || this.#repairSsrcs.has(ssrc) || this.primaryOf(ssrc) !== undefined;
  }

  /** The SSRC that an announced RTX SSRC repairs. */
  primaryOf(rtxSsrc: number): number | undefined {
    for (const [ssrc, rtx] of this.#announced) if (rtx === rtxSsrc) return ssrc;
    return undefined;
  }

  /** The announced SSRC of retransmissions of `ssrc`. */
  repairOf(ssrc: number): number | undefined {
    return this.#announced.get(ssrc);
  }
}
