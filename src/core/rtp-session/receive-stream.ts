/** One RTP stream that we receive: its numbers, its counters, what of it is missing, and what becomes of its packets. */
import type { Duration, Instant } from "../base/instant.ts";
import type { MediaPacket, PacketExtension, ReceivedFrame } from "../base/media-frame.ts";
import {
  compactNtp,
  DenseNumbers,
  FramePace,
  type HeardTone,
  NackList,
  NtpMapping,
  passedOnCaptureTime,
  ReceptionStatistics,
  SynchronizationDelay,
  ToneReceiver,
  toneOfEvent,
  wallClockOfNtp,
} from "../media/index.ts";
import type { SenderReport } from "../rtcp/index.ts";
import type { RtpPacketView } from "../rtp/index.ts";
import type { PayloadFormat } from "./parameters.ts";
import type { MediaFormat } from "./payload-formats.ts";
import type { ReceiveSection } from "./receive-section.ts";
import { csrcsOf, ReceivedFrames, type StreamIdentity } from "./received-frames.ts";
import { StreamRecovery } from "./stream-recovery.ts";

/** Sequence numbers that are remembered to tell repetitions, a power of two. */
const REMEMBERED = 1024;

/** How a packet has come to us. */
export const ORIGIN = {
  FIRST_HAND: 0,
  /** Asked for, on a stream of its own (RFC 4588). */
  RETRANSMITTED: 1,
  /** Out of repair packets, or of the packets behind it. */
  RECOVERED: 2,
} as const;
export type Origin = (typeof ORIGIN)[keyof typeof ORIGIN];

/** The sender's last report (RFC 3550 §6.4.1), and when it came. */
export interface ReceivedSenderReport {
  readonly at: Instant;
  /** Milliseconds since 1970 on the sender's clock. */
  readonly wallClock: number;
  /** Of the same moment. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

const NO_PAYLOAD = new Uint8Array(0);
const NO_EXTENSIONS: readonly PacketExtension[] = [];

export class ReceiveStream implements StreamIdentity {
  /** Number within the session, never used again (webrtc-stats §8.1: an SSRC that comes back is another stream). */
  readonly name: number;
  readonly ssrc: number;
  readonly kind: "audio" | "video";
  readonly statistics: ReceptionStatistics;
  readonly nack = new NackList();
  readonly frames = new ReceivedFrames();
  readonly recovery: StreamRecovery;
  /** That it is held for so as to be in step with others. */
  readonly synchronization = new SynchronizationDelay();
  /** jitterBufferTarget of the streams that it is in step with, the largest. Milliseconds. */
  sharedTarget: Duration = 0;
  /** RFC 7022, once the sender has told. */
  cname: string | undefined;
  /** Undefined before the first telephone event. */
  tones: ToneReceiver | undefined;
  /** Learned from a packet, when it was not announced (RFC 8852). */
  rid: string | undefined;
  senderReport: ReceivedSenderReport | undefined;
  /** When the last frame was given out whose time of capture is known, and that time: on the sender's clock, since 1970. */
  playout: { readonly at: Instant; readonly captureTime: number } | undefined;
  senderReports = 0;
  /** By its last report: milliseconds by which the sender's clock is ahead of ours. */
  clockAhead: Duration | undefined;
  /** By extended reports (RFC 3611 §4.5), milliseconds. */
  roundTrip: Duration | undefined;
  totalRoundTrip: Duration = 0;
  roundTripMeasurements = 0;
  /** Of its retransmissions, once one has come. */
  rtxSsrc: number | undefined;
  /** Of frames of video that have left, or were passed on. */
  readonly pace = new FramePace();
  /** webrtc-stats, as far as nothing else counts it. */
  framesPassedOn = 0;
  repairedPackets = 0;
  repairedBytes = 0;
  repairedHeaderBytes = 0;
  pliCount = 0;
  firCount = 0;
  nackCount = 0;
  /** When a key frame was asked for last. */
  keyFrameAskedAt: Instant = Number.NEGATIVE_INFINITY;
  /** A gap was too long to be asked for, or a subscriber cannot go on. */
  wantsKeyFrame = false;
  format: MediaFormat;
  /** Of the packets that are passed on. */
  readonly #numbers = new DenseNumbers();
  readonly #recent = new Float64Array(REMEMBERED).fill(-1);
  #mapping: NtpMapping;
  #mappedClockRate: number;

