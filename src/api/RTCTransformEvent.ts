/** webrtc-encoded-transform §5.7 RTCTransformEvent. */
import { Construction } from "../webidl/construction.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCRtpScriptTransformer } from "./RTCRtpScriptTransformer.ts";

const NAME = "RTCTransformEvent";

const construction = new Construction<RTCRtpScriptTransformer>();
const internals = internalSlots<RTCRtpScriptTransformer, RTCTransformEvent>(NAME);

/** Fired in a worker for each `RTCRtpScriptTransform` that was made with it. */
export class RTCTransformEvent extends Event {
  constructor() {
    const transformer = construction.take();
    super("rtctransform");
    internals.attach(this, transformer);
  }

  get transformer(): RTCRtpScriptTransformer {
    return internals.of(this);
  }
}

exposeInterface(RTCTransformEvent, NAME);

/** The event for a transformer. */
export function createTransformEvent(transformer: RTCRtpScriptTransformer): RTCTransformEvent {
  return construction.run(transformer, () => new RTCTransformEvent());
}
