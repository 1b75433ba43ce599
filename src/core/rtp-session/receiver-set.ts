/** Everything a transport receives: which stream a packet belongs to (RFC 9143 §9.2, RFC 8852, RFC 4588), and what becomes of it. */
import type { Instant } from "../base/instant.ts";
import { Malformed } from "../base/malformed.ts";
import { decodeRed } from "../media/index.ts";
import { decodeIdentifier, identifierEquals, type RtpPacketView } from "../rtp/index.ts";
import { MAX_RECEIVE_STREAMS } from "./limits.ts";
import type { MediaSectionParameters } from "./parameters.ts";
import type { MediaFormat } from "./payload-formats.ts";
import { ReceiveSection } from "./receive-section.ts";
import { ReceiveStream } from "./receive-stream.ts";

/** RFC 4588 §4: the original sequence number before the payload. */
const OSN_LENGTH = 2;

/** Packets that were dropped, by reason. */
export interface ReceiveDrops {
  /** Of no section that could be told, or one that receives nothing. */
  unknownStream: number;
  /** Of a payload type that was not agreed on, or is not made use of (FEC). */
  unknownFormat: number;
  /** The peer has sent with too many SSRCs. */
  tooManyStreams: number;
  malformed: number;
}

export class ReceiverSet {
  readonly drops: ReceiveDrops = { unknownStream: 0, unknownFormat: 0, tooManyStreams: 0, malformed: 0 };
  readonly #nextName: () => number;
  #sections: readonly ReceiveSection[] = [];
  readonly #bySsrc = new Map<number, { readonly section: ReceiveSection; readonly stream: ReceiveStream }>();
  /** RTX SSRCs that packets have told of: what each repairs. */
  readonly #repairs = new Map<number, ReceiveStream>();

  constructor(nextName: () => number) {
    this.#nextName = nextName;
  }

  get sections(): readonly ReceiveSection[] {
    return this.#sections;
  }

  section(media: number): ReceiveSection | undefined {
    return this.#sections.find((section) => section.media === media);
  }

  /** The stream with that SSRC. */
  stream(ssrc: number): ReceiveStream | undefined {
    return this.#bySsrc.get(ssrc)?.stream;
  }

