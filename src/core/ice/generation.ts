/**
 * One generation of an agent: what RFC 8445 §2 calls an ICE session, from one restart to the next. Local and remote
 * credentials, candidates and the checklist between them.
 */
import type { IceCandidate } from "../base/ice-candidate.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import { type Path, type SocketId, samePath } from "../base/path.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { AgentContext } from "./agent-context.ts";
import { CandidatePair, canPair, type LocalBase, type RemoteCandidate } from "./candidate-pair.ts";
import { Checklist } from "./checklist.ts";
import { settleChoice } from "./chosen-pair.ts";
import { Gatherer } from "./gatherer.ts";
import type { LocalSocket } from "./local-socket.ts";
import { type News, RemoteCandidates } from "./remote-candidates.ts";

/** The peer's half of the credentials, from its description. */
export interface RemoteParameters {
  readonly usernameFragment: string;
  readonly password: string;
  /** RFC 8445 §2.5: it answers checks but sends none. */
  readonly lite: boolean;
}

interface RemoteCredentials extends RemoteParameters {
  readonly key: Uint8Array;
  /** USERNAME of our checks: `remote fragment:local fragment` (RFC 8445 §7.2.2). */
  readonly username: Uint8Array;
}

export class Generation {
  #usernameFragment: string;
  #key: Uint8Array;
  readonly gatherer: Gatherer;
  readonly checklist: Checklist;
  readonly #context: AgentContext;
  readonly #remotes: RemoteCandidates;
  #remote: RemoteCredentials | undefined;
  #remoteEnded = false;
  /** The last news from the peer while checking. */
  #newsAt: Instant = NEVER;
  /** The nominated pair (RFC 8445 §8). */
  selected: CandidatePair | undefined;
  /** The pair whose nomination is under way; we are controlling. `doubted`: nothing has answered that, and others are looked at. */
  nominating: CandidatePair | undefined;
  doubted = false;
  /** The peer's latest nomination, if it counts them. */
  renomination: { readonly nomination: number; readonly pair: CandidatePair } | undefined;
  /** The pair that the application wants data to go over, and the one that is being looked at for that. */
  chosen: CandidatePair | undefined;
  choosing: { readonly pair: CandidatePair; readonly request: number } | undefined;
  /** 5-tuples of pairs that the application has removed. */
  readonly #barred: Path[] = [];
  /** When the first pair became valid. */
  firstValidAt: Instant = NEVER;
  /** From when on the state may be "completed". */
  completeAt: Instant = NEVER;
  /** The end of this generation. */
  failed = false;

  /** `gatherer`: of the generation before, whose candidates this one has too (another peer takes over). */
  constructor(
    context: AgentContext,
    usernameFragment: string,
    key: Uint8Array,
    gatherer: Gatherer = new Gatherer(context, usernameFragment),
  ) {
    this.#context = context;
    this.checklist = new Checklist(context.pairs);
    this.#remotes = new RemoteCandidates(context);
    this.#usernameFragment = usernameFragment;
    this.#key = key;
    this.gatherer = gatherer;
  }

  get usernameFragment(): string {
    return this.#usernameFragment;
  }

  /** Our password: it signs checks sent to us and our answers. */
  get key(): Uint8Array {
    return this.#key;
  }

  /** The credentials are chosen only now. */
  adopt(usernameFragment: string, key: Uint8Array): void {
    this.#usernameFragment = usernameFragment;
    this.#key = key;
    this.gatherer.announcements.usernameFragment = usernameFragment;
  }

  get remote(): RemoteCredentials | undefined {
    return this.#remote;
  }

  /** Signalled and discovered ones. */
  get remotes(): readonly RemoteCandidate[] {
    return this.#remotes.known;
  }

  /** True as soon as there is something to look for (webrtc-pc §5.6.4 "checking"). */
  get checking(): boolean {
    return this.#remote !== undefined && (!this.#remotes.isEmpty || this.#remoteEnded);
  }

  /** The peer has told all its candidates (RFC 8838 §13). */
  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  endRemote(now: Instant): void {
    this.#remoteEnded = true;
    this.#extendChecking(now);
  }

