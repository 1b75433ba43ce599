/** webrtc-pc §4.4.1.5 "set a session description": what the audio and video sections of a description do. */
import type { MediaKind, MediaOutcome, NegotiatedStream, Plan, SimulcastLayer } from "../core/jsep/index.ts";
import { isAuxiliary, matchesCodec } from "./codec-match.ts";
import type { Connection } from "./connection.ts";
import { reflectNegotiatedExtensions } from "./header-extension-control.ts";
import type { RTCSdpType } from "./RTCSessionDescription.ts";
import {
  processRemoteTracks,
  removeRemoteTrack,
  setAssociatedStreams,
  TrackChanges,
} from "./remote-tracks.ts";
import type { Encoding } from "./rtp-parameters.ts";
import { adjustedMode } from "./scalability-mode.ts";
import { MAX_VIDEO_ENCODINGS } from "./send-encodings.ts";
import { stopTransceiver } from "./transceiver.ts";
import {
  createTransceiver,
  receives,
  type SenderSlots,
  sends,
  type TransceiverSlots,
} from "./transceiver-slots.ts";

/** An offer in "stable": what a rollback goes back to. */
export function rememberStableState(connection: Connection): void {
  for (const { sender, receiver } of connection.transceivers) {
    sender.lastStableTransport = sender.transport;
    sender.lastStableRidlessEncodings = isRidless(sender.encodings) ? sender.encodings : null;
    receiver.lastStableTransport = receiver.transport;
    receiver.lastStableStreams = receiver.streams;
    receiver.lastStableCodecs = receiver.codecs;
    receiver.lastStableAccepted = receiver.accepted;
  }
}

/** The transceivers' part of a description that is set. `plan` has been committed, its transports exist. */
export function applyMedia(
  connection: Connection,
  source: "local" | "remote",
  type: Exclude<RTCSdpType, "rollback">,
  plan: Plan,
): TrackChanges {
  const changes = new TrackChanges();
  for (const outcome of plan.media) {
    const transceiver = transceiverFor(connection, outcome, type);
    if (transceiver === undefined) continue;
    transceiver.sender.lastReturnedParameters = null;
    if (source === "local") applyLocalSection(transceiver, outcome, type, changes);
    else applyRemoteSection(transceiver, outcome, type, changes);
  }
  if (type === "answer") completeNegotiation(connection, plan.media);
  return changes;
}

function transceiverFor(
  connection: Connection,
  outcome: MediaOutcome,
  type: RTCSdpType,
): TransceiverSlots | undefined {
  const { transceiver: id, create, kind, remote } = outcome;
  if (!create) return connection.transceivers.find((transceiver) => transceiver.id === id);
  if (id === undefined) return undefined;
  return connection.addTransceiver(() =>
    createTransceiver(connection, {
      id,
      kind,
      direction: "recvonly",
      track: null,
      streams: [],
      encodings: proposedEncodings(kind, remote?.simulcastToSend ?? []),
      addedByAddTrack: false,
      createdByPendingOffer: type === "offer",
      trackId: remote?.trackId || undefined,
    }),
  );
}

/** proposedSendEncodings: what the peer asks us to send. There is no simulcast of audio. */
function proposedEncodings(kind: MediaKind, layers: readonly SimulcastLayer[]): Encoding[] {
  if (kind === "audio") return [];
  const rids = [...new Set(layers.map(({ rid }) => rid))].slice(0, MAX_VIDEO_ENCODINGS);
  return rids.map((rid, index) => ({
    rid,
    active: true,
    adaptivePtime: false,
    priority: "low",
    scaleResolutionDownBy: 2 ** (rids.length - index - 1),
  }));
}

function isRidless(encodings: readonly Encoding[]): boolean {
  return encodings.length === 1 && encodings[0]!.rid === undefined;
}

