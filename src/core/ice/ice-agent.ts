/**
 * The ICE agent of one component (RFC 8445, trickle RFC 8838, consent RFC 7675): joins its parts, decides what is seen of them.
 */
import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import type { Machine } from "../base/machine.ts";
import { isTcpSocket, type Path, type SocketId, type Transmit } from "../base/path.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { IceSnapshot } from "../stats/index.ts";
import type { AgentContext } from "./agent-context.ts";
import type { IceAgentOptions } from "./agent-options.ts";
import { choose, startNomination } from "./chosen-pair.ts";
import { deriveState, isSearching, timeCompletion } from "./derive-state.ts";
import { Generation, type RemoteParameters } from "./generation.ts";
import { Generations } from "./generations.ts";
import type { IceEvent, IceGathererState, IceTransportPolicy, IceTransportState } from "./ice-event.ts";
import { IceSnapshots } from "./ice-snapshot.ts";
import { type IceStatistics, newIceStatistics } from "./ice-statistics.ts";
import { readBinding } from "./incoming-checks.ts";
import { handleMessage, type Recipient } from "./incoming-messages.ts";
import { selectUnchecked } from "./lite.ts";
import type { LocalSocket } from "./local-socket.ts";
import { loseConnection } from "./lost-connection.ts";
import { newContext } from "./new-context.ts";
import { nextChange } from "./next-change.ts";
import { NextRemote } from "./next-remote.ts";
import { expireTransactions } from "./outgoing-checks.ts";
import { PairInUse } from "./pair-in-use.ts";
import type { RelayedSocket } from "./relay-gathering.ts";
import { nominate, setRole, switchRole } from "./roles.ts";
import { nextSend, sendDue } from "./send-due.ts";
import { countReceived, countSent, findPair } from "./traffic.ts";

/** The agent of one component. Its verbs are those of a `Machine`, and the commands of webrtc-pc §5.6 beside them. */
export class IceAgent implements Machine<IceEvent> {
  readonly statistics: IceStatistics = newIceStatistics();
  readonly #snapshots = new IceSnapshots();
  readonly #context: AgentContext;
  readonly #generations: Generations;
  readonly #inUse: PairInUse;
  readonly #recipient: Recipient;
  #nextRemote: NextRemote | undefined;
  #state: IceTransportState = "new";
  #patienceEnds: Instant | undefined;
  /** "open-sockets" events whose sockets are not complete. */
  #socketRequests = 0;
  /** Cached, because both are asked per datagram: when to wake, and when `pollTransmit` may have something. */
  #wakeAt: Instant = NEVER;
  #sendAt: Instant = NEVER;

  constructor(options: IceAgentOptions) {
    this.#context = newContext(
      options,
      this.statistics,
      options.sibling === undefined ? undefined : options.sibling.#context,
    );
    const key = encodeUtf8(options.password);
    const first = new Generation(this.#context, options.usernameFragment, key);
    this.#generations = new Generations(this.#context, first);
    this.#inUse = new PairInUse(this.#context, this.#generations);
    this.#recipient = { context: this.#context, generations: this.#generations, inUse: this.#inUse };
  }

