/** One RTP stream that we receive: its numbers, its counters, what of it is missing, and the frames made of it. */
import type { Duration, Instant } from "../base/instant.ts";
import { NEVER } from "../base/instant.ts";
import type { MediaPacket, PacketExtension, ReceivedFrame } from "../base/media-frame.ts";
import { SerialUnwrapper } from "../base/serial.ts";
import { NackList } from "../media/index.ts";
import { decodeAudioLevel, decodeRotation, decodeVoiceActivity, type RtpPacketView } from "../rtp/index.ts";
import { depacketizerFor } from "./depacketize.ts";
import { FrameBuffer, type WaitingPacket } from "./frame-buffer.ts";
import type { ExtensionIds } from "./header-extensions.ts";
import type { MediaFormat } from "./payload-formats.ts";
import { ReceiveStatistics } from "./receive-statistics.ts";

/** Sequence numbers that are remembered to tell repetitions, a power of two. */
const REMEMBERED = 1024;
/** How long video waits for a missing packet, at least and at most. Milliseconds. */
const MIN_PATIENCE: Duration = 200;
const MAX_PATIENCE: Duration = 1000;
/** Round trips that requests, their losses and those of the answers may take: at 30 % loss one of 500 packets needs more. */
const PATIENCE_ROUND_TRIPS = 10;
/** Audio waits for a packet that is late, or asked for. Milliseconds. */
const AUDIO_PATIENCE: Duration = 60;

/** What a sender report says (RFC 3550 §6.4.1), and when it came. */
export interface SenderReport {
  readonly at: Instant;
  /** Milliseconds since 1970 on the sender's clock. */
  readonly wallClock: number;
  readonly timestamp: number;
  /** The middle 32 bits of the NTP timestamp: LSR. */
  readonly lsr: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** Where packets and frames of a stream go; undefined: nobody wants that form. */
export interface StreamOutput {
  readonly packets: MediaPacket[] | undefined;
  readonly frames: ReceivedFrame[] | undefined;
}

export class ReceiveStream {
  /** Number within the session, never used again (webrtc-stats §8.1: an SSRC that comes back is another stream). */
  readonly name: number;
  readonly ssrc: number;
  readonly kind: "audio" | "video";
  readonly statistics: ReceiveStatistics;
  readonly nack = new NackList();
  /** Learned from a packet, when it was not announced (RFC 8852). */
  rid: string | undefined;
  senderReport: SenderReport | undefined;
  senderReports = 0;
  /** Of its retransmissions, once one has come. */
  rtxSsrc: number | undefined;
  /** webrtc-stats */
  framesReceived = 0;
  keyFramesReceived = 0;
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
  /** webrtc-pc §5.3 jitterBufferTarget, milliseconds. */
  target: Duration | undefined;
  readonly #sequence = new SerialUnwrapper(16);
  readonly #timestamps = new SerialUnwrapper(32);
  readonly #recent = new Float64Array(REMEMBERED).fill(-1);
  #buffer: FrameBuffer | undefined;
  #bufferFormat: MediaFormat | undefined;

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
    this.statistics = new ReceiveStatistics(format.clockRate);
  }

  /** Frames lost for good (webrtc-stats framesDropped counts what was not rendered; these never came to be). */
  get framesDropped(): number {
    return this.#buffer?.framesDropped ?? 0;
  }

  /** Packets that came too late to be used (RFC 7002 §3.2). */
  get packetsDiscarded(): number {
    return this.#buffer?.packetsDiscarded ?? 0;
  }