function applyLocalSection(
  transceiver: TransceiverSlots,
  outcome: MediaOutcome,
  type: RTCSdpType,
  changes: TrackChanges,
): void {
  const { direction, rejected, associated, mid } = outcome;
  if (associated) transceiver.mid = mid;
  if (transceiver.stopped) return;
  if (transceiver.sender.transport === null || type !== "offer") setTransports(transceiver, outcome);
  transceiver.receptive = receives(direction);
  if (type === "offer") {
    // RFC 9429 §5.9: ready for what may come before the answer. [[ReceiveCodecs]] waits for what is negotiated.
    transceiver.receiver.accepted ??= outcome.receive ?? null;
    return;
  }
  narrowEncodings(transceiver, outcome);
  setNegotiated(transceiver, outcome);
  // "The receiver is not prepared to receive anything, and the list will be empty."
  if (!receives(direction)) transceiver.receiver.codecs = [];
  if (!receives(direction) && receives(transceiver.firedDirection)) {
    setAssociatedStreams(transceiver.receiver, [], changes);
    removeRemoteTrack(transceiver, changes);
  }
  setCurrentDirection(transceiver, outcome);
  transceiver.firedDirection = direction;
  if (rejected) stopTransceiver(transceiver);
}

function applyRemoteSection(
  transceiver: TransceiverSlots,
  outcome: MediaOutcome,
  type: RTCSdpType,
  changes: TrackChanges,
): void {
  const { remote, rejected, mid, create } = outcome;
  const { sender } = transceiver;
  const proposed =
    type === "offer" && !create ? proposedEncodings(transceiver.kind, remote?.simulcastToSend ?? []) : [];
  if (proposed.length > 0 && isRidless(sender.encodings)) {
    sender.encodings = proposed;
  }
  if (type !== "offer") narrowEncodings(transceiver, outcome);
  transceiver.mid = mid;
  const direction = rejected ? "inactive" : outcome.direction;
  const streamIds = receives(direction) ? streamIdsOf(transceiver, outcome) : [];
  if (!transceiver.stopped) processRemoteTracks(transceiver, direction, streamIds, changes);
  if (type !== "offer") {
    setNegotiated(transceiver, outcome);
    setCurrentDirection(transceiver, { ...outcome, direction });
    setTransports(transceiver, outcome);
  }
  if (rejected && !transceiver.stopped) stopTransceiver(transceiver);
}

/** RFC 9429 §5.10: a description without any `a=msid` still has its tracks in a stream, one for all of them. */
function streamIdsOf({ connection }: TransceiverSlots, { remote }: MediaOutcome): readonly string[] {
  if (remote === undefined) return [];
  return remote.streamIds ?? [connection.defaultStreamId()];
}

/** A simulcast envelope can only become smaller; a direction that does not send says nothing about it. */
function narrowEncodings({ sender }: TransceiverSlots, { direction, rejected, send }: MediaOutcome): void {
  if (sender.encodings.length < 2 || rejected || !sends(direction)) return;
  const kept = sender.encodings.filter(({ rid }) => send?.layers.some((layer) => layer.rid === rid));
  sender.encodings = kept.length > 0 ? kept : sender.encodings.slice(0, 1);
}

function setNegotiated(transceiver: TransceiverSlots, outcome: MediaOutcome): void {
  const { sender, receiver } = transceiver;
  const { send, receive, rtcpReducedSize } = outcome;
  sender.codecs = send?.codecs ?? [];
  sender.headerExtensions = send?.headerExtensions ?? [];
  sender.peerLimits = { bandwidth: outcome.remote?.bandwidth.media, layers: send?.layers ?? [] };
  sender.reducedSize = rtcpReducedSize;
  receiver.codecs = receive?.codecs ?? [];
  receiver.headerExtensions = receive?.headerExtensions ?? [];
  receiver.reducedSize = rtcpReducedSize;
  receiver.roundTrips = outcome.receiverRoundTrips;
  receiver.accepted = receives(outcome.rejected ? "inactive" : outcome.direction) ? (receive ?? null) : null;
  transceiver.extmapAllowMixed = outcome.extmapAllowMixed;
  transceiver.headerEncryption = outcome.headerEncryption;
  receiver.announced = outcome.remote?.sources ?? [];
  receiver.rids = receive?.layers.map(({ rid }) => rid) ?? [];
  transceiver.negotiatedExtensions = [...receiver.headerExtensions, ...sender.headerExtensions];
}

