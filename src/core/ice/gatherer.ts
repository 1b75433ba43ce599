/**
 * Gathering of local candidates for one generation (RFC 8445 §5.1.1): host candidates from the sockets the session opens,
 * server-reflexive ones from STUN servers, relayed ones from TURN servers.
 */
import { UNREACHABLE } from "../base/candidate-error.ts";
import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { ipFamilyOf, ipScope, parseIpAddress } from "../base/ip-address.ts";
import type { SocketId } from "../base/path.ts";
import type { AgentContext } from "./agent-context.ts";
import { Announcements } from "./announcements.ts";
import { canPair, type LocalBase } from "./candidate-pair.ts";
import type { IceGathererState, IceTransportPolicy } from "./ice-event.ts";
import { hostCandidate, mappedCandidate, reflexiveCandidate } from "./local-candidates.ts";
import { assignLocalPreferences, nextLocalPreference } from "./local-preference.ts";
import { type LocalSocket, type PlacedSocket, placed } from "./local-socket.ts";
import {
  canonicalAddresses,
  isTurn,
  leadsHere,
  leadsTo,
  type RelayedSocket,
  RelayGathering,
} from "./relay-gathering.ts";
import { type ServerName, ServerNames } from "./server-names.ts";
import { ServerPatience } from "./server-patience.ts";
import { ServerRequests } from "./server-requests.ts";
import { TcpGathering } from "./tcp-gathering.ts";
import { MAX_LOCAL_ADDRESSES, MAX_SERVERS } from "./timing.ts";

export class Gatherer {
  readonly #context: AgentContext;
  #state: IceGathererState = "new";
  #policy: IceTransportPolicy = "all";
  readonly #patience: ServerPatience;
  #servers: IceServer[] = [];
  /** Sockets that have come while others are still being opened. */
  #pending: PlacedSocket[] = [];
  #socketsComplete = false;
  /** A base has gone with its address: another one may appear. */
  #hasLost = false;
  readonly #bases: LocalBase[] = [];
  /** What TURN servers are reached from: the bases, and sockets that no peer ever hears of. */
  readonly #carriers: LocalBase[] = [];
  #relays: RelayGathering;
  readonly #tcp: TcpGathering;
  readonly #names: ServerNames;
  readonly #requests: ServerRequests;
  /** A STUN server has said how it sees us. */
  #isMapped = false;
  readonly announcements: Announcements;

