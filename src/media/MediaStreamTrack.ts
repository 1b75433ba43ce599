/** mediacapture-main §4.3 MediaStreamTrack, with the content hints of mst-content-hint. */
import { Construction } from "../webidl/construction.ts";
import { boolean, domString } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface, operationContext, promiseReturning } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import {
  convertConstraints,
  type MediaTrackCapabilities,
  type MediaTrackConstraints,
  type MediaTrackSettings,
} from "./constraints.ts";
import { OverconstrainedError } from "./OverconstrainedError.ts";
import { selectSettings } from "./select-settings.ts";
import { capabilitiesOf } from "./source-choices.ts";
import type { MediaSink, MediaStreamTrackKind, SourceListener, TrackSource } from "./track-source.ts";

/** mediacapture-main §4.3.3.2 */
export type MediaStreamTrackState = "live" | "ended";

/** The events of a `MediaStreamTrack`. */
export interface MediaStreamTrackEventMap {
  ended: Event;
  mute: Event;
  unmute: Event;
}

/** The internal slots of a `MediaStreamTrack`. */
export interface TrackSlots extends SourceListener {
  /** Set as soon as the object exists. */
  target: MediaStreamTrack | undefined;
  readonly id: string;
  readonly source: TrackSource;
  enabled: boolean;
  muted: boolean;
  readyState: MediaStreamTrackState;
  contentHint: string;
  constraints: MediaTrackConstraints;
  /** What takes this track's media; the values are what the source knows of. */
  readonly sinks: Map<MediaSink, MediaSink>;
  settings: MediaTrackSettings;
}

/** mediacapture-main §4.3.3.2: what a track still tells when it has ended. */
const INHERENT_PROPERTIES = ["deviceId", "facingMode", "groupId"];

/** mst-content-hint §3 */
const CONTENT_HINTS: Readonly<Record<MediaStreamTrackKind, readonly string[]>> = {
  audio: ["", "speech", "speech-recognition", "music"],
  video: ["", "motion", "detail", "text"],
};

const NAME = "MediaStreamTrack";

const construction = new Construction<TrackSlots>();
const internals = internalSlots<TrackSlots, MediaStreamTrack>(NAME);

/** One stream of audio or video from a source. */
export class MediaStreamTrack extends EventTargetWith<MediaStreamTrackEventMap> {
  declare onmute: EventHandler;
  declare onunmute: EventHandler;
  declare onended: EventHandler;

  constructor() {
    const slots = construction.take();
    super();
    slots.target = this;
    internals.attach(this, slots);
  }

  /** "audio" or "video". */
  get kind(): string {
    return internals.of(this).source.kind;
  }
  get id(): string {
    return internals.of(this).id;
  }
  get label(): string {
    return internals.of(this).source.label;
  }
  get enabled(): boolean {
    return internals.of(this).enabled;
  }
  set enabled(value: boolean) {
    const slots = internals.of(this);
    slots.enabled = boolean(value, "Failed to set the 'enabled' property on 'MediaStreamTrack'");
  }
  get muted(): boolean {
    return internals.of(this).muted;
  }
  get readyState(): MediaStreamTrackState {
    return internals.of(this).readyState;
  }
  get contentHint(): string {
    return internals.of(this).contentHint;
  }
  set contentHint(value: string) {
    const slots = internals.of(this);
    const hint = domString(value, "Failed to set the 'contentHint' property on 'MediaStreamTrack'");
    if (CONTENT_HINTS[slots.source.kind].includes(hint)) slots.contentHint = hint;
  }

  clone(): MediaStreamTrack {
    return cloneTrack(internals.of(this));
  }

  stop(): void {
    const slots = internals.of(this);
    if (slots.readyState === "ended") return;
    slots.readyState = "ended";
    slots.source.detach(slots);
    removeSinks(slots);
  }

  getCapabilities(): MediaTrackCapabilities {
    return capabilitiesOf(internals.of(this).source);
  }
  getConstraints(): MediaTrackConstraints {
    return structuredClone(internals.of(this).constraints);
  }
  getSettings(): MediaTrackSettings {
    const { readyState, settings, source } = internals.of(this);
    if (readyState === "live") return { ...settings, ...observedSettings(source) };
    return Object.fromEntries(
      Object.entries(settings).filter(([name]) => INHERENT_PROPERTIES.includes(name)),
    );
  }

  applyConstraints(constraints?: MediaTrackConstraints): Promise<void>;
  applyConstraints(...args: unknown[]): Promise<void> {
    return promiseReturning(async () => {
      const slots = internals.of(this);
      const constraints = convertConstraints(args[0], operationContext(NAME, "applyConstraints"));
      if (slots.readyState === "ended") return;
      constrain(slots, constraints);
      slots.source.reconfigure();
    });
  }
}

/** webrtc-pc §9.3.1: the settings of a remote track are those of the latest frame. */
function observedSettings({ observedSize, counts }: TrackSource): MediaTrackSettings {
  if (observedSize === undefined) return {};
  const { width, height } = observedSize;
  const frameRate = counts?.framesPerSecond;
  return {
    width,
    height,
    ...(height > 0 ? { aspectRatio: Number((width / height).toFixed(10)) } : {}),
    ...(frameRate === undefined ? {} : { frameRate }),
  };
}

