/** What a frame buffer counts, named as webrtc-stats names it where it has a name. */
import type { Duration } from "../../base/instant.ts";

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
