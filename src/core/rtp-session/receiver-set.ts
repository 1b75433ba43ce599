/** Everything a transport receives: which stream a packet belongs to (RFC 9143 §9.2, RFC 8852, RFC 4588), and what becomes of it. */
import type { Duration, Instant } from "../base/instant.ts";
import { Malformed } from "../base/malformed.ts";
import type { SourceClock } from "../base/media-frame.ts";
import { ClockOffsets, decodeFlexfec, decodeRed, type RedBlock } from "../media/index.ts";
import { SDES, type SenderReport, type SourceDescription } from "../rtcp/index.ts";
import { decodeIdentifier, identifierEquals, RtpPacketView } from "../rtp/index.ts";
import { MAX_RECEIVE_STREAMS } from "./limits.ts";
import type { MediaId, MediaSectionParameters } from "./parameters.ts";
import type { MediaFormat } from "./payload-formats.ts";
import { ReceiveSection } from "./receive-section.ts";
import { ORIGIN, type Origin, ReceiveStream } from "./receive-stream.ts";
import { csrcsOf } from "./received-frames.ts";

/** RFC 4588 §4: the original sequence number before the payload. */
const OSN_LENGTH = 2;

/** Packets that were dropped, by reason. */
export interface ReceiveDrops {
  /** Of no section that could be told, or one that receives nothing. */
  unknownStream: number;
  /** Of a payload type that was not agreed on. */
  unknownFormat: number;
  /** The peer has sent with too many SSRCs. */
  tooManyStreams: number;
  malformed: number;
}

interface Known {
  readonly section: ReceiveSection;
  readonly stream: ReceiveStream;
}

const NO_CLOCKS: readonly [] = [];
const NOTHING = new Uint8Array(0);
/** The packets that were recovered. One serves all. */
const recoveredView = new RtpPacketView();

export class ReceiverSet {
  readonly drops: ReceiveDrops = { unknownStream: 0, unknownFormat: 0, tooManyStreams: 0, malformed: 0 };
  readonly #nextName: () => number;
  readonly #clockOffsets = new ClockOffsets();
  /** Streams whose reports have come, since {@link takeClocks}. */
  #reported: Known[] = [];
  #sections: readonly ReceiveSection[] = [];
  readonly #bySsrc = new Map<number, Known>();
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

  /**
   * Takes a packet; returns the section that it was for, undefined if that could not be told. A packet that is of no use there
   * has come all the same: senders probe a path with padding, and wait for its feedback.
   */
  received(now: Instant, view: RtpPacketView): ReceiveSection | undefined {
    const known = this.#bySsrc.get(view.ssrc);
    const section = this.#sectionOf(view, known?.section);
    if (section === undefined) {
      this.drops.unknownStream++;
      return undefined;
    }
    if (known !== undefined && known.section !== section) this.remove([view.ssrc]);
    this.#take(now, view, section, known?.section === section ? known.stream : undefined);
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

  /** As {@link ReceiveStream.handleSenderReport}. */
  reported(now: Instant, report: SenderReport, ownWallClock: number, roundTrip: Duration | undefined): void {
    const known = this.#bySsrc.get(report.ssrc);
    if (known === undefined) return;
    known.stream.handleSenderReport(now, report, ownWallClock, roundTrip);
    this.#reported.push(known);
  }

  /**
   * What reports have told of the clocks of streams, once it is known whose these are: it is in the same compound packet.
   * `timeOrigin`: milliseconds since 1970 at instant 0.
   */
  takeClocks(
    now: Instant,
    timeOrigin: number,
  ): readonly { readonly media: MediaId; readonly clock: SourceClock }[] {
    if (this.#reported.length === 0) return NO_CLOCKS;
    const clocks = this.#reported.map(({ section: { media }, stream }) => {
      const { ssrc, cname = "", clockAhead } = stream;
      const { wallClock, rtpTimestamp } = stream.senderReport!;
      const ahead = this.#clockOffsets.update(now, cname, clockAhead!);
      return { media, clock: { ssrc, rtpTimestamp, capturedAt: wallClock - ahead - timeOrigin } };
    });
    this.#reported = [];
    return clocks;
  }

  /** RFC 3550 §6.5.1: whose streams these are. */
  describe({ chunks }: SourceDescription): void {
    for (const { ssrc, items } of chunks) {
      const stream = this.stream(ssrc);
      if (stream !== undefined)
        stream.cname = items.find(({ itemType }) => itemType === SDES.CNAME)?.text ?? stream.cname;
    }
  }