  configure(parameters: readonly MediaSectionParameters[]): void {
    const before = this.#sections;
    this.#sections = parameters.flatMap((section) => {
      if (section.receive === undefined) return [];
      const made = new ReceiveSection(section, section.receive);
      const earlier = before.find(({ media }) => media === section.media);
      if (earlier !== undefined) made.continueFrom(earlier);
      return [made];
    });
    this.#bySsrc.clear();
    for (const section of this.#sections) {
      for (const stream of section.streams) this.#bySsrc.set(stream.ssrc, { section, stream });
    }
    for (const [ssrc, stream] of this.#repairs)
      if (!this.#bySsrc.has(stream.ssrc)) this.#repairs.delete(ssrc);
  }

  /** Takes a packet; returns the section that it was for, undefined if it was dropped. */
  received(now: Instant, view: RtpPacketView): ReceiveSection | undefined {
    const known = this.#bySsrc.get(view.ssrc);
    const section = known?.section ?? this.#sectionOf(view);
    if (section === undefined) {
      this.drops.unknownStream++;
      return undefined;
    }
    const { formats } = section;
    const repaired = formats.repairedBy(view.payloadType);
    if (repaired !== undefined) {
      const format = formats.byPayloadType(repaired);
      if (format !== undefined) return this.#receivedRepair(now, view, section, format);
    }
    let payload = view.payload();
    let format = formats.byPayloadType(view.payloadType);
    if (format === undefined && formats.isRed(view.payloadType)) {
      const blocks = decodeRed(payload);
      if (!(blocks instanceof Malformed)) {
        // RFC 2198 §3: the primary block is the last one.
        const primary = blocks.at(-1)!;
        format = formats.byPayloadType(primary.payloadType);
        payload = primary.data;
        if (format === undefined && primary.payloadType === formats.ulpfec) {
          // It only fills its place.
          format = known?.stream.format;
          payload = payload.subarray(0, 0);
        }
      }
    }
    if (format === undefined) {
      this.drops.unknownFormat++;
      return undefined;
    }
    const stream = known?.stream ?? this.#addStream(view, section, format);
    if (stream === undefined) return undefined;
    stream.received(now, view, section.ids, format, view.sequenceNumber, payload, false, section.output);
    return section;
  }

  /** The sources have said goodbye (RFC 3550 §6.6), or gone silent: their numbers begin anew if they come back. */
  remove(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const known = this.#bySsrc.get(ssrc);
      if (known === undefined) continue;
      this.#bySsrc.delete(ssrc);
      const { streams } = known.section;
      streams.splice(streams.indexOf(known.stream), 1);
      for (const [rtx, stream] of this.#repairs) if (stream === known.stream) this.#repairs.delete(rtx);
    }
  }

  #receivedRepair(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    format: MediaFormat,
  ): ReceiveSection | undefined {
    const stream = this.#repairedStream(view, section);
    const payload = view.payload();
    // Without a stream it repairs nothing; padding alone is a probe (libwebrtc sends such).
    if (stream === undefined || payload.length < OSN_LENGTH) {
      this.drops.unknownStream++;
      return undefined;
    }
    const sequenceNumber = (payload[0]! << 8) | payload[1]!;
    const original = payload.subarray(OSN_LENGTH);
    stream.received(now, view, section.ids, format, sequenceNumber, original, true, section.output);
    return section;
  }

  /** RFC 4588 §5.3, RFC 5576 §4.2 (FID), RFC 8852 §3.2: by announcement, by repaired rid, or because there is only one. */
  #repairedStream(view: RtpPacketView, section: ReceiveSection): ReceiveStream | undefined {
    const bound = this.#repairs.get(view.ssrc);
    if (bound !== undefined) return bound;
    const announced = section.primaryOf(view.ssrc);
    const rid = identifierOf(view, section.ids.repairedRid);
    const { streams } = section;
    const found =
      announced === undefined
        ? rid === undefined
          ? streams.length === 1
            ? streams[0]
            : undefined
          : streams.find((stream) => stream.rid === rid)
        : this.stream(announced);
    if (found !== undefined && this.#repairs.size < MAX_RECEIVE_STREAMS) this.#repairs.set(view.ssrc, found);
    return found;
  }

  /** RFC 9143 §9.2: by mid, by announced SSRC, by a payload type that only one section has. */
  #sectionOf(view: RtpPacketView): ReceiveSection | undefined {
    let named = false;
    for (const section of this.#sections) {
      const at = section.ids.mid > 0 ? view.findExtension(section.ids.mid) : -1;
      if (at < 0) continue;
      named = true;
      if (identifierEquals(section.mid, view.bytes, at, view.elementLength)) return section;
    }
    // A mid of no section: "the packet MUST be dropped".
    if (named) return undefined;
    const announced = this.#sections.find((section) => section.announces(view.ssrc));
    if (announced !== undefined) return announced;
    const able = this.#sections.filter((section) => section.formats.has(view.payloadType));
    return able.length === 1 ? able[0] : undefined;
  }

  #addStream(view: RtpPacketView, section: ReceiveSection, format: MediaFormat): ReceiveStream | undefined {
    if (this.#bySsrc.size >= MAX_RECEIVE_STREAMS) {
      this.drops.tooManyStreams++;
      return undefined;
    }
    const stream = new ReceiveStream(
      this.#nextName(),
      view.ssrc,
      section.kind,
      format,
      identifierOf(view, section.ids.rid),
    );
    stream.target = section.target;
    section.streams.push(stream);
    this.#bySsrc.set(view.ssrc, { section, stream });
    return stream;
  }
}

function identifierOf(view: RtpPacketView, id: number): string | undefined {
  const data = id > 0 ? view.extension(id) : undefined;
  return data && decodeIdentifier(data);
}
