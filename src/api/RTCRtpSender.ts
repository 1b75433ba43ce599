/** webrtc-pc §5.2 RTCRtpSender. */
import { isMediaStream, type MediaStream } from "../media/MediaStream.ts";
import { isMediaStreamTrack, type MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { Construction } from "../webidl/construction.ts";
import { domString, instanceOf, nullable } from "../webidl/convert.ts";
import { exposeInterface, operationContext, promiseReturning, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { convertTransform } from "./frame-transform.ts";
import { setSenderTransform } from "./media-flow.ts";
import type { RTCDTMFSender } from "./RTCDTMFSender.ts";
import type { RTCDtlsTransport } from "./RTCDtlsTransport.ts";
import type { RTCRtpScriptTransform } from "./RTCRtpScriptTransform.ts";
import type { RTCStatsReport } from "./RTCStatsReport.ts";
import { sendCapabilities } from "./rtp-capabilities.ts";
import {
  convertSendParameters,
  convertSetParameterOptions,
  type RTCRtpCapabilities,
  type RTCRtpSendParameters,
  type RTCSetParameterOptions,
} from "./rtp-parameters.ts";
import { currentParameters, replaceTrack, setParameters } from "./sender.ts";
import { getStats } from "./stats/get-stats.ts";
import { type SenderSlots, streamIdsOf } from "./transceiver-slots.ts";

const NAME = "RTCRtpSender";

const construction = new Construction<SenderSlots>();
const internals = internalSlots<SenderSlots, RTCRtpSender>(NAME);

const convertTrack = nullable(instanceOf("MediaStreamTrack", isMediaStreamTrack));
const convertStream = instanceOf("MediaStream", isMediaStream);

/** Sends the media of one m= section. */
export class RTCRtpSender {
  constructor() {
    internals.attach(this, construction.take());
  }

  get track(): MediaStreamTrack | null {
    return internals.of(this).track;
  }
  get transport(): RTCDtlsTransport | null {
    return internals.of(this).transport;
  }
  get dtmf(): RTCDTMFSender | null {
    return internals.of(this).dtmf?.target ?? null;
  }

  getStats(): Promise<RTCStatsReport> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      return getStats(slots.transceiver.connection, slots);
    });
  }

  get transform(): RTCRtpScriptTransform | null {
    return internals.of(this).transform;
  }
  set transform(value: RTCRtpScriptTransform | null) {
    const slots = internals.of(this);
    setSenderTransform(slots, convertTransform(value, `Failed to set the 'transform' property on '${NAME}'`));
  }

  /** webrtc-extensions §9: nothing here is coded by hardware, so that nothing is to be disabled. */
  static disableHardwareEncoding(): void {}

  static getCapabilities(kind: string): RTCRtpCapabilities | null;
  static getCapabilities(...args: unknown[]): RTCRtpCapabilities | null {
    const context = operationContext(NAME, "getCapabilities");
    requireArguments(context, args, 1);
    return sendCapabilities(domString(args[0], context));
  }

  setParameters(
    parameters: RTCRtpSendParameters,
    setParameterOptions?: RTCSetParameterOptions,
  ): Promise<void>;
  setParameters(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      const context = operationContext(NAME, "setParameters");
      requireArguments(context, args, 1);
      const parameters = convertSendParameters(args[0], context);
      const options = convertSetParameterOptions(args[1], context);
      return setParameters(slots, parameters, options);
    });
  }

  getParameters(): RTCRtpSendParameters {
    return structuredClone(currentParameters(internals.of(this))) as RTCRtpSendParameters;
  }

  replaceTrack(withTrack: MediaStreamTrack | null): Promise<void>;
  replaceTrack(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      const context = operationContext(NAME, "replaceTrack");
      requireArguments(context, args, 1);
      return replaceTrack(slots, convertTrack(args[0], context));
    });
  }

  setStreams(...streams: MediaStream[]): void;
  setStreams(...args: unknown[]): void {
    const slots = internals.of(this);
    const context = operationContext(NAME, "setStreams");
    const streams = args.map((stream) => convertStream(stream, context));
    const { connection } = slots.transceiver;
    if (connection.isClosed) throw new DOMException("the connection is closed.", "InvalidStateError");
    slots.streamIds = streamIdsOf(streams);
    connection.updateNegotiationNeeded();
  }
}

exposeInterface(RTCRtpSender, NAME, {
  operations: { getCapabilities: 1, setParameters: 1, replaceTrack: 1, setStreams: 0 },
});

/** Brand check. */
export const isRTCRtpSender: (value: unknown) => value is RTCRtpSender = internals.has;

/** The slots of a sender. */
export const senderSlots: (sender: RTCRtpSender) => SenderSlots = internals.of;

/** The object for `slots`. */
export function createSenderObject(slots: SenderSlots): RTCRtpSender {
  return construction.run(slots, () => new RTCRtpSender());
}
