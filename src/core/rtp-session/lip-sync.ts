/** Audio and video of one sender are given out in step, where frames of both are wanted (RFC 8834 §4.9). */
import type { Duration, Instant } from "../base/instant.ts";
import { type Playout, SYNCHRONIZATION_INTERVAL, synchronizedDelays } from "../media/index.ts";
import type { ReceiveSection } from "./receive-section.ts";
import type { ReceiveStream } from "./receive-stream.ts";

/** A stream that has been silent for so long holds up no other. Milliseconds. */
const SILENT_MEMBER: Duration = 5000;

/** Of capture times: of abs-capture-time, or of the peer's reports. */
const CLOCKS = ["capturer", "peer"] as const;
type Clock = (typeof CLOCKS)[number];

/** A stream of a group, in one section. */
interface Member {
  readonly section: ReceiveSection;
  readonly stream: ReceiveStream;
}

export class LipSync {
  #due: Instant = Number.NEGATIVE_INFINITY;

  /** Something has come: delays are adapted, now and then. */
  update(now: Instant, sections: readonly ReceiveSection[]): void {
    if (now < this.#due) return;
    this.#due = now + SYNCHRONIZATION_INTERVAL;
    const groups = new Map<string, Member[]>();
    for (const section of sections) {
      for (const stream of section.streams) {
        const group = groupOf(now, section, stream);
        const members = group === undefined ? undefined : groups.get(group);
        if (members !== undefined) members.push({ section, stream });
        else groups.set(group ?? `alone ${stream.name}`, [{ section, stream }]);
      }
    }
    for (const members of groups.values()) adapt(now, members);
  }
}

/** Undefined: it is in step with nothing. */
function groupOf(now: Instant, section: ReceiveSection, stream: ReceiveStream): string | undefined {
  const { synchronizationGroup } = section;
  if (!section.wantsFrames || synchronizationGroup === undefined || stream.cname === undefined)
    return undefined;
  if (now - stream.statistics.lastPacketAt > SILENT_MEMBER) return undefined;
  const isPlaced = CLOCKS.some((clock) => transitOf(stream, clock) !== undefined);
  return isPlaced ? `${synchronizationGroup} ${stream.cname}` : undefined;
}

function adapt(now: Instant, members: readonly Member[]): void {
  // webrtc-pc §5.3: of targets the largest is used for all that are in step.
  const target = Math.max(...members.map(({ section }) => section.target ?? 0));
  // Who forwards streams has a clock of its own; that of who has captured them is better, where all tell it.
  const clock = CLOCKS.find((clock) => members.every(({ stream }) => transitOf(stream, clock) !== undefined));
  const playouts: Playout[] = members.map(({ stream }) => ({
    transit: clock === undefined ? Number.NaN : transitOf(stream, clock)!,
    ownDelay: Math.max(target, stream.frames.jitter?.target ?? 0),
  }));
  const wanted = synchronizedDelays(playouts);
  members.forEach(({ stream }, index) => {
    stream.sharedTarget = target;
    stream.synchronization.approach(now, wanted[index]!, playouts[index]!.ownDelay);
  });
}

/** {@link Playout.transit} by one clock; undefined while it is not known. */
function transitOf(stream: ReceiveStream, clock: Clock): number | undefined {
  const { jitter } = stream.frames;
  if (jitter === undefined || jitter.latestTimestamp < 0) return undefined;
  const { latestTimestamp } = jitter;
  const rtpTimestamp = latestTimestamp % 0x1_0000_0000;
  const captured =
    clock === "capturer"
      ? stream.frames.absoluteCaptureTime(rtpTimestamp)?.timestamp
      : stream.captureTime(rtpTimestamp);
  return captured === undefined ? undefined : jitter.earliestArrival(latestTimestamp) - captured;
}
