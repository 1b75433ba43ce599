/** The frames of one stream that we receive: in order, whole, and held as long as jitter or the application asks for. */
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import type { AbsoluteCaptureTime, ReceivedFrame } from "../base/media-frame.ts";
import { SerialUnwrapper } from "../base/serial.ts";
import {
  type AudioPacket,
  audioDuration,
  type BufferedFrame,
  CaptureTimes,
  FrameBuffer,
  type FrameBufferStatistics,
  frameBufferStatistics,
  type JitterEstimate,
  MIN_AUDIO_GAP_WAIT,
  PacketBuffer,
  type PacketBufferStatistics,
  type PictureSize,
  packetBufferStatistics,
  pictureSize,
  videoCodec,
} from "../media/index.ts";
import {
  decodeAudioLevel,
  decodeMixerAudioLevel,
  decodeRotation,
  decodeVoiceActivity,
  type RtpPacketView,
} from "../rtp/index.ts";
import type { ExtensionIds } from "./header-extensions.ts";
import type { MediaFormat } from "./payload-formats.ts";

/** How long video waits for a missing packet, at least and at most. Milliseconds. */
const MIN_PATIENCE: Duration = 200;
const MAX_PATIENCE: Duration = 1000;
/** Round trips that requests, their losses and those of the answers may take: at 30 % loss one of 500 packets needs more. */
const PATIENCE_ROUND_TRIPS = 10;
/** The same where nothing can be asked for: only what was overtaken, or is recovered, still comes. Milliseconds. */
const PATIENCE_WITHOUT_REPAIR: Duration = 100;
/** Audio waits for one answer to one request. */
const AUDIO_PATIENCE_ROUND_TRIPS = 1.5;

const NONE: readonly number[] = [];

/** What frames say of the stream that they are of. */
export interface StreamIdentity {
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly format: MediaFormat;
  /** Milliseconds since 1970 on the sender's clock; undefined while it is not known. */
  captureTime(timestamp: number): number | undefined;
}

export class ReceivedFrames {
  readonly video: FrameBufferStatistics = frameBufferStatistics();
  readonly audio: PacketBufferStatistics = packetBufferStatistics();
  /** Of the last key frame that says how large it is. */
  pictureSize: PictureSize | undefined;
  readonly #captureTimes = new CaptureTimes();
  readonly #timestamps = new SerialUnwrapper(32);
  #frames: FrameBuffer | undefined;
  #packets: PacketBuffer | undefined;
  #format: MediaFormat | undefined;

  /** Packets that came too late to be used (RFC 7002 §3.2). */
  get packetsDiscarded(): number {
    return this.video.packetsDiscarded + this.audio.packetsDiscarded;
  }

  /** Whether nothing leaves before a key frame comes. */
  isKeyFrameWanted(now: Instant): boolean {
    return this.#frames?.isKeyFrameWanted(now) ?? false;
  }

  /** How times of arrival spread; undefined: nothing is buffered. */
  get jitter(): JitterEstimate | undefined {
    return this.#frames?.jitter ?? this.#packets?.jitter;
  }

  /** What is older than this is not needed any more; 0 before there was anything. */
  get oldestWanted(): number {
    return this.#frames?.oldestWanted ?? this.#packets?.oldestWanted ?? 0;
  }

  /** Whether a packet of audio with that number would be of use. */
  wantsAudio(number: number): boolean {
    return this.#packets !== undefined && !this.#packets.has(number);
  }

