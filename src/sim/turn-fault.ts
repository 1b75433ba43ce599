/** How a simulated TURN server breaks down. */
import { MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256, type StunMessage } from "../core/stun/index.ts";
import { ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH } from "./turn-methods.ts";

/** What a client has got to: "challenge" is its first Allocate, "allocate" the signed one. */
export type TurnStep = "connect" | "challenge" | "allocate" | "refresh" | "permission" | "channel";

/** A step at which a server breaks down, for every client that gets there. */
export interface TurnFault {
  readonly at: TurnStep;
  /**
   * "ignore": that kind of request alone stays without an answer. From there on nothing is answered or relayed: "stop", after
   * half a STUN header "half", with the end of the stream "close".
   */
  readonly does: "ignore" | "stop" | "half" | "close";
}

/** The beginning of a success response, as far as its length. */
export const HALF_HEADER = Uint8Array.of(0x01, 0x03, 0x00, 0x40, 0x21, 0x12, 0xa4, 0x42, 0x00, 0x00);

const STEPS: ReadonlyMap<number, TurnStep> = new Map([
  [ALLOCATE, "allocate"],
  [REFRESH, "refresh"],
  [CREATE_PERMISSION, "permission"],
  [CHANNEL_BIND, "channel"],
]);

/** The step that a request belongs to. */
export function stepOf(request: StunMessage): TurnStep | undefined {
  const step = STEPS.get(request.method);
  const isSigned = request.has(MESSAGE_INTEGRITY) || request.has(MESSAGE_INTEGRITY_SHA256);
  return step === "allocate" && !isSigned ? "challenge" : step;
}
