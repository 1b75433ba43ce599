/** The RTP session of one transport (RFC 3550, RFC 8834): what it sends and receives, reports and repairs. */
import { ByteWriter } from "../base/byte-writer.ts";
import { Fifo } from "../base/fifo.ts";
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { Malformed } from "../base/malformed.ts";
import type { EncodedFrame, MediaPacket, SourceClock } from "../base/media-frame.ts";
import { type Random, randomUint32, randomUnit } from "../base/random.ts";
import {
  CongestionFeedback,
  ntpFraction,
  ntpSeconds,
  roundTripOf,
  TransportFeedback,
} from "../media/index.ts";
import {
  decodeCompound,
  type ExtendedReport,
  type FullIntraRequest,
  type ReportBlock,
  type RtcpPacket,
  writeCongestionControlFeedback,
  writeExtendedReport,
  writeFullIntraRequest,
  writeNack,
  writePictureLoss,
  writeTransportWideFeedback,
} from "../rtcp/index.ts";
import { decodeTransportSequenceNumber, RtpPacketView } from "../rtp/index.ts";
import type { RtpSnapshot } from "../stats/index.ts";
import type { RtpSessionEvent } from "./events.ts";
import { FeedbackBudget } from "./feedback-budget.ts";
import { MAX_PACKET_LENGTH } from "./limits.ts";
import { LipSync } from "./lip-sync.ts";
import { OutgoingPackets } from "./outgoing-packets.ts";
import type { MediaId, MediaSectionParameters } from "./parameters.ts";
import type { ReceiveSection } from "./receive-section.ts";
import type { ReceiveStream } from "./receive-stream.ts";
import { type ReceiveDrops, ReceiverSet } from "./receiver-set.ts";
import { ReferenceTimes } from "./reference-times.ts";
import { writeFarewell, writeReports } from "./rtcp-writer.ts";
import { SendSection } from "./send-section.ts";
import type { SendStream } from "./send-stream.ts";
import { snapshotOf } from "./snapshot.ts";

/** Between two reports, on average (RFC 3550 §6.2, RFC 4585 §3.4); libwebrtc's values. Milliseconds. */
const VIDEO_REPORT_INTERVAL: Duration = 1000;
const AUDIO_REPORT_INTERVAL: Duration = 5000;
/** The first sender report: receivers cannot synchronise before it. Milliseconds. */
const FIRST_REPORT_DELAY: Duration = 200;
/** RFC 3550 §6.3.5: a source that was silent for five intervals has ended. Milliseconds. */
const SILENCE: Duration = 25_000;
/** Key frames are large: they are not asked for more often than this. Milliseconds. */
const KEY_FRAME_REPEAT: Duration = 500;

export interface RtpSessionOptions {
  readonly random: Random;
  /** Milliseconds since 1970 at instant 0: what reports tell of our clock. */
  readonly timeOrigin: number;
}

export class RtpSession {
  /** RTCP that could not be read, by datagram. */
  malformedRtcp = 0;
  readonly #random: Random;
  readonly #timeOrigin: number;
  readonly #view = new RtpPacketView();
  readonly #nextName = () => this.#names++;
  readonly #receivers = new ReceiverSet(this.#nextName);
  readonly #packets = new OutgoingPackets(1);
  readonly #control = new Fifo<Uint8Array>();
  readonly #events = new Fifo<RtpSessionEvent>();
  readonly #feedback = new TransportFeedback();
  readonly #congestion = new CongestionFeedback();
  readonly #references = new ReferenceTimes();
  readonly #lipSync = new LipSync();
  readonly #budget = new FeedbackBudget();
  /** The media that the next feedback names. */
  #feedbackSsrc = 0;
  readonly #missing: number[] = [];
  /** Who reports while nothing is sent. */
  readonly #ssrc: number;
  readonly #writer: Uint8Array = new Uint8Array(MAX_PACKET_LENGTH);
  #senders: readonly SendSection[] = [];
  /**
   * Sections that have sent and do not for now. Their numbers go on when they do again: under the same key an SSRC must never
   * begin anew (RFC 3711 §9.1).
   */
  readonly #resting = new Map<MediaId, SendSection>();
  #reducedSize = false;
  #roundTrip: Duration | undefined;
  #reportAt: Instant = NEVER;
  #intraRequests = 0;
  #names = 0;
  #started = false;