  /** A packet with its payload (borrowed); one without only fills its place. `view`: its header; undefined: it is not known. */
  insert(
    now: Instant,
    number: number,
    timestamp: number,
    payload: Uint8Array,
    format: MediaFormat,
    view: RtpPacketView | undefined,
    ids: ExtensionIds,
    firstHand: boolean,
  ): void {
    this.#prepare(format);
    if (view !== undefined && ids.absCaptureTime > 0) this.#noteCaptureTime(view, timestamp, ids);
    if (this.#frames !== undefined) {
      const at =
        view !== undefined && ids.videoOrientation > 0 ? view.findExtension(ids.videoOrientation) : -1;
      const rotation = at < 0 ? -1 : decodeRotation(view!.bytes, at, view!.elementLength);
      const marker = view?.marker ?? false;
      this.#frames.insert(now, number, timestamp, marker, payload, firstHand, rotation, csrcsOf(view));
    } else if (this.#packets !== undefined) {
      const at = view !== undefined && ids.audioLevel > 0 ? view.findExtension(ids.audioLevel) : -1;
      this.#packets.insert(
        {
          payload: payload.slice(),
          payloadType: format.payloadType,
          sequenceNumber: number,
          timestamp,
          duration: audioDuration(format.key, payload),
          receiveTime: now,
          audioLevel: at < 0 ? -1 : decodeAudioLevel(view!.bytes, at, view!.elementLength),
          voiceActivity: at >= 0 && decodeVoiceActivity(view!.bytes, at, view!.elementLength),
          csrcs: csrcsOf(view),
          csrcAudioLevels: csrcAudioLevelsOf(view, ids),
        },
        firstHand,
      );
    }
  }

  /** By the clock of who has captured it: of frames of the stream's own source. */
  absoluteCaptureTime(rtpTimestamp: number): AbsoluteCaptureTime | undefined {
    const clockRate = this.#format?.clockRate;
    return clockRate === undefined ? undefined : this.#captureTimes.at(0, rtpTimestamp, clockRate);
  }

  /** Appends what has its time now. `roundTrip`: undefined before it was measured; `minimumDelay`: beside jitter's. Milliseconds. */
  take(
    now: Instant,
    stream: StreamIdentity,
    roundTrip: Duration | undefined,
    minimumDelay: Duration,
    out: ReceivedFrame[],
  ): void {
    const frames = this.#frames;
    if (frames !== undefined) {
      frames.minimumDelay = minimumDelay;
      frames.gapWait = Math.max(minimumDelay, videoPatience(stream.format, roundTrip));
      for (let frame = frames.poll(now); frame !== undefined; frame = frames.poll(now))
        out.push(this.#videoFrame(stream, frame));
    }
    const packets = this.#packets;
    if (packets === undefined) return;
    packets.minimumDelay = minimumDelay;
    packets.minimumGapWait = stream.format.nack
      ? Math.max(MIN_AUDIO_GAP_WAIT, AUDIO_PATIENCE_ROUND_TRIPS * (roundTrip ?? 0))
      : MIN_AUDIO_GAP_WAIT;
    for (let packet = packets.poll(now); packet !== undefined; packet = packets.poll(now))
      if (packet.payload.length > 0) out.push(this.#audioFrame(stream, packet));
  }

  /** When {@link take} may have something without another packet. */
  nextTimeout(): Instant {
    return this.#frames?.nextTimeout() ?? this.#packets?.nextTimeout() ?? NEVER;
  }

  /** Nobody wants frames any more. */
  clear(): void {
    this.#frames = undefined;
    this.#packets = undefined;
    this.#format = undefined;
  }

  #noteCaptureTime(view: RtpPacketView, timestamp: number, { absCaptureTime }: ExtensionIds): void {
    const at = view.findExtension(absCaptureTime);
    if (at < 0) return;
    const source = view.csrcCount > 0 ? view.csrc(0) : 0;
    this.#captureTimes.told(source, timestamp, view.bytes, at, view.elementLength);
  }

  /** Another format has other frames: what waits of the one before is lost. */
  #prepare(format: MediaFormat): void {
    if (this.#format?.payloadType === format.payloadType) return;
    this.clear();
    this.#format = format;
    if (format.key.startsWith("audio/")) this.#packets = new PacketBuffer(format.clockRate, this.audio);
    else {
      // Without a payload format packets can be passed on, but make no frames.
      const codec = videoCodec(format.mimeType);
      this.#frames = codec && new FrameBuffer(codec.format, format.clockRate, this.video);
    }
  }

  #videoFrame(stream: StreamIdentity, frame: BufferedFrame): ReceivedFrame {
    const rtpTimestamp = frame.timestamp % 0x1_0000_0000;
    if (frame.keyFrame) {
      this.pictureSize = pictureSize(stream.format.mimeType, frame.data) ?? this.pictureSize;
    }
    return {
      type: frame.keyFrame ? "key" : "delta",
      data: frame.data,
      ...this.#common(stream, rtpTimestamp, frame.lastSequenceNumber, stream.format.payloadType, frame.csrcs),
      receiveTime: frame.receiveTime,
      ...(frame.rotation < 0 ? {} : { rotation: frame.rotation as 0 | 90 | 180 | 270 }),
    };
  }

  #audioFrame(stream: StreamIdentity, packet: AudioPacket): ReceivedFrame {
    const { payload, audioLevel, voiceActivity, csrcAudioLevels, receiveTime } = packet;
    return {
      type: "key",
      data: payload,
      ...this.#common(stream, packet.timestamp, packet.sequenceNumber, packet.payloadType, packet.csrcs),
      receiveTime,
      ...(audioLevel < 0 ? {} : { audioLevel, voiceActivity }),
      ...(csrcAudioLevels.length === 0 ? {} : { csrcAudioLevels }),
    };
  }

  #common(
    stream: StreamIdentity,
    rtpTimestamp: number,
    number: number,
    payloadType: number,
    csrcs: readonly number[],
  ) {
    const { ssrc, rid, format } = stream;
    const timestamp = this.#timestamps.unwrap(rtpTimestamp);
    const captureTime = stream.captureTime(rtpTimestamp);
    const absoluteCaptureTime = this.#captureTimes.at(csrcs[0] ?? 0, rtpTimestamp, format.clockRate);
    return {
      timestamp: Math.round((timestamp * 1e6) / format.clockRate),
      mimeType: format.mimeType,
      payloadType,
      ssrc,
      csrcs,
      rtpTimestamp,
      sequenceNumber: number & 0xffff,
      ...(rid === undefined ? {} : { rid }),
      ...(captureTime === undefined ? {} : { captureTime }),
      ...(absoluteCaptureTime === undefined ? {} : { absoluteCaptureTime }),
    };
  }
}

function videoPatience(format: MediaFormat, roundTrip: Duration | undefined): Duration {
  if (!format.nack) return PATIENCE_WITHOUT_REPAIR;
  const wanted = PATIENCE_ROUND_TRIPS * (roundTrip ?? MIN_PATIENCE);
  return Math.min(MAX_PATIENCE, Math.max(MIN_PATIENCE, wanted));
}

/** The contributing sources that a packet names. */
export function csrcsOf(view: RtpPacketView | undefined): readonly number[] {
  if (view === undefined || view.csrcCount === 0) return NONE;
  return Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index));
}

/** RFC 6465 §3: of as many contributing sources as have one; what is said of more is said of nobody. */
function csrcAudioLevelsOf(view: RtpPacketView | undefined, ids: ExtensionIds): readonly number[] {
  if (view === undefined || ids.csrcAudioLevels === 0 || view.csrcCount === 0) return NONE;
  const at = view.findExtension(ids.csrcAudioLevels);
  if (at < 0) return NONE;
  const { bytes, elementLength, csrcCount } = view;
  return Array.from({ length: Math.min(csrcCount, elementLength) }, (_, index) =>
    decodeMixerAudioLevel(bytes, at, elementLength, index),
  );
}
