/** One RTP stream that we send: its numbers, what can be sent again of it, and its protection. */
import type { Instant } from "../base/instant.ts";
import type { SourceClock } from "../base/media-frame.ts";
import { type Random, randomUint32 } from "../base/random.ts";
import {
  CaptureTimeSender,
  FecSender,
  FrameChain,
  FramePace,
  JoinedNumbers,
  JoinedPictures,
  KeyFrameRequests,
  LossProtection,
  type Packetizer,
  type PictureSize,
  RedWriter,
  SenderStatistics,
  SentPackets,
  SourceClocks,
  ToneSender,
} from "../media/index.ts";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import { packetizerFor } from "./packetize.ts";
import type { SendStreamParameters } from "./parameters.ts";
import type { MediaFormat } from "./payload-formats.ts";
import type { SendSection } from "./send-section.ts";

export class SendStream {
  /** Number within the session, never used again (webrtc-stats §8.1: an SSRC that comes back is another stream). */
  readonly name: number;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Of its FlexFEC repair packets; undefined: it has none. */
  readonly fecSsrc: number | undefined;
  readonly rid: string | undefined;
  active: boolean;
  /** What it belongs to at the moment; undefined while its section does not send. */
  section: SendSection | undefined;
  readonly statistics: SenderStatistics;
  readonly history = new SentPackets();
  readonly numbers: JoinedNumbers;
  readonly pictures = new JoinedPictures();
  readonly protection = new LossProtection();
  readonly keyFrameRequests = new KeyFrameRequests();
  readonly pace = new FramePace();
  readonly chain = new FrameChain();
  readonly red = new RedWriter(1);
  readonly tones = new ToneSender();
  readonly captureTimes = new CaptureTimeSender();
  /** Of those whose packets are passed on. */
  readonly sourceClocks = new SourceClocks();
  /** Media packets that share a repair packet; 0: there are none. */
  fecGroup = 0;
  /** Repair packets that go out when the frame ends. */
  readonly repairs: OutgoingPacket[] = [];
  /** When packets of video were dropped last because they were too old: what was queued before is of no use without them. */
  brokenAt: Instant = Number.NEGATIVE_INFINITY;
  /** What was sent last. */
  format: MediaFormat | undefined;
  /** Of the last key frame that says how large it is. */
  pictureSize: PictureSize | undefined;
  /** RFC 5104 §4.3.1.2: the sequence number of the last FIR that was obeyed. */
  lastFir = -1;
  #packetizer: Packetizer | undefined;
  #packetizerType = -1;
  #rtxSequenceNumber: number;
  #fecSequenceNumber: number;
  #fec: FecSender | undefined;
  /** RFC 3550 §5.1: timestamps begin anywhere. */
  readonly #timestampOffset: number;

  constructor(random: Random, name: number, parameters: SendStreamParameters) {
    this.name = name;
    this.ssrc = parameters.ssrc;
    this.rtxSsrc = parameters.rtxSsrc;
    this.fecSsrc = parameters.fecSsrc;
    this.rid = parameters.rid;
    this.active = parameters.active;
    // In the lower half, so that a receiver that joins before the first wrap can tell its rollover counter (RFC 3711 §3.3.1).
    const first = randomUint32(random) & 0x7fff;
    this.numbers = new JoinedNumbers(first);
    this.statistics = new SenderStatistics(parameters.ssrc, first);
    this.#rtxSequenceNumber = randomUint32(random) & 0x7fff;
    this.#fecSequenceNumber = randomUint32(random) & 0x7fff;
    this.#timestampOffset = randomUint32(random);
  }

  /** It is one of `section` from now on. */
  begin(section: SendSection, active: boolean): void {
    // It has stood still, and its source has not.
    if (this.statistics.framesSent > 0 && (this.section === undefined || !this.active)) this.chain.break();
    this.active = active;
    this.section = section;
  }

  /** A frame is to be sent. */
  countFrame(now: Instant, kind: "audio" | "video"): void {
    this.statistics.frameSent();
    if (kind === "video") this.pace.note(now);
  }

  get fec(): FecSender {
    this.#fec ??= new FecSender(this.fecGroup);
    return this.#fec;
  }

  /** Undefined for a format that frames cannot be cut for. Its picture ids go on from frame to frame. */
  packetizerFor(format: MediaFormat): Packetizer | undefined {
    if (this.#packetizerType !== format.payloadType) {
      this.#packetizer = packetizerFor(format, this.ssrc);
      this.#packetizerType = format.payloadType;
    }
    return this.#packetizer;
  }

  nextRtxSequenceNumber(): number {
    const next = this.#rtxSequenceNumber;
    this.#rtxSequenceNumber = (next + 1) & 0xffff;
    return next;
  }

  nextFecSequenceNumber(): number {
    const next = this.#fecSequenceNumber;
    this.#fecSequenceNumber = (next + 1) & 0xffff;
    return next;
  }

  /** `microseconds` on the source's clock, in units of `clockRate`. */
  timestampAt(microseconds: number, clockRate: number): number {
    return modulo32(this.#timestampOffset + Math.round((microseconds * clockRate) / 1e6));
  }

  /** Hz: of what was sent last, or will be first. */
  get clockRate(): number {
    return this.format?.clockRate ?? this.section?.clockRate ?? 90_000;
  }

  /** When what is passed on was captured, in our timestamps; undefined: its source has not told. */
  get captured(): Omit<SourceClock, "ssrc"> | undefined {
    const clock = this.sourceClocks.get(this.numbers.joined);
    if (clock === undefined) return undefined;
    return { rtpTimestamp: this.numbers.timestamp(clock.rtpTimestamp), capturedAt: clock.capturedAt };
  }

  /** Where the stream's clock is now: it goes on from what was sent last, and starts here where nothing was. */
  timestampNow(now: Instant, clockRate: number): number {
    const { lastTimestamp, lastTimestampAt } = this.statistics;
    if (lastTimestampAt < 0) {
      this.statistics.lastTimestamp = this.#timestampOffset;
      this.statistics.lastTimestampAt = now;
      return this.#timestampOffset;
    }
    return modulo32(lastTimestamp + Math.max(1, Math.round(((now - lastTimestampAt) * clockRate) / 1000)));
  }
}

function modulo32(value: number): number {
  const rest = value % 0x1_0000_0000;
  return rest < 0 ? rest + 0x1_0000_0000 : rest;
}