  constructor(options: RtpSessionOptions) {
    this.#random = options.random;
    this.#timeOrigin = options.timeOrigin;
    this.#ssrc = randomUint32(options.random) || 1;
  }

  /** What was counted, for statistics. */
  snapshot(now: Instant): RtpSnapshot {
    const senders = [...this.#senders, ...this.#resting.values()];
    return snapshotOf(now, senders, this.#receivers.sections, this.#congestion);
  }

  get drops(): ReceiveDrops {
    return this.#receivers.drops;
  }

  /** All sections, as negotiated. Streams that stay go on where they are. */
  configure(now: Instant, sections: readonly MediaSectionParameters[]): void {
    const before = this.#senders;
    this.#senders = sections.flatMap((section) => {
      const known = before.find(({ media }) => media === section.media) ?? this.#resting.get(section.media);
      if (section.send === undefined) {
        if (known !== undefined) this.#rest(known);
        return [];
      }
      this.#resting.delete(section.media);
      const earlier = known?.streams ?? [];
      return [new SendSection(section, section.send, this.#packets, this.#random, this.#nextName, earlier)];
    });
    for (const section of before) {
      if (!sections.some(({ media }) => media === section.media)) this.#rest(section);
    }
    const rate = this.#senders.reduce((sum, section) => sum + section.rate, 0);
    this.#packets.setRate(now, Math.max(1, rate));
    this.#receivers.configure(sections);
    this.#reducedSize = sections.length > 0 && sections.every(({ reducedSize }) => reducedSize);
    const kept = new Set(this.#senders.flatMap(({ streams }) => streams.map(({ ssrc }) => ssrc)));
    const gone = before.flatMap(({ streams }) => streams).filter(({ ssrc }) => !kept.has(ssrc));
    this.#sayGoodbye(now, gone);
    if (sections.length === 0) this.#reportAt = NEVER;
    else if (this.#started && this.#reportAt === NEVER) this.#reportAt = now + FIRST_REPORT_DELAY;
    if (this.#started) this.#askForFirstFrames();
  }

  /** Packets can be protected from now on. */
  start(now: Instant): void {
    if (this.#started) return;
    this.#started = true;
    if (this.#senders.length > 0 || this.#receivers.sections.length > 0)
      this.#reportAt = now + FIRST_REPORT_DELAY;
    this.#askForFirstFrames();
  }

  /** No keys any more: nothing is sent or received. */
  stop(): void {
    this.#started = false;
    this.#reportAt = NEVER;
    this.#packets.clear();
    this.#control.clear();
    // What was protected under the keys that are gone is of no use.
    for (const { streams } of this.#senders) for (const { history } of streams) history.clear();
  }

  /** The last packets: BYE for what is sent (RFC 3550 §6.6). */
  close(now: Instant): void {
    this.#sayGoodbye(
      now,
      this.#senders.flatMap(({ streams }) => streams),
    );
    this.#packets.clear();
    this.#reportAt = NEVER;
  }

  /** The round trip of the path, until reports tell that of the streams. */
  setRoundTrip(roundTrip: Duration | undefined): void {
    this.#roundTrip = roundTrip ?? this.#roundTrip;
  }

  sendFrame(now: Instant, media: MediaId, frame: EncodedFrame): void {
    const section = this.#started ? this.#sender(media) : undefined;
    const broken = section?.sendFrame(now, frame);
    if (broken !== undefined) this.#wantKeyFrame(now, section!, broken);
  }

  sendPackets(now: Instant, media: MediaId, packets: readonly MediaPacket[]): void {
    if (this.#started) this.#sender(media)?.sendPackets(now, packets);
  }

  /** When packets were captured that are passed on, by the reports of who has sent them. */
  noteClock(media: MediaId, clock: SourceClock): void {
    for (const { sourceClocks } of this.#sender(media)?.streams ?? []) sourceClocks.note(clock);
  }

  /** One telephone event (RFC 4733 §3.2), for `duration` milliseconds, behind those that play already. */
  sendTone(now: Instant, media: MediaId, event: number, duration: Duration): void {
    if (this.#started) this.#sender(media)?.sendTone(now, event, duration);
  }

  /** In which forms a section's media is wanted. */
  want(media: MediaId, frames: boolean, packets: boolean): void {
    const section = this.#receivers.section(media);
    if (section === undefined) return;
    if (section.wantsFrames && !frames) for (const { frames } of section.streams) frames.clear();
    section.wantsFrames = frames;
    section.wantsPackets = packets;
  }

  /** A subscriber cannot go on. `rid` undefined: all layers. */
  requestKeyFrame(now: Instant, media: MediaId, rid: string | undefined): void {
    const section = this.#receivers.section(media);
    for (const stream of section?.streams ?? []) {
      if (stream.kind === "video" && (rid === undefined || stream.rid === rid))
        this.#askForKeyFrame(now, stream);
    }
  }

  /** webrtc-pc §5.3 jitterBufferTarget, milliseconds. */
  setTarget(media: MediaId, target: Duration | undefined): void {
    const section = this.#receivers.section(media);
    if (section === undefined) return;
    section.target = target;
  }

  /** A packet after its protection was taken off; borrowed until return. */
  handleRtp(now: Instant, packet: Uint8Array): void {
    const view = this.#view;
    if (view.parse(packet) !== undefined) {
      this.#receivers.drops.malformed++;
      return;
    }
    const section = this.#receivers.received(now, view);
    if (section === undefined) return;
    this.#budget.earn(packet.length);
    if (section.wantsCongestionFeedback) this.#congestion.received(now, view.ssrc, view.sequenceNumber);
    const { transportWideCc } = section.ids;
    const at = transportWideCc > 0 ? view.findExtension(transportWideCc) : -1;
    if (at >= 0) {
      const number = decodeTransportSequenceNumber(packet, at, view.elementLength);
      if (number >= 0) {
        this.#feedback.received(now, number);
        this.#feedbackSsrc = view.ssrc;
      }
    }
    if (!section.flowing && section.streams.length > 0) {
      section.flowing = true;
      this.#events.push({ type: "media-flowing", media: section.media, flowing: true });
    }
    this.#deliver(now, section);
  }

  /** The same for RTCP. */
  handleRtcp(now: Instant, datagram: Uint8Array): void {
    const packets = decodeCompound(datagram);
    if (packets instanceof Malformed) {
      this.malformedRtcp++;
      return;
    }
    for (const packet of packets) this.#handleControl(now, packet);
    for (const told of this.#receivers.takeClocks(now, this.#timeOrigin))
      this.#events.push({ type: "media-clock", ...told });
  }

  handleTimeout(now: Instant): void {
    if (!this.#started) return;
    this.#packets.handleTimeout(now);
    if (now >= this.#reportAt) this.#report(now);
    for (const section of this.#senders) {
      section.handleTimeout(now);
      for (const stream of section.streams)
        if (stream.keyFrameRequests.handleTimeout(now)) this.#passOnKeyFrameRequest(section, stream);
    }
    for (const section of this.#receivers.sections) {
      for (const stream of section.streams) stream.endTones(now, section);
      this.#deliver(now, section);
      for (const stream of section.streams) this.#repair(now, section, stream);
    }
    if (now >= this.#feedback.nextTimeout()) this.#writeFeedback(now);
    if (now >= this.#congestion.nextTimeout()) this.#writeCongestionFeedback(now);
  }

  nextTimeout(): Instant {
    if (!this.#started) return NEVER;
    let next = Math.min(this.#reportAt, this.#feedback.nextTimeout(), this.#congestion.nextTimeout());
    next = Math.min(next, this.#packets.nextTimeout());
    for (const section of this.#senders) {
      next = Math.min(next, section.nextTimeout());
      for (const { keyFrameRequests } of section.streams)
        next = Math.min(next, keyFrameRequests.nextTimeout());
    }
    for (const section of this.#receivers.sections) {
      for (const stream of section.streams) {
        next = Math.min(next, stream.frames.nextTimeout(), stream.nack.nextTimeout());
        if (stream.tones !== undefined) next = Math.min(next, stream.tones.nextTimeout());
      }
    }
    return next;
  }

  /** Writes the next RTCP packet, unprotected; returns its length, 0 when nothing is owed. */
  pollControl(out: Uint8Array): number {
    const control = this.#control.shift();
    if (control === undefined) return 0;
    out.set(control);
    return control.length;
  }

  /** The same for RTP. After its protection {@link packetLeft} is to be called, unless {@link isProtected}. */
  pollPacket(now: Instant, out: Uint8Array): number {
    const length = this.#packets.take(now, out);
    for (
      let stream = this.#packets.takeExpired();
      stream !== undefined;
      stream = this.#packets.takeExpired()
    ) {
      if (stream.section !== undefined) this.#wantKeyFrame(now, stream.section, stream);
    }
    return length;
  }

  /**
   * What {@link pollPacket} has written is protected already: a packet sent again without RTX is the same octets, for an index is
   * protected only once (RFC 3711 §9.1).
   */
  get isProtected(): boolean {
    return this.#packets.isProtected;
  }

  /** The octets that the packet of {@link pollPacket} has become by its protection. */
  packetLeft(now: Instant, packet: Uint8Array, length: number): void {
    this.#packets.left(now, packet, length);
  }

  pollEvent(): RtpSessionEvent | undefined {
    return this.#events.shift();
  }

  #sender(media: MediaId): SendSection | undefined {
    return this.#senders.find((section) => section.media === media);
  }

  #rest(section: SendSection): void {
    this.#resting.set(section.media, section);
    for (const stream of section.streams) stream.section = undefined;
  }

  #sendStreamOf(ssrc: number): { section: SendSection; stream: SendStream } | undefined {
    for (const section of this.#senders) {
      for (const stream of section.streams) if (stream.ssrc === ssrc) return { section, stream };
    }
    return undefined;
  }

  get #reporterSsrc(): number {
    return this.#senders[0]?.streams[0]?.ssrc ?? this.#ssrc;
  }

  /** Whoever begins to receive needs a frame that needs no other. */
  #askForFirstFrames(): void {
    for (const { kind, media, streams } of this.#senders) {
      const fresh = kind === "video" && streams.some(({ statistics }) => statistics.packetsSent === 0);
      if (fresh) this.#events.push({ type: "key-frame-wanted", media, rid: undefined });
    }
  }

  #deliver(now: Instant, section: ReceiveSection): void {
    const { media } = section;
    if (section.wantsFrames) {
      this.#lipSync.update(now, this.#receivers.sections);
      for (const stream of section.streams) {
        stream.takeFrames(now, this.#roundTrip, section);
        if (stream.isKeyFrameWanted(now)) this.#askForKeyFrame(now, stream);
      }
    }
    if (section.frames.length > 0) {
      this.#events.push({ type: "media-frames", media, frames: section.frames });
      section.frames = [];
    }
    if (section.tones.length > 0) {
      for (const tone of section.tones) this.#events.push({ type: "media-tone", media, tone });
      section.tones = [];
    }
    if (section.packets.length > 0) {
      this.#events.push({ type: "media-packets", media, packets: section.packets });
      section.packets = [];
    }
  }

  #repair(now: Instant, section: ReceiveSection, stream: ReceiveStream): void {
    const missing = this.#missing;
    missing.length = 0;
    stream.nack.collect(now, this.#roundTrip, missing);
    if (missing.length > 0 && stream.format.nack && this.#budget.isOpen) {
      stream.nackCount++;
      this.#ask(now, (out) => writeNack(out, this.#reporterSsrc, stream.ssrc, missing));
    }
    if (stream.wantsKeyFrame && (section.wantsFrames || section.wantsPackets))
      this.#askForKeyFrame(now, stream);
  }

  #writeFeedback(now: Instant): void {
    for (;;) {
      const feedback = this.#feedback.take(this.#reporterSsrc, this.#feedbackSsrc);
      if (feedback === undefined) return;
      this.#write(now, (out) => writeTransportWideFeedback(out, feedback));
    }
  }

  #writeCongestionFeedback(now: Instant): void {
    for (;;) {
      const { isOpen } = this.#budget;
      const feedback = this.#congestion.take(now, this.#timeOrigin + now, this.#reporterSsrc, isOpen);
      if (feedback === undefined) return;
      if (isOpen) this.#ask(now, (out) => writeCongestionControlFeedback(out, feedback));
    }
  }

  #askForKeyFrame(now: Instant, stream: ReceiveStream): void {
    const { format, ssrc } = stream;
    if (now - stream.keyFrameAskedAt < KEY_FRAME_REPEAT || !(format.pli || format.fir)) return;
    if (!this.#budget.isOpen) return;
    stream.keyFrameAskedAt = now;
    stream.wantsKeyFrame = false;
    if (format.pli) {
      stream.pliCount++;
      this.#ask(now, (out) => writePictureLoss(out, this.#reporterSsrc, ssrc));
      return;
    }
    stream.firCount++;
    const commandNumber = this.#intraRequests++ & 0xff;
    this.#ask(now, (out) => writeFullIntraRequest(out, this.#reporterSsrc, [{ ssrc, commandNumber }]));
  }

  #report(now: Instant): void {
    const video = [...this.#senders, ...this.#receivers.sections].some(({ kind }) => kind === "video");
    const interval = video ? VIDEO_REPORT_INTERVAL : AUDIO_REPORT_INTERVAL;
    // RFC 3550 §6.3.5: between half and one and a half of it, so that ends do not fall into step.
    this.#reportAt = now + interval * (0.5 + randomUnit(this.#random));
    this.#write(now, (out) => this.#writeReports(now, out), true);
    this.#noticeSilence(now);
  }

  #writeReports(now: Instant, out: ByteWriter): void {
    const senders = this.#senders.flatMap(({ streams }) =>
      streams.filter(({ statistics }) => statistics.packetsSent > 0),
    );
    writeReports(out, {
      now,
      wallClock: this.#timeOrigin + now,
      cname: this.#senders[0]?.cname ?? "-",
      ssrc: this.#ssrc,
      senders,
      receivers: this.#receivers.sections.flatMap(({ streams }) => streams),
    });
    this.#writeExtendedReport(now, out, senders.length > 0);
  }

  /** RFC 3611 §4.4, §4.5: who receives asks with its reference time, and answers who has asked. */
  #writeExtendedReport(now: Instant, out: ByteWriter, sends: boolean): void {
    const asks = this.#receivers.sections.some(
      (section) => section.tellsReferenceTimes && section.streams.length > 0,
    );
    if (!asks && !this.#references.pending) return;
    const wallClock = this.#timeOrigin + now;
    writeExtendedReport(out, {
      ssrc: sends ? this.#reporterSsrc : this.#ssrc,
      referenceTime: asks
        ? { ntpSeconds: ntpSeconds(wallClock), ntpFraction: ntpFraction(wallClock) }
        : undefined,
      delays: this.#references.take(now),
    });
  }

  #noticeSilence(now: Instant): void {
    for (const section of this.#receivers.sections) {
      const silent = section.streams.filter(({ statistics }) => now - statistics.lastPacketAt > SILENCE);
      this.#receivers.remove(silent.map(({ ssrc }) => ssrc));
      this.#noticeEnd(section);
    }
  }

  #noticeEnd(section: ReceiveSection): void {
    if (!section.flowing || section.streams.length > 0) return;
    section.flowing = false;
    this.#events.push({ type: "media-flowing", media: section.media, flowing: false });
  }

  #sayGoodbye(now: Instant, streams: readonly SendStream[]): void {
    const ssrcs = streams.filter(({ statistics }) => statistics.packetsSent > 0).map(({ ssrc }) => ssrc);
    if (ssrcs.length === 0 || !this.#started) return;
    this.#write(
      now,
      (out) => {
        this.#writeReports(now, out);
        writeFarewell(out, ssrcs);
      },
      true,
    );
  }

  /** What only goes out as far as media pays for it. */
  #ask(now: Instant, write: (out: ByteWriter) => unknown): void {
    this.#budget.spend(this.#write(now, write));
  }

  /**
   * Queues what `write` writes, behind a report where the peer wants compound packets only (RFC 5506 §4). Returns how many octets
   * that are.
   */
  #write(now: Instant, write: (out: ByteWriter) => unknown, whole = false): number {
    const out = new ByteWriter(this.#writer);
    if (!whole && !this.#reducedSize) this.#writeReports(now, out);
    const begun = out.length;
    write(out);
    if (!out.ok || out.length === begun) return 0;
    this.#control.push(out.written().slice());
    return out.length;
  }

  #handleControl(now: Instant, packet: RtcpPacket): void {
    switch (packet.type) {
      case "sender-report":
        this.#receivers.reported(now, packet, this.#timeOrigin + now, this.#roundTrip);
        this.#handleReports(now, packet.reports);
        break;
      case "receiver-report":
        this.#handleReports(now, packet.reports);
        break;
      case "extended-report":
        this.#handleExtendedReport(now, packet);
        break;
      case "source-description":
        this.#receivers.describe(packet);
        break;
      case "bye":
        for (const ssrc of packet.ssrcs) this.#congestion.forget(ssrc);
        this.#receivers.remove(packet.ssrcs);
        for (const section of this.#receivers.sections) this.#noticeEnd(section);
        break;
      case "nack": {
        const known = this.#sendStreamOf(packet.mediaSsrc);
        if (known === undefined) break;
        known.stream.statistics.nackCount++;
        known.section.repeat(now, known.stream, packet.sequenceNumbers, this.#roundTrip);
        break;
      }
      case "picture-loss": {
        const known = this.#sendStreamOf(packet.mediaSsrc);
        if (known === undefined) break;
        known.stream.statistics.pliCount++;
        this.#wantKeyFrame(now, known.section, known.stream);
        break;
      }
      case "full-intra-request":
        this.#handleIntraRequest(now, packet);
        break;
      case "congestion-control-feedback":
        this.#congestion.messagesReceived++;
        break;
    }
  }

  #handleExtendedReport(now: Instant, report: ExtendedReport): void {
    this.#references.received(now, report);
    for (const { ssrc, lastReference, delay } of report.delays) {
      if (ssrc !== this.#ssrc && ssrc !== this.#reporterSsrc) continue;
      const roundTrip = roundTripOf(this.#timeOrigin + now, lastReference, delay);
      if (roundTrip === undefined) continue;
      this.#roundTrip = roundTrip;
      this.#receivers.stream(report.ssrc)?.measuredRoundTrip(roundTrip);
    }
  }

  #handleReports(now: Instant, blocks: readonly ReportBlock[]): void {
    for (const block of blocks) {
      const known = this.#sendStreamOf(block.ssrc);
      if (known === undefined) continue;
      const { section, stream } = known;
      const remote = stream.statistics.reported(now, this.#timeOrigin + now, stream.clockRate, block);
      this.#roundTrip = remote.roundTrip ?? this.#roundTrip;
      stream.protection.reported(remote.fractionLost);
      section.redundancy.adapt(stream, this.#roundTrip);
    }
  }

  /** RFC 5104 §4.3.1.2: the same number again is the same request. */
  #handleIntraRequest(now: Instant, { entries }: FullIntraRequest): void {
    for (const { ssrc, commandNumber } of entries) {
      const known = this.#sendStreamOf(ssrc);
      if (known === undefined || known.stream.lastFir === commandNumber) continue;
      known.stream.lastFir = commandNumber;
      known.stream.statistics.firCount++;
      this.#wantKeyFrame(now, known.section, known.stream);
    }
  }

  /** Who asks all the time is heard now and then. */
  #wantKeyFrame(now: Instant, section: SendSection, stream: SendStream): void {
    if (stream.keyFrameRequests.received(now)) this.#passOnKeyFrameRequest(section, stream);
  }

  #passOnKeyFrameRequest(section: SendSection, { rid }: SendStream): void {
    this.#events.push({ type: "key-frame-wanted", media: section.media, rid });
  }
}
