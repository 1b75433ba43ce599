/** webrtc-encoded-transform §5.6 RTCEncodedAudioFrame. */
import { Construction } from "../webidl/construction.ts";
import { instanceOf } from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { convertArrayBuffer, type FrameSlots } from "./encoded-frame.ts";
import { convertAudioFrameMetadata, type RTCEncodedAudioFrameMetadata } from "./encoded-frame-metadata.ts";

/** webrtc-encoded-transform §5.6 */
export interface RTCEncodedAudioFrameOptions {
  metadata?: RTCEncodedAudioFrameMetadata;
}

/** The internal slots of an `RTCEncodedAudioFrame`. */
type AudioFrameSlots = FrameSlots<RTCEncodedAudioFrameMetadata>;

const NAME = "RTCEncodedAudioFrame";

const construction = new Construction<AudioFrameSlots>();
const internals = internalSlots<AudioFrameSlots, RTCEncodedAudioFrame>(NAME);

/** One encoded frame of audio. */
export class RTCEncodedAudioFrame {
  constructor(...args: [originalFrame: RTCEncodedAudioFrame, options?: RTCEncodedAudioFrameOptions]) {
    internals.attach(this, construction.handed() ?? copiedSlots(args));
  }

  get data(): ArrayBuffer {
    return internals.of(this).data;
  }
  set data(value: ArrayBuffer) {
    const slots = internals.of(this);
    slots.data = convertArrayBuffer(value, `Failed to set the 'data' property on '${NAME}'`);
  }

  getMetadata(): RTCEncodedAudioFrameMetadata {
    return structuredClone(internals.of(this).metadata);
  }
}

exposeInterface(RTCEncodedAudioFrame, NAME, { length: 1 });

const convertFrame = instanceOf(NAME, internals.has);
const convertOptions = dictionary("RTCEncodedAudioFrameOptions", {
  metadata: optional(convertAudioFrameMetadata),
});

/** A frame made by a script belongs to no transformer. */
function copiedSlots(args: readonly unknown[]): AudioFrameSlots {
  const context = constructorContext(NAME);
  requireArguments(context, args, 1);
  const { data, metadata } = internals.of(convertFrame(args[0], context));
  const changed = convertOptions(args[1], context).metadata;
  return {
    data: data.slice(0),
    metadata: { ...structuredClone(metadata), ...changed },
    owner: undefined,
    counter: 0,
  };
}

/** The slots, if it is such a frame. */
export function audioFrameSlots(value: unknown): AudioFrameSlots | undefined {
  return internals.has(value) ? internals.of(value) : undefined;
}

/** The object for `slots`. */
export function createAudioFrame(slots: AudioFrameSlots): RTCEncodedAudioFrame {
  return construction.run(slots, () => Reflect.construct(RTCEncodedAudioFrame, []) as RTCEncodedAudioFrame);
}
