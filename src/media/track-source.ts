/** mediacapture-main §3 and §4.3: what is behind tracks. Not part of the standard's interfaces. */
import type { EncodedFrame, MediaPacket, ReceivedTone, SourceClock } from "../core/base/media-frame.ts";
import { SourceClocks } from "../core/media/index.ts";
import type { MediaTrackSettings } from "./constraints.ts";
import type { ControlledCapabilities, SourceDescription, VideoMode } from "./source-choices.ts";
import { type SourceCounts, SourceStatistics } from "./source-statistics.ts";

/** mediacapture-main §4.3 */
export type MediaStreamTrackKind = "audio" | "video";

/** A live track, as its source sees it. */
export interface SourceListener {
  /** What the track is set to. */
  readonly settings: MediaTrackSettings;
  /** The source was muted or unmuted. */
  mutedChanged(muted: boolean): void;
  /** The source has ended: it will never yield media again. */
  ended(): void;
}

/** What somebody wants to have encoded of a track: an encoding of an `RTCRtpSender`, as far as it concerns who encodes. */
export interface WantedEncoding {
  /** Of a simulcast layer: the frame's `rid`. */
  readonly rid: string | undefined;
  /** "video/VP8", … */
  readonly mimeType: string;
  /** Codec parameters, as in `a=fmtp`. */
  readonly sdpFmtpLine: string | undefined;
  /** Bits per second. */
  readonly maxBitrate: number | undefined;
  /** Frames per second. */
  readonly maxFramerate: number | undefined;
  /** Width and height are divided by it; at least 1. */
  readonly scaleResolutionDownBy: number | undefined;
  /** Pixels, in either orientation, in place of `scaleResolutionDownBy` (webrtc-extensions §5.3). */
  readonly scaleResolutionDownTo: { readonly maxWidth?: number; readonly maxHeight?: number } | undefined;
  /** Milliseconds of audio that a packet should have. */
  readonly ptime: number | undefined;
  /** webrtc-svc §4.1 */
  readonly scalabilityMode: string | undefined;
}

/** Takes the media that a source yields, in the form that it asks for. */
export interface MediaSink {
  /** What it wants encoded now, for sources that encode as they are asked to; anything when left out. */
  readonly encodings?: readonly WantedEncoding[];
  /** Whole frames, in decoding order. */
  frame?(frame: EncodedFrame): void;
  /** RTP packets as they come, lost ones missing, for passing on. Only sources on the network have them. */
  packets?(packets: readonly MediaPacket[]): void;
  /**
   * When packets of a source were captured, by its sender reports: what `writeClock()` takes of whoever passes them on. Called again
   * with each report, and at once with what is known.
   */
  clock?(clock: SourceClock): void;
  /** A telephone event (DTMF, RFC 4733) that is over. Only audio from the network has them. */
  tone?(tone: ReceivedTone): void;
}

/** The forms of media that somebody wants from a source. */
export interface WantedMedia {
  readonly frames: boolean;
  readonly packets: boolean;
}

/** How a {@link TrackSource} begins. */
export interface TrackSourceOptions {
  /** `MediaStreamTrack.label`; "" when left out. */
  readonly label?: string;
  /** What the source is set to, as far as `capabilities` and `modes` do not let the tracks choose. */
  readonly settings?: MediaTrackSettings;
  /** What tracks may choose from; the values in `settings` are the defaults. Nothing when left out. */
  readonly capabilities?: ControlledCapabilities;
  /**
   * Video: the sizes and frame rates that the source has by itself, in the order of preference. Tracks may ask for them, and
   * for anything that cropping, scaling down and leaving out frames makes of them.
   */
  readonly modes?: readonly VideoMode[];
  /** Whether there is no media for now; false when left out. */
  readonly muted?: boolean;
  /** Whether there are RTP packets, from which frames are made only for those who want frames; false when left out. */
  readonly yieldsPackets?: boolean;
}

/**
 * Where the media of tracks comes from: a device, a decoder, a connection. It is live until it has ended, and may be muted
 * (unable to provide media) in between. Several tracks can have the same source (`clone()`).
 */
export class TrackSource implements SourceDescription {
  readonly kind: MediaStreamTrackKind;
  readonly label: string;
  readonly settings: MediaTrackSettings;
  readonly capabilities: ControlledCapabilities;
  readonly modes: readonly VideoMode[];
  /** Whether those who take packets get packets. Changed for a track whose frames a script transforms. */
  yieldsPackets: boolean;
  /** @internal Of a remote video source: the packets of several streams come side by side, as the layers of a simulcast do. */
  hasParallelStreams = false;
  /**
   * @internal Of a remote video source: how large the latest picture is that has come, 0 by 0 before there was one
   * (webrtc-pc §9.3.1). Undefined: what the source is set to.
   */
  observedSize: { readonly width: number; readonly height: number } | undefined = undefined;
  /** Called when the last live track of the source was stopped: nobody listens any more. */
  onunused: (() => void) | null = null;
  /** Called when a receiver of the media cannot go on without a key frame. `rid`: of which simulcast layer. */
  onkeyframerequest: ((rid: string | undefined) => void) | null = null;
  /** Called when {@link wanted} has changed. */
  onwantedchange: (() => void) | null = null;
  /**
   * Called when the settings of a live track have changed (`applyConstraints()`), with those of all live tracks: a source
   * that can yields what serves them all.
   */
  onsettings: ((settings: readonly MediaTrackSettings[]) => void) | null = null;
  #muted: boolean;
  #hasEnded = false;
  #isReleased = false;
  readonly #statistics = new SourceStatistics();
  readonly #clocks = new SourceClocks();
  readonly #sinks = new Set<MediaSink>();
  readonly #listeners = new Set<SourceListener>();

