/** webrtc-pc §5.3 RTCRtpReceiver. */
import type { MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { Construction } from "../webidl/construction.ts";
import { domString, double, nullable } from "../webidl/convert.ts";
import { exposeInterface, operationContext, promiseReturning, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { convertTransform } from "./frame-transform.ts";
import { rtpSourcesOf, setJitterBufferTarget, setReceiverTransform } from "./media-flow.ts";
import type { RTCDtlsTransport } from "./RTCDtlsTransport.ts";
import type { RTCRtpScriptTransform } from "./RTCRtpScriptTransform.ts";
import type { RTCStatsReport } from "./RTCStatsReport.ts";
import { codecParameters, headerExtensionParameters, receiveCapabilities } from "./rtp-capabilities.ts";
import type {
  RTCRtpCapabilities,
  RTCRtpContributingSource,
  RTCRtpReceiveParameters,
  RTCRtpSynchronizationSource,
} from "./rtp-parameters.ts";
import { getStats } from "./stats/get-stats.ts";
import type { ReceiverSlots } from "./transceiver-slots.ts";

/** webrtc-pc §5.3: milliseconds. */
export const MAX_JITTER_BUFFER_TARGET = 4000;

const NAME = "RTCRtpReceiver";

const construction = new Construction<ReceiverSlots>();
const internals = internalSlots<ReceiverSlots, RTCRtpReceiver>(NAME);
const convertTarget = nullable(double);

/** Receives the media of one m= section. */
export class RTCRtpReceiver {
  constructor() {
    internals.attach(this, construction.take());
  }

  get track(): MediaStreamTrack {
    return internals.of(this).track;
  }
  get transport(): RTCDtlsTransport | null {
    return internals.of(this).transport;
  }
  /** Milliseconds, 0..4000. */
  get jitterBufferTarget(): number | null {
    return internals.of(this).jitterBufferTarget;
  }
  set jitterBufferTarget(value: number | null) {
    const slots = internals.of(this);
    const target = convertTarget(
      value,
      "Failed to set the 'jitterBufferTarget' property on 'RTCRtpReceiver'",
    );
    if (target !== null && (target < 0 || target > MAX_JITTER_BUFFER_TARGET)) {
      throw new RangeError(`jitterBufferTarget is not between 0 and ${MAX_JITTER_BUFFER_TARGET}.`);
    }
    slots.jitterBufferTarget = target;
    setJitterBufferTarget(slots);
  }

  get transform(): RTCRtpScriptTransform | null {
    return internals.of(this).transform;
  }
  set transform(value: RTCRtpScriptTransform | null) {
    const slots = internals.of(this);
    setReceiverTransform(
      slots,
      convertTransform(value, `Failed to set the 'transform' property on '${NAME}'`),
    );
  }

  getParameters(): RTCRtpReceiveParameters {
    const { codecs, headerExtensions, reducedSize } = internals.of(this);
    return {
      headerExtensions: headerExtensionParameters(headerExtensions),
      rtcp: { reducedSize },
      codecs: codecParameters(codecs),
    };
  }
  getContributingSources(): RTCRtpContributingSource[] {
    const { sources, now } = rtpSourcesOf(internals.of(this));
    return sources.contributing(now);
  }
  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    const { sources, now } = rtpSourcesOf(internals.of(this));
    return sources.synchronization(now);
  }

  getStats(): Promise<RTCStatsReport> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      return getStats(slots.transceiver.connection, slots);
    });
  }

  /** webrtc-extensions §9: nothing here is decoded by hardware, so that nothing is to be disabled. */
  static disableHardwareDecoding(): void {}

  static getCapabilities(kind: string): RTCRtpCapabilities | null;
  static getCapabilities(...args: unknown[]): RTCRtpCapabilities | null {
    const context = operationContext(NAME, "getCapabilities");
    requireArguments(context, args, 1);
    return receiveCapabilities(domString(args[0], context));
  }
}

exposeInterface(RTCRtpReceiver, NAME, { operations: { getCapabilities: 1 } });

/** Brand check. */
export const isRTCRtpReceiver: (value: unknown) => value is RTCRtpReceiver = internals.has;

/** The object for `slots`. */
export function createReceiverObject(slots: ReceiverSlots): RTCRtpReceiver {
  return construction.run(slots, () => new RTCRtpReceiver());
}
