/** webrtc-pc §5.1.1: remote tracks and streams, as descriptions add and remove them. */
import { addTrackToStream, type MediaStream, removeTrackFromStream } from "../media/MediaStream.ts";
import type { MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import type { Connection } from "./connection.ts";
import { fire } from "./dispatch.ts";
import { RTCTrackEvent, type RTCTrackEventInit } from "./RTCTrackEvent.ts";
import { type Direction, type ReceiverSlots, receives, type TransceiverSlots } from "./transceiver-slots.ts";

interface Membership {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
}

/** What a description changes, told to the application at the end of the task (§4.4.1.5). */
export class TrackChanges {
  readonly trackEventInits: RTCTrackEventInit[] = [];
  readonly muted: ReceiverSlots[] = [];
  readonly added: Membership[] = [];
  readonly removed: Membership[] = [];

  /** Fires the events, in the order of the standard. */
  announce(connection: Connection): void {
    for (const { source } of this.muted) source.setMuted(true);
    for (const { stream, track } of this.removed) removeTrackFromStream(stream, track);
    for (const { stream, track } of this.added) addTrackToStream(stream, track);
    for (const init of this.trackEventInits) fire(connection.target, new RTCTrackEvent("track", init));
  }
}

/** "Process remote tracks". `direction` is null for a transceiver that goes back to having been nothing. */
export function processRemoteTracks(
  transceiver: TransceiverSlots,
  direction: Direction | null,
  streamIds: readonly string[],
  changes: TrackChanges,
): void {
  const { receiver, firedDirection } = transceiver;
  // Step 1
  const before = changes.added.length;
  setAssociatedStreams(receiver, streamIds, changes);
  // Step 2
  const begins = receives(direction) && !receives(firedDirection);
  if (begins || changes.added.length > before) {
    changes.trackEventInits.push({
      receiver: receiver.target,
      track: receiver.track,
      streams: [...receiver.streams],
      transceiver: transceiver.target,
    });
  }
  // Steps 3 and 4
  if (!receives(direction)) {
    transceiver.receptive = false;
    if (receives(firedDirection)) removeRemoteTrack(transceiver, changes);
  }
  // Step 5
  transceiver.firedDirection = direction;
}

/** "Process the removal of a remote track" */
export function removeRemoteTrack({ receiver }: TransceiverSlots, changes: TrackChanges): void {
  if (!receiver.track.muted) changes.muted.push(receiver);
}

/** "Set the associated remote streams" */
export function setAssociatedStreams(
  receiver: ReceiverSlots,
  ids: readonly string[],
  changes: TrackChanges,
): void {
  const { remoteStreams } = receiver.transceiver.connection;
  const { track } = receiver;
  const streams = [...new Set(ids)].map((id) => remoteStreams.get(id));
  for (const stream of receiver.streams) {
    if (!streams.includes(stream)) changes.removed.push({ stream, track });
  }
  for (const stream of streams) {
    if (!receiver.streams.includes(stream)) changes.added.push({ stream, track });
  }
  receiver.streams = streams;
}
