/** webrtc-encoded-transform §5.3 RTCEncodedVideoFrame. */
import { Construction } from "../webidl/construction.ts";
import { instanceOf } from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { convertArrayBuffer, type FrameSlots } from "./encoded-frame.ts";
import { convertVideoFrameMetadata, type RTCEncodedVideoFrameMetadata } from "./encoded-frame-metadata.ts";

/** WebCodecs §9.2 EncodedVideoChunkType */
export type RTCEncodedVideoFrameType = "key" | "delta";

/** webrtc-encoded-transform §5.3 */
export interface RTCEncodedVideoFrameOptions {
  metadata?: RTCEncodedVideoFrameMetadata;
}

/** The internal slots of an `RTCEncodedVideoFrame`. */
interface VideoFrameSlots extends FrameSlots<RTCEncodedVideoFrameMetadata> {
  readonly type: RTCEncodedVideoFrameType;
}

const NAME = "RTCEncodedVideoFrame";

const construction = new Construction<VideoFrameSlots>();
const internals = internalSlots<VideoFrameSlots, RTCEncodedVideoFrame>(NAME);

/** One encoded frame of video. */
export class RTCEncodedVideoFrame {
  constructor(...args: [originalFrame: RTCEncodedVideoFrame, options?: RTCEncodedVideoFrameOptions]) {
    internals.attach(this, construction.handed() ?? copiedSlots(args));
  }

  get type(): RTCEncodedVideoFrameType {
    return internals.of(this).type;
  }
  get data(): ArrayBuffer {
    return internals.of(this).data;
  }
  set data(value: ArrayBuffer) {
    const slots = internals.of(this);
    slots.data = convertArrayBuffer(value, `Failed to set the 'data' property on '${NAME}'`);
  }

  getMetadata(): RTCEncodedVideoFrameMetadata {
    return structuredClone(internals.of(this).metadata);
  }
}

exposeInterface(RTCEncodedVideoFrame, NAME, { length: 1 });

const convertFrame = instanceOf(NAME, internals.has);
const convertOptions = dictionary("RTCEncodedVideoFrameOptions", {
  metadata: optional(convertVideoFrameMetadata),
});

/** A frame made by a script belongs to no transformer. */
function copiedSlots(args: readonly unknown[]): VideoFrameSlots {
  const context = constructorContext(NAME);
  requireArguments(context, args, 1);
  const { type, data, metadata } = internals.of(convertFrame(args[0], context));
  const changed = convertOptions(args[1], context).metadata;
  return {
    type,
    data: data.slice(0),
    metadata: { ...structuredClone(metadata), ...changed },
    owner: undefined,
    counter: 0,
  };
}

/** The slots, if it is such a frame. */
export function videoFrameSlots(value: unknown): VideoFrameSlots | undefined {
  return internals.has(value) ? internals.of(value) : undefined;
}

/** The object for `slots`. */
export function createVideoFrame(slots: VideoFrameSlots): RTCEncodedVideoFrame {
  return construction.run(slots, () => Reflect.construct(RTCEncodedVideoFrame, []) as RTCEncodedVideoFrame);
}
