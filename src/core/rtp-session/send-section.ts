/** What one section sends: frames cut into packets, packets passed on, and what was lost sent again. */
import type { Duration, Instant } from "../base/instant.ts";
import type { EncodedFrame, MediaPacket } from "../base/media-frame.ts";
import type { Random } from "../base/random.ts";
import { PACER_PRIORITY, type Packetizer, pictureSize, TELEPHONE_EVENT_LENGTH } from "../media/index.ts";
import { MAX_CSRCS } from "../rtp/index.ts";
import { ExtensionIds, frameExtensions } from "./header-extensions.ts";
import { LayerChoice } from "./layer-choice.ts";
import { MAX_PACKET_LENGTH, MAX_PASSED_ON_LENGTH } from "./limits.ts";
import { CARRIED, HEADER_ESTIMATE, NO_CSRCS, type OutgoingPacket } from "./outgoing-packet.ts";
import type { OutgoingPackets } from "./outgoing-packets.ts";
import { OSN_LENGTH, type PacketIdentity, PacketWriter } from "./packet-writer.ts";
import type { MediaId, MediaSectionParameters, SendParameters } from "./parameters.ts";
import { goesBesideAudio, type MediaFormat, PayloadFormats } from "./payload-formats.ts";
import { copyPayload, Redundancy } from "./redundancy.ts";
import { SendStream } from "./send-stream.ts";

/** Where payloads are written before their length is known. One serves all sections. */
const scratch = new Uint8Array(1500);
const identity: PacketIdentity = {
  payloadType: 0,
  sequenceNumber: 0,
  ssrc: 0,
  rid: undefined,
  isRepair: false,
};

/** In place of a payload type: the packet does not leave, and has no number. */
const OMITTED = -1;
/** bit/s of a stream without a limit of its own: what bursts of video are spread to where nobody has said anything. */
const DEFAULT_RATE = 20_000_000;
/** Packets leave faster than media is made, or they would never catch up with a key frame; libwebrtc's factor. */
const PACE_FACTOR = 2.5;

export class SendSection {
  readonly media: MediaId;
  readonly kind: "audio" | "video";
  readonly cname: string;
  readonly streams: readonly SendStream[];
  /** bit/s that its packets are spread to. */
  readonly rate: number;
  /** Frames and packets of a codec or size that cannot be sent, or that found the queue full. */
  refused = 0;
  readonly redundancy: Redundancy;
  readonly #formats: PayloadFormats;
  readonly #ids: ExtensionIds;
  readonly #writer: PacketWriter;
  readonly #out: OutgoingPackets;
  readonly #priority: typeof PACER_PRIORITY.AUDIO | typeof PACER_PRIORITY.VIDEO;
  readonly #choice: LayerChoice;

