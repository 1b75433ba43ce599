/** Checks that we send, and what their answers mean (RFC 8445 §7.2). */
import type { IceCandidate } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { formatIpAddress } from "../base/ip-address.ts";
import { type Path, samePath } from "../base/path.ts";
import { randomBytes } from "../base/random.ts";
import {
  isBindingAttribute,
  ROLE_CONFLICT,
  type StunMessage,
  TRANSACTION_ID_LENGTH,
  type TransportAddress,
  XOR_MAPPED_ADDRESS,
} from "../stun/index.ts";
import type { AgentContext, CheckUse, Purpose } from "./agent-context.ts";
import { type CandidatePair, FAILED, type LocalBase } from "./candidate-pair.ts";
import { buildCheck } from "./check-message.ts";
import { settleChoice } from "./chosen-pair.ts";
import type { Generation } from "./generation.ts";
import { priorityOf } from "./local-candidates.ts";
import { nominatedByPeer, select, switchRole } from "./roles.ts";
import { MAX_ROLE_CONFLICTS } from "./timing.ts";
import type { Transaction } from "./transactions.ts";

type CheckPurpose = Extract<Purpose, { kind: "check" }>;

/** Peer-reflexive candidates remembered per base; a peer that answers with ever new addresses gets no further. */
const MAX_REFLEXIVE = 16;

/** Sends a check. The caller has looked at pace and room; the remote parameters are known. */
export function sendCheck(
  context: AgentContext,
  now: Instant,
  generation: Generation,
  pair: CandidatePair,
  use: CheckUse,
): void {
  const { crypto, random, role, transactions, outbox, statistics, timing } = context;
  const { key, username } = generation.remote!;
  const id = randomBytes(random, TRANSACTION_ID_LENGTH);
  const bytes = buildCheck(crypto, {
    transactionId: id,
    username,
    key,
    priority: priorityOf(context, pair.base, "prflx"),
    controlling: role.controlling,
    tieBreaker: role.tieBreaker,
    // On the selected pair also with consent: a peer that sees us behind a new address learns at once that we mean it.
    useCandidate: role.controlling && (use === "nominating" || generation.selected === pair),
  });
  const check = transactions.begin(now, {
    id,
    path: pair.path,
    bytes,
    purpose: { kind: "check", generation, pair, use, controlling: role.controlling, key },
    rto: retransmissionTimeout(context, generation, pair, use),
    // A stream repeats by itself (RFC 8489 §6.2.2).
    maxSends: use === "consent" || pair.base.tcpType !== undefined ? 1 : timing.maxSends,
  });
  if (pair.state.name !== "succeeded") pair.state = { name: "in-progress", check };
  if (use !== "consent") context.pacer.spend(now);
  statistics.checksSent++;
  if (use === "consent") pair.counters.consentRequestsSent++;
  else pair.counters.requestsSent++;
  outbox.push(pair.path, bytes);
}

/**
 * RFC 8445 §14.3: ordinary checks wait so long that all open ones fit between repetitions. A consent check is sent once, and its
 * answer counts as long as consent could rest on it: a queue of seconds on the way is not the end of a call (RFC 7675 §5.1).
 */
function retransmissionTimeout(
  context: AgentContext,
  generation: Generation,
  pair: CandidatePair,
  use: CheckUse,
): number {
  const { rto, ta, maxRto, consentExpiry, streamTimeout } = context.timing;
  if (use === "consent") return consentExpiry;
  if (pair.base.tcpType !== undefined) return streamTimeout;
  return use === "ordinary" ? Math.min(maxRto, Math.max(rto, ta * generation.checklist.openCount)) : rto;
}

/** An answer with the id of one of our checks. What is not signed with the key of the check changes nothing. */
export function handleAnswer(
  context: AgentContext,
  now: Instant,
  check: Transaction<Purpose>,
  purpose: CheckPurpose,
  path: Path,
  message: StunMessage,
): void {
  const { crypto, statistics, transactions } = context;
  const { generation, pair } = purpose;
  const integrity = message.verifyIntegrity(crypto, purpose.key);
  if (integrity === "absent" || integrity === "wrong") {
    statistics.droppedUnauthenticatedResponses++;
    return;
  }
  statistics.responsesReceived++;
  // Karn: an answer to a repeated request cannot be told from one to the first. Most likely it is to the last one: where
  // requests get lost, the time since the first says how bad the path is, not how long.
  const roundTrip = now - (check.sends === 1 ? check.firstSent : check.deadline - check.rto);
  pair.answered(roundTrip);
  transactions.end(check);
  if (!generation.checklist.has(pair)) return;
  const mapped = message.address(XOR_MAPPED_ADDRESS);
  if (message.messageClass === "error" && message.errorCode?.code === ROLE_CONFLICT) {
    repeatInOtherRole(context, purpose, check);
  } else if (!samePath(path, check.path)) {
    failed(context, purpose, check); // RFC 8445 §7.2.5.2.1: the path must be symmetric
  } else if (
    message.messageClass === "error" ||
    mapped === undefined ||
    message.unknownRequired(isBindingAttribute).length > 0
  ) {
    failed(context, purpose, check);
  } else {
    if (check.sends === 1) pair.measured(roundTrip);
    else pair.guessed(roundTrip);
    succeeded(context, now, purpose, mapped);
  }
}