defineEventHandlers(MediaStreamTrack.prototype, internals.of, ["mute", "unmute", "ended"]);
exposeInterface(MediaStreamTrack, NAME, { operations: { applyConstraints: 0 } });

/** Brand check. */
export const isMediaStreamTrack: (value: unknown) => value is MediaStreamTrack = internals.has;

/** mediacapture-main §11.1.1, the ApplyConstraints algorithm: throws an OverconstrainedError and changes nothing, or works. */
function constrain(slots: TrackSlots, constraints: MediaTrackConstraints): void {
  const selection = selectSettings(slots.source.kind, slots.source, constraints);
  if ("failedConstraint" in selection) throw overconstrained(selection.failedConstraint);
  slots.constraints = constraints;
  slots.settings = selection.settings;
}

/** The error for a constraint that a source cannot meet. */
export function overconstrained(constraint: string): OverconstrainedError {
  return new OverconstrainedError(constraint, `The source cannot meet the constraint '${constraint}'.`);
}

/** A new track fed by `source`, with constraints that are known to be met. */
export function constrainedTrackFrom(
  source: TrackSource,
  constraints: MediaTrackConstraints,
): MediaStreamTrack {
  const track = trackFrom(source);
  constrain(internals.of(track), constraints);
  return track;
}

/** A new track fed by `source`; mediacapture-main §4.3 "create a MediaStreamTrack". `id`: a fresh UUID unless given. */
export function trackFrom(source: TrackSource, id: string = crypto.randomUUID()): MediaStreamTrack {
  const slots: TrackSlots = {
    target: undefined,
    id,
    source,
    enabled: true,
    muted: source.muted,
    readyState: source.hasEnded ? "ended" : "live",
    contentHint: "",
    constraints: {},
    sinks: new Map(),
    settings: defaultSettings(source),
    mutedChanged: (muted) => setMutedState(slots, muted),
    ended: () => endTrack(slots),
  };
  source.attach(slots);
  return construction.run(slots, () => new MediaStreamTrack());
}

/** What no constraints at all select. */
function defaultSettings(source: TrackSource): MediaTrackSettings {
  const selection = selectSettings(source.kind, source, {});
  return "settings" in selection ? selection.settings : {};
}

/** mediacapture-main §4.3 "clone a track" */
function cloneTrack(original: TrackSlots): MediaStreamTrack {
  const clone = trackFrom(original.source);
  const slots = internals.of(clone);
  slots.enabled = original.enabled;
  slots.contentHint = original.contentHint;
  slots.constraints = structuredClone(original.constraints);
  slots.settings = { ...original.settings };
  if (original.readyState === "ended") {
    slots.readyState = "ended";
    original.source.detach(slots);
  }
  return clone;
}

/** mediacapture-main §4.3.1.1 "set a track's muted state" */
function setMutedState(slots: TrackSlots, muted: boolean): void {
  if (slots.muted === muted) return;
  slots.muted = muted;
  slots.target?.dispatchEvent(new Event(muted ? "mute" : "unmute"));
}

/** mediacapture-main §4.3.1.2: the track ends for another reason than `stop()`. */
function endTrack(slots: TrackSlots): void {
  if (slots.readyState === "ended") return;
  slots.readyState = "ended";
  slots.target?.dispatchEvent(new Event("ended"));
}

/** Gives the track's media to `sink` while the track is live and enabled. The source is what {@link sourceOf} says. */
export function attachSink(track: MediaStreamTrack, sink: MediaSink): void {
  const slots = internals.of(track);
  if (slots.readyState === "ended" || slots.sinks.has(sink)) return;
  const gate: { -readonly [Member in keyof MediaSink]: MediaSink[Member] } = {};
  const { frame, packets, clock, tone } = sink;
  // What is wanted changes with the time.
  if (sink.encodings) Object.defineProperty(gate, "encodings", { get: () => sink.encodings });
  // mediacapture-main §4.3.1.1: a disabled track yields silence and black, for which nothing has to be sent.
  if (frame) {
    gate.frame = (given) => {
      if (slots.enabled) frame.call(sink, given);
    };
  }
  if (packets) {
    gate.packets = (given) => {
      if (slots.enabled) packets.call(sink, given);
    };
  }
  if (clock) gate.clock = (given) => clock.call(sink, given);
  if (tone) {
    gate.tone = (given) => {
      if (slots.enabled) tone.call(sink, given);
    };
  }
  slots.sinks.set(sink, gate);
  slots.source.addSink(gate);
}

/** Ends what {@link attachSink} has begun. */
export function detachSink(track: MediaStreamTrack, sink: MediaSink): void {
  const slots = internals.of(track);
  const gate = slots.sinks.get(sink);
  if (gate === undefined) return;
  slots.sinks.delete(sink);
  slots.source.removeSink(gate);
}

/** What feeds a track. */
export function sourceOf(track: MediaStreamTrack): TrackSource {
  return internals.of(track).source;
}

function removeSinks(slots: TrackSlots): void {
  for (const gate of slots.sinks.values()) slots.source.removeSink(gate);
  slots.sinks.clear();
}
