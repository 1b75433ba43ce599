/** webrtc-pc §11.1 RTCError, §11.2 RTCErrorInit, §11.4 RTCErrorDetailType. */
import type { TransportError } from "../core/session/protocol.ts";
import { domString, enumeration, isObject, long, unsignedLong } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";
import {
  constructorContext,
  exposeInterface,
  illegalInvocation,
  requireArguments,
} from "../webidl/expose.ts";

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

/** Brand check. */
export let isRTCError: (value: unknown) => value is RTCError;
let initOf: (target: unknown) => RTCErrorInit;

/** A DOMException (name "OperationError") that says what failed below. */
export class RTCError extends DOMException {
  readonly #init: RTCErrorInit;

  constructor(...args: [init: RTCErrorInit, message?: string]) {
    const context = constructorContext("RTCError");
    requireArguments(context, args, 1);
    const init = convertInit(args[0], context);
    super(args[1] === undefined ? "" : domString(args[1], context), "OperationError");
    this.#init = init;
  }

  static {
    isRTCError = (value): value is RTCError => isObject(value) && #init in value;
    initOf = (target) => {
      if (isRTCError(target)) return target.#init;
      throw illegalInvocation("RTCError");
    };
  }

  get errorDetail(): RTCErrorDetailType {
    return initOf(this).errorDetail;
  }
  get sdpLineNumber(): number | null {
    return initOf(this).sdpLineNumber ?? null;
  }
  get sctpCauseCode(): number | null {
    return initOf(this).sctpCauseCode ?? null;
  }
  get receivedAlert(): number | null {
    return initOf(this).receivedAlert ?? null;
  }
  get sentAlert(): number | null {
    return initOf(this).sentAlert ?? null;
  }
}

exposeInterface(RTCError, "RTCError", { length: 1 });

/** What the engine reports, in the form that scripts get. */
export function toRTCError(error: TransportError): RTCError {
  const { message, detail, ...numbers } = error;
  return new RTCError({ errorDetail: detail, ...numbers }, message);
}
