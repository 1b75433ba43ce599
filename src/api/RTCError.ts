/** webrtc-pc §11.1 RTCError, §11.2 RTCErrorInit, §11.4 RTCErrorDetailType. */
import type { TransportError } from "../core/session/protocol.ts";
import { domString, enumeration, long, unsignedLong } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

/** webrtc-pc §11.4 */
export type RTCErrorDetailType =
  | "data-channel-failure"
  | "dtls-failure"
  | "fingerprint-failure"
  | "sctp-failure"
  | "sdp-syntax-error"
  | "hardware-encoder-not-available"
  | "hardware-encoder-error";

/** webrtc-pc §11.2 */
export interface RTCErrorInit {
  errorDetail: RTCErrorDetailType;
  sdpLineNumber?: number;
  sctpCauseCode?: number;
  receivedAlert?: number;
  sentAlert?: number;
}

const convertInit = dictionary("RTCErrorInit", {
  errorDetail: required(
    enumeration("RTCErrorDetailType", [
      "data-channel-failure",
      "dtls-failure",
      "fingerprint-failure",
      "sctp-failure",
      "sdp-syntax-error",
      "hardware-encoder-not-available",
      "hardware-encoder-error",
    ]),
  ),
  sdpLineNumber: optional(long),
  sctpCauseCode: optional(long),
  receivedAlert: optional(unsignedLong),
  sentAlert: optional(unsignedLong),
});

const internals = internalSlots<RTCErrorInit, RTCError>("RTCError");

/** A DOMException (name "OperationError") that says what failed below. */
export class RTCError extends DOMException {
  constructor(...args: [init: RTCErrorInit, message?: string]) {
    const context = constructorContext("RTCError");
    requireArguments(context, args, 1);
    const init = convertInit(args[0], context);
    super(args[1] === undefined ? "" : domString(args[1], context), "OperationError");
    internals.attach(this, init);
  }

  get errorDetail(): RTCErrorDetailType {
    return internals.of(this).errorDetail;
  }
  get sdpLineNumber(): number | null {
    return internals.of(this).sdpLineNumber ?? null;
  }
  get sctpCauseCode(): number | null {
    return internals.of(this).sctpCauseCode ?? null;
  }
  get receivedAlert(): number | null {
    return internals.of(this).receivedAlert ?? null;
  }
  get sentAlert(): number | null {
    return internals.of(this).sentAlert ?? null;
  }
}

exposeInterface(RTCError, "RTCError", { length: 1 });

/** Brand check. */
export const isRTCError: (value: unknown) => value is RTCError = internals.has;

/** What the engine reports, in the form that scripts get. */
export function toRTCError(error: TransportError): RTCError {
  const { message, detail, ...numbers } = error;
  return new RTCError({ errorDetail: detail, ...numbers }, message);
}
