/** The peer's candidates in one generation: told by signalling or shown by checks, names looked up, all of them bounded. */
import type { IceCandidate, IceTcpType } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { formatIpAddress, ipFamilyOf, ipScope, isIpv4Mapped, parseIpAddress } from "../base/ip-address.ts";
import type { AgentContext } from "./agent-context.ts";
import type { RemoteCandidate } from "./candidate-pair.ts";
import { MAX_REMOTE_CANDIDATES, MAX_REMOTE_NAMES } from "./timing.ts";

/** What a signalled candidate tells: "new"; "named", that only checks had shown so far; "better", at a higher priority. */
export interface News {
  readonly remote: RemoteCandidate;
  readonly kind: "new" | "named" | "better";
}

const MDNS_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.local$/i;

export class RemoteCandidates {
  readonly #context: AgentContext;
  readonly #known: RemoteCandidate[] = [];
  readonly #resolving = new Map<number, IceCandidate>();
  #namesAsked = 0;
  /** Candidates that name a generation before its parameters are known. */
  #overtaking: IceCandidate[] = [];

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Signalled and discovered ones. */
  get known(): readonly RemoteCandidate[] {
    return this.#known;
  }

  /** The peer has told nothing of use yet, and has not checked us either. */
  get isEmpty(): boolean {
    return this.#known.length === 0 && this.#resolving.size === 0;
  }

  /** A signalled candidate: checked, resolved if it is a name. `usernameFragment`: the peer's, once known. */
  add(now: Instant, candidate: IceCandidate, usernameFragment: string | undefined): News | undefined {
    if (candidate.usernameFragment !== undefined && candidate.usernameFragment !== usernameFragment) {
      const early = usernameFragment === undefined && this.#overtaking.length < MAX_REMOTE_CANDIDATES;
      if (!early) return this.#refuse();
      this.#overtaking.push(candidate);
      return undefined;
    }
    const isTransportKnown = (candidate.protocol === "tcp") === (candidate.tcpType !== undefined);
    const usable = candidate.component === this.#context.component && isTransportKnown;
    if (!usable || candidate.port < 1 || candidate.port > 65_535 || candidate.priority < 1)
      return this.#refuse();
    if (parseIpAddress(candidate.address) !== undefined)
      return this.#addAddress(now, candidate, candidate.address);
    // Nothing to look up: it connects, and shows where it is.
    if (candidate.tcpType === "active") return undefined;
    return MDNS_NAME.test(candidate.address) ? this.#resolve(candidate) : this.#refuse();
  }

  /** Names that are being looked up. */
  get unresolved(): Iterable<IceCandidate> {
    return this.#resolving.values();
  }

  /** Gives back, once, what came before the parameters that it names. */
  takeOvertaking(): IceCandidate[] {
    return this.#overtaking.splice(0);
  }

  /** True when that "resolve" event was ours. */
  awaits(id: number): boolean {
    return this.#resolving.has(id);
  }

  /** The answer to a "resolve" event. */
  resolved(now: Instant, id: number, addresses: readonly string[]): News | undefined {
    const candidate = this.#resolving.get(id);
    if (candidate === undefined) return undefined;
    this.#resolving.delete(id);
    const address = addresses.find((text) => parseIpAddress(text) !== undefined);
    return address === undefined ? this.#refuse() : this.#addAddress(now, candidate, address);
  }

  /**
   * Where a check has come from. A source that no candidate has told is a peer-reflexive one (RFC 8445 §7.3.1.3). Undefined:
   * it is no address, or one too many.
   */
  ofCheck(
    address: string,
    port: number,
    priority: number,
    tcpType: IceTcpType | undefined,
  ): RemoteCandidate | undefined {
    const bytes = parseIpAddress(address);
    if (bytes === undefined) return undefined;
    const known = this.#find(address, port, tcpType);
    if (known !== undefined) return known;
    if (this.#known.length >= MAX_REMOTE_CANDIDATES) return undefined;
    const { component, foundations } = this.#context;
    const foundation = foundations.fresh();
    const candidate: IceCandidate = {
      foundation,
      component,
      protocol: tcpType === undefined ? "udp" : "tcp",
      priority,
      address,
      port,
      type: "prflx",
      ...(tcpType === undefined ? undefined : { tcpType }),
    };
    const [family, scope] = [ipFamilyOf(address), ipScope(bytes)];
    const remote = { candidate, signalledAt: undefined, address, port, family, scope, tcpType };
    this.#known.push(remote);
    return remote;
  }

  #addAddress(now: Instant, candidate: IceCandidate, text: string): News | undefined {
    const bytes = parseIpAddress(text)!;
    const scope = ipScope(bytes);
    if (scope === "unspecified" || scope === "multicast" || isIpv4Mapped(bytes)) return this.#refuse();
    const address = formatIpAddress(bytes);
    const { port, tcpType } = candidate;
    const known = this.#find(address, port, tcpType);
    if (known !== undefined) return this.#update(now, known, candidate);
    if (this.#known.length >= MAX_REMOTE_CANDIDATES) return this.#refuse();
    const family = ipFamilyOf(address);
    const remote = { candidate, signalledAt: now, address, port, family, scope, tcpType };
    this.#known.push(remote);
    return { remote, kind: "new" };
  }

  /** The same transport address again: signalling has caught up with a check, or it is redundant (RFC 8445 §5.1.3). */
  #update(now: Instant, known: RemoteCandidate, candidate: IceCandidate): News | undefined {
    known.signalledAt ??= now;
    const wasReflexive = known.candidate.type === "prflx";
    if (!wasReflexive && candidate.priority <= known.candidate.priority) return undefined;
    known.candidate = candidate;
    return { remote: known, kind: wasReflexive ? "named" : "better" };
  }

  #find(address: string, port: number, tcpType: IceTcpType | undefined): RemoteCandidate | undefined {
    return this.#known.find(
      (remote) => remote.port === port && remote.address === address && remote.tcpType === tcpType,
    );
  }

  #resolve(candidate: IceCandidate): undefined {
    if (this.#namesAsked >= MAX_REMOTE_NAMES) return this.#refuse();
    this.#namesAsked++;
    const id = this.#context.nextRequestId();
    this.#resolving.set(id, candidate);
    this.#context.events.push({ type: "resolve", id, name: candidate.address, mdns: true });
    return undefined;
  }

  #refuse(): undefined {
    this.#context.statistics.candidatesRefused++;
    return undefined;
  }
}
