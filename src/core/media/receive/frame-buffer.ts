/**
 * Puts the packets of one video stream in order and into frames. A frame leaves when it is complete, everything before it has
 * left, and its time has come. When a gap is not closed in time, frames are skipped up to the next key frame.
 */
import { type Duration, type Instant, NEVER } from "../../base/instant.ts";
import { Malformed } from "../../base/malformed.ts";
import { SerialUnwrapper } from "../../base/serial.ts";
import { MAX_FRAME_LENGTH, payloadInfo, type VideoFormat } from "../payload/format.ts";
import {
  type BufferedFrame,
  countFrame,
  FIRST_KEY_FRAME_WAIT,
  FLAG,
  type FrameBufferStatistics,
  frameBufferStatistics,
  isNextPicture,
  MAX_BUFFERED_OCTETS,
  MAX_BUFFERED_PACKETS,
  OUTAGE_PACKETS,
  type Rotation,
} from "./buffered-frame.ts";
import { JitterEstimate, maxAge } from "./jitter-estimate.ts";

const MASK = MAX_BUFFERED_PACKETS - 1;
const EMPTY = new Uint8Array(0);
const NONE: readonly number[] = [];

export class FrameBuffer {
  /** Milliseconds that frames are held at least, in addition to the fastest way (webrtc-pc jitterBufferTarget). */
  minimumDelay: Duration = 0;
  /** Milliseconds that a gap is waited for before frames are skipped. */
  gapWait: Duration = 500;
  readonly statistics: FrameBufferStatistics;
  readonly #format: VideoFormat;
  readonly #jitter: JitterEstimate;
  readonly #timestamps = new SerialUnwrapper(32);
  readonly #numbers = new Float64Array(MAX_BUFFERED_PACKETS).fill(-1);
  readonly #packetTimestamps = new Float64Array(MAX_BUFFERED_PACKETS);
  readonly #arrivals = new Float64Array(MAX_BUFFERED_PACKETS);
  readonly #flags = new Uint8Array(MAX_BUFFERED_PACKETS);
  readonly #payloads: Uint8Array[] = Array(MAX_BUFFERED_PACKETS).fill(EMPTY);
  readonly #rotations = new Int16Array(MAX_BUFFERED_PACKETS);
  readonly #csrcs: (readonly number[])[] = Array(MAX_BUFFERED_PACKETS).fill(NONE);
  /** Picture ids with their bits above 2^16; -1: none. */
  readonly #pictures = new Int32Array(MAX_BUFFERED_PACKETS);
  readonly #info = payloadInfo();
  /** Of the frame that has left last. */
  #lastPicture = -1;
  #octets = 0;
  /** The number that the next frame begins with; -1: it must be a key frame, wherever it begins. */
  #next = -1;
  /** From `#next` up to here all is there, and no frame ends. */
  #scanned = -1;
  #lowest = -1;
  #highest = -1;
  #newestTimestamp = -1;
  #blockedSince: Instant = NEVER;
  #waitsForKeyFrame = true;
  /** Until then the first frame may be a key frame whose packets come in another order. */
  #askFrom: Instant = NEVER;
  /** When the newest packet of a key frame came. */
  #keyFrameSince: Instant = Number.NEGATIVE_INFINITY;

  /** `statistics`: where to count on, when another buffer has counted before. */
  constructor(format: VideoFormat, clockRate: number, statistics = frameBufferStatistics()) {
    this.statistics = statistics;
    this.#format = format;
    this.#jitter = new JitterEstimate(clockRate);
  }

