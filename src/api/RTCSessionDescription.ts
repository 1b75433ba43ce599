/** webrtc-pc §4.6 session description model. */
import { domString, enumeration } from "../webidl/convert.ts";
import { defaulted, dictionary, optional, required } from "../webidl/dictionary.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

/** webrtc-pc §4.6.1 */
export type RTCSdpType = "offer" | "pranswer" | "answer" | "rollback";

/** webrtc-pc §4.6.2 */
export interface RTCSessionDescriptionInit {
  sdp?: string;
  type: RTCSdpType;
}

/** webrtc-pc §4.6.2 */
export interface RTCLocalSessionDescriptionInit {
  sdp?: string;
  type?: RTCSdpType;
}

const sdpType = enumeration("RTCSdpType", ["offer", "pranswer", "answer", "rollback"]);

/** WebIDL converter of `RTCSessionDescriptionInit`. */
export const convertSessionDescriptionInit = dictionary("RTCSessionDescriptionInit", {
  type: required(sdpType),
  sdp: defaulted(domString, ""),
});

/** WebIDL converter of `RTCLocalSessionDescriptionInit`. */
export const convertLocalSessionDescriptionInit = dictionary("RTCLocalSessionDescriptionInit", {
  type: optional(sdpType),
  sdp: defaulted(domString, ""),
});

const internals = internalSlots<{ type: RTCSdpType; sdp: string }, RTCSessionDescription>(
  "RTCSessionDescription",
);

/** A description as a connection shows it. */
export class RTCSessionDescription {
  constructor(...args: [descriptionInitDict: RTCSessionDescriptionInit]) {
    const context = constructorContext("RTCSessionDescription");
    requireArguments(context, args, 1);
    internals.attach(this, convertSessionDescriptionInit(args[0], context));
  }

  get type(): RTCSdpType {
    return internals.of(this).type;
  }
  get sdp(): string {
    return internals.of(this).sdp;
  }
  /** WebIDL §3.7.7.1.1 default toJSON steps. */
  toJSON(): { type: RTCSdpType; sdp: string } {
    const { type, sdp } = internals.of(this);
    return { type, sdp };
  }
}

exposeInterface(RTCSessionDescription, "RTCSessionDescription", { length: 1 });