function setCurrentDirection(
  transceiver: TransceiverSlots,
  { direction }: Pick<MediaOutcome, "direction">,
): void {
  transceiver.currentDirection = direction;
  if (sends(direction)) transceiver.hasSent = true;
}

function setTransports(
  { connection, sender, receiver }: TransceiverSlots,
  { transport }: MediaOutcome,
): void {
  if (transport === undefined) return;
  const object = connection.transports.get(transport)?.dtlsTransport ?? null;
  sender.transport = object;
  receiver.transport = object;
}

/** An answer is set: stopped transceivers leave the set, and encodings let go of codecs that are not sent. */
function completeNegotiation(connection: Connection, media: readonly MediaOutcome[]): void {
  const rejected = new Set(media.filter((outcome) => outcome.rejected).map(({ mid }) => mid));
  for (const transceiver of [...connection.transceivers]) {
    const { mid, stopping, stopped, sender } = transceiver;
    // One that was stopped before any description had it has nothing to negotiate.
    if (mid === null && stopping && !stopped) stopTransceiver(transceiver);
    if (transceiver.stopped && (mid === null || rejected.has(mid))) connection.removeTransceiver(transceiver);
    transceiver.createdByPendingOffer = false;
    if (mid !== null && !transceiver.stopped) reflectNegotiatedExtensions(transceiver);
    if (sender.codecs.length === 0) continue;
    sender.encodings = sender.encodings.map(({ codec, ...others }) =>
      codec && sender.codecs.some((sent) => matchesCodec(codec, parameters(sent), true))
        ? { ...others, codec }
        : others,
    );
    adjustScalability(sender);
  }
}

/** webrtc-svc §4.2.3: what an encoding cannot have with the codec that it is sent with now becomes something it can. */
function adjustScalability(sender: SenderSlots): void {
  const first = sender.codecs.map(parameters).find((codec) => !isAuxiliary(codec));
  sender.encodings = sender.encodings.map((encoding) => {
    const { codec = first, scalabilityMode } = encoding;
    if (codec === undefined || scalabilityMode === undefined) return encoding;
    return { ...encoding, scalabilityMode: adjustedMode(scalabilityMode, codec) };
  });
}

function parameters({ mimeType, clockRate, channels, sdpFmtpLine }: NegotiatedStream["codecs"][number]) {
  return {
    mimeType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  };
}

/** A rollback: everything is as it was in the last stable state. `remoteOffer`: the description that goes is the peer's. */
export function rollBackMedia(connection: Connection, plan: Plan, remoteOffer: boolean): TrackChanges {
  const changes = new TrackChanges();
  for (const transceiver of [...connection.transceivers]) {
    const { sender, receiver, currentDirection } = transceiver;
    if (plan.dissociated.includes(transceiver.id)) transceiver.mid = null;
    sender.lastReturnedParameters = null;
    sender.transport = sender.lastStableTransport;
    if (sender.lastStableRidlessEncodings && sender.encodings.some(({ rid }) => rid !== undefined)) {
      sender.encodings = sender.lastStableRidlessEncodings;
    }
    receiver.transport = receiver.lastStableTransport;
    receiver.codecs = receiver.lastStableCodecs;
    receiver.accepted = receiver.lastStableAccepted;
    if (remoteOffer && !transceiver.stopped) {
      const ids = receiver.lastStableStreams.map(({ id }) => id);
      processRemoteTracks(transceiver, currentDirection, ids, changes);
    }
    if (!transceiver.createdByPendingOffer) continue;
    transceiver.createdByPendingOffer = false;
    // It is the application's from now on, as if addTrack() had made it.
    transceiver.addedByAddTrack = transceiver.usedByAddTrack;
    if (transceiver.usedByAddTrack) continue;
    stopTransceiver(transceiver);
    connection.removeTransceiver(transceiver);
  }
  return changes;
}
