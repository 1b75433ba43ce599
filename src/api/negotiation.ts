/** webrtc-pc §4.4.2: creating and setting descriptions, adding candidates. Everything here runs in the operations chain. */
import {
  canTrickleIceCandidates,
  createAnswer,
  createOffer,
  implicitLocalType,
  JsepError,
  needsImplicitRollback,
  nextSignalingState,
  type OfferOptions,
  type Plan,
  planLocalDescription,
  planRemoteCandidate,
  planRemoteDescription,
  remoteDescription,
} from "../core/jsep/index.ts";
import type { Connection } from "./connection.ts";
import { moveDescriptions, showCandidates } from "./descriptions.ts";
import { fire, fireSimple, queueTask } from "./dispatch.ts";
import { applyEffects, settleTransports } from "./effects.ts";
import { updateMediaFlow } from "./media-flow.ts";
import { applyMedia, rememberStableState, rollBackMedia } from "./media-sections.ts";
import { RTCError } from "./RTCError.ts";
import { RTCErrorEvent } from "./RTCErrorEvent.ts";
import { createIceCandidate, type RTCIceCandidateInit } from "./RTCIceCandidate.ts";
import type { RTCSdpType } from "./RTCSessionDescription.ts";

/** What createOffer and createAnswer resolve to: plain and writable. */
export interface CreatedDescription {
  type: "offer" | "answer";
  sdp: string;
}

/** §4.4.2 "create an offer" */
export async function runCreateOffer(
  connection: Connection,
  options: OfferOptions,
): Promise<CreatedDescription> {
  const { signalingState } = connection.jsep;
  if (signalingState !== "stable" && signalingState !== "have-local-offer") {
    throw invalidState(`an offer cannot be created in state '${signalingState}'.`);
  }
  await prepared(connection);
  return inTask(connection, () => {
    const created = orThrow(createOffer(connection.jsep, connection.capabilities(), options));
    connection.jsep = created.state;
    return { type: "offer", sdp: created.sdp };
  });
}

/** §4.4.2 "create an answer" */
export async function runCreateAnswer(connection: Connection): Promise<CreatedDescription> {
  const { signalingState } = connection.jsep;
  if (signalingState !== "have-remote-offer" && signalingState !== "have-local-pranswer") {
    throw invalidState(`an answer cannot be created in state '${signalingState}'.`);
  }
  await prepared(connection);
  return inTask(connection, () => {
    const created = orThrow(createAnswer(connection.jsep, connection.capabilities()));
    connection.jsep = created.state;
    return { type: "answer", sdp: created.sdp };
  });
}

/** §4.4.2 setLocalDescription, the steps in the chain. */
export async function runSetLocalDescription(
  connection: Connection,
  given: RTCSdpType | undefined,
  sdp: string,
): Promise<void> {
  // Step 4.1
  const type = given ?? implicitLocalType(connection.jsep);
  // §4.4.1.5 refuses the state later than steps 4.2 and 4.3 refuse the text, but tests and browsers expect it first.
  requireState(connection, "local", type);
  await prepared(connection);
  await setDescription(connection, "local", type, () =>
    // Steps 4.2 to 4.6: an empty `sdp` stands for the last one created, or one created now.
    planLocalDescription(connection.jsep, type, sdp, connection.capabilities()),
  );
}

/** §4.4.2 setRemoteDescription, the steps in the chain. */
export async function runSetRemoteDescription(
  connection: Connection,
  type: RTCSdpType,
  sdp: string,
): Promise<void> {
  // §4.4.1.5 step 2
  if (type === "rollback") requireState(connection, "remote", type);
  await prepared(connection);
  if (needsImplicitRollback(connection.jsep, type)) {
    await setDescription(connection, "local", "rollback", () =>
      planLocalDescription(connection.jsep, "rollback", "", connection.capabilities()),
    );
  }
  await setDescription(connection, "remote", type, () =>
    planRemoteDescription(connection.jsep, type, sdp, connection.capabilities()),
  );
}