  get #current(): Generation {
    return this.#generations.current;
  }

  get state(): IceTransportState {
    return this.#state;
  }

  get gathererState(): IceGathererState {
    return this.#current.gatherer.state;
  }

  /** The peer's, once known: it names its generation. */
  get remoteUsernameFragment(): string | undefined {
    return this.#current.remote?.usernameFragment;
  }

  get controlling(): boolean {
    return this.#context.role.controlling;
  }

  /** Smoothed round-trip time of the active pair, milliseconds. */
  get rtt(): Duration | undefined {
    return this.#inUse.pair?.rtt;
  }

  /** Starts gathering for the current generation: asks for sockets by an event. Once per generation. */
  gather(
    now: Instant,
    options: { readonly servers: readonly IceServer[]; readonly policy: IceTransportPolicy },
  ): void {
    if (this.#state === "closed" || this.gathererState !== "new") return;
    // RFC 8445 §5.2: a lite agent has host candidates only.
    const servers = this.#context.options.lite ? [] : options.servers;
    this.#current.gatherer.start(now, servers, options.policy);
    if (this.#current.gatherer.needsSockets) this.#socketRequests++;
    this.#update(now);
  }

  /** A socket is open: one that was asked for, or one on an address that has appeared since. */
  addSocket(now: Instant, socket: LocalSocket): void {
    if (this.#state === "closed") return;
    const late = this.#socketRequests > 1; // for a gathering that a restart has ended
    if (late || !this.#current.addSocket(now, socket)) this.#generations.release(socket.socket);
    this.#update(now);
  }

  /** No more sockets will come for this gathering: candidates are made now. */
  socketsComplete(now: Instant): void {
    if (this.#state === "closed") return;
    if (this.#socketRequests > 0) this.#socketRequests--;
    if (this.#socketRequests > 0) return;
    const generation = this.#current;
    this.#generations.releaseAll(generation.gatherer.socketsComplete());
    for (const base of generation.gatherer.bases) generation.pairBase(base);
    this.#update(now);
  }

  /** The answer to an "open-tcp" event: the port that it listens on, or connects from; undefined when there is none. */
  tcpOpened(now: Instant, socket: SocketId, port: number | undefined): void {
    if (this.#state === "closed") return;
    const base = this.#current.gatherer.tcpOpened(socket, port);
    if (base !== undefined) this.#current.pairBase(base);
    else if (port !== undefined) this.#generations.release(socket);
    this.#update(now);
  }

  /**
   * There is no connection on that path of a TCP candidate. `final`: and there never will be, because the peer connected,
   * or because it cannot be reached.
   */
  connectionLost(now: Instant, path: Path, final: boolean): void {
    if (this.#state === "closed") return;
    const { pair, consent } = this.#inUse;
    if (loseConnection(this.#context, this.#generations.all, path, final, pair)) consent?.probe(now);
    this.#generations.pathsChanged();
    this.#inUse.watch(now);
    this.#update(now);
  }

  /** The answer to an "allocate" event: one socket per relayed address, and what the server sees of us. */
  relayAllocated(
    now: Instant,
    id: number,
    relayed: readonly RelayedSocket[],
    mapped: { readonly address: string; readonly port: number } | undefined,
  ): void {
    const generation = this.#current;
    const bases =
      this.#state === "closed" ? undefined : generation.gatherer.relayAllocated(id, relayed, mapped);
    if (bases === undefined) for (const { socket } of relayed) this.#generations.release(socket);
    else for (const base of bases) generation.pairBase(base);
    this.#update(now);
  }

  /** The answer to an "allocate" event when there is no allocation, to a "probe" event when nobody listens there. */
  serverFailed(now: Instant, id: number, errorCode: number, errorText: string): void {
    if (this.#state === "closed") return;
    this.#current.gatherer.serverFailed(id, errorCode, errorText);
    this.#update(now);
  }

  /** An interface has vanished or a socket failed for good. */
  removeSocket(now: Instant, socket: SocketId): void {
    if (this.#state === "closed") return;
    this.#generations.removeSocket(socket, (going, isGone) => {
      this.#context.transactions.endAll((purpose) => purpose.kind === "check" && isGone(purpose.pair));
      if (isTcpSocket(going)) this.#generations.release(going);
    });
    this.#update(now);
  }

  /** The answer to a "resolve" event: canonical addresses, none if there are none. */
  resolved(now: Instant, id: number, addresses: readonly string[]): void {
    if (this.#state === "closed") return;
    const generation = this.#current;
    if (!generation.gatherer.resolved(id, addresses)) generation.resolved(now, id, addresses);
    this.#update(now);
  }

  /**
   * ICE restart (RFC 8445 §9): a new generation with new credentials. What carries data now goes on until the new generation
   * has nominated a pair.
   */
  restart(now: Instant, usernameFragment: string, password: string): void {
    if (this.#state === "closed") return;
    const before = this.#generations.previous?.generation;
    if (before?.usernameFragment === usernameFragment) {
      // The restart was rolled back (RFC 9429 §4.1.10.2).
      this.#generations.resume(before);
    } else {
      this.#generations.begin(now, usernameFragment, encodeUtf8(password), this.#inUse.active);
      // A pair that is gone is not waited for any longer.
      if (!this.#generations.isReplacing) this.#inUse.forgetConsent();
      this.#adoptNextRemote(now);
    }
    this.#update(now);
  }

  /** Gathering began before credentials and role were chosen. Nothing of the peer is known yet. */
  adopt(usernameFragment: string, password: string, controlling: boolean): void {
    this.#current.adopt(usernameFragment, encodeUtf8(password));
    this.#context.role.controlling = controlling;
  }

  /** From the negotiation. Nothing is told by an event. */
  setControlling(now: Instant, controlling: boolean): void {
    if (this.#state === "closed") return;
    if (controlling !== this.#context.role.controlling) setRole(this.#context, this.#current, controlling);
    this.#update(now);
  }

  /**
   * The peer's credentials. Given again they change nothing; other ones belong to the generation that our own next restart
   * begins (both sides restart together, RFC 8445 §9).
   */
  setRemoteParameters(now: Instant, parameters: RemoteParameters): void {
    if (this.#state === "closed") return;
    const { remote } = this.#current;
    if (remote === undefined) this.#useRemote(now, parameters);
    else if (remote.usernameFragment !== parameters.usernameFragment) {
      this.#nextRemote = new NextRemote(parameters);
    }
    this.#update(now);
  }

  /**
   * Another peer takes over, and we stay what we are, with our credentials and candidates (a call is handed over). Or the same
   * one from other sockets: what it has signalled `since` it was about to move is checked, what it had before is gone.
   */
  replacePeer(now: Instant, by: RemoteParameters | { readonly since: Instant }): void {
    const before = this.#current;
    const peer = "since" in by ? before.remote : by;
    if (this.#state === "closed" || peer === undefined) return;
    this.#generations.succeed(now);
    this.#context.transactions.endAll(({ kind }) => kind === "check");
    this.#inUse.forget();
    this.#nextRemote = undefined;
    this.#useRemote(now, peer);
    if ("since" in by) before.handCandidatesTo(now, this.#current, by.since);
    this.#setState("checking");
    this.#update(now);
  }

  /** A signalled candidate. One that names an unknown generation is dropped. */
  addRemoteCandidate(now: Instant, candidate: IceCandidate): void {
    if (this.#state === "closed") return;
    const next = this.#nextRemote;
    if (next?.wants(candidate)) {
      if (!next.add(candidate)) this.statistics.candidatesRefused++;
    } else this.#current.addRemote(now, candidate);
    this.#update(now);
  }

  /** The peer has no more candidates in its newest generation (RFC 8838 §13). */
  endOfRemoteCandidates(now: Instant): void {
    if (this.#state === "closed") return;
    if (this.#nextRemote !== undefined) this.#nextRemote.end();
    else this.#current.endRemote(now);
    this.#update(now);
  }

  /** The answer to a "nomination-proposed" event. */
  decideNomination(now: Instant, number: number, accepted: boolean): void {
    const pair = this.#context.pairs.decided(number, accepted);
    const generation = this.#current;
    if (pair !== undefined && generation.checklist.has(pair)) startNomination(generation, pair);
    this.#update(now);
  }

  /** Data goes over the pair with that number, if it works: `request` comes back in a "selection" event. */
  choosePair(now: Instant, number: number, request: number): void {
    const { pairs } = this.#context;
    const pair = pairs.find(number);
    if (pair === undefined || pair === this.#inUse.pair) pairs.answer(request, pair !== undefined);
    else choose(this.#context, now, this.#current, pair, request);
    this.#update(now);
  }

  /** The pair with that number goes, which a "pair-removed" event confirms; nothing is sent or answered on it any more. */
  removePair(now: Instant, number: number): void {
    const pair = this.#context.pairs.find(number);
    if (pair === undefined) return;
    this.#generations.removePair(now, pair);
    this.#context.transactions.endAll((purpose) => purpose.kind === "check" && purpose.pair === pair);
    this.#update(now);
  }

  handleDatagram(now: Instant, path: Path, datagram: Uint8Array): void {
    if (this.#state === "closed") return;
    const message = readBinding(this.#context, datagram);
    if (message === undefined) return;
    if (handleMessage(this.#recipient, now, path, message)) this.#update(now);
  }

  handleTimeout(now: Instant): void {
    if (now < this.#wakeAt) return;
    expireTransactions(this.#context, now);
    if (this.#current.gatherer.deadline <= now) this.#current.gatherer.handleTimeout(now);
    this.#generations.expire(now);
    this.#inUse.watch(now);
    this.#update(now);
  }

  pollTransmit(now: Instant, out: Uint8Array, transmit: Transmit): boolean {
    const { outbox } = this.#context;
    if (outbox.empty) {
      if (now < this.#sendAt) return false;
      sendDue(this.#context, this.#current, this.#inUse.isSuspected, now);
      this.#schedule();
    }
    if (!outbox.poll(out, transmit)) return false;
    if (outbox.empty) this.#schedule();
    return true;
  }

  pollEvent(): IceEvent | undefined {
    return this.#context.events.shift();
  }

  nextTimeout(): Instant {
    return this.#wakeAt;
  }

  /** Where data goes now: the nominated pair, before that the best valid one. Undefined: nothing may be sent. */
  selectedPath(): Path | undefined {
    return this.#inUse.pair?.path;
  }

  /** True when DTLS and SRTP may be taken from this 5-tuple: it is proven, or was before a restart a moment ago. */
  isValidPath(path: Path): boolean {
    return this.#generations.isValidPath(path);
  }

  /** A datagram that is not STUN has come in on a valid path: on the active pair a sign of life (never consent). */
  noteDataReceived(now: Instant, path: Path, length: number): void {
    const isInUse = this.#inUse.isOn(path);
    if (isInUse) this.#inUse.consent?.heard(now);
    const pair = isInUse ? this.#inUse.pair : findPair(this.#generations.all, path);
    countReceived(this.statistics.traffic, pair, now, length);
  }

  /** A datagram that is not STUN goes out on the selected path. */
  noteDataSent(now: Instant, length: number): void {
    const { pair, consent } = this.#inUse;
    countSent(this.statistics.traffic, pair, now, length);
    if (consent !== undefined) this.#wakeAt = Math.min(this.#wakeAt, consent.sent(now));
  }

  /** What statistics say of the agent now. */
  snapshot(): IceSnapshot {
    return this.#snapshots.take(this.#current, this.#inUse.active, this.statistics);
  }

  /** Nothing is sent, told or waited for any more. */
  close(_now: Instant): void {
    const { transactions, outbox, events } = this.#context;
    transactions.clear();
    outbox.clear();
    events.clear();
    this.#generations.clear();
    this.#inUse.forget();
    this.#state = "closed";
    this.#wakeAt = NEVER;
    this.#sendAt = NEVER;
  }

  /** After every input: nominate, choose the active pair, derive the state, set the alarm. */
  #update(now: Instant): void {
    const { current, isReplacing } = this.#generations;
    if (current.isUnchecked) selectUnchecked(this.#context, now, current);
    else this.#patienceEnds = nominate(this.#context, now, current, isReplacing);
    this.#inUse.suspect(now);
    this.#inUse.choose(now);
    this.#deriveState(now);
    this.#context.pairs.flush();
    this.#schedule();
  }

  #deriveState(now: Instant): void {
    const generation = this.#current;
    const state = this.#state;
    generation.startChecking(now);
    if (this.#searching && (generation.isHopeless || generation.checkingUntil <= now)) this.#giveUp(now);
    timeCompletion(generation, state, now, this.#context.timing);
    const { active, consent } = this.#inUse;
    this.#setState(
      deriveState(generation, {
        now,
        state,
        pairInUse: active !== undefined,
        restarting: this.#generations.isReplacing,
        connectedOnce: consent !== undefined,
        silent: consent !== undefined && consent.disconnectAt <= now,
      }),
    );
  }

  get #searching(): boolean {
    const { consent } = this.#inUse;
    return isSearching(this.#current, consent !== undefined, this.#generations.isReplacing);
  }

  /** A restart that has failed ends what it was to replace, too. */
  #giveUp(now: Instant): void {
    this.#generations.retirePrevious(now);
    this.#generations.retireNone();
    this.#inUse.forget();
    this.#generations.failCurrent();
  }

  #setState(state: IceTransportState): void {
    if (state === this.#state) return;
    const { log, events } = this.#context;
    if (log.enabled) log.event("ice.state", { from: this.#state, to: state });
    this.#state = state;
    events.push({ type: "state", state });
  }

  /** Computes both alarms: once per input, so that asking is free. */
  #schedule(): void {
    if (this.#state === "closed") return;
    const generation = this.#current;
    const { active, consent, isSuspected, maySuspect } = this.#inUse;
    const sendAt = nextSend(this.#context, generation, isSuspected);
    this.#sendAt = sendAt;
    this.#wakeAt = Math.min(
      sendAt,
      this.#context.transactions.nextExpiry(),
      generation.gatherer.deadline,
      this.#generations.nextExpiry,
      this.#patienceEnds ?? NEVER,
      nextChange(generation, {
        state: this.#state,
        consent,
        active: active !== undefined,
        maySuspect,
        searching: this.#searching,
      }),
    );
  }

  #adoptNextRemote(now: Instant): void {
    const next = this.#nextRemote;
    if (next === undefined) return;
    this.#nextRemote = undefined;
    this.#useRemote(now, next.parameters);
    next.handTo(now, this.#current);
  }

  #useRemote(now: Instant, parameters: RemoteParameters): void {
    this.#current.setRemote(now, parameters);
    // RFC 8445 §6.1.1: of a full and a lite agent the full one is controlling.
    const { lite = false } = this.#context.options;
    if (parameters.lite !== lite) switchRole(this.#context, this.#current, parameters.lite);
    // webrtc-pc §5.6.4: a restart forgets completion and failure, and that connectivity was lost.
    if (this.#state === "completed") this.#setState("connected");
    else if (this.#state === "disconnected" || this.#state === "failed") this.#setState("checking");
  }
}
