/** What one section sends: frames cut into packets, packets passed on, and what was lost sent again. */

import type { Duration, Instant } from "../base/instant.ts";
import type { EncodedFrame, MediaPacket } from "../base/media-frame.ts";
import type { Random } from "../base/random.ts";
import { type Packetizer, TELEPHONE_EVENT_LENGTH, ToneSender } from "../media/index.ts";
import { RtpPacketBuilder, RtpPacketView } from "../rtp/index.ts";
import {
  type DepartureFields,
  ExtensionIds,
  needsTwoByteForm,
  writeFrameExtensions,
  writeHopExtensions,
  writePassedOnExtensions,
} from "./header-extensions.ts";
import { MAX_PACKET_LENGTH } from "./limits.ts";
import type { OutgoingPackets } from "./outgoing-packets.ts";
import { packetizerFor } from "./packetize.ts";
import type { MediaId, MediaSectionParameters, SendParameters } from "./parameters.ts";
import { type MediaFormat, PayloadFormats } from "./payload-formats.ts";
import { SendStream } from "./send-stream.ts";

/** Where packets are written before their length is known. One serves all sections. */
const scratch = new Uint8Array(MAX_PACKET_LENGTH);
const toneScratch = new Uint8Array(TELEPHONE_EVENT_LENGTH);
const builder = new RtpPacketBuilder();
const view = new RtpPacketView();
const fields: DepartureFields = { absSendTimeAt: -1, transportWideCcAt: -1 };

/** RFC 4588 §4: the original sequence number before the payload. */
const OSN_LENGTH = 2;

/** A layer that was silent for so long has ended: another one takes its place. Milliseconds. */
const LAYER_SILENCE: Duration = 1000;

