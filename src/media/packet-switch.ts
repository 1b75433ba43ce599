/** `skywave/media`: a track of video that is one of several others, or one of their layers, for whoever passes them on. */
import type { MediaPacket } from "../core/base/media-frame.ts";
import { SourceClocks } from "../core/media/index.ts";
import { beginsKeyFrame } from "./key-frame.ts";
import type { MediaStreamTrack } from "./MediaStreamTrack.ts";
import { type Subscription, subscribe } from "./subscription.ts";
import { TrackSource, type TrackSourceOptions } from "./track-source.ts";

/** While a key frame is waited for, it is asked for with the first and then with every so many batches of packets. */
const BATCHES_BETWEEN_REQUESTS = 32;

/** What is passed on, or will be. */
interface Feed {
  readonly track: MediaStreamTrack;
  readonly rid: string | undefined;
  readonly subscription: Subscription;
  /** Of its streams. */
  readonly clocks: SourceClocks;
  batches: number;
}

/**
 * Passes on the packets of what was selected last. What was selected before goes on until a key frame of the new one begins,
 * which is asked for: whoever receives sees no damaged picture and no pause. Senders number the packets through.
 */
export class PacketSwitch extends TrackSource {
  #current: Feed | undefined;
  #next: Feed | undefined;

  constructor(options: Omit<TrackSourceOptions, "yieldsPackets"> = {}) {
    super("video", { ...options, yieldsPackets: true });
    this.onkeyframerequest = () => ask(this.#current);
    this.onunused = () => this.close();
  }

  /** What is passed on now; undefined: nothing yet. */
  get selected(): { readonly track: MediaStreamTrack; readonly rid: string | undefined } | undefined {
    return this.#current && { track: this.#current.track, rid: this.#current.rid };
  }

  /** From its next key frame on, `track` is passed on; of a track with simulcast layers that of `rid`. */
  select(track: MediaStreamTrack, rid?: string): void {
    if (isOf(this.#next, track, rid)) return;
    this.#next?.subscription.close();
    this.#next = undefined;
    if (isOf(this.#current, track, rid)) return;
    const clocks = new SourceClocks();
    const subscription = subscribe(track, {
      packets: (packets) => this.#take(feed, packets),
      clock: (clock) => {
        clocks.note(clock);
        if (this.#current?.clocks === clocks) this.writeClock(clock);
      },
    });
    const feed: Feed = { track, rid, subscription, clocks, batches: 0 };
    this.#next = feed;
  }

  /** Nothing is passed on any more, until something is selected. */
  close(): void {
    this.#current?.subscription.close();
    this.#next?.subscription.close();
    this.#current = undefined;
    this.#next = undefined;
  }

  #take(feed: Feed, packets: readonly MediaPacket[]): void {
    const { rid } = feed;
    const own =
      rid === undefined || packets.every((packet) => packet.rid === rid)
        ? packets
        : packets.filter((packet) => packet.rid === rid);
    if (own.length === 0) return;
    if (feed === this.#current) this.writePackets(own);
    else if (feed === this.#next) this.#takeOver(feed, own);
  }

  #takeOver(feed: Feed, packets: readonly MediaPacket[]): void {
    const begin = packets.findIndex(beginsKeyFrame);
    if (begin < 0) {
      if (feed.batches++ % BATCHES_BETWEEN_REQUESTS === 0) ask(feed);
      return;
    }
    this.#current?.subscription.close();
    this.#current = feed;
    this.#next = undefined;
    for (const clock of feed.clocks.all) this.writeClock(clock);
    this.writePackets(packets.slice(begin));
  }
}

function ask(feed: Feed | undefined): void {
  feed?.subscription.requestKeyFrame(feed.rid);
}

function isOf(feed: Feed | undefined, track: MediaStreamTrack, rid: string | undefined): boolean {
  return feed !== undefined && feed.track === track && feed.rid === rid;
}
