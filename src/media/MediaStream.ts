/** mediacapture-main §4.2 MediaStream. */
import { Construction } from "../webidl/construction.ts";
import { domString, instanceOf, isObject, sequence } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { constructorContext, exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { isMediaStreamTrack, type MediaStreamTrack } from "./MediaStreamTrack.ts";
import { MediaStreamTrackEvent } from "./MediaStreamTrackEvent.ts";

/** The events of a `MediaStream`. */
export interface MediaStreamEventMap {
  addtrack: MediaStreamTrackEvent;
  removetrack: MediaStreamTrackEvent;
}

/** The internal slots of a `MediaStream`. */
interface StreamSlots {
  readonly id: string;
  /** The track set, in the order of addition. */
  readonly tracks: Set<MediaStreamTrack>;
}

const NAME = "MediaStream";

const construction = new Construction<StreamSlots>();
const internals = internalSlots<StreamSlots, MediaStream>(NAME);

const convertTrack = instanceOf("MediaStreamTrack", isMediaStreamTrack);
const convertTracks = sequence(convertTrack);

/** A group of tracks. */
export class MediaStream extends EventTargetWith<MediaStreamEventMap> {
  declare onaddtrack: EventHandler<MediaStreamTrackEvent>;
  declare onremovetrack: EventHandler<MediaStreamTrackEvent>;

  constructor(...args: [streamOrTracks?: MediaStream | MediaStreamTrack[]]) {
    const slots = construction.handed() ?? {
      id: crypto.randomUUID(),
      tracks: initialTracks(args[0]),
    };
    super();
    internals.attach(this, slots);
  }

  get id(): string {
    return internals.of(this).id;
  }
  getAudioTracks(): MediaStreamTrack[] {
    return [...internals.of(this).tracks].filter((track) => track.kind === "audio");
  }
  getVideoTracks(): MediaStreamTrack[] {
    return [...internals.of(this).tracks].filter((track) => track.kind === "video");
  }
  getTracks(): MediaStreamTrack[] {
    return [...internals.of(this).tracks];
  }

  getTrackById(trackId: string): MediaStreamTrack | null;
  getTrackById(...args: unknown[]): MediaStreamTrack | null {
    const { tracks } = internals.of(this);
    const context = operationContext(NAME, "getTrackById");
    requireArguments(context, args, 1);
    const id = domString(args[0], context);
    return [...tracks].find((track) => track.id === id) ?? null;
  }

  addTrack(track: MediaStreamTrack): void;
  addTrack(...args: unknown[]): void {
    const { tracks } = internals.of(this);
    const context = operationContext(NAME, "addTrack");
    requireArguments(context, args, 1);
    tracks.add(convertTrack(args[0], context));
  }

  removeTrack(track: MediaStreamTrack): void;
  removeTrack(...args: unknown[]): void {
    const { tracks } = internals.of(this);
    const context = operationContext(NAME, "removeTrack");
    requireArguments(context, args, 1);
    tracks.delete(convertTrack(args[0], context));
  }

  clone(): MediaStream {
    const { tracks } = internals.of(this);
    return new MediaStream([...tracks].map((track) => track.clone()));
  }

  get active(): boolean {
    return [...internals.of(this).tracks].some((track) => track.readyState === "live");
  }
}

defineEventHandlers(MediaStream.prototype, internals.of, ["addtrack", "removetrack"]);
exposeInterface(MediaStream, NAME, { operations: { getTrackById: 1, addTrack: 1, removeTrack: 1 } });

/** The three overloads of the constructor. */
function initialTracks(given: unknown): Set<MediaStreamTrack> {
  if (given === undefined) return new Set();
  if (internals.has(given)) return new Set(internals.of(given).tracks);
  if (isObject(given)) return new Set(convertTracks(given, constructorContext(NAME)));
  throw new TypeError(`${constructorContext(NAME)}: parameter 1 is not of type '${NAME}'.`);
}

/** Brand check. */
export const isMediaStream: (value: unknown) => value is MediaStream = internals.has;

/** An empty stream with an id from elsewhere: the peer's. */
export function createStream(id: string): MediaStream {
  return construction.run({ id, tracks: new Set() }, () => new MediaStream());
}

/** mediacapture-main §4.2 "add a track": by the user agent, so that an event tells the application. */
export function addTrackToStream(stream: MediaStream, track: MediaStreamTrack): void {
  const { tracks } = internals.of(stream);
  if (tracks.has(track)) return;
  tracks.add(track);
  stream.dispatchEvent(new MediaStreamTrackEvent("addtrack", { track }));
}

/** mediacapture-main §4.2 "remove a track": by the user agent. */
export function removeTrackFromStream(stream: MediaStream, track: MediaStreamTrack): void {
  const { tracks } = internals.of(stream);
  if (!tracks.delete(track)) return;
  stream.dispatchEvent(new MediaStreamTrackEvent("removetrack", { track }));
}