export class SendSection {
  readonly media: MediaId;
  readonly kind: "audio" | "video";
  readonly cname: string;
  readonly streams: readonly SendStream[];
  /** Frames of a codec or size that cannot be sent. */
  refusedFrames = 0;
  readonly #mid: string;
  readonly #formats: PayloadFormats;
  readonly #ids: ExtensionIds;
  readonly #mixed: boolean;
  readonly #out: OutgoingPackets;
  /** The source's simulcast layer that a section without layers sends. */
  #layer: string | undefined;
  #layerSeenAt: Instant = Number.NEGATIVE_INFINITY;
  readonly #packetizers = new Map<string, Packetizer | undefined>();
  readonly #tones = new ToneSender();

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
    this.#mid = section.mid;
    this.#formats = new PayloadFormats(send.formats);
    this.#ids = new ExtensionIds(send.headerExtensions);
    this.#mixed = section.extmapAllowMixed;
    this.#out = out;
    this.streams = send.streams.map((parameters) => {
      const known = earlier.find(({ ssrc }) => ssrc === parameters.ssrc);
      if (known === undefined) return new SendStream(random, nextName(), parameters);
      known.active = parameters.active;
      return known;
    });
  }

  /** What is sent unless a frame says otherwise. */
  get firstFormat(): MediaFormat | undefined {
    return this.#formats.media[0];
  }

  /** Hz: of the codec that is sent unless a frame says otherwise. */
  get clockRate(): number {
    return this.#formats.media[0]?.clockRate ?? 90_000;
  }

  /** Cuts a frame into packets. */
  sendFrame(now: Instant, frame: EncodedFrame): void {
    const stream = this.#streamFor(now, frame.rid);
    const format = this.#formats.byMimeType(frame.mimeType);
    // As libwebrtc does: a tone takes the place of the audio.
    if (stream === undefined || !stream.active || this.#tones.active) return;
    const packetizer = format && this.#packetizer(format, stream);
    const count = packetizer?.start(frame.data, MAX_PACKET_LENGTH - this.#headerRoom(stream)) ?? 0;
    if (format === undefined || packetizer === undefined || count === 0) {
      this.refusedFrames++;
      return;
    }
    const timestamp = stream.timestampAt(frame.timestamp, format.clockRate);
    stream.sending(now, timestamp, format);
    stream.statistics.framesSent++;
    if (frame.type === "key") stream.statistics.keyFramesSent++;
    const twoByte = this.#mixed && needsTwoByteForm(this.#ids, []);
    for (let i = 1; i <= count; i++) {
      const last = i === count;
      const sequenceNumber = stream.nextSequenceNumber();
      // RFC 3551 §4.1 has the marker of audio at the beginning of a talkspurt, which an encoder does not tell.
      const marker = last && this.kind === "video";
      builder.start(scratch, format.payloadType, marker, sequenceNumber, timestamp, stream.ssrc, twoByte);
      writeHopExtensions(builder, scratch, this.#ids, this.#mid, stream.rid, fields);
      writeFrameExtensions(builder, scratch, this.#ids, frame, last);
      const header = builder.endHeader();
      if (header < 0) continue;
      const length = header + packetizer.write(scratch, header);
      this.#push(stream, scratch.slice(0, length), length - header, sequenceNumber);
    }
  }

  /** Passes packets on under our own numbers, without a look into their payload. */
  sendPackets(now: Instant, packets: readonly MediaPacket[]): void {
    for (const packet of packets) {
      const stream = this.#streamFor(now, packet.rid);
      const format = this.#formats.byMimeType(packet.mimeType);
      if (stream === undefined || !stream.active) continue;
      if (format === undefined) {
        this.refusedFrames++;
        continue;
      }
      const elapsed =
        stream.lastTimestampAt < 0 ? 0 : ((now - stream.lastTimestampAt) * format.clockRate) / 1000;
      const sequenceNumber = stream.joinSequenceNumber(
        packet.ssrc,
        packet.sequenceNumber,
        packet.timestamp,
        Math.max(1, Math.round(elapsed)),
      );
      const timestamp = stream.joinTimestamp(packet.timestamp);
      stream.sending(now, timestamp, format);
      const twoByte = this.#mixed && needsTwoByteForm(this.#ids, packet.extensions);
      builder.start(
        scratch,
        format.payloadType,
        packet.marker,
        sequenceNumber,
        timestamp,
        stream.ssrc,
        twoByte,
      );
      for (const csrc of packet.csrcs) builder.addCsrc(csrc);
      writeHopExtensions(builder, scratch, this.#ids, this.#mid, stream.rid, fields);
      writePassedOnExtensions(builder, this.#ids, packet.extensions);
      this.#enqueue(stream, packet.payload, sequenceNumber);
    }
  }

  /** Plays a telephone event behind those that play already; `duration`: milliseconds. Ignored where it was not agreed on. */
  sendTone(now: Instant, event: number, duration: Duration): void {
    if (this.#toneType === undefined || !this.streams[0]?.active) return;
    this.#tones.push(event, duration);
    this.sendTones(now);
  }

  /** Sends what is due of the tones. */
  sendTones(now: Instant): void {
    const stream = this.streams[0];
    const payloadType = this.#toneType;
    if (stream === undefined || payloadType === undefined || !stream.active) {
      this.#tones.clear();
      return;
    }
    if (this.#tones.canBegin)
      this.#tones.begin(now, stream.timestampNow(now, this.clockRate), this.clockRate);
    while (now >= this.#tones.nextTimeout()) {
      const length = this.#tones.poll(now, toneScratch, 0);
      if (length === 0) break;
      const { marker, timestamp } = this.#tones;
      const sequenceNumber = stream.nextSequenceNumber();
      builder.start(scratch, payloadType, marker, sequenceNumber, timestamp, stream.ssrc);
      writeHopExtensions(builder, scratch, this.#ids, this.#mid, stream.rid, fields);
      this.#enqueue(stream, toneScratch.subarray(0, length), sequenceNumber);
      if (this.#tones.canBegin)
        this.#tones.begin(now, stream.timestampNow(now, this.clockRate), this.clockRate);
    }
  }

  /** When {@link sendTones} has something. */
  nextTimeout(): Instant {
    return this.#tones.nextTimeout();
  }

  get #toneType(): number | undefined {
    return this.#formats.tonesFor(this.clockRate);
  }

  /** The peer asks for packets again (RFC 4585 §6.2.1). Without RTX there is no answer: SRTP protects each index once. */
  repeat(
    now: Instant,
    stream: SendStream,
    sequenceNumbers: readonly number[],
    roundTrip: Duration | undefined,
  ): void {
    for (const sequenceNumber of sequenceNumbers) {
      const packet = stream.history.repeat(now, sequenceNumber, roundTrip);
      if (packet === undefined || view.parse(packet) !== undefined) continue;
      const rtx = this.#formats.byPayloadType(view.payloadType)?.rtxPayloadType;
      if (rtx === undefined) continue;
      const twoByte = this.#mixed && needsTwoByteForm(this.#ids, []);
      const { marker, timestamp } = view;
      builder.start(scratch, rtx, marker, stream.nextRtxSequenceNumber(), timestamp, stream.rtxSsrc, twoByte);
      writeHopExtensions(builder, scratch, this.#ids, this.#mid, stream.rid, fields, true);
      const header = builder.endHeader();
      const payload = view.payload();
      const length = header + OSN_LENGTH + payload.length;
      if (header < 0 || length > scratch.length) continue;
      scratch[header] = sequenceNumber >>> 8;
      scratch[header + 1] = sequenceNumber;
      scratch.set(payload, header + OSN_LENGTH);
      this.#push(stream, scratch.slice(0, length), length - header, undefined);
    }
  }

  /** A source without layers feeds the first encoding; of one with layers, a section without them sends one. */
  #streamFor(now: Instant, rid: string | undefined): SendStream | undefined {
    const { streams } = this;
    if (rid === undefined) return streams[0];
    if (streams.length > 1 || streams[0]?.rid !== undefined)
      return streams.find((stream) => stream.rid === rid);
    if (rid !== this.#layer && now - this.#layerSeenAt < LAYER_SILENCE) return undefined;
    this.#layer = rid;
    this.#layerSeenAt = now;
    return streams[0];
  }

  #packetizer(format: MediaFormat, stream: SendStream): Packetizer | undefined {
    const key = `${stream.ssrc} ${format.payloadType}`;
    let packetizer = this.#packetizers.get(key);
    if (packetizer === undefined && !this.#packetizers.has(key)) {
      packetizer = packetizerFor(format, stream.ssrc);
      this.#packetizers.set(key, packetizer);
    }
    return packetizer;
  }

  /** Octets to leave for the header, and for RTX's two. */
  #headerRoom(stream: SendStream): number {
    return 12 + 4 + 2 + this.#mid.length + 2 + (stream.rid?.length ?? 0) + 2 * 5 + 3 + 2 + 2 + 4 + OSN_LENGTH;
  }

  #enqueue(stream: SendStream, payload: Uint8Array, sequenceNumber: number): void {
    const header = builder.endHeader();
    const length = header + payload.length;
    if (header < 0 || length > scratch.length) {
      this.refusedFrames++;
      return;
    }
    const bytes = new Uint8Array(length);
    bytes.set(scratch.subarray(0, header));
    bytes.set(payload, header);
    this.#push(stream, bytes, payload.length, sequenceNumber);
  }

  #push(
    stream: SendStream,
    bytes: Uint8Array,
    payloadLength: number,
    sequenceNumber: number | undefined,
  ): void {
    const { absSendTimeAt, transportWideCcAt } = fields;
    this.#out.push({ stream, bytes, payloadLength, sequenceNumber, absSendTimeAt, transportWideCcAt });
  }
}