  constructor(kind: MediaStreamTrackKind, options: TrackSourceOptions = {}) {
    this.kind = kind;
    this.label = options.label ?? "";
    this.settings = { ...options.settings };
    this.yieldsPackets = options.yieldsPackets ?? false;
    this.capabilities = structuredClone(options.capabilities ?? {});
    this.modes = (options.modes ?? []).map((mode) => ({ ...mode }));
    this.#muted = options.muted ?? false;
  }

  /** Whether the source is unable to provide media for now. */
  get muted(): boolean {
    return this.#muted;
  }

  /** Whether it will never provide media again. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether a live track uses it. */
  get inUse(): boolean {
    return this.#listeners.size > 0;
  }

  /** Whether it has fed tracks, and the last of them was stopped. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Fires `mute` or `unmute` at the live tracks, if this changes something. */
  setMuted(muted: boolean): void {
    if (muted === this.#muted || this.#hasEnded) return;
    this.#muted = muted;
    for (const listener of [...this.#listeners]) listener.mutedChanged(muted);
  }

  /** Ends the source and fires `ended` at the live tracks. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.ended();
    this.#sinks.clear();
  }

  /** What the sinks of all tracks want. */
  get wanted(): WantedMedia {
    const wanted = { frames: false, packets: false };
    for (const sink of this.#sinks) {
      if (sink.packets && this.yieldsPackets) wanted.packets = true;
      else if (sink.frame) wanted.frames = true;
    }
    return wanted;
  }

  /** Those who take frames, for a source that encodes for each of them. */
  get frameSinks(): readonly MediaSink[] {
    return [...this.#sinks].filter((sink) => sink.frame && !(sink.packets && this.yieldsPackets));
  }

  /**
   * Gives an encoded frame to everybody who takes frames of this source's tracks, or to one of {@link frameSinks} alone. The
   * bytes must not change any more.
   */
  writeFrame(frame: EncodedFrame, only?: MediaSink): void {
    if (this.#hasEnded) return;
    this.#statistics.count(frame);
    if (only) {
      if (this.#sinks.has(only)) only.frame?.(frame);
      return;
    }
    for (const sink of this.#sinks) {
      if (!(sink.packets && this.yieldsPackets)) sink.frame?.(frame);
    }
  }

  /** @internal What it has yielded in frames; undefined: nothing yet. */
  get counts(): SourceCounts | undefined {
    return this.#statistics.counts;
  }

  /** Gives RTP packets to everybody who takes packets. */
  writePackets(packets: readonly MediaPacket[]): void {
    if (this.#hasEnded) return;
    for (const sink of this.#sinks) sink.packets?.(packets);
  }

  /**
   * When the packets of one SSRC were captured: receivers of streams that are made of several tracks' packets keep these in step
   * by it.
   */
  writeClock(clock: SourceClock): void {
    if (this.#hasEnded) return;
    this.#clocks.note(clock);
    for (const sink of this.#sinks) sink.clock?.(clock);
  }

  /** A telephone event has come. */
  writeTone(tone: ReceivedTone): void {
    if (this.#hasEnded) return;
    for (const sink of this.#sinks) sink.tone?.(tone);
  }

  /** Asks the source for a key frame, if it can make one. */
  requestKeyFrame(rid?: string): void {
    if (!this.#hasEnded) this.onkeyframerequest?.(rid);
  }

  /** @internal Somebody takes the source's media. */
  addSink(sink: MediaSink): void {
    if (this.#hasEnded || this.#sinks.has(sink)) return;
    this.#sinks.add(sink);
    if (sink.clock) for (const clock of this.#clocks.all) sink.clock(clock);
    this.onwantedchange?.();
  }

  /** @internal */
  removeSink(sink: MediaSink): void {
    if (this.#sinks.delete(sink)) this.onwantedchange?.();
  }

  /** @internal A live track starts to use the source. */
  attach(listener: SourceListener): void {
    if (!this.#hasEnded) this.#listeners.add(listener);
  }

  /** @internal The settings of a live track have changed. */
  reconfigure(): void {
    this.onsettings?.([...this.#listeners].map(({ settings }) => ({ ...settings })));
  }

  /** @internal A track was stopped. */
  detach(listener: SourceListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#isReleased = true;
    this.onunused?.();
  }
}