  /**
   * Nothing leaves before a key frame comes, and none is on its way; or a gap has been open for so long that one is better: it is
   * to be asked for, again and again.
   */
  isKeyFrameWanted(now: Instant): boolean {
    if (this.#mayGiveUp(now)) return true;
    if (!this.#waitsForKeyFrame || this.#highest < 0 || now < this.#askFrom) return false;
    return now - this.#keyFrameSince > this.gapWait;
  }

  /** Octets that are held. */
  get heldOctets(): number {
    return this.#octets;
  }

  /** How the frames' times of arrival spread. */
  get jitter(): JitterEstimate {
    return this.#jitter;
  }

  /** What is older than this is not needed any more: for the NACK list. */
  get oldestWanted(): number {
    return this.#next >= 0 ? this.#next : Math.max(0, this.#lowest);
  }

  /**
   * A packet has come. `sequenceNumber`: unwrapped; `payload`: copied; an empty one only fills its place. Malformed
   * payloads count as lost. `firstHand`: it was not sent again or recovered, so that its time tells of the path.
   */
  insert(
    now: Instant,
    sequenceNumber: number,
    timestamp: number,
    marker: boolean,
    payload: Uint8Array,
    firstHand = true,
    rotation: Rotation = -1,
    csrcs = NONE,
  ): Malformed | undefined {
    if (sequenceNumber < this.#next || this.#numbers[sequenceNumber & MASK] === sequenceNumber) {
      this.statistics.packetsDiscarded++;
      return undefined;
    }
    let flags = marker ? FLAG.MARKER : 0;
    if (payload.length > 0) {
      const info = this.#info;
      info.pictureId = -1;
      const fault = this.#format.inspect(payload, info);
      if (fault !== undefined) return fault;
      flags |=
        (info.mayBegin ? FLAG.MAY_BEGIN : 0) |
        (info.begins ? FLAG.BEGINS : 0) |
        (info.keyFrame ? FLAG.KEY : 0);
    }
    if (!this.#makeRoom(sequenceNumber, payload.length)) {
      this.statistics.packetsDiscarded++;
      return undefined;
    }
    const silence = now - this.#arrivals[this.#highest & MASK]!;
    const isOutage = this.#next >= 0 && sequenceNumber > this.#highest + OUTAGE_PACKETS;
    if (isOutage && silence > maxAge(this.minimumDelay, this.gapWait)) this.#giveUpBefore(sequenceNumber);
    const unwrapped = this.#timestamps.unwrap(timestamp);
    // The beginning of a frame, and what was overtaken.
    if (firstHand && (unwrapped > this.#newestTimestamp || sequenceNumber < this.#highest))
      this.#jitter.update(now, unwrapped);
    if (unwrapped > this.#newestTimestamp) this.#newestTimestamp = unwrapped;
    if (this.#highest < 0) this.#askFrom = now + FIRST_KEY_FRAME_WAIT;
    const slot = sequenceNumber & MASK;
    this.#numbers[slot] = sequenceNumber;
    this.#packetTimestamps[slot] = unwrapped;
    this.#arrivals[slot] = now;
    this.#flags[slot] = flags;
    if ((flags & FLAG.KEY) !== 0) this.#keyFrameSince = now;
    this.#payloads[slot] = payload.length > 0 ? payload.slice() : EMPTY;
    const named = payload.length > 0 && this.#info.pictureId >= 0;
    this.#pictures[slot] = named ? (this.#info.pictureIdBits << 16) | this.#info.pictureId : -1;
    this.#rotations[slot] = rotation;
    this.#csrcs[slot] = csrcs;
    this.#octets += payload.length;
    if (this.#lowest < 0 || sequenceNumber < this.#lowest) this.#lowest = sequenceNumber;
    if (sequenceNumber > this.#highest) this.#highest = sequenceNumber;
    return undefined;
  }

  /** The next frame whose turn it is; undefined: none now. */
  poll(now: Instant): BufferedFrame | undefined {
    for (;;) {
      if (this.#next < 0 && !this.#seekKeyFrame()) return undefined;
      this.#skipEmpty();
      const end = this.#findEnd();
      if (end >= 0) {
        this.#blockedSince = NEVER;
        if (this.#isStale(now)) {
          // What is behind it cannot be decoded without it.
          this.#giveUpBefore(end + 1);
          continue;
        }
        if (now < this.#releaseTime()) return undefined;
        const frame = this.#take(this.#next, end);
        if (frame === undefined) continue;
        countFrame(this.statistics, frame, now, this.minimumDelay, this.#jitter.target);
        return frame;
      }
      if (!this.#isBlocked()) {
        this.#blockedSince = NEVER;
        return undefined;
      }
      if (this.#skipHole()) continue;
      if (this.#blockedSince === NEVER) this.#blockedSince = now;
      if (this.#mayGiveUp(now) && this.#skipToKeyFrame()) continue;
      if (now < this.#blockedSince + this.gapWait) return undefined;
      this.#giveUp();
    }
  }

  /** When {@link poll} may have something without another packet: ask after a poll that gave nothing. */
  nextTimeout(): Instant {
    if (this.#blockedSince !== NEVER) return this.#blockedSince + this.gapWait;
    return this.#next >= 0 && this.#findEnd() >= 0 ? this.#releaseTime() : NEVER;
  }

  /**
   * What is missing was no frame (a repair packet, padding) when the frame behind it is the next one by its picture id. False: it
   * cannot be told.
   */
  #skipHole(): boolean {
    if (this.#lastPicture < 0 || this.#has(this.#next)) return false;
    let next = this.#next + 1;
    while (next <= this.#highest && (!this.#has(next) || this.#payloads[next & MASK]!.length === 0)) next++;
    const picture = this.#pictures[next & MASK]!;
    if (next > this.#highest || (this.#flags[next & MASK]! & FLAG.BEGINS) === 0 || picture < 0) return false;
    if (!isNextPicture(this.#lastPicture, picture)) return false;
    this.#next = next;
    return true;
  }

  /** Half of the time that a gap is waited for is over: a key frame behind it is taken rather than waiting on. */
  #mayGiveUp(now: Instant): boolean {
    return now >= this.#blockedSince + this.gapWait / 2;
  }

  /** False: there is none that is complete. */
  #skipToKeyFrame(): boolean {
    const next = this.#next;
    if (this.#seekKeyFrame()) {
      this.#blockedSince = NEVER;
      return true;
    }
    this.#next = next;
    this.#scanned = next;
    return false;
  }

  #has(number: number): boolean {
    return this.#numbers[number & MASK] === number;
  }

  /** Packets of padding between frames. */
  #skipEmpty(): void {
    while (this.#has(this.#next) && this.#payloads[this.#next & MASK]!.length === 0) {
      this.#numbers[this.#next & MASK] = -1;
      this.#next++;
    }
  }

  #releaseTime(): Instant {
    return this.#jitter.releaseTime(this.#packetTimestamps[this.#next & MASK]!, this.minimumDelay);
  }

  #isStale(now: Instant): boolean {
    const timestamp = this.#packetTimestamps[this.#next & MASK]!;
    return this.#jitter.isStale(now, timestamp, maxAge(this.minimumDelay, this.gapWait));
  }

  /** The last packet of the frame that begins at `#next`; -1 while it is not complete. Goes on from where it stopped. */
  #findEnd(): number {
    if (this.#scanned < this.#next) this.#scanned = this.#next;
    if (!this.#has(this.#next)) return -1;
    const timestamp = this.#packetTimestamps[this.#next & MASK]!;
    for (; this.#scanned <= this.#highest && this.#has(this.#scanned); this.#scanned++) {
      const slot = this.#scanned & MASK;
      if (this.#payloads[slot]!.length === 0) continue;
      if (this.#packetTimestamps[slot] !== timestamp) return this.#scanned - 1;
      if ((this.#flags[slot]! & FLAG.MARKER) !== 0) return this.#scanned;
    }
    return -1;
  }

  /** Begins with the first complete key frame there is: `#next` is where; false without one. */
  #seekKeyFrame(): boolean {
    let begin = -1;
    let key = false;
    for (let number = Math.max(0, this.#lowest); number <= this.#highest; number++) {
      const slot = number & MASK;
      if (!this.#has(number)) {
        begin = -1;
        continue;
      }
      if (this.#payloads[slot]!.length === 0) continue;
      if (begin >= 0 && this.#packetTimestamps[slot] !== this.#packetTimestamps[begin & MASK]) {
        if (key) break;
        begin = -1;
      }
      if (begin < 0 && this.#mayBeginAt(number)) {
        begin = number;
        key = false;
      }
      if ((this.#flags[slot]! & FLAG.KEY) !== 0) key = true;
      if ((this.#flags[slot]! & FLAG.MARKER) === 0) continue;
      if (begin >= 0 && key) break;
      begin = -1;
    }
    if (begin < 0 || !key) return false;
    this.#next = begin;
    this.#scanned = begin;
    if (this.#findEnd() >= 0) return true;
    this.#next = -1;
    return false;
  }

  #mayBeginAt(number: number): boolean {
    const flags = this.#flags[number & MASK]!;
    if ((flags & FLAG.BEGINS) !== 0) return true;
    if ((flags & FLAG.MAY_BEGIN) === 0) return false;
    // Behind the end of another frame, or with what begins a key frame in it: parameter sets come first.
    const before = (number - 1) & MASK;
    if (!this.#has(number - 1)) return (flags & FLAG.KEY) !== 0;
    if ((this.#flags[before]! & FLAG.MARKER) !== 0) return true;
    return this.#packetTimestamps[before] !== this.#packetTimestamps[number & MASK];
  }

  /** Something later has come: `#findEnd` has stopped at a gap. */
  #isBlocked(): boolean {
    return this.#scanned < this.#highest && !this.#has(this.#scanned);
  }

  #take(begin: number, end: number): BufferedFrame | undefined {
    this.#dropFramesBefore(begin);
    const payloads: Uint8Array[] = [];
    let flags = 0;
    let firstReceiveTime = Number.POSITIVE_INFINITY;
    let receiveTime = Number.NEGATIVE_INFINITY;
    let length = 0;
    let rotation: Rotation = -1;
    for (let number = begin; number <= end; number++) {
      const slot = number & MASK;
      const payload = this.#payloads[slot]!;
      if (payload.length > 0) payloads.push(payload);
      length += payload.length;
      flags |= this.#flags[slot]!;
      firstReceiveTime = Math.min(firstReceiveTime, this.#arrivals[slot]!);
      receiveTime = Math.max(receiveTime, this.#arrivals[slot]!);
      if (this.#rotations[slot]! >= 0) rotation = this.#rotations[slot] as Rotation;
    }
    const timestamp = this.#packetTimestamps[begin & MASK]!;
    const csrcs = this.#csrcs[end & MASK]!;
    this.#lastPicture = this.#pictures[begin & MASK]!;
    this.#dropBefore(end + 1);
    const data = length > MAX_FRAME_LENGTH ? undefined : this.#format.assemble(payloads);
    if (data === undefined || data instanceof Malformed) {
      this.statistics.framesDropped++;
      this.#giveUp();
      return undefined;
    }
    this.#next = end + 1;
    this.#waitsForKeyFrame = false;
    return {
      data,
      keyFrame: (flags & FLAG.KEY) !== 0,
      timestamp,
      firstSequenceNumber: begin,
      lastSequenceNumber: end,
      firstReceiveTime,
      receiveTime,
      packets: payloads.length,
      rotation,
      csrcs,
    };
  }

  /** From here on only a key frame helps. */
  #giveUp(): void {
    this.#next = -1;
    this.#blockedSince = NEVER;
    this.#waitsForKeyFrame = true;
    this.#keyFrameSince = Number.NEGATIVE_INFINITY;
  }

  #giveUpBefore(number: number): void {
    this.#dropFramesBefore(number);
    this.#giveUp();
  }

  /** What is held from before there goes: counts the frames that it would have become parts of. */
  #dropFramesBefore(end: number): void {
    let timestamp = -1;
    for (let number = Math.max(0, this.#lowest); number < Math.min(end, this.#highest + 1); number++) {
      const slot = number & MASK;
      if (!this.#has(number) || this.#payloads[slot]!.length === 0) continue;
      if (this.#packetTimestamps[slot] === timestamp) continue;
      timestamp = this.#packetTimestamps[slot]!;
      this.statistics.framesDropped++;
    }
    this.#dropBefore(end);
  }

  #dropBefore(end: number): void {
    for (let number = Math.max(0, this.#lowest, end - MAX_BUFFERED_PACKETS); number < end; number++) {
      const slot = number & MASK;
      if (this.#numbers[slot] !== number) continue;
      this.#octets -= this.#payloads[slot]!.length;
      this.#payloads[slot] = EMPTY;
      this.#numbers[slot] = -1;
    }
    if (end > this.#lowest) this.#lowest = end;
  }

  /** False: the packet is too old. Newer packets push out old ones, and with them the hope for their frames. */
  #makeRoom(sequenceNumber: number, length: number): boolean {
    if (this.#highest < 0) return true;
    if (sequenceNumber <= this.#highest - MAX_BUFFERED_PACKETS) return false;
    const window = sequenceNumber - MAX_BUFFERED_PACKETS + 1;
    let begin = window > this.#lowest ? window : -1;
    if (this.#octets + length > MAX_BUFFERED_OCTETS) begin = this.#highest + 1;
    if (begin < 0) return true;
    if (this.#next >= 0 && this.#next < begin) this.#giveUp();
    this.#dropFramesBefore(begin);
    return true;
  }
}