/** §4.4.1.5 "set a session description": plan and commit in one task, so that a failure leaves no trace. */
function setDescription(
  connection: Connection,
  source: "local" | "remote",
  type: RTCSdpType,
  plan: () => Plan | JsepError,
): Promise<void> {
  return inTask(
    connection,
    () => {
      const before = connection.jsep.signalingState;
      const planned = orThrow(plan());
      if (type === "offer" && before === "stable") {
        connection.lastStableSctp = connection.sctp;
        rememberStableState(connection);
      }
      connection.jsep = planned.state;
      moveDescriptions(connection, source, type);
      const { failed, closed } = applyEffects(connection, source, type, planned.effects);
      const changes =
        type === "rollback"
          ? rollBackMedia(connection, planned, before === "have-remote-offer")
          : applyMedia(connection, source, type, planned);
      // RFC 9429 §5.9: what a local offer is ready to receive may come before its answer.
      if (type !== "offer" || source === "local") updateMediaFlow(connection);
      const announceTransports = settleTransports(connection, closed);
      const after = connection.jsep.signalingState;
      if (after === "stable") {
        // "Clear the negotiation-needed flag and update the negotiation-needed flag."
        connection.negotiationNeeded = false;
        connection.updateNegotiationNeeded();
        connection.candidatePool.clear();
      }
      if (after !== before) fireSimple(connection.target, "signalingstatechange");
      for (const channel of failed) {
        const error = new RTCError({ errorDetail: "data-channel-failure" }, "no stream id is left.");
        fire(channel.target!, new RTCErrorEvent("error", { error }));
      }
      changes.announce(connection);
      announceTransports();
    },
    () => connection.parametersBeingSet === 0,
  );
}

/** §4.4.2 addIceCandidate, the steps in the chain. */
export async function runAddIceCandidate(
  connection: Connection,
  init: Required<RTCIceCandidateInit>,
): Promise<void> {
  // Step 4.1
  if (remoteDescription(connection.jsep) === undefined) throw invalidState("there is no remote description.");
  const candidate = {
    candidate: init.candidate,
    sdpMid: init.sdpMid ?? undefined,
    sdpMLineIndex: init.sdpMLineIndex ?? undefined,
    usernameFragment: init.usernameFragment ?? undefined,
  };
  // Steps 4.2 to 4.5
  orThrow(planRemoteCandidate(connection.jsep, candidate));
  await prepared(connection);
  // Step 4.6
  await inTask(connection, () => {
    const planned = orThrow(planRemoteCandidate(connection.jsep, candidate));
    connection.jsep = planned.state;
    showCandidates(connection);
    applyEffects(connection, "remote", undefined, planned.effects);
    for (const effect of planned.effects) {
      if (effect.type !== "add-remote-candidate") continue;
      const { transport, candidate } = effect;
      connection
        .componentOf({ transport, component: candidate.component })
        ?.ice.remoteCandidates.push(createIceCandidate(init));
    }
  });
}

/** §4.4.2 canTrickleIceCandidates */
export function canTrickle(connection: Connection): boolean | null {
  return canTrickleIceCandidates(connection.jsep);
}

/** Throws InvalidStateError when a description of `type` cannot be set now. */
function requireState(connection: Connection, source: "local" | "remote", type: RTCSdpType): void {
  const { signalingState } = connection.jsep;
  if (nextSignalingState(signalingState, source, type) !== "InvalidStateError") return;
  throw invalidState(`a ${source} ${type} cannot be set in state '${signalingState}'.`);
}

/** "Wait for [the certificate] to be generated", and have the engine ready. */
async function prepared(connection: Connection): Promise<void> {
  try {
    await connection.prepare();
  } catch {
    throw new DOMException("the certificate could not be generated.", "OperationError");
  }
}

/**
 * Queues a task that runs `steps` unless the connection is closed by then; if it is, the promise stays pending. While it is
 * not `ready` ("if any promises from setParameters methods are not settled, start the process over") it waits.
 */
function inTask<T>(connection: Connection, steps: () => T, ready: () => boolean = () => true): Promise<T> {
  return new Promise((resolve, reject) => {
    const task = () => {
      if (connection.isClosed) return;
      if (!ready()) {
        queueTask(connection, task);
        return;
      }
      try {
        resolve(steps());
      } catch (error) {
        reject(error);
      }
    };
    queueTask(connection, task);
  });
}

function orThrow<T>(result: T | JsepError): T {
  if (!(result instanceof JsepError)) return result;
  if (result.name !== "RTCError") throw new DOMException(result.message, result.name);
  const { sdpLineNumber } = result;
  const line = sdpLineNumber === undefined ? {} : { sdpLineNumber };
  throw new RTCError({ errorDetail: "sdp-syntax-error", ...line }, result.message);
}

function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}