/** Ends what has not been answered in time. */
export function expireTransactions(context: AgentContext, now: Instant): void {
  const { transactions } = context;
  for (
    let ended = transactions.takeExpired(now);
    ended !== undefined;
    ended = transactions.takeExpired(now)
  ) {
    if (ended.purpose.kind === "server") ended.purpose.request.requests.expired(ended.purpose.request);
    else failed(context, ended.purpose, ended);
  }
}

/** RFC 8445 §7.2.5.3: the pair is valid, under the local address that the peer saw. */
function succeeded(
  context: AgentContext,
  now: Instant,
  { generation, pair, use }: CheckPurpose,
  mapped: TransportAddress,
): void {
  const { role, log } = context;
  if (pair.state.name !== "succeeded") {
    pair.state = { name: "succeeded", local: localCandidate(context, pair.base, mapped) };
    if (generation.firstValidAt > now) generation.firstValidAt = now;
    if (log.enabled) log.event("ice.pair.valid", { address: pair.path.address, port: pair.path.port });
  }
  pair.lastAnswer = now;
  pair.roleConflicts = 0;
  context.pairs.numberOf(pair);
  if (generation.choosing?.pair === pair) settleChoice(context, generation, true);
  if (role.controlling) {
    if (use === "nominating" && generation.nominating === pair) select(context, generation, pair);
  } else if (pair.nominatedByPeer) nominatedByPeer(context, now, generation, pair);
}

/** RFC 8445 §7.2.5.3.1: an address that none of our candidates has is a peer-reflexive candidate. */
function localCandidate(context: AgentContext, base: LocalBase, mapped: TransportAddress): IceCandidate {
  const address = formatIpAddress(mapped.address);
  const { host, reflexive } = base;
  const { tcpType } = base;
  // Each connection of an active candidate has a port of its own: only the address says whether a NAT is between.
  const isBase = base.address === address && (tcpType === "active" || base.port === mapped.port);
  if (isBase || (host.address === address && host.port === mapped.port)) return host;
  const known = reflexive.find(
    (candidate) => candidate.address === address && candidate.port === mapped.port,
  );
  if (known !== undefined || reflexive.length >= MAX_REFLEXIVE) return known ?? host;
  const { component, foundations } = context;
  const candidate: IceCandidate = {
    foundation: foundations.fresh(),
    component,
    protocol: tcpType === undefined ? "udp" : "tcp",
    priority: priorityOf(context, base, "prflx"),
    address,
    port: mapped.port,
    type: "prflx",
    ...(tcpType === undefined ? undefined : { tcpType }),
    relatedAddress: host.address,
    relatedPort: host.port,
  };
  reflexive.push(candidate);
  return candidate;
}

/** RFC 8445 §7.2.5.1: take the other role, unless that has happened since the check was sent, and ask again. */
function repeatInOtherRole(context: AgentContext, purpose: CheckPurpose, check: Transaction<Purpose>): void {
  const { generation, pair, controlling } = purpose;
  if (++pair.roleConflicts > MAX_ROLE_CONFLICTS) {
    failed(context, purpose, check);
    return;
  }
  if (context.role.controlling === controlling) switchRole(context, generation, !controlling);
  generation.checklist.trigger(pair);
}

function failed(context: AgentContext, purpose: CheckPurpose, check: Transaction<Purpose>): void {
  const { generation, pair, use } = purpose;
  if (use === "consent") return; // a clock of its own decides about that (RFC 7675)
  if (generation.choosing?.pair === pair) settleChoice(context, generation, false);
  if (use === "nominating" && generation.nominating === pair) generation.nominating = undefined;
  const { state } = pair;
  // A valid pair that has not answered anything since this check began is not valid any more; consent guards the selected one.
  const silent =
    state.name === "succeeded" && pair !== generation.selected && pair.lastAnswer < check.firstSent;
  if (silent || (state.name === "in-progress" && state.check === check)) pair.state = FAILED;
}
