/** webrtc-pc §5.1: the set of transceivers of a connection, and the methods that add to it. */
import type { LocalTransceiver, MediaKind, SendSource } from "../core/jsep/index.ts";
import type { MediaStream } from "../media/MediaStream.ts";
import type { MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import type { Connection } from "./connection.ts";
import { acceptedExtensions } from "./header-extension-control.ts";
import { sendSource, updateSending } from "./media-flow.ts";
import { type RTCRtpSender, senderSlots } from "./RTCRtpSender.ts";
import { sendCapabilities } from "./rtp-capabilities.ts";
import type { Encoding, RTCRtpTransceiverDirection } from "./rtp-parameters.ts";
import { validatedSendEncodings } from "./send-encodings.ts";
import {
  createTransceiver,
  directionOf,
  receives,
  type SenderSlots,
  sends,
  streamIdsOf,
  type TransceiverSlots,
} from "./transceiver-slots.ts";

/** CollectSenders */
export function collectSenders(connection: Connection): SenderSlots[] {
  return connection.transceivers.filter(({ stopped }) => !stopped).map(({ sender }) => sender);
}

/** §5.1 addTrack */
export function addTrack(
  connection: Connection,
  track: MediaStreamTrack,
  streams: readonly MediaStream[],
): RTCRtpSender {
  // Step 5
  requireOpen(connection);
  // Step 6
  const senders = collectSenders(connection);
  if (senders.some((sender) => sender.track === track)) {
    throw new DOMException("the track is being sent already.", "InvalidAccessError");
  }
  // Step 7
  const reused = senders.find(({ track: sent, transceiver }) => {
    const { kind, stopping, hasSent } = transceiver;
    return sent === null && kind === track.kind && !stopping && !hasSent;
  });
  // Step 8 or 9
  const sender = reused ?? senderForTrack(connection, track, streams);
  if (reused) useSender(reused, track, streams);
  // Step 11
  connection.updateNegotiationNeeded();
  return sender.target;
}

function useSender(sender: SenderSlots, track: MediaStreamTrack, streams: readonly MediaStream[]): void {
  const { transceiver } = sender;
  sender.track = track;
  updateSending(sender);
  sender.streamIds = streamIdsOf(streams);
  transceiver.direction = directionOf(true, receives(transceiver.direction));
  transceiver.usedByAddTrack = true;
}

function senderForTrack(
  connection: Connection,
  track: MediaStreamTrack,
  streams: readonly MediaStream[],
): SenderSlots {
  const transceiver = connection.addTransceiver((id) =>
    createTransceiver(connection, {
      id,
      kind: track.kind as MediaKind,
      direction: "sendrecv",
      track,
      streams,
      encodings: [],
      addedByAddTrack: true,
      createdByPendingOffer: false,
    }),
  );
  return transceiver.sender;
}

/** §5.1 removeTrack */
export function removeTrack(connection: Connection, target: RTCRtpSender): void {
  // Step 3
  requireOpen(connection);
  // Step 4
  const sender = senderSlots(target);
  const { transceiver } = sender;
  if (transceiver.connection !== connection) {
    throw new DOMException("the sender is another connection's.", "InvalidAccessError");
  }
  // Steps 6 to 9
  if (transceiver.stopping || !collectSenders(connection).includes(sender) || sender.track === null) return;
  // Steps 10 to 12
  sender.track = null;
  updateSending(sender);
  if (sends(transceiver.direction)) {
    transceiver.direction = directionOf(false, receives(transceiver.direction));
  }
  // Step 13
  connection.updateNegotiationNeeded();
}

/** `RTCRtpTransceiverInit` after conversion. */
export interface ConvertedTransceiverInit {
  readonly direction: RTCRtpTransceiverDirection;
  readonly streams: readonly MediaStream[];
  readonly sendEncodings: readonly Encoding[];
}

/** §5.1 addTransceiver up to step 12; step 13 is the caller's. `trackOrKind`: a track, or any string. */
export function addTransceiver(
  connection: Connection,
  trackOrKind: MediaStreamTrack | string,
  init: ConvertedTransceiverInit,
): TransceiverSlots {
  // Steps 5 and 6
  const track = typeof trackOrKind === "string" ? null : trackOrKind;
  const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
  if (kind !== "audio" && kind !== "video") throw new TypeError(`'${kind}' is not a kind of track.`);
  // A direction that nothing can begin with; Chromium and Firefox agree on the exception.
  if (init.direction === "stopped") {
    throw new TypeError("a transceiver cannot begin as 'stopped'.");
  }
  // Step 7
  requireOpen(connection);
  // Step 8
  const encodings = validatedSendEncodings(kind, init.sendEncodings, sendCapabilities(kind)!.codecs);
  // Steps 9 to 12
  const { direction, streams } = init;
  return connection.addTransceiver((id) =>
    createTransceiver(connection, {
      id,
      kind,
      direction,
      track,
      streams,
      encodings,
      addedByAddTrack: false,
      createdByPendingOffer: false,
    }),
  );
}

function requireOpen(connection: Connection): void {
  if (connection.isClosed) throw new DOMException("the connection is closed.", "InvalidStateError");
}

/** What `a=ssrc` says of a sender without simulcast: there are peers that know no other way to tell streams apart. */
function announcedSource({ kind, sender }: TransceiverSlots): SendSource {
  const source = sendSource(sender, sender.encodings[0]?.rid);
  return kind === "video" ? source : { ssrc: source.ssrc };
}

/** A transceiver as offer/answer sees it. */
export function localTransceiver(slots: TransceiverSlots): LocalTransceiver {
  const { id, kind, direction, stopping, stopped, addedByAddTrack, sender } = slots;
  return {
    id,
    kind,
    direction,
    stopping: stopping || stopped,
    stopped,
    addedByAddTrack,
    streamIds: sender.streamIds,
    trackId: sender.id,
    encodings: sender.encodings,
    sources: [announcedSource(slots)],
    codecPreferences: slots.preferredCodecs,
    headerExtensions: slots.headerExtensions?.map(({ uri, direction: wanted }) => ({
      uri,
      direction: wanted ?? "sendrecv",
    })),
    acceptedExtensions: acceptedExtensions(slots),
  };
}

/** §4.4.3.3 offerToReceiveAudio and offerToReceiveVideo, before createOffer's own steps. */
export function applyOfferToReceive(
  connection: Connection,
  options: { readonly offerToReceiveAudio?: boolean; readonly offerToReceiveVideo?: boolean },
): void {
  if (connection.isClosed) return;
  offerToReceive(connection, "audio", options.offerToReceiveAudio);
  offerToReceive(connection, "video", options.offerToReceiveVideo);
}

function offerToReceive(connection: Connection, kind: MediaKind, wanted: boolean | undefined): void {
  if (wanted === undefined) return;
  const ours = connection.transceivers.filter((other) => other.kind === kind && !other.stopping);
  if (!wanted) {
    for (const transceiver of ours) transceiver.direction = directionOf(sends(transceiver.direction), false);
  } else if (!ours.some(({ direction }) => receives(direction))) {
    addTransceiver(connection, kind, { direction: "recvonly", streams: [], sendEncodings: [] });
  }
}