  constructor(context: AgentContext, usernameFragment: string) {
    this.#context = context;
    this.announcements = new Announcements(context, usernameFragment);
    this.#relays = new RelayGathering(context, false);
    this.#tcp = new TcpGathering(context);
    this.#names = new ServerNames(context);
    this.#patience = new ServerPatience(context);
    this.#requests = new ServerRequests(context, {
      answered: ({ server, base, path }, address, port) => {
        this.#isMapped = true;
        this.#addReflexive(server, base, path.address, address, port);
        this.#completeIfDone();
      },
      refused: ({ server, base }, errorText, errorCode) => {
        this.#error(server, base, errorText, errorCode);
        this.#completeIfDone();
      },
    });
  }

  get state(): IceGathererState {
    return this.#state;
  }

  /** Gathering has ended, and there never was anything to check from. */
  get isEmpty(): boolean {
    return this.#state === "complete" && this.#bases.length === 0 && !this.#hasLost;
  }

  /** When to call {@link handleTimeout}. */
  get deadline(): Instant {
    return this.#patience.next(this.#hasEnough);
  }

  /** Looks after silent servers; ends gathering, or what is gathered later for another address, whoever is silent. */
  handleTimeout(now: Instant): void {
    this.#patience.probe(now, () => [...this.#requests.silent, ...this.#relays.silent]);
    if (this.#patience.isOver(now, this.#hasEnough)) this.#giveUp();
  }

  /** What is still to come would be more of the same: another relay, or another view of us. */
  get #hasEnough(): boolean {
    return this.#relays.hasGranted || (this.#isMapped && !this.#relays.busy && !this.#names.wantsRelay);
  }

  /** What STUN servers are asked. */
  get requests(): ServerRequests {
    return this.#requests;
  }

  get bases(): readonly LocalBase[] {
    return this.#bases;
  }

  baseOf(socket: SocketId): LocalBase | undefined {
    return this.#bases.find((base) => base.socket === socket);
  }

  /** All sockets that were asked for have come: one that comes now is on an address that has appeared since. */
  get hasSockets(): boolean {
    return this.#socketsComplete;
  }

  /** Sockets that became a base, carry relays, or still may. */
  get sockets(): SocketId[] {
    const open = [...this.#bases, ...this.#carriers, ...this.#pending].map(({ socket }) => socket);
    return [...new Set([...open, ...this.#tcp.sockets])];
  }

  /** Once. */
  start(now: Instant, servers: readonly IceServer[], policy: IceTransportPolicy): void {
    this.#setState("gathering");
    this.#policy = policy;
    this.#patience.begin(now);
    for (const server of servers) {
      const usable = server.scheme !== "stuns" && (server.scheme !== "turns" || server.transport === "tcp");
      if (!usable)
        this.#error(server, undefined, `${server.scheme} over ${server.transport} is not supported`);
      else if (policy === "relay" && !isTurn(server)) continue;
      else if (this.#servers.length >= MAX_SERVERS) this.#error(server, undefined, "too many servers");
      else this.#servers.push(server);
    }
    this.#relays = new RelayGathering(this.#context, policy === "relay");
    if (!this.needsSockets) {
      this.#socketsComplete = true;
      this.#completeIfDone();
    } else this.#context.events.push({ type: "open-sockets", loopback: leadsHere(this.#servers) });
  }

  /** Without a server there is nothing to do for relayed candidates only (RFC 8828 mode 4, webrtc-pc §4.2.2). */
  get needsSockets(): boolean {
    return this.#policy === "all" || this.#servers.length > 0;
  }

  /** False when the socket is of no use here. */
  addSocket(socket: LocalSocket): boolean {
    const pending = placed(socket);
    if (pending === undefined || this.#state !== "gathering" || !this.needsSockets) return false;
    if (this.#pending.length + this.#carriers.length >= MAX_LOCAL_ADDRESSES) return false;
    this.#pending.push(pending);
    return true;
  }

  /** Makes host candidates of the sockets; returns the sockets that are not needed. */
  socketsComplete(): SocketId[] {
    if (this.#state !== "gathering" || this.#socketsComplete) return [];
    this.#socketsComplete = true;
    const reachable = this.#pending.some(({ scope }) => scope !== "loopback" && scope !== "link-local");
    const withLoopback = !reachable || leadsHere(this.#servers);
    const used = this.#pending.filter(({ scope }) => withLoopback || scope !== "loopback");
    const unused = this.#pending.filter((socket) => !used.includes(socket)).map(({ socket }) => socket);
    this.#pending = [];
    const preferences = assignLocalPreferences(
      used.map(({ family, scope, preference }) => ({ family, scope, preference })),
    );
    used.forEach((socket, index) => {
      const hidden = this.#policy === "relay" || (reachable && socket.scope === "loopback");
      this.#addBase(socket, preferences[index]!, hidden);
    });
    const carriers = [...this.#carriers];
    for (const server of this.#servers) this.#reach(server, carriers);
    this.#completeIfDone();
    return unused;
  }

  /**
   * A socket on an address that has appeared since. While gathering goes on its candidates are told like all others; after
   * its end nobody hears of them (RFC 8838 §13), but checks go out from them, and show them to the peer. False when the
   * socket is of no use here.
   */
  addLater(now: Instant, socket: LocalSocket): boolean {
    const late = placed(socket);
    if (late === undefined || socket.loopback || !this.needsSockets) return false;
    if (this.#carriers.length >= MAX_LOCAL_ADDRESSES) return false;
    const preference = socket.preference ?? nextLocalPreference(this.#carriers);
    this.#addBase(late, preference, this.#policy === "relay");
    this.#patience.begin(now);
    const carriers = this.#carriers.slice(-1);
    for (const server of this.#servers) this.#reach(server, carriers);
    this.#completeIfDone();
    return true;
  }

  /** The answer to an "open-tcp" event: the base, when it is one. */
  tcpOpened(socket: SocketId, port: number | undefined): LocalBase | undefined {
    const base = this.#tcp.opened(socket, port);
    if (base !== undefined) this.#include(base);
    this.#completeIfDone();
    return base;
  }

  /** The numbers of all that goes with a socket, itself included: the TCP candidates of its address. */
  goingWith(socket: SocketId): SocketId[] {
    const base = this.baseOf(socket);
    if (base === undefined || base.tcpType !== undefined || base.host.type !== "host") return [socket];
    const beside = this.#bases.filter(
      ({ tcpType, address }) => tcpType !== undefined && address === base.address,
    );
    return [socket, ...beside.map((tcp) => tcp.socket), ...this.#tcp.abandon((udp) => udp === base)];
  }

  /** The answer to a "resolve" event of this gatherer; false when it is not ours. */
  resolved(id: number, addresses: readonly string[]): boolean {
    const name = this.#names.take(id);
    if (name === undefined) return false;
    if (addresses.length === 0) this.#error(name.server, undefined, "host name not found");
    else this.#request(name, canonicalAddresses(addresses));
    this.#completeIfDone();
    return true;
  }

  removeSocket(socket: SocketId): void {
    this.#pending = this.#pending.filter((pending) => pending.socket !== socket);
    const index = this.#bases.findIndex((base) => base.socket === socket);
    if (index >= 0) {
      this.#bases.splice(index, 1);
      this.#hasLost = true;
    }
    this.#relays.removeSocket(socket);
    const carrier = this.#carriers.findIndex((base) => base.socket === socket);
    if (carrier >= 0) this.#carriers.splice(carrier, 1);
    this.#requests.removeSocket(socket);
    this.#completeIfDone();
  }

  /**
   * A server has granted an allocation: the bases of its relayed addresses. Undefined when nobody waits for it any more.
   * `mapped`: what the server sees of the socket it was asked from, which makes a server-reflexive candidate.
   */
  relayAllocated(
    id: number,
    relayed: readonly RelayedSocket[],
    mapped: { readonly address: string; readonly port: number } | undefined,
  ): readonly LocalBase[] | undefined {
    const allocation = this.#relays.take(id);
    if (allocation === undefined) return undefined;
    const { server, carrier, address } = allocation;
    if (mapped !== undefined && carrier !== undefined && this.#bases.includes(carrier)) {
      this.#addReflexive(server, carrier, address, mapped.address, mapped.port);
    }
    const bases = relayed.map((one) => this.#relays.base(allocation, one, mapped));
    for (const base of bases) this.#include(base);
    this.#completeIfDone();
    return bases;
  }

  /** A server has refused, or could not be reached; or a probe has found that nobody listens there. */
  serverFailed(id: number, errorCode: number, errorText: string): void {
    const probed = this.#patience.take(id);
    const allocation = this.#relays.take(id);
    const failed = allocation === undefined ? [] : [allocation];
    if (probed !== undefined) {
      this.#requests.unreachable(probed, errorText);
      failed.push(...this.#relays.abandon((one) => leadsTo(one, probed)));
    }
    for (const { server, carrier } of failed) this.#error(server, carrier, errorText, errorCode);
    this.#completeIfDone();
  }

  /** The generation is over before its servers have answered. */
  abandonRelays(): void {
    this.#relays.abandon();
  }

  /** The deadline has come: what is still open counts as an error. */
  #giveUp(): void {
    for (const { server } of this.#names.abandon())
      this.#error(server, undefined, "host name lookup timed out");
    const unanswered = this.#relays.abandon();
    for (const { server, carrier } of unanswered) this.#error(server, carrier, "the server does not answer");
    this.#tcp.abandon();
    this.#requests.giveUp();
    this.#patience.end();
    if (this.#state === "gathering") this.#setState("complete");
  }

  #completeIfDone(): void {
    const busy =
      !this.#socketsComplete ||
      this.#names.busy ||
      this.#requests.busy ||
      this.#relays.busy ||
      this.#tcp.busy;
    if (busy) return;
    this.#patience.end();
    if (this.#state === "gathering") this.#setState("complete");
  }

  #setState(state: IceGathererState): void {
    this.#state = state;
    this.#context.events.push({ type: "gathering-state", state });
  }

  #addBase(socket: PlacedSocket, localPreference: number, hidden: boolean): void {
    const host = hostCandidate(this.#context, socket, localPreference, hidden);
    const { socket: id, address, port, family, scope } = socket;
    const place = { socket: id, address, port, family, scope };
    const base: LocalBase = { ...place, localPreference, tcpType: undefined, host, reflexive: [] };
    this.#carriers.push(base);
    if (hidden) return;
    this.#include(base);
    const mapped = mappedCandidate(this.#context, base);
    if (mapped !== undefined) this.#announce(mapped);
    for (const tcp of this.#tcp.beside(base)) this.#include(tcp);
  }

  #include(base: LocalBase): void {
    this.#bases.push(base);
    this.#announce(base.host);
  }

  #reach(server: IceServer, carriers: readonly LocalBase[]): void {
    if (parseIpAddress(server.host) === undefined) this.#names.look({ server, carriers });
    else this.#request({ server, carriers }, canonicalAddresses([server.host]));
  }

  /** Queues one request per base, to the server's first address of the base's kind. */
  #request({ server, carriers }: ServerName, addresses: readonly string[]): void {
    if (addresses.length === 0) {
      // Said of a socket, as all failures to reach a server are.
      this.#error(server, this.#bases[0], "the server's address is not one of a host");
      return;
    }
    const present = carriers.filter((carrier) => this.#carriers.includes(carrier));
    if (isTurn(server)) {
      if (!this.#relays.ask(server, addresses, present))
        this.#error(server, undefined, "there is no way to the server");
      return;
    }
    for (const base of present) {
      if (!this.#bases.includes(base)) continue; // no peer may hear of it
      const address = addresses.find((text) => {
        const bytes = parseIpAddress(text);
        return bytes !== undefined && canPair(base, { family: ipFamilyOf(text), scope: ipScope(bytes) });
      });
      if (address === undefined) continue;
      this.#requests.queue(server, base, { socket: base.socket, address, port: server.port });
    }
  }

  #addReflexive(
    server: IceServer,
    base: LocalBase,
    serverAddress: string,
    address: string,
    port: number,
  ): void {
    // RFC 8445 §5.1.3: no NAT between, so it is the host candidate, whatever that shows.
    if (address === base.address && port === base.port) return;
    const candidate = reflexiveCandidate(this.#context, server, base, serverAddress, { address, port });
    base.reflexive.push(candidate);
    this.#announce(candidate);
  }

  /** What is found after the end of gathering is for ourselves alone. */
  #announce(candidate: IceCandidate): void {
    if (this.#state === "gathering") this.announcements.announce(candidate);
  }

  #error(server: IceServer, base: LocalBase | undefined, errorText: string, errorCode = UNREACHABLE): void {
    if (this.#state !== "gathering") return;
    const isShown = base !== undefined && this.#bases.includes(base) && !this.#context.options.mdns;
    const exposed = isShown ? base : undefined;
    this.#context.events.push({
      type: "candidate-error",
      // webrtc-pc §4.8.2: only addresses that a candidate has told anyway.
      address: exposed?.host.address,
      port: exposed?.host.port,
      url: server.url,
      errorCode,
      errorText,
    });
  }
}