  constructor(
    name: number,
    ssrc: number,
    kind: "audio" | "video",
    format: MediaFormat,
    rid: string | undefined,
  ) {
    this.name = name;
    this.ssrc = ssrc;
    this.kind = kind;
    this.format = format;
    this.rid = rid;
    this.statistics = new ReceptionStatistics(ssrc);
    this.recovery = new StreamRecovery(ssrc);
    this.#mapping = new NtpMapping(format.clockRate);
    this.#mappedClockRate = format.clockRate;
  }

  /** Whether a frame is wanted that needs no other, for what goes to the subscribers now. */
  isKeyFrameWanted(now: Instant): boolean {
    return this.kind === "video" && (this.wantsKeyFrame || this.frames.isKeyFrameWanted(now));
  }

  /**
   * A packet of the stream. `sequenceNumber` and `payload` (borrowed; empty: it only fills its place) are the original packet's;
   * everything else is in `view`. `beside`: it goes beside audio, and is no frame but is passed on. Returns the unwrapped
   * number; -1: it was not made use of.
   */
  received(
    now: Instant,
    view: RtpPacketView,
    section: ReceiveSection,
    format: MediaFormat,
    sequenceNumber: number,
    payload: Uint8Array,
    origin: Origin,
    beside?: PayloadFormat,
  ): number {
    const number = this.#number(now, view, format, sequenceNumber, payload, origin);
    if (number < 0 || !this.#isNew(number)) return -1;
    this.format = format;
    if (!this.nack.received(now, number)) this.wantsKeyFrame = this.kind === "video";
    // Packets that are only passed on make no frames; their markers tell how many there are.
    if (!section.wantsFrames && view.marker && payload.length > 0) this.#countPassedOn(now);
    if (section.wantsPackets) {
      const carried = beside === undefined ? payload : view.payload();
      const passed = carried.length > 0 ? this.#numbers.take(number) : -1;
      if (passed >= 0) section.packets.push(this.#passOn(view, section, beside ?? format, passed, carried));
      else this.#numbers.omit(number);
    }
    if (section.wantsFrames) {
      const firstHand = origin === ORIGIN.FIRST_HAND;
      this.frames.insert(now, number, view.timestamp, payload, format, view, section.ids, firstHand);
    }
    return number;
  }

  /** A telephone event's packet: it fills its place among the audio, and may be the end of a tone. */
  receivedTone(now: Instant, view: RtpPacketView, section: ReceiveSection, tones: PayloadFormat): void {
    const { sequenceNumber } = view;
    this.received(now, view, section, this.format, sequenceNumber, NO_PAYLOAD, ORIGIN.FIRST_HAND, tones);
    this.tones ??= new ToneReceiver();
    this.#heard(this.tones.received(now, view.timestamp, view.payload(), tones.clockRate), section);
  }

  /** Tones whose end was lost. */
  endTones(now: Instant, section: ReceiveSection): void {
    this.#heard(this.tones?.handleTimeout(now), section);
  }

  #heard(tone: HeardTone | undefined, section: ReceiveSection): void {
    if (tone !== undefined) section.tones.push({ ...tone, tone: toneOfEvent(tone.event), ssrc: this.ssrc });
  }

  /**
   * An earlier packet's payload that came along with a later one (RFC 2198), whose contributing sources are `csrcs`. False: it is
   * here already, too late, or wanted by nobody.
   */
  receivedEarlier(
    now: Instant,
    section: ReceiveSection,
    format: MediaFormat,
    number: number,
    timestamp: number,
    payload: Uint8Array,
    csrcs: readonly number[],
  ): boolean {
    if (this.#recent[number % REMEMBERED] === number) return false;
    const framed = section.wantsFrames && this.frames.wantsAudio(number);
    const passed = section.wantsPackets ? this.#numbers.take(number) : -1;
    if (!framed && passed < 0) return false;
    this.#recent[number % REMEMBERED] = number;
    this.nack.received(now, number);
    if (framed) this.frames.insert(now, number, timestamp, payload, format, undefined, section.ids, false);
    if (passed >= 0) section.packets.push(this.#packet(format, passed, timestamp, csrcs, payload));
    return true;
  }

  /** Moves the frames whose time it is to the section. `roundTrip`: to the sender, undefined before it was measured. */
  takeFrames(now: Instant, roundTrip: Duration | undefined, section: ReceiveSection): void {
    const before = this.frames.video.keyFrames;
    const held = section.frames.length;
    const minimumDelay = Math.max(section.target ?? 0, this.sharedTarget, this.synchronization.delay);
    this.frames.take(now, this, roundTrip, minimumDelay, section.frames);
    if (this.kind === "video") for (let i = held; i < section.frames.length; i++) this.pace.note(now);
    if (section.frames.length > held) this.#notePlayout(now, section.frames[section.frames.length - 1]!);
    if (this.frames.video.keyFrames > before) this.wantsKeyFrame = false;
    this.nack.dropBefore(this.frames.oldestWanted);
  }

  #countPassedOn(now: Instant): void {
    this.framesPassedOn++;
    if (this.kind === "video") this.pace.note(now);
  }

  #notePlayout(at: Instant, { captureTime }: ReceivedFrame): void {
    if (captureTime !== undefined) this.playout = { at, captureTime };
  }

  /**
   * RFC 3550 §6.4.1: sender reports tie timestamps to the sender's wall clock. `ownWallClock`: ours, in milliseconds since 1970;
   * `roundTrip`: undefined before it was measured.
   */
  handleSenderReport(
    now: Instant,
    report: SenderReport,
    ownWallClock: number,
    roundTrip: Duration | undefined,
  ): void {
    const { ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = report;
    this.senderReports++;
    this.senderReport = {
      at: now,
      wallClock: wallClockOfNtp(ntpSeconds, ntpFraction),
      rtpTimestamp,
      packetCount,
      octetCount,
    };
    this.clockAhead = this.senderReport.wallClock + (roundTrip ?? 0) / 2 - ownWallClock;
    this.statistics.senderReport(now, compactNtp(ntpSeconds, ntpFraction));
    if (this.#mappedClockRate !== this.format.clockRate) {
      this.#mappedClockRate = this.format.clockRate;
      this.#mapping = new NtpMapping(this.format.clockRate);
    }
    this.#mapping.update(ntpSeconds, ntpFraction, rtpTimestamp);
  }

  /** By an extended report (RFC 3611 §4.5); milliseconds. */
  measuredRoundTrip(roundTrip: Duration): void {
    this.roundTrip = roundTrip;
    this.totalRoundTrip += roundTrip;
    this.roundTripMeasurements++;
  }

  /** The common clock of all streams of one sender: what lines audio and video up. */
  captureTime(timestamp: number): number | undefined {
    return this.#mapping.wallClockAt(timestamp);
  }

  #number(
    now: Instant,
    view: RtpPacketView,
    format: MediaFormat,
    sequenceNumber: number,
    payload: Uint8Array,
    origin: Origin,
  ): number {
    const header = view.bytes.length - payload.length;
    if (origin === ORIGIN.FIRST_HAND) {
      const { clockRate } = format;
      return this.statistics.received(now, sequenceNumber, view.timestamp, clockRate, header, payload.length);
    }
    if (origin === ORIGIN.RETRANSMITTED) {
      this.repairedPackets++;
      this.repairedBytes += payload.length;
      this.repairedHeaderBytes += header;
      this.rtxSsrc = view.ssrc === this.ssrc ? undefined : view.ssrc;
    }
    return this.statistics.unwrap(sequenceNumber);
  }

  #isNew(number: number): boolean {
    const slot = number % REMEMBERED;
    if (this.#recent[slot] === number) return false;
    this.#recent[slot] = number;
    return true;
  }

  #passOn(
    view: RtpPacketView,
    section: ReceiveSection,
    format: PayloadFormat,
    sequenceNumber: number,
    payload: Uint8Array,
  ): MediaPacket {
    const extensions = endToEndExtensions(view, section, this.clockAhead);
    const { marker, timestamp } = view;
    return this.#packet(format, sequenceNumber, timestamp, csrcsOf(view), payload, marker, extensions);
  }

  #packet(
    format: PayloadFormat,
    sequenceNumber: number,
    timestamp: number,
    csrcs: readonly number[],
    payload: Uint8Array,
    marker = false,
    extensions = NO_EXTENSIONS,
  ): MediaPacket {
    const { mimeType, payloadType } = format;
    const { ssrc, rid } = this;
    return {
      mimeType,
      payloadType,
      marker,
      sequenceNumber,
      timestamp,
      ssrc,
      csrcs,
      payload: payload.slice(),
      extensions,
      ...(rid === undefined ? {} : { rid }),
    };
  }
}

/** What of the header means something beyond one hop. */
function endToEndExtensions(
  view: RtpPacketView,
  { ids }: ReceiveSection,
  clockAhead: Duration | undefined,
): readonly PacketExtension[] {
  let extensions: PacketExtension[] | undefined;
  for (const [id, uri] of ids.endToEnd) {
    const data = view.extension(id);
    if (data === undefined) continue;
    extensions ??= [];
    const isCaptureTime = id === ids.absCaptureTime;
    extensions.push({ uri, data: isCaptureTime ? passedOnCaptureTime(data, clockAhead) : data.slice() });
  }
  return extensions ?? NO_EXTENSIONS;
}
