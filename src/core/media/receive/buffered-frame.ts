/** A frame that leaves its buffer, and what is counted of such frames, named as webrtc-stats names it where it has a name. */
import type { Duration, Instant } from "../../base/instant.ts";

/** A frame that leaves the buffer. */
export interface BufferedFrame {
  readonly data: Uint8Array;
  readonly keyFrame: boolean;
  /** RTP timestamp, unwrapped. */
  readonly timestamp: number;
  readonly firstSequenceNumber: number;
  readonly lastSequenceNumber: number;
  /** When the first of its packets came, and the last. */
  readonly firstReceiveTime: Instant;
  readonly receiveTime: Instant;
  /** How many packets it was in. */
  readonly packets: number;
  /** Of the packet that says it (3GPP TS 26.114 §7.4.5); -1: none does. */
  readonly rotation: Rotation;
  /** Of its last packet. */
  readonly csrcs: readonly number[];
}

/** Clockwise degrees; -1: not said. */
export type Rotation = 0 | 90 | 180 | 270 | -1;

/** Of the frames of one stream. */
export interface FrameBufferStatistics {
  framesReceived: number;
  keyFrames: number;
  /** Frames that were given up: not whole in time, or of no use without those that were not. */
  framesDropped: number;
  /** Packets that came too late, twice, or too many. */
  packetsDiscarded: number;
  framesAssembledFromMultiplePackets: number;
  /** From the first packet of such a frame to the last, in sum. Milliseconds. */
  totalAssemblyTime: Duration;
  jitterBufferEmittedCount: number;
  /** In sum over all frames that were given out: from the first packet to the end of waiting; milliseconds. */
  jitterBufferDelay: Duration;
  /** The delay that was sought, and what of it jitter alone asks for. */
  jitterBufferTargetDelay: Duration;
  jitterBufferMinimumDelay: Duration;
}

/** Nothing counted so far. */
export function frameBufferStatistics(): FrameBufferStatistics {
  return {
    framesReceived: 0,
    keyFrames: 0,
    framesDropped: 0,
    packetsDiscarded: 0,
    framesAssembledFromMultiplePackets: 0,
    totalAssemblyTime: 0,
    jitterBufferEmittedCount: 0,
    jitterBufferDelay: 0,
    jitterBufferTargetDelay: 0,
    jitterBufferMinimumDelay: 0,
  };
}

/** Counts a frame that leaves now. `minimum`: the delay that was asked for; `jitter`: the one that jitter asks for; milliseconds. */
export function countFrame(
  statistics: FrameBufferStatistics,
  { keyFrame, packets, firstReceiveTime, receiveTime }: BufferedFrame,
  now: Instant,
  minimum: Duration,
  jitter: Duration,
): void {
  statistics.framesReceived++;
  if (keyFrame) statistics.keyFrames++;
  if (packets > 1) {
    statistics.framesAssembledFromMultiplePackets++;
    statistics.totalAssemblyTime += receiveTime - firstReceiveTime;
  }
  statistics.jitterBufferEmittedCount++;
  statistics.jitterBufferDelay += now - firstReceiveTime;
  statistics.jitterBufferTargetDelay += Math.max(minimum, jitter);
  statistics.jitterBufferMinimumDelay += jitter;
}

/** Packets that are held. */
export const MAX_BUFFERED_PACKETS = 2048;
/** Octets that are held. */
export const MAX_BUFFERED_OCTETS = 4 * 1024 * 1024;
/** Milliseconds before the first key frame is asked for. */
export const FIRST_KEY_FRAME_WAIT = 100;

/** A longer gap, behind a silence in which everything gets too old, is an outage: what is missing is not waited for. */
export const OUTAGE_PACKETS = 16;

/** What is known of a packet that is held. */
export const FLAG = { MARKER: 1, MAY_BEGIN: 2, BEGINS: 4, KEY: 8 } as const;

/** Whether one frame is right behind another one, by their picture ids with the bits that these have above 2^16. */
export function isNextPicture(before: number, picture: number): boolean {
  const bits = picture >>> 16;
  return before >>> 16 === bits && ((picture - before) & ((1 << bits) - 1)) === 1;
}