  /** Until when checking may go on without a valid pair. */
  get checkingUntil(): Instant {
    const { checkingTimeout, emptyTimeout } = this.#context.timing;
    return this.#newsAt + (this.remoteIsEmpty ? emptyTimeout : checkingTimeout);
  }

  /** The peer has told that it has no candidates, and has not checked us either. */
  get remoteIsEmpty(): boolean {
    return this.#remoteEnded && this.#remotes.isEmpty;
  }

  /** Everything is told, and there is nothing to check from. */
  get isHopeless(): boolean {
    return this.#remoteEnded && this.gatherer.isEmpty;
  }

  /** From when on only candidates that are still to come can help; `NEVER` if none will. */
  get hopelessAt(): Instant {
    const allTold = this.#remoteEnded && this.gatherer.state === "complete";
    return allTold ? NEVER : this.#newsAt + this.#context.timing.hopelessAfter;
  }

  /** Sets the deadline of checking as soon as there is something to check. */
  startChecking(now: Instant): void {
    if (this.checking && this.#newsAt === NEVER) this.#newsAt = now;
  }

  setRemote(now: Instant, parameters: RemoteParameters): void {
    const { usernameFragment, password } = parameters;
    const username = encodeUtf8(`${usernameFragment}:${this.usernameFragment}`);
    this.#remote = { ...parameters, key: encodeUtf8(password), username };
    for (const candidate of this.#remotes.takeOvertaking()) this.addRemote(now, candidate);
    // RFC 8445 §8.2: two lite agents pair only now, and a lite and a full one not at all.
    if (this.#context.options.lite) for (const base of this.gatherer.bases) this.pairBase(base);
  }

  /** One with the same credentials and local candidates, and no peer yet. */
  again(): Generation {
    return new Generation(this.#context, this.usernameFragment, this.key, this.gatherer);
  }

  /**
   * What the peer has signalled from `since` on, for a generation that goes on with it. Of a lite one everything: it does not
   * check, and what it has may be all that shows where it is.
   */
  handCandidatesTo(now: Instant, next: Generation, since: Instant): void {
    for (const { signalledAt, candidate } of this.remotes) {
      const counts = signalledAt !== undefined && (signalledAt >= since || this.#remote?.lite);
      if (counts) next.addRemote(now, candidate);
    }
    for (const candidate of this.#remotes.unresolved) next.addRemote(now, candidate);
    if (this.#remoteEnded) next.endRemote(now);
  }

  /** Consent is lost, or checking has found nothing. */
  fail(): void {
    this.failed = true;
    this.checklist.failAll();
    this.#forget(() => true);
  }

  /** What `gone` says of pairs that are not there any more. */
  #forget(gone: (pair: CandidatePair) => boolean): void {
    const { nominating, chosen, choosing, selected } = this;
    if (nominating !== undefined && gone(nominating)) this.nominating = undefined;
    if (chosen !== undefined && gone(chosen)) this.chosen = undefined;
    if (choosing !== undefined && gone(choosing.pair)) settleChoice(this.#context, this, false);
    if (selected !== undefined && gone(selected)) this.selected = undefined;
  }

  /** A signalled candidate: checked, resolved if it is a name, paired with every base it fits to. */
  addRemote(now: Instant, candidate: IceCandidate): void {
    this.#hear(now, this.#remotes.add(now, candidate, this.#remote?.usernameFragment));
  }

  /** The answer to a "resolve" event of this generation; false when it is not ours. */
  resolved(now: Instant, id: number, addresses: readonly string[]): boolean {
    if (!this.#remotes.awaits(id)) return false;
    this.#hear(now, this.#remotes.resolved(now, id, addresses));
    return true;
  }

  #hear(now: Instant, news: News | undefined): void {
    if (news === undefined) return;
    const { remote, kind } = news;
    if (kind !== "new") this.checklist.updatePriorities(this.#context.role.controlling);
    if (kind !== "better") for (const base of this.gatherer.bases) this.#pairSignalled(base, remote);
    if (kind === "new") this.#extendChecking(now);
  }

  /** Pairs a new base with every remote candidate that was told. */
  pairBase(base: LocalBase): void {
    for (const remote of this.remotes)
      if (remote.candidate.type !== "prflx") this.#pairSignalled(base, remote);
  }

  /**
   * A socket is open; false when it is of no use. One on an address that has appeared after gathering began also pairs with
   * what only checks have shown: the peer may have moved as well.
   */
  addSocket(now: Instant, socket: LocalSocket): boolean {
    if (!this.gatherer.hasSockets) return this.gatherer.addSocket(socket);
    if (this.failed || !this.gatherer.addLater(now, socket)) return false;
    const base = this.gatherer.baseOf(socket.socket);
    if (base === undefined || this.#waitsForChecks) return true;
    for (const remote of this.remotes) this.#pair(base, remote);
    return true;
  }

  /**
   * The pair on which a check came in, made when there is none: a source that no candidate has told is a peer-reflexive
   * one (RFC 8445 §7.3.1.3, §7.3.1.4). Undefined beyond the limits.
   */
  pairOfIncoming(
    base: LocalBase,
    address: string,
    port: number,
    priority: number,
  ): CandidatePair | undefined {
    const path = { socket: base.socket, address, port };
    const known = this.checklist.find(path);
    if (known !== undefined) return known;
    const tcpType = base.tcpType === "passive" ? "active" : base.tcpType;
    const remote = this.#remotes.ofCheck(address, port, priority, tcpType);
    return remote && this.#pair(base, remote);
  }

  removeSocket(socket: SocketId): void {
    const base = this.gatherer.baseOf(socket);
    if (base !== undefined) this.#removeBase(base);
    this.gatherer.removeSocket(socket);
  }

  #removeBase(base: LocalBase): void {
    this.checklist.removeBase(base);
    this.#abandon((pair) => pair.base === base);
  }

  /** The application wants this pair to go: nothing is sent, answered or taken on it any more. */
  removePair(now: Instant, pair: CandidatePair): void {
    this.#barred.push(pair.path);
    this.checklist.remove(pair);
    this.#abandon((other) => other === pair);
    // What takes its place before a nomination has consent, too (RFC 7675 §5.1).
    if (this.selected === undefined) this.checklist.doubt(now - this.#context.timing.consentExpiry / 2);
  }

  /** Checks on this 5-tuple are not answered: the application has removed its pair. */
  isBarred(path: Path): boolean {
    return this.#barred.some((barred) => samePath(barred, path));
  }

  #abandon(gone: (pair: CandidatePair) => boolean): void {
    const { selected, chosen } = this;
    this.#forget(gone);
    if (this.chosen !== chosen) this.selected = undefined;
    if (this.selected === selected) return;
    // Nobody has kept the other pairs alive, and there is no consent on them (RFC 7675 §5.1).
    this.firstValidAt = NEVER;
    this.checklist.reconsider();
  }

  /** RFC 6544 §6.2: an active candidate has no address to check; it connects, and shows where it is. */
  #pairSignalled(base: LocalBase, remote: RemoteCandidate): void {
    if (remote.tcpType !== "active" && !this.#waitsForChecks) this.#pair(base, remote);
    // Whoever connects to a relay needs a permission there, and may come from any address that we know of.
    if (base.host.type === "relay" && base.tcpType === "passive" && base.family === remote.family)
      this.#context.events.push({ type: "permit", socket: base.socket, address: remote.address });
  }

  /** Both ends are lite: nobody checks anything. */
  get isUnchecked(): boolean {
    return this.#context.options.lite === true && this.#remote?.lite === true;
  }

  /** We are lite, and the peer as far as we know is not: pairs come of its checks. */
  get #waitsForChecks(): boolean {
    return this.#context.options.lite === true && !this.#remote?.lite;
  }

  #pair(base: LocalBase, remote: RemoteCandidate): CandidatePair | undefined {
    if (!canPair(base, remote)) return undefined;
    const pair = new CandidatePair(base, remote, this.#context.role.controlling);
    if (this.checklist.find(pair.path) !== undefined || this.isBarred(pair.path)) return undefined;
    if (!this.checklist.add(pair)) return undefined;
    if (base.host.type === "relay") {
      const { socket } = base;
      this.#context.events.push({ type: "permit", socket, address: remote.address });
    }
    return pair;
  }

  /** News from the peer give checking more time. */
  #extendChecking(now: Instant): void {
    if (this.#newsAt !== NEVER) this.#newsAt = now;
  }
}
