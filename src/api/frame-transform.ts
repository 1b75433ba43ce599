/** webrtc-encoded-transform §3: the `transform` of senders and receivers, and the frames that pass through it. */
import type { AbsoluteCaptureTime, EncodedFrame, ReceivedFrame } from "../core/base/media-frame.ts";
import type { PictureSize } from "../core/media/index.ts";
import { sourceOf } from "../media/MediaStreamTrack.ts";
import { instanceOf, nullable } from "../webidl/convert.ts";
import {
  isScriptTransform,
  type RTCRtpScriptTransform,
  type ScriptTransformSlots,
  scriptTransformSlots,
  type TransformOwner,
} from "./RTCRtpScriptTransform.ts";
import { linearLevel } from "./rtp-sources.ts";
import type { ReceiverSlots, SenderSlots, TransceiverSlots } from "./transceiver-slots.ts";

/** WebIDL converter of `RTCRtpScriptTransform?`. */
export const convertTransform = nullable(instanceOf("RTCRtpScriptTransform", isScriptTransform));

/** §3.2, the setter of `transform`. True when there is another one now. */
export function setTransform(
  slots: { transform: RTCRtpScriptTransform | null },
  transform: RTCRtpScriptTransform | null,
  owner: TransformOwner,
): boolean {
  if (transform === slots.transform) return false;
  if (transform && scriptTransformSlots(transform).owner !== null) {
    throw new DOMException("the transform is in use.", "InvalidStateError");
  }
  if (slots.transform) scriptTransformSlots(slots.transform).release();
  slots.transform = transform;
  if (transform) scriptTransformSlots(transform).associate(owner);
  return true;
}

/** The active layers of a sender that a script can have key frames of. */
export function keyFrameLayers(
  sender: SenderSlots,
  rid: string | undefined,
): readonly (string | undefined)[] {
  if (sender.track?.readyState === "ended") return [];
  const layers = sender.encodings.filter((encoding) => encoding.active).map((encoding) => encoding.rid);
  return rid === undefined ? layers : layers.filter((layer) => layer === rid);
}

/** Asks what feeds a sender for key frames. */
export function requestKeyFrames(sender: SenderSlots, layers: readonly (string | undefined)[]): void {
  const { attached } = sender;
  if (attached) for (const rid of layers) sourceOf(attached.track).requestKeyFrame(rid);
}

/** Sends a frame of a sender's track through its transform. */
export function transformSentFrame(
  sender: SenderSlots,
  transform: RTCRtpScriptTransform,
  frame: EncodedFrame,
  ssrc: number,
): void {
  const { encodings, codecs } = sender;
  const codec = codecs.find(({ mimeType }) => mimeType === frame.mimeType) ?? codecs[0];
  const metadata = {
    synchronizationSource: ssrc,
    contributingSources: [...(frame.csrcs ?? [])],
    ...captureMembers(sender.transceiver, frame.absoluteCaptureTime, false),
    ...(codec === undefined ? {} : { payloadType: codec.payloadType, mimeType: codec.mimeType }),
    ...(sender.transceiver.kind === "video" ? sender.pictureSizes.sizeOf(frame, codec?.mimeType) : {}),
  };
  write(sender, scriptTransformSlots(transform), frame, metadata, frame.rid ?? encodings[0]?.rid);
}

/**
 * Sends a frame that has come from the network through the receiver's transform. `captureTime` is what the header extension
 * for absolute capture times tells (§4), and not from sender reports.
 */
export function transformReceivedFrame(
  receiver: ReceiverSlots,
  transform: RTCRtpScriptTransform,
  frame: ReceivedFrame,
  size: PictureSize | undefined,
): void {
  const metadata = {
    synchronizationSource: frame.ssrc,
    contributingSources: [...frame.csrcs],
    payloadType: frame.payloadType,
    mimeType: frame.mimeType,
    rtpTimestamp: frame.rtpTimestamp,
    receiveTime: frame.receiveTime,
    // §5.5: of audio, where a frame is a packet.
    ...(frame.sequenceNumber === undefined || receiver.transceiver.kind === "video"
      ? {}
      : { sequenceNumber: frame.sequenceNumber }),
    ...size,
    ...captureMembers(receiver.transceiver, frame.absoluteCaptureTime, true),
  };
  write(receiver, scriptTransformSlots(transform), frame, metadata, frame.rid);
}

/** §4: of a sender's frame the offset is undefined. §5.1: relative to `performance.timeOrigin`. */
function captureMembers(
  { connection }: TransceiverSlots,
  captured: AbsoluteCaptureTime | undefined,
  received: boolean,
): { captureTime?: number; senderCaptureTimeOffset?: number } {
  if (captured === undefined) return {};
  const captureTime = captured.timestamp - connection.host.timeOrigin;
  const offset = received ? captured.clockOffset : undefined;
  return offset === undefined ? { captureTime } : { captureTime, senderCaptureTimeOffset: offset };
}

function write(
  { transceiver }: SenderSlots | ReceiverSlots,
  transform: ScriptTransformSlots,
  frame: EncodedFrame,
  metadata: object,
  layer: string | undefined,
): void {
  if (transceiver.kind === "audio") {
    const { audioLevel } = frame;
    const level = audioLevel === undefined ? {} : { audioLevel: linearLevel(audioLevel) };
    transform.write(frame, { kind: "audio", metadata: { ...metadata, ...level } }, layer);
  } else {
    const { type: frameType, timestamp } = frame;
    transform.write(frame, { kind: "video", frameType, metadata: { ...metadata, timestamp } }, layer);
  }
}

/** A closed connection's workers see the end of their streams. */
export function closeTransforms(sender: SenderSlots, receiver: ReceiverSlots): void {
  for (const { transform } of [sender, receiver]) if (transform) scriptTransformSlots(transform).close();
}
