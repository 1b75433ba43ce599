/** webrtc-pc §5.4: what the members of a transceiver do. */
import { isAuxiliary, matchesCodec } from "./codec-match.ts";
import { queueTask } from "./dispatch.ts";
import { updateMediaFlow } from "./media-flow.ts";
import { receiveCapabilities, sendCapabilities } from "./rtp-capabilities.ts";
import type { RTCRtpCodec, RTCRtpTransceiverDirection } from "./rtp-parameters.ts";
import type { TransceiverSlots } from "./transceiver-slots.ts";

/** §5.4 the setter of `direction` */
export function setDirection(slots: TransceiverSlots, direction: RTCRtpTransceiverDirection): void {
  if (slots.stopping) throw invalidState("the transceiver is stopped.");
  if (direction === slots.direction) return;
  if (direction === "stopped") throw new TypeError("a transceiver is stopped with stop().");
  slots.direction = direction;
  slots.connection.updateNegotiationNeeded();
}

/** §5.4 stop() */
export function stopByScript(slots: TransceiverSlots): void {
  const { connection } = slots;
  if (connection.isClosed) throw invalidState("the connection is closed.");
  if (slots.stopping) return;
  stopSendingAndReceiving(slots);
  connection.updateNegotiationNeeded();
}

/** §5.4 "stop sending and receiving". `disappear`: nobody shall notice. */
function stopSendingAndReceiving(slots: TransceiverSlots, disappear = false): void {
  // mediacapture-main §4.3.1.3: the track ends in a task of its own.
  if (!disappear) queueTask(slots.connection, () => slots.receiver.source.end());
  slots.direction = "inactive";
  slots.stopping = true;
  updateMediaFlow(slots.connection);
}

/** §5.4 "stop the RTCRtpTransceiver" */
export function stopTransceiver(slots: TransceiverSlots, disappear = false): void {
  if (!slots.stopping) stopSendingAndReceiving(slots, disappear);
  slots.stopped = true;
  slots.receptive = false;
  slots.currentDirection = null;
  slots.receiver.streams = [];
  slots.receiver.lastStableStreams = [];
}

/** §5.4 setCodecPreferences */
export function setCodecPreferences(slots: TransceiverSlots, given: readonly RTCRtpCodec[]): void {
  const codecs = given.filter(
    (codec, index) => given.findIndex((earlier) => matchesCodec(earlier, codec)) === index,
  );
  const { kind } = slots;
  const known = [...sendCapabilities(kind)!.codecs, ...receiveCapabilities(kind)!.codecs];
  for (const codec of codecs) {
    if (!known.some((candidate) => matchesCodec(codec, candidate))) {
      throw invalidModification(`'${codec.mimeType}' is not among the capabilities.`);
    }
  }
  if (codecs.length > 0 && codecs.every(isAuxiliary)) {
    throw invalidModification("there is no codec for media.");
  }
  slots.preferredCodecs = codecs;
}

function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}

function invalidModification(message: string): DOMException {
  return new DOMException(message, "InvalidModificationError");
}
