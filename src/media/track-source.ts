/** mediacapture-main §3 and §4.3: what is behind tracks. Not part of the standard's interfaces. */
import type { MediaTrackSettings } from "./constraints.ts";

/** mediacapture-main §4.3 */
export type MediaStreamTrackKind = "audio" | "video";

/** What a source tells the tracks that it feeds. */
export interface SourceListener {
  /** The source was muted or unmuted. */
  mutedChanged(muted: boolean): void;
  /** The source has ended: it will never yield media again. */
  ended(): void;
}

/** How a {@link TrackSource} begins. */
export interface TrackSourceOptions {
  /** `MediaStreamTrack.label`; "" when left out. */
  readonly label?: string;
  /** What `getSettings()` of its tracks returns. */
  readonly settings?: MediaTrackSettings;
  /** Whether there is no media for now; false when left out. */
  readonly muted?: boolean;
}

/**
 * Where the media of tracks comes from: a device, a decoder, a connection. It is live until it has ended, and may be muted
 * (unable to provide media) in between. Several tracks can have the same source (`clone()`).
 */
export class TrackSource {
  readonly kind: MediaStreamTrackKind;
  readonly label: string;
  readonly settings: MediaTrackSettings;
  /** Called when the last live track of the source was stopped: nobody listens any more. */
  onunused: (() => void) | null = null;
  #muted: boolean;
  #hasEnded = false;
  readonly #listeners = new Set<SourceListener>();

  constructor(kind: MediaStreamTrackKind, options: TrackSourceOptions = {}) {
    this.kind = kind;
    this.label = options.label ?? "";
    this.settings = { ...options.settings };
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
  }

  /** @internal A live track starts to use the source. */
  attach(listener: SourceListener): void {
    if (!this.#hasEnded) this.#listeners.add(listener);
  }

  /** @internal A track was stopped. */
  detach(listener: SourceListener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.onunused?.();
  }
}
