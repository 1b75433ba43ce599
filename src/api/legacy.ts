/**
 * What webrtc-pc had in its early drafts and has dropped: streams in place of tracks, `createDTMFSender()`, `statsended`
 * and `iceTransportPolicy: "public"`. Everything here stands on today's methods.
 */
import { isMediaStream, type MediaStream } from "../media/MediaStream.ts";
import type { MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { acceptPublicTransportPolicy } from "./configuration.ts";
import { whenConnectionCreated } from "./created-connections.ts";
import { type RTCStatsEvent, watchStats } from "./legacy-stats.ts";
import type { RTCDTMFSender } from "./RTCDTMFSender.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import type { RTCTrackEvent } from "./RTCTrackEvent.ts";

/** webrtc-pc of 2015 §9 */
export interface MediaStreamEventInit extends EventInit {
  stream: MediaStream;
}

const convertInit = dictionary(
  "MediaStreamEventInit",
  { stream: required(instanceOf("MediaStream", isMediaStream)) },
  convertEventInit,
);

const eventInternals = internalSlots<MediaStream, MediaStreamEvent>("MediaStreamEvent");

/** Fired at the connection when the peer has begun to send a stream, or has ended it. */
export class MediaStreamEvent extends Event {
  constructor(...args: [type: string, eventInitDict: MediaStreamEventInit]) {
    const context = constructorContext("MediaStreamEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    eventInternals.attach(this, init.stream);
  }

  get stream(): MediaStream {
    return eventInternals.of(this);
  }
}

exposeInterface(MediaStreamEvent, "MediaStreamEvent", { length: 2 });

/** The members that `skywave/legacy` adds to `RTCPeerConnection`. */
export interface LegacyPeerConnection {
  onaddstream: EventHandler<MediaStreamEvent>;
  onremovestream: EventHandler<MediaStreamEvent>;
  /** Objects have left the statistics. */
  onstatsended: EventHandler<RTCStatsEvent>;
  /** Of identity providers, which only browsers can load: kept, never called. */
  onidentityresult: EventHandler;
  /** Likewise. */
  onidpassertionerror: EventHandler;
  /** Likewise. */
  onidpvalidationerror: EventHandler;
  /** Likewise. */
  onpeeridentity: EventHandler;
  /** Sends the tracks of `stream`, also those that are added to it by the user agent later. */
  addStream(stream: MediaStream): void;
  /** Stops sending the tracks of `stream`. */
  removeStream(stream: MediaStream): void;
  /** The streams given to `addStream()`. */
  getLocalStreams(): MediaStream[];
  /** The streams that the peer sends at the moment. */
  getRemoteStreams(): MediaStream[];
  /** A local or remote stream, or null. */
  getStreamById(streamId: string): MediaStream | null;
  /** The `dtmf` of the sender of an audio track. */
  createDTMFSender(track: MediaStreamTrack): RTCDTMFSender;
}

interface LegacySlots {
  readonly local: Set<MediaStream>;
  readonly remote: Map<string, MediaStream>;
}

const slotsByConnection = new WeakMap<RTCPeerConnection, LegacySlots>();

function slotsOf(connection: RTCPeerConnection): LegacySlots {
  let slots = slotsByConnection.get(connection);
  if (slots === undefined) {
    slots = { local: new Set(), remote: new Map() };
    slotsByConnection.set(connection, slots);
  }
  return slots;
}

const convertStream = instanceOf("MediaStream", isMediaStream);

function streamArgument(args: readonly unknown[], operation: string): MediaStream {
  const context = operationContext("RTCPeerConnection", operation);
  requireArguments(context, args, 1);
  return convertStream(args[0], context);
}

const members = {
  addStream(this: RTCPeerConnection, ...args: unknown[]): void {
    const stream = streamArgument(args, "addStream");
    const { local } = slotsOf(this);
    if (local.has(stream)) return;
    const sent = new Set(this.getSenders().map(({ track }) => track));
    for (const track of stream.getTracks()) if (!sent.has(track)) this.addTrack(track, stream);
    local.add(stream);
  },
  removeStream(this: RTCPeerConnection, ...args: unknown[]): void {
    const stream = streamArgument(args, "removeStream");
    if (!slotsOf(this).local.delete(stream)) return;
    const tracks = new Set<MediaStreamTrack | null>(stream.getTracks());
    for (const sender of this.getSenders()) if (tracks.has(sender.track)) this.removeTrack(sender);
  },
  getLocalStreams(this: RTCPeerConnection): MediaStream[] {
    return [...slotsOf(this).local];
  },
  getRemoteStreams(this: RTCPeerConnection): MediaStream[] {
    return [...slotsOf(this).remote.values()];
  },
  getStreamById(this: RTCPeerConnection, ...args: unknown[]): MediaStream | null {
    const context = operationContext("RTCPeerConnection", "getStreamById");
    requireArguments(context, args, 1);
    const id = domString(args[0], context);
    const { local, remote } = slotsOf(this);
    return [...local, ...remote.values()].find((stream) => stream.id === id) ?? null;
  },
  createDTMFSender(this: RTCPeerConnection, ...args: unknown[]): RTCDTMFSender {
    const context = operationContext("RTCPeerConnection", "createDTMFSender");
    requireArguments(context, args, 1);
    const sender = this.getSenders().find(({ track }) => track !== null && track === args[0]);
    if (sender?.dtmf) return sender.dtmf;
    throw new DOMException("the connection sends no such audio track.", "InvalidParameterError");
  },
};

/** A connection that somebody listens to for streams. */
function watch(connection: RTCPeerConnection): void {
  const { remote } = slotsOf(connection);
  connection.addEventListener("track", ({ streams }: RTCTrackEvent) => {
    for (const stream of streams) {
      if (remote.has(stream.id)) continue;
      remote.set(stream.id, stream);
      connection.dispatchEvent(new MediaStreamEvent("addstream", { stream }));
      const removed = () => {
        if (stream.getTracks().length > 0) return;
        stream.removeEventListener("removetrack", removed);
        remote.delete(stream.id);
        connection.dispatchEvent(new MediaStreamEvent("removestream", { stream }));
      };
      stream.addEventListener("removetrack", removed);
    }
  });
}

let installed = false;

/** Adds the members to the prototype of `interfaceObject`, once. Connections that exist already have no stream events. */
export function installLegacy(interfaceObject: typeof RTCPeerConnection): void {
  if (installed) return;
  installed = true;
  const { prototype } = interfaceObject;
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(value, "length", { value: name.startsWith("get") && name.endsWith("s") ? 0 : 1 });
    Object.defineProperty(prototype, name, { value, writable: true, enumerable: true, configurable: true });
  }
  defineEventHandlers(prototype, (target) => void (target as RTCPeerConnection).signalingState, [
    "addstream",
    "removestream",
    "statsended",
    "identityresult",
    "idpassertionerror",
    "idpvalidationerror",
    "peeridentity",
  ]);
  whenConnectionCreated(watch);
  whenConnectionCreated(watchStats);
  acceptPublicTransportPolicy();
}