  /** Whether a frame is wanted that needs no other, for what goes to the subscribers now. */
  get needsKeyFrame(): boolean {
    return this.kind === "video" && (this.wantsKeyFrame || (this.#buffer?.needsKeyFrame ?? false));
  }

  /**
   * A packet of the stream, `repaired` (out of RTX) or first-hand. `sequenceNumber` and `payload` (borrowed) are the original
   * packet's; everything else is in `view`.
   */
  received(
    now: Instant,
    view: RtpPacketView,
    ids: ExtensionIds,
    format: MediaFormat,
    sequenceNumber: number,
    payload: Uint8Array,
    repaired: boolean,
    output: StreamOutput,
  ): void {
    const unwrapped = this.#sequence.unwrap(sequenceNumber);
    if (repaired) {
      this.repairedPackets++;
      this.repairedBytes += payload.length;
      this.repairedHeaderBytes += view.bytes.length - payload.length;
      this.rtxSsrc = view.ssrc;
    } else
      this.statistics.received(
        now,
        unwrapped,
        view.timestamp,
        payload.length,
        view.bytes.length - payload.length,
      );
    const slot = unwrapped % REMEMBERED;
    if (this.#recent[slot] === unwrapped) return;
    this.#recent[slot] = unwrapped;
    this.format = format;
    if (!this.nack.received(now, unwrapped)) this.wantsKeyFrame = this.kind === "video";
    // Packets that are only passed on make no frames; their markers tell how many there are.
    if (!output.frames && view.marker) this.framesReceived++;
    if (output.packets) output.packets.push(this.#passOn(view, ids, format, unwrapped, payload));
    if (output.frames)
      this.#buffered(format)?.insert(this.#waitingPacket(now, view, ids, unwrapped, payload));
  }

  /** Moves the frames that are whole to `frames`. `roundTrip`: to the sender, undefined before it was measured. */
  takeFrames(now: Instant, roundTrip: Duration | undefined, frames: ReceivedFrame[]): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const patience = this.#patience(roundTrip);
    for (let frame = buffer.take(now, patience); frame !== undefined; frame = buffer.take(now, patience)) {
      this.framesReceived++;
      if (frame.key) {
        this.keyFramesReceived++;
        this.wantsKeyFrame = false;
      }
      const { last } = frame;
      const timestamp = this.#timestamps.unwrap(last.timestamp);
      const captureTime = this.#captureTime(last.timestamp);
      frames.push({
        type: frame.key ? "key" : "delta",
        data: frame.data,
        timestamp: Math.round((timestamp * 1e6) / this.format.clockRate),
        mimeType: this.format.mimeType,
        payloadType: last.payloadType,
        ssrc: this.ssrc,
        csrcs: last.csrcs,
        rtpTimestamp: last.timestamp,
        sequenceNumber: last.sequenceNumber & 0xffff,
        receiveTime: last.receivedAt,
        ...(this.rid === undefined ? {} : { rid: this.rid }),
        ...(last.audioLevel < 0 ? {} : { audioLevel: last.audioLevel, voiceActivity: last.voiceActivity }),
        ...(frame.rotation < 0 ? {} : { rotation: frame.rotation as 0 | 90 | 180 | 270 }),
        ...(captureTime === undefined ? {} : { captureTime }),
      });
    }
    if (buffer.next > 0) this.nack.dropBefore(buffer.next);
  }

  /** When {@link takeFrames} gives a gap up. */
  nextTimeout(roundTrip: Duration | undefined): Instant {
    const gapSince = this.#buffer?.gapSince ?? NEVER;
    return gapSince === NEVER ? NEVER : gapSince + this.#patience(roundTrip);
  }

  /** Nobody wants frames any more. */
  dropFrames(): void {
    this.#buffer = undefined;
    this.#bufferFormat = undefined;
  }

  #patience(roundTrip: Duration | undefined): Duration {
    if (this.target !== undefined) return this.target;
    if (this.kind === "audio") return AUDIO_PATIENCE;
    const wanted = PATIENCE_ROUND_TRIPS * (roundTrip ?? MIN_PATIENCE);
    return Math.min(MAX_PATIENCE, Math.max(MIN_PATIENCE, wanted));
  }

  #buffered(format: MediaFormat): FrameBuffer | undefined {
    if (this.#bufferFormat?.payloadType !== format.payloadType) {
      const depacketizer = depacketizerFor(format);
      this.#buffer = depacketizer && new FrameBuffer(depacketizer, this.kind === "audio");
      this.#bufferFormat = format;
    }
    return this.#buffer;
  }

  /** RFC 3550 §6.4.1: sender reports tie timestamps to the sender's wall clock. */
  #captureTime(timestamp: number): number | undefined {
    const report = this.senderReport;
    if (report === undefined) return undefined;
    const difference = (timestamp - report.timestamp) | 0;
    return report.wallClock + (difference * 1000) / this.format.clockRate;
  }

  #passOn(
    view: RtpPacketView,
    ids: ExtensionIds,
    format: MediaFormat,
    sequenceNumber: number,
    payload: Uint8Array,
  ): MediaPacket {
    const extensions: PacketExtension[] = [];
    view.forEachExtension((id, data) => {
      const uri = ids.endToEnd.get(id);
      if (uri !== undefined) extensions.push({ uri, data: data.slice() });
    });
    return {
      mimeType: format.mimeType,
      payloadType: format.payloadType,
      marker: view.marker,
      sequenceNumber,
      timestamp: view.timestamp,
      ssrc: this.ssrc,
      csrcs: csrcsOf(view),
      payload: payload.slice(),
      extensions,
      ...(this.rid === undefined ? {} : { rid: this.rid }),
    };
  }

  #waitingPacket(
    now: Instant,
    view: RtpPacketView,
    ids: ExtensionIds,
    sequenceNumber: number,
    payload: Uint8Array,
  ): WaitingPacket {
    const level = ids.audioLevel > 0 ? view.findExtension(ids.audioLevel) : -1;
    const audioLevel = level < 0 ? -1 : decodeAudioLevel(view.bytes, level, view.elementLength);
    const voiceActivity = level >= 0 && decodeVoiceActivity(view.bytes, level, view.elementLength);
    const orientation = ids.videoOrientation > 0 ? view.findExtension(ids.videoOrientation) : -1;
    return {
      sequenceNumber,
      timestamp: view.timestamp,
      marker: view.marker,
      payload: payload.slice(),
      receivedAt: now,
      payloadType: this.format.payloadType,
      audioLevel,
      voiceActivity,
      rotation: orientation < 0 ? -1 : decodeRotation(view.bytes, orientation, view.elementLength),
      csrcs: csrcsOf(view),
    };
  }
}

const NONE: readonly number[] = [];

function csrcsOf(view: RtpPacketView): readonly number[] {
  if (view.csrcCount === 0) return NONE;
  return Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index));
}