  /** `earlier`: the streams of the section until now; those that stay go on where they were. */
  constructor(
    section: MediaSectionParameters,
    send: SendParameters,
    out: OutgoingPackets,
    random: Random,
    nextName: () => number,
    earlier: readonly SendStream[],
  ) {
    this.media = section.media;
    this.kind = section.kind;
    this.cname = send.cname;
    this.#formats = new PayloadFormats(send.formats);
    this.#ids = new ExtensionIds(send.headerExtensions);
    this.redundancy = new Redundancy(section.kind, this.#formats, out);
    this.#writer = new PacketWriter(section.mid, this.#ids, section.extmapAllowMixed, out);
    this.#out = out;
    this.#priority = section.kind === "audio" ? PACER_PRIORITY.AUDIO : PACER_PRIORITY.VIDEO;
    this.rate = send.streams.reduce(
      (sum, { maxBitrate }) => sum + (maxBitrate ?? DEFAULT_RATE) * PACE_FACTOR,
      0,
    );
    this.streams = send.streams.map((parameters) => {
      const known = earlier.find(({ ssrc }) => ssrc === parameters.ssrc);
      const stream = known ?? new SendStream(random, nextName(), parameters);
      stream.begin(this, parameters.active);
      return stream;
    });
    this.#choice = new LayerChoice(this.streams);
    for (const stream of this.streams) this.redundancy.adapt(stream, undefined);
  }

  /** What is sent unless a frame says otherwise. */
  get firstFormat(): MediaFormat | undefined {
    return this.#formats.media[0];
  }

  /** Hz: of the codec that is sent unless a frame says otherwise. */
  get clockRate(): number {
    return this.#formats.media[0]?.clockRate ?? 90_000;
  }

  /**
   * Cuts a frame into packets. Returns the stream that needs a key frame: the queue was full, or the frame would go on from one that
   * was not sent.
   */
  sendFrame(now: Instant, frame: EncodedFrame): SendStream | undefined {
    const stream = this.#choice.forFrame(now, frame.rid);
    const format = this.#formats.byMimeType(frame.mimeType);
    // As libwebrtc does: a tone takes the place of the audio.
    if (stream === undefined || !stream.active || stream.tones.active) return undefined;
    const isKey = frame.type === "key";
    if (this.kind === "video" && !stream.chain.takes(now, isKey)) return stream;
    const packetizer = format && stream.packetizerFor(format);
    const csrcs = csrcsOf(frame);
    const count = packetizer?.start(frame.data, this.#payloadRoom(stream, format!, csrcs)) ?? 0;
    const fits = count <= this.#out.room;
    if (format === undefined || packetizer === undefined || count === 0 || !fits) {
      this.refused++;
      if (fits) return undefined;
      stream.chain.break();
      return stream;
    }
    stream.format = format;
    stream.statistics.frameOctets = frame.data.length;
    stream.countFrame(now, this.kind);
    if (isKey) {
      stream.statistics.keyFramesSent++;
      stream.keyFrameRequests.answered();
      stream.pictureSize = pictureSize(format.mimeType, frame.data) ?? stream.pictureSize;
    }
    this.#enqueueFrame(now, stream, format, frame, csrcs, packetizer, count);
    return undefined;
  }

  /** Passes packets on under our own numbers, without a look into their payload. */
  sendPackets(now: Instant, packets: readonly MediaPacket[]): void {
    for (let i = 0; i < packets.length; i++) {
      const packet = packets[i]!;
      const stream = this.#choice.forPacket(packet.rid);
      if (stream === undefined || !stream.active) continue;
      if (this.kind === "audio" && goesBesideAudio(packet.mimeType)) {
        this.#passOnBeside(now, stream, packet);
        continue;
      }
      const format = this.#formats.byMimeType(packet.mimeType);
      if (format === undefined || packet.payload.length > MAX_PASSED_ON_LENGTH) {
        this.refused++;
        continue;
      }
      stream.format = format;
      stream.statistics.frameOctets += packet.payload.length;
      if (packet.marker) stream.countFrame(now, this.kind);
      const out = this.#out.acquire();
      out.carried = CARRIED.MEDIA;
      out.payloadType = format.payloadType;
      const { pictures } = stream;
      pictures.next(packet);
      out.passOn(packet, pictures.payload(packet), pictures.extensions(packet));
      this.#push(now, this.#priority, stream, out);
    }
  }

  /** Beside the audio that it came with. Where it was not agreed on it leaves no gap: it would be a loss to the receiver. */
  #passOnBeside(now: Instant, stream: SendStream, packet: MediaPacket): void {
    const { mimeType } = packet;
    const payloadType = this.#formats.besideFor(mimeType, stream.format?.clockRate ?? this.clockRate);
    const fits = packet.payload.length <= MAX_PASSED_ON_LENGTH;
    const out = this.#out.acquire();
    out.carried = CARRIED.TONE;
    out.payloadType = fits ? (payloadType ?? OMITTED) : OMITTED;
    out.passOn(packet, packet.payload, packet.extensions);
    this.#push(now, this.#priority, stream, out);
  }

  /** Plays a telephone event behind those that play already; `duration`: milliseconds. Ignored where it was not agreed on. */
  sendTone(now: Instant, event: number, duration: Duration): void {
    if (this.#formats.tonesFor(this.clockRate) === undefined || !this.streams[0]?.active) return;
    this.streams[0].tones.push(event, duration);
    this.handleTimeout(now);
  }

  /** Sends what is due of the tones. */
  handleTimeout(now: Instant): void {
    const stream = this.streams[0];
    if (stream === undefined || !stream.tones.active) return;
    const { tones } = stream;
    const format = this.#formats.tonesFor(this.clockRate);
    if (format === undefined || !stream.active) {
      tones.clear();
      return;
    }
    for (;;) {
      const { clockRate } = this;
      if (tones.canBegin) tones.begin(now, stream.timestampNow(now, clockRate), clockRate, format.clockRate);
      const length = tones.poll(now, scratch, 0);
      if (length === 0) return;
      const out = this.#out.acquire();
      out.carried = CARRIED.TONE;
      out.payloadType = format.payloadType;
      out.marker = tones.marker;
      out.payload = scratch.slice(0, TELEPHONE_EVENT_LENGTH);
      out.timestamp = tones.timestamp;
      this.#push(now, this.#priority, stream, out);
    }
  }

  /** When {@link handleTimeout} has something. */
  nextTimeout(): Instant {
    return this.streams[0]?.tones.nextTimeout() ?? Number.POSITIVE_INFINITY;
  }

  /** The peer asks for packets again (RFC 4585 §6.2.1): by RTX, or as the octets that they were. */
  repeat(
    now: Instant,
    stream: SendStream,
    sequenceNumbers: readonly number[],
    roundTrip: Duration | undefined,
  ): void {
    for (let i = 0; i < sequenceNumbers.length; i++) {
      const again = this.#out.acquire();
      if (!stream.history.take(now, sequenceNumbers[i]!, roundTrip, again)) {
        this.#out.release(again);
        continue;
      }
      again.stream = stream;
      again.carried = CARRIED.RETRANSMISSION;
      this.#out.push(now, PACER_PRIORITY.RETRANSMISSION, again);
    }
  }

  /** Writes a packet that leaves now; returns its length, 0 when it cannot. */
  write(now: Instant, packet: OutgoingPacket, out: Uint8Array): number {
    const stream = packet.stream!;
    if (packet.carried === CARRIED.RETRANSMISSION) return this.#writeAgain(now, stream, packet, out);
    const { statistics } = stream;
    const beside = packet.carried === CARRIED.REPAIR && this.redundancy.goesBeside(stream);
    if (!beside && !this.#number(now, stream, packet)) {
      this.refused++;
      return 0;
    }
    identity.payloadType = packet.payloadType;
    identity.sequenceNumber = beside ? stream.nextFecSequenceNumber() : packet.sequenceNumber;
    identity.ssrc = beside ? stream.fecSsrc! : stream.ssrc;
    identity.rid = stream.rid;
    identity.isRepair = beside;
    const header = this.#writer.writeHeader(now, packet, identity, out);
    if (header < 0 || header + packet.payload.length + 1 > out.length) return 0;
    const payload =
      packet.carried === CARRIED.MEDIA
        ? this.redundancy.writePayload(now, stream, packet, out, header)
        : copyPayload(packet, out, header);
    statistics.totalSendDelay += now - packet.queuedAt;
    statistics.sent(header, payload);
    return header + payload;
  }

  /**
   * Keeps a packet that leaves, for the case that it is asked for again. True: there is no RTX, so that it will have to be the
   * same octets, which are to be kept when they are known.
   */
  keep(now: Instant, packet: OutgoingPacket): boolean {
    if (packet.carried === CARRIED.RETRANSMISSION || packet.carried === CARRIED.TONE) return false;
    const stream = packet.stream!;
    if (!(stream.format?.nack ?? false)) return false;
    if (this.#formats.rtxFor(packet.payloadType) === undefined) return packet.carried !== CARRIED.REPAIR;
    stream.history.keep(now, packet);
    return false;
  }

  #enqueueFrame(
    now: Instant,
    stream: SendStream,
    format: MediaFormat,
    frame: EncodedFrame,
    csrcs: readonly number[],
    packetizer: Packetizer,
    count: number,
  ): void {
    const timestamp = stream.timestampAt(frame.timestamp, format.clockRate);
    const { absoluteCaptureTime } = frame;
    const captured =
      absoluteCaptureTime !== undefined && this.#ids.absCaptureTime > 0
        ? stream.captureTimes.take(now, absoluteCaptureTime, timestamp, format.clockRate)
        : undefined;
    for (let i = 1; i <= count; i++) {
      const last = i === count;
      const out = this.#out.acquire();
      out.carried = CARRIED.MEDIA;
      out.payloadType = format.payloadType;
      // RFC 3551 §4.1 has the marker of audio at the beginning of a talkspurt, which an encoder does not tell.
      out.marker = last && this.kind === "video";
      out.payload = scratch.slice(0, packetizer.write(scratch, 0));
      out.csrcs = csrcs;
      out.extensions = frameExtensions(this.#ids, frame, i === 1 ? captured : undefined, last);
      out.timestamp = timestamp;
      this.#push(now, this.#priority, stream, out);
    }
  }

  #push(
    now: Instant,
    priority: typeof PACER_PRIORITY.AUDIO | typeof PACER_PRIORITY.VIDEO,
    stream: SendStream,
    packet: OutgoingPacket,
  ): void {
    packet.stream = stream;
    packet.octets = packet.payload.length + HEADER_ESTIMATE;
    this.#out.push(now, priority, packet);
  }

  /** Gives the packet its sequence number and timestamp; false: it is too old to be put in. */
  #number(now: Instant, stream: SendStream, packet: OutgoingPacket): boolean {
    const { numbers, statistics } = stream;
    if (packet.carried !== CARRIED.MEDIA && packet.sourceSsrc < 0) {
      if (packet.carried === CARRIED.REPAIR) packet.timestamp = statistics.lastTimestamp;
      packet.sequenceNumber = numbers.take();
      return true;
    }
    if (packet.sourceSsrc < 0) {
      numbers.leave();
      packet.sequenceNumber = numbers.take();
    } else {
      const { sourceSsrc, sourceSequenceNumber } = packet;
      if (!numbers.isJoined(sourceSsrc)) {
        const { clockRate } = this.#formats.byPayloadType(packet.payloadType) ?? this;
        const timestamp = stream.timestampNow(now, clockRate);
        numbers.join(sourceSsrc, sourceSequenceNumber, packet.timestamp, timestamp);
      }
      if (packet.payloadType === OMITTED) {
        numbers.omit(sourceSequenceNumber);
        return false;
      }
      packet.sequenceNumber = numbers.sequenceNumber(sourceSequenceNumber);
      if (packet.sequenceNumber < 0) return false;
      packet.timestamp = numbers.timestamp(packet.timestamp);
      // Of a tone it stands still.
      if (packet.carried === CARRIED.TONE) return true;
    }
    statistics.lastTimestamp = packet.timestamp;
    statistics.lastTimestampAt = packet.queuedAt;
    return true;
  }

  #writeAgain(now: Instant, stream: SendStream, packet: OutgoingPacket, out: Uint8Array): number {
    if (packet.wireLength > 0) {
      out.set(packet.wire.subarray(0, packet.wireLength));
      const payload = packet.octets - HEADER_ESTIMATE;
      stream.statistics.sentAgain(packet.wireLength - payload, payload);
      return packet.wireLength;
    }
    const rtx = this.#formats.rtxFor(packet.payloadType);
    if (rtx === undefined) return 0;
    identity.payloadType = rtx;
    identity.sequenceNumber = stream.nextRtxSequenceNumber();
    identity.ssrc = stream.rtxSsrc;
    identity.rid = stream.rid;
    identity.isRepair = true;
    const header = this.#writer.writeHeader(now, packet, identity, out);
    const length = OSN_LENGTH + packet.payload.length;
    if (header < 0 || header + length > out.length) return 0;
    out[header] = packet.sequenceNumber >>> 8;
    out[header + 1] = packet.sequenceNumber;
    out.set(packet.payload, header + OSN_LENGTH);
    stream.statistics.sentAgain(header, length);
    return header + length;
  }

  /** Octets of one payload: beside the header there is room for what RTX, RED and repair packets add. */
  #payloadRoom(stream: SendStream, format: MediaFormat, csrcs: readonly number[]): number {
    const repair = format.nack ? OSN_LENGTH : 0;
    const header = this.#writer.headerRoom(stream.rid) + this.#ids.frameRoom + 4 * csrcs.length;
    return MAX_PACKET_LENGTH - header - repair - 1;
  }
}

/** RFC 3550 §7.1: of more than 15 contributing sources 15 are named. */
function csrcsOf({ csrcs }: EncodedFrame): readonly number[] {
  if (csrcs === undefined) return NO_CSRCS;
  return csrcs.length > MAX_CSRCS ? csrcs.slice(0, MAX_CSRCS) : csrcs;
}
