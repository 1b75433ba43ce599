/** webrtc-pc §5.4 RTCRtpTransceiver, with the header extension control of webrtc-extensions §5.2. */
import { Construction } from "../webidl/construction.ts";
import { sequence } from "../webidl/convert.ts";
import { defineAttributes, exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import {
  headerExtensionsToNegotiate,
  negotiatedHeaderExtensions,
  setHeaderExtensionsToNegotiate,
} from "./header-extension-control.ts";
import type { RTCRtpReceiver } from "./RTCRtpReceiver.ts";
import type { RTCRtpSender } from "./RTCRtpSender.ts";
import {
  convertCodec,
  convertHeaderExtensionCapability,
  DIRECTIONS,
  type RTCRtpCodec,
  type RTCRtpHeaderExtensionCapability,
  type RTCRtpTransceiverDirection,
} from "./rtp-parameters.ts";
import { setCodecPreferences, setDirection, stopByScript } from "./transceiver.ts";
import type { TransceiverSlots } from "./transceiver-slots.ts";

const NAME = "RTCRtpTransceiver";

const construction = new Construction<TransceiverSlots>();
const internals = internalSlots<TransceiverSlots, RTCRtpTransceiver>(NAME);

const convertCodecs = sequence(convertCodec);
const convertExtensions = sequence(convertHeaderExtensionCapability);

/** A sender and a receiver that share an m= section. */
export class RTCRtpTransceiver {
  constructor() {
    internals.attach(this, construction.take());
  }

  get mid(): string | null {
    return internals.of(this).mid;
  }
  get sender(): RTCRtpSender {
    return internals.of(this).sender.target;
  }
  get receiver(): RTCRtpReceiver {
    return internals.of(this).receiver.target;
  }
  get direction(): RTCRtpTransceiverDirection {
    const { stopping, direction } = internals.of(this);
    return stopping ? "stopped" : direction;
  }
  set direction(value: RTCRtpTransceiverDirection) {
    const slots = internals.of(this);
    // WebIDL §3.7.6: an attribute of an enum type ignores other strings.
    const text = String(value);
    const direction = DIRECTIONS.find((known) => known === text);
    if (direction !== undefined) setDirection(slots, direction);
  }
  get currentDirection(): RTCRtpTransceiverDirection | null {
    const { stopped, currentDirection } = internals.of(this);
    return stopped ? "stopped" : currentDirection;
  }

  /** Whether it is stopped for good. No longer in the standard, where `currentDirection` says so; browsers have it. */
  get stopped(): boolean {
    return internals.of(this).stopped;
  }

  stop(): void {
    stopByScript(internals.of(this));
  }

  setCodecPreferences(codecs: RTCRtpCodec[]): void;
  setCodecPreferences(...args: unknown[]): void {
    const slots = internals.of(this);
    const context = operationContext(NAME, "setCodecPreferences");
    requireArguments(context, args, 1);
    setCodecPreferences(slots, convertCodecs(args[0], context));
  }

  /** webrtc-extensions: whether RTP header extensions are encrypted (RFC 9335). Optional like the following ones. */
  declare readonly rtpHeaderEncryptionNegotiated?: boolean;
  /** webrtc-extensions §5.2. Always there; optional in the type, because `lib.dom` does not know it. */
  declare getHeaderExtensionsToNegotiate?: () => RTCRtpHeaderExtensionCapability[];
  /** webrtc-extensions §5.2, likewise. */
  declare setHeaderExtensionsToNegotiate?: (extensions: RTCRtpHeaderExtensionCapability[]) => void;
  /** webrtc-extensions §5.2, likewise. */
  declare getNegotiatedHeaderExtensions?: () => RTCRtpHeaderExtensionCapability[];
}

defineAttributes(RTCRtpTransceiver.prototype, {
  get rtpHeaderEncryptionNegotiated(): boolean {
    return internals.of(this).headerEncryption;
  },
  getHeaderExtensionsToNegotiate(): RTCRtpHeaderExtensionCapability[] {
    return headerExtensionsToNegotiate(internals.of(this));
  },
  setHeaderExtensionsToNegotiate(...args: unknown[]): void {
    const slots = internals.of(this);
    const context = operationContext(NAME, "setHeaderExtensionsToNegotiate");
    requireArguments(context, args, 1);
    setHeaderExtensionsToNegotiate(slots, convertExtensions(args[0], context));
  },
  getNegotiatedHeaderExtensions(): RTCRtpHeaderExtensionCapability[] {
    return negotiatedHeaderExtensions(internals.of(this));
  },
});
exposeInterface(RTCRtpTransceiver, NAME, {
  operations: { setCodecPreferences: 1, setHeaderExtensionsToNegotiate: 1 },
});

/** Brand check. */
export const isRTCRtpTransceiver: (value: unknown) => value is RTCRtpTransceiver = internals.has;

/** The object for `slots`. */
export function createTransceiverObject(slots: TransceiverSlots): RTCRtpTransceiver {
  return construction.run(slots, () => new RTCRtpTransceiver());
}