  #take(now: Instant, view: RtpPacketView, section: ReceiveSection, stream: ReceiveStream | undefined): void {
    const { formats } = section;
    const { payloadType } = view;
    const repaired = formats.repairedBy(payloadType);
    if (repaired !== undefined) this.#receivedRetransmission(now, view, section, repaired);
    else if (payloadType === formats.flexfec) this.#receivedFlexfec(now, view, section);
    else if (formats.isRed(payloadType))
      this.#receivedRed(now, view, section, stream, view.sequenceNumber, view.payload(), ORIGIN.FIRST_HAND);
    else this.#receivedMedia(now, view, section, stream);
  }

  #receivedMedia(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    stream: ReceiveStream | undefined,
  ): void {
    const { formats } = section;
    const { payloadType, sequenceNumber } = view;
    const format = formats.byPayloadType(payloadType);
    if (format !== undefined) {
      const to = stream ?? this.#addStream(view, section, format);
      if (to === undefined) return;
      to.recovery.addMedia(view, payloadType, 0);
      to.received(now, view, section, format, sequenceNumber, view.payload(), ORIGIN.FIRST_HAND);
      this.#takeRecovered(now, section, to);
      return;
    }
    const tones = formats.tones(payloadType);
    if (tones !== undefined) {
      const [audio] = formats.media;
      const to = stream ?? (audio && this.#addStream(view, section, audio));
      to?.receivedTone(now, view, section, tones);
      return;
    }
    // Comfort noise makes no frames, but is not missing.
    if (stream !== undefined && formats.has(payloadType)) {
      const beside = formats.beside(payloadType);
      const origin = ORIGIN.FIRST_HAND;
      stream.received(now, view, section, stream.format, sequenceNumber, NOTHING, origin, beside);
    } else this.drops.unknownFormat++;
  }

  #receivedRetransmission(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    payloadType: number,
  ): void {
    const stream = this.#repairedStream(view, section);
    const payload = view.payload();
    // Padding alone is a probe: libwebrtc looks for the capacity of a path with such.
    if (payload.length === 0) return;
    // Without a stream it repairs nothing.
    if (stream === undefined || payload.length < OSN_LENGTH) {
      this.drops.unknownStream++;
      return;
    }
    const sequenceNumber = (payload[0]! << 8) | payload[1]!;
    const original = payload.subarray(OSN_LENGTH);
    const { formats } = section;
    if (formats.isRed(payloadType)) {
      this.#receivedRed(now, view, section, stream, sequenceNumber, original, ORIGIN.RETRANSMITTED);
      return;
    }
    const format = formats.byPayloadType(payloadType);
    if (format === undefined) this.drops.unknownFormat++;
    else stream.received(now, view, section, format, sequenceNumber, original, ORIGIN.RETRANSMITTED);
  }

  /** RFC 2198: the primary block is the packet's media, those before it are the media of earlier ones. */
  #receivedRed(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    stream: ReceiveStream | undefined,
    sequenceNumber: number,
    payload: Uint8Array,
    origin: Origin,
  ): void {
    const blocks = decodeRed(payload);
    const { formats } = section;
    const primary = blocks instanceof Malformed ? undefined : blocks[blocks.length - 1];
    const type = primary?.payloadType ?? -1;
    if (type >= 0 && type === formats.ulpfec && stream !== undefined) {
      stream.recovery.addRepair(primary!.data, "ulpfec");
      stream.received(now, view, section, stream.format, sequenceNumber, NOTHING, origin);
      this.#takeRecovered(now, section, stream);
      return;
    }
    const format = formats.byPayloadType(type);
    if (primary === undefined || format === undefined) {
      this.drops.unknownFormat++;
      return;
    }
    const to = stream ?? this.#addStream(view, section, format);
    if (to === undefined) return;
    if (origin === ORIGIN.FIRST_HAND) to.recovery.addMedia(view, type, payload.length - primary.data.length);
    const number = to.received(now, view, section, format, sequenceNumber, primary.data, origin);
    if (number >= 0 && section.kind === "audio")
      this.#receivedEarlier(now, view, section, to, number, blocks as readonly RedBlock[]);
    this.#takeRecovered(now, section, to);
  }

  /** Senders repeat the packets right before, oldest first. */
  #receivedEarlier(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    stream: ReceiveStream,
    number: number,
    blocks: readonly RedBlock[],
  ): void {
    for (let i = blocks.length - 2; i >= 0; i--) {
      const { payloadType, timestampOffset, data } = blocks[i]!;
      const format = section.formats.byPayloadType(payloadType);
      if (format === undefined || data.length === 0) continue;
      const earlier = number - (blocks.length - 1 - i);
      const timestamp = (view.timestamp - timestampOffset) >>> 0;
      const used = stream.receivedEarlier(now, section, format, earlier, timestamp, data, csrcsOf(view));
      stream.recovery.countEarlier(data.length, used);
    }
  }

  /** Repair packets on a stream of their own name the stream that they are for. */
  #receivedFlexfec(now: Instant, view: RtpPacketView, section: ReceiveSection): void {
    const payload = view.payload();
    const repair = decodeFlexfec(payload, "flexfec-03");
    if (repair instanceof Malformed) {
      this.drops.malformed++;
      return;
    }
    const stream = section.streams.find(({ ssrc }) => ssrc === repair.ssrc);
    if (stream === undefined) {
      this.drops.unknownStream++;
      return;
    }
    stream.recovery.fecSsrc = view.ssrc;
    stream.recovery.addRepair(payload, "flexfec-03");
    this.#takeRecovered(now, section, stream);
  }

  #takeRecovered(now: Instant, section: ReceiveSection, stream: ReceiveStream): void {
    const recovered = stream.recovery.take();
    if (recovered === undefined) return;
    for (const packet of recovered) {
      if (recoveredView.parse(packet) !== undefined) continue;
      const format = section.formats.byPayloadType(recoveredView.payloadType);
      if (format === undefined) continue;
      const payload = recoveredView.payload();
      const { sequenceNumber } = recoveredView;
      stream.received(now, recoveredView, section, format, sequenceNumber, payload, ORIGIN.RECOVERED);
    }
  }

  /** RFC 4588 §5.3, RFC 5576 §4.2 (FID), RFC 8852 §3.2: by announcement, by repaired rid, or because there is only one. */
  #repairedStream(view: RtpPacketView, section: ReceiveSection): ReceiveStream | undefined {
    const bound = this.#repairs.get(view.ssrc);
    if (bound !== undefined) return bound;
    const found = this.#findRepaired(view, section);
    if (found !== undefined && this.#repairs.size < MAX_RECEIVE_STREAMS) this.#repairs.set(view.ssrc, found);
    return found;
  }

  #findRepaired(view: RtpPacketView, section: ReceiveSection): ReceiveStream | undefined {
    const announced = section.primaryOf(view.ssrc);
    if (announced !== undefined) return this.stream(announced);
    const { streams } = section;
    const rid = identifierOf(view, section.ids.repairedRid);
    // Of two streams with that rid, the newer one has taken the place of the other.
    if (rid !== undefined) return streams.findLast((stream) => stream.rid === rid);
    return streams.length === 1 ? streams[0] : undefined;
  }

  /** RFC 9143 §9.2: by mid, by what is known of the SSRC, by a payload type that only one section has. */
  #sectionOf(view: RtpPacketView, known: ReceiveSection | undefined): ReceiveSection | undefined {
    if (view.extensionProfile >= 0) {
      if (known !== undefined && hasMid(view, known) === MATCHES) return known;
      let named = false;
      for (let i = 0; i < this.#sections.length; i++) {
        const section = this.#sections[i]!;
        const told = hasMid(view, section);
        // A source whose packets name another section has moved there.
        if (told === MATCHES) return section;
        named ||= told === DIFFERS;
      }
      // A mid of no section: "the packet MUST be dropped".
      if (named) return undefined;
    }
    if (known !== undefined) return known;
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
    const rid = identifierOf(view, section.ids.rid);
    const stream = new ReceiveStream(this.#nextName(), view.ssrc, section.kind, format, rid);
    section.streams.push(stream);
    this.#bySsrc.set(view.ssrc, { section, stream });
    return stream;
  }
}

const ABSENT = 0;
const MATCHES = 1;
const DIFFERS = 2;

function hasMid(view: RtpPacketView, { ids, mid }: ReceiveSection): number {
  const at = ids.mid > 0 ? view.findExtension(ids.mid) : -1;
  if (at < 0) return ABSENT;
  return identifierEquals(mid, view.bytes, at, view.elementLength) ? MATCHES : DIFFERS;
}

function identifierOf(view: RtpPacketView, id: number): string | undefined {
  const data = id > 0 ? view.extension(id) : undefined;
  return data && decodeIdentifier(data);
}
