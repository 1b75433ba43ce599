/** Checking the peer's Finished (RFC 5246 §7.4.9), the same way on both sides. */
import { equalConstantTime } from "../../base/constant-time.ts";
import { DECRYPT_ERROR } from "../message/alert.ts";
import { FINISHED } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import type { Handshake } from "./handshake.ts";
import { type Agreed, type Refusal, refuse, refuseUnexpected } from "./step.ts";

const WRONG_FINISHED = refuse(DECRYPT_ERROR, "the peer's finished does not fit");

/** Undefined when the message proves that the peer saw the same handshake. Adds it to the transcript. */
export function checkFinished(
  message: HandshakeMessage,
  handshake: Handshake,
  agreed: Agreed,
  secret: Uint8Array,
): Refusal | undefined {
  // Epoch 1 is what ChangeCipherSpec announces: a Finished that was not encrypted is none.
  if (message.type !== FINISHED || message.epoch !== 1) return refuseUnexpected(message, "finished");
  const sender = handshake.options.role === "client" ? "server" : "client";
  if (!equalConstantTime(message.body, handshake.verifyDataOf(sender, agreed, secret))) return WRONG_FINISHED;
  handshake.heard(message);
  return undefined;
}
