/** Checks that come in: authentication, answers, and what they make us do (RFC 8445 §7.3). */
import type { Instant } from "../base/instant.ts";
import { Malformed } from "../base/malformed.ts";
import type { Path } from "../base/path.ts";
import {
  BAD_REQUEST,
  BINDING,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  isBindingAttribute,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  NOMINATION,
  PRIORITY,
  ROLE_CONFLICT,
  StunMessage,
  UNAUTHENTICATED,
  UNKNOWN_ATTRIBUTE,
  USE_CANDIDATE,
  USERNAME,
} from "../stun/index.ts";
import type { AgentContext } from "./agent-context.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { buildError, buildSuccess, type ErrorFields } from "./check-message.ts";
import type { Generation } from "./generation.ts";
import { takeControlledRole, takeNomination } from "./lite.ts";
import { nominatedByPeer, renominatedByPeer, switchRole } from "./roles.ts";

/** The Binding message in a datagram; undefined: it is something else, and was counted. */
export function readBinding({ statistics }: AgentContext, datagram: Uint8Array): StunMessage | undefined {
  const message = StunMessage.parse(datagram);
  if (message instanceof Malformed) statistics.droppedMalformed++;
  else if (message.method !== BINDING) statistics.droppedUnexpected++;
  else return message;
  return undefined;
}

/**
 * Authenticates a request against the generations that may still be asked for (RFC 8489 §9.1.3). Undefined: it was counted, and
 * answered only if the answer is no larger than the request.
 */
export function authenticate(
  context: AgentContext,
  generations: readonly Generation[],
  path: Path,
  message: StunMessage,
): Generation | undefined {
  const username = message.text(USERNAME);
  const separator = username?.indexOf(":") ?? -1;
  const fragment = username?.slice(0, Math.max(0, separator));
  const generation = generations.find((candidate) => candidate.usernameFragment === fragment);
  if (generation !== undefined && isAcross(generations, generation, username!.slice(separator + 1))) {
    context.statistics.droppedUnexpected++;
    return undefined;
  }
  // Without a known name no HMAC is computed: refusing a stranger stays cheap.
  const integrity =
    generation === undefined ? "wrong" : message.verifyIntegrity(context.crypto, generation.key);
  if (generation !== undefined && (integrity === "sha1" || integrity === "sha256")) return generation;
  context.statistics.droppedUnauthenticated++;
  const { transactionId } = message;
  const hasIntegrity = message.has(MESSAGE_INTEGRITY) || message.has(MESSAGE_INTEGRITY_SHA256);
  const incomplete = username === undefined || !hasIntegrity;
  refuse(context, path, message, {
    transactionId,
    code: incomplete ? BAD_REQUEST : UNAUTHENTICATED,
    reason: "",
  });
  return undefined;
}

/**
 * RFC 8445 §9: a pair is between candidates of one session. A restarting libwebrtc checks ours of before the restart from its
 * new ones, and if that works settles for a pair that ends with our next session.
 */
function isAcross(generations: readonly Generation[], generation: Generation, theirs: string): boolean {
  const { remote } = generation;
  return remote === undefined
    ? generations.some((other) => other.remote?.usernameFragment === theirs)
    : remote.usernameFragment !== theirs;
}

/**
 * Answers an authenticated check and draws the conclusions. Returns the pair it came in on; undefined when it must have no
 * consequences. `current`: the check is for the generation that is being connected.
 */
export function handleCheck(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  current: boolean,
  path: Path,
  message: StunMessage,
): CandidatePair | undefined {
  context.statistics.checksReceived++;
  const { transactionId } = message;
  const { key } = generation;
  const known = generation.checklist.find(path);
  const unknownAttributes = message.unknownRequired(isBindingAttribute);
  if (unknownAttributes.length > 0) {
    const code = UNKNOWN_ATTRIBUTE;
    refuse(context, path, message, { transactionId, code, reason: "", key, unknownAttributes }, known);
    return undefined;
  }
  const priority = message.u32(PRIORITY);
  if (priority === undefined || priority === 0 || priority > 0x7fff_ffff) {
    refuse(context, path, message, { transactionId, code: BAD_REQUEST, reason: "", key }, known);
    return undefined;
  }
  if (current && !settleRoles(context, generation, message)) {
    refuse(context, path, message, { transactionId, code: ROLE_CONFLICT, reason: "", key }, known);
    return undefined;
  }
  const base = generation.gatherer.baseOf(path.socket);
  const answer = buildSuccess(context.crypto, key, transactionId, path);
  if (base === undefined || answer === undefined) {
    context.statistics.droppedUnexpected++;
    return undefined;
  }
  const pair = current ? generation.pairOfIncoming(base, path.address, path.port, priority) : known;
  const isAnswered = reply(context, pair?.path ?? path, answer);
  if (pair === undefined) return undefined;
  pair.checked(isAnswered);
  pair.checkReceived = true;
  if (!current) return pair;
  if (context.options.lite) {
    takeNomination(context, now, generation, pair, message);
    return pair;
  }
  triggerCheck(context, generation, pair);
  if (context.role.controlling) return pair;
  const nomination = message.u32(NOMINATION);
  if (nomination !== undefined && nomination > 0)
    renominatedByPeer(context, now, generation, pair, nomination);
  else if (message.has(USE_CANDIDATE)) nominatedByPeer(context, now, generation, pair);
  return pair;
}

/** RFC 8445 §7.3.1.1. False: the peer must change its role, answer 487. */
function settleRoles(context: AgentContext, generation: Generation, message: StunMessage): boolean {
  if (context.options.lite) return takeControlledRole(context, generation, message);
  const { controlling, tieBreaker } = context.role;
  const theirs = message.value(controlling ? ICE_CONTROLLING : ICE_CONTROLLED);
  if (theirs === undefined) return true;
  const weWin = compareBytes(tieBreaker, theirs) >= 0;
  // The winner becomes (or stays) controlling; whoever sees the conflict in a request decides for both.
  if (weWin === controlling) return false;
  switchRole(context, generation, !controlling);
  return true;
}

/** RFC 8445 §7.3.1.4: the way back is worth a check now; a running one may have been lost in a NAT that is open only now. */
function triggerCheck(context: AgentContext, generation: Generation, pair: CandidatePair): void {
  if (pair.state.name === "succeeded") return;
  if (pair.state.name === "in-progress") context.transactions.stopRepeating(pair.state.check);
  generation.checklist.trigger(pair);
}

/** Big-endian comparison of two 64-bit numbers. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 8; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** An error response, unless it would be larger than what caused it: we amplify nothing. */
function refuse(
  context: AgentContext,
  path: Path,
  request: StunMessage,
  fields: ErrorFields,
  pair?: CandidatePair,
): void {
  const bytes = buildError(context.crypto, fields);
  const isAnswered = bytes.length <= request.bytes.length && reply(context, path, bytes);
  pair?.checked(isAnswered);
}

/** False: the outbox is full. */
function reply(context: AgentContext, path: Path, bytes: Uint8Array): boolean {
  const isQueued = context.outbox.push(path, bytes);
  if (isQueued) context.statistics.responsesSent++;
  else context.statistics.droppedOutboxFull++;
  return isQueued;
}
