/** `skywave/media`: taking encoded media out of a track. Not part of the standard. */
import { attachSink, detachSink, type MediaStreamTrack, sourceOf } from "./MediaStreamTrack.ts";
import type { MediaSink } from "./track-source.ts";

/** What {@link subscribe} returns. */
export interface Subscription {
  /** Nothing comes any more. Idempotent. */
  close(): void;
  /** Asks for a frame that needs none before it. `rid`: of which simulcast layer; all of them when left out. */
  requestKeyFrame(rid?: string): void;
}

/**
 * Takes what a track yields: whole encoded frames, or RTP packets where the track comes from the network. Nothing comes
 * while the track is disabled, and nothing after it has ended. The handlers are called in order, in a task; what they
 * throw is uncaught.
 */
export function subscribe(track: MediaStreamTrack, sink: MediaSink): Subscription {
  // The same handlers may be given twice, for two subscriptions.
  const own: MediaSink = { ...sink };
  attachSink(track, own);
  return {
    close: () => detachSink(track, own),
    requestKeyFrame: (rid) => sourceOf(track).requestKeyFrame(rid),
  };
}
