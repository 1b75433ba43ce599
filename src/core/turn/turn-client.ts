/**
 * A TURN client on one 5-tuple (RFC 8656): allocates, keeps alive, asks for permissions and channels, and wraps what goes to
 * peers. A machine without sockets: whoever has the way to the server moves its bytes. Assumptions: docs/turn.md.
 */

import { UNREACHABLE } from "../base/candidate-error.ts";
import { Fifo } from "../base/fifo.ts";
import { type Instant, NEVER } from "../base/instant.ts";
import { formatIpAddress, parseIpAddress } from "../base/ip-address.ts";
import type { Log } from "../base/log.ts";
import { Malformed } from "../base/malformed.ts";
import { type Random, randomBytes } from "../base/random.ts";
import {
  ALTERNATE_SERVER,
  CONNECTION_ID,
  DATA,
  MAX_MESSAGE_LENGTH,
  STALE_NONCE,
  StunMessage,
  TRANSACTION_ID_LENGTH,
  TRY_ALTERNATE,
  UNAUTHENTICATED,
  XOR_MAPPED_ADDRESS,
  XOR_PEER_ADDRESS,
} from "../stun/index.ts";
import { lifetimeOf, relayedAddressesOf } from "./allocation-answer.ts";
import {
  CHANNEL_HEADER_LENGTH,
  channelNumberOf,
  channelPayload,
  isChannelData,
  writeChannelData,
} from "./channel-data.ts";
import { ConnectionBind } from "./connection-bind.ts";
import { LongTermCredentials } from "./long-term-credentials.ts";
import { RELAY_OVERHEAD, textOf, writeSendIndication } from "./peer-message.ts";
import { type Channel, Peers, type Permission } from "./peers.ts";
import {
  ADDRESS_FAMILY_NOT_SUPPORTED,
  ALLOCATION_MISMATCH,
  CONNECTION_ATTEMPT,
  DATA_INDICATION,
  DEFAULT_LIFETIME,
  DEFAULT_TURN_TIMING,
  FORBIDDEN,
  MAX_NONCE_CHANGES,
  MAX_OUTGOING,
  MAX_PEERS_PER_REQUEST,
  PERMISSION_IDLE,
  PERMISSION_REFRESH,
} from "./protocol.ts";
import {
  buildRequest,
  type Families,
  METHODS,
  type RelayTransport,
  type RequestPurpose,
} from "./request-message.ts";
import { type Request, Requests } from "./requests.ts";
import type { PeerData, TurnClientOptions } from "./turn-client-options.ts";
import type { TurnEvent } from "./turn-event.ts";
import { newTurnStatistics, type TurnStatistics } from "./turn-statistics.ts";

type State =
  | { readonly name: "new" }
  | { readonly name: "allocating"; readonly families: Families }
  | { readonly name: "allocated"; refreshAt: Instant; expiresAt: Instant }
  | { readonly name: "ended" };

export class TurnClient {
  readonly statistics: TurnStatistics = newTurnStatistics();
  readonly #random: Random;
  readonly #log: Log;
  readonly #stream: boolean;
  readonly #relayTransport: RelayTransport;
  readonly #credentials: LongTermCredentials;
  readonly #requests: Requests;
  readonly #peers = new Peers();
  readonly #outgoing = new Fifo<Uint8Array>();
  readonly #events = new Fifo<TurnEvent>();
  readonly #data: PeerData = { address: "", port: 0, data: new Uint8Array(0) };
  #state: State = { name: "new" };
  /** An allocation that somebody has left here was given back, or was to be. */
  #cleared = false;

  constructor(options: TurnClientOptions) {
    this.#random = options.random;
    this.#log = options.log;
    this.#stream = options.stream;
    this.#relayTransport = options.relayTransport ?? "udp";
    this.#credentials = new LongTermCredentials(options.crypto, options.username, options.password);
    this.#requests = new Requests({ ...DEFAULT_TURN_TIMING, ...options.timing }, options.stream);
  }

  get allocated(): boolean {
    return this.#state.name === "allocated";
  }

  /** Asks for an allocation. Once. */
  start(now: Instant): void {
    if (this.#state.name === "new") this.#allocate(now, "both", 0);
  }

  /**
   * Takes a datagram from the server, or one frame of the stream. Returns what a peer has sent in it, if anything. Never
   * throws on what the server sends.
   */
  receive(now: Instant, message: Uint8Array): PeerData | undefined {
    if (isChannelData(message)) return this.#channelData(message);
    const stun = StunMessage.parse(message, MAX_MESSAGE_LENGTH);
    if (stun instanceof Malformed) {
      this.statistics.droppedMalformed++;
      return undefined;
    }
    switch (stun.messageClass) {
      case "indication":
        if (stun.method === CONNECTION_ATTEMPT) return this.#connectionAttempt(stun);
        return stun.method === DATA_INDICATION ? this.#dataIndication(stun) : this.#unexpected();
      case "success":
      case "error":
        this.#answered(now, stun);
        return undefined;
      default:
        return this.#unexpected();
    }
  }

  /** True when this STUN message answers a request of this client: for ways that others use too. */
  expects(transactionId: Uint8Array): boolean {
    return this.#requests.find(transactionId) !== undefined;
  }

  /**
   * Asks for permission to hear an address, so that it is there when something is to be sent (RFC 8656 §9.1). `alone`: not
   * together with others, because the server may well refuse this one.
   */
  permit(now: Instant, address: string, alone = false): void {
    const permission = this.#state.name === "allocated" ? this.#peers.want(now, address) : undefined;
    if (alone && permission !== undefined) permission.alone = true;
  }

  /** Binds a channel: data to this peer costs four bytes from then on (RFC 8656 §12.1). */
  bindChannel(now: Instant, address: string, port: number): void {
    if (this.#state.name !== "allocated" || this.#peers.channelOf(address, port) !== undefined) return;
    if (this.#requests.full || parseIpAddress(address) === undefined) return;
    const channel = this.#peers.addChannel(address, port);
    if (channel !== undefined) this.#requestChannel(now, channel);
  }

  /**
   * Asks for a connection with a peer (RFC 6062 §4.3); a "connection" or "connect-failed" event with that number answers. False:
   * nothing can be asked for now.
   */
  connect(now: Instant, attempt: number, address: string, port: number): boolean {
    if (this.#state.name !== "allocated" || this.#requests.full) return false;
    if (parseIpAddress(address) === undefined) return false;
    this.#request(now, { kind: "connect", attempt, address, port }, 0);
    return true;
  }

  /** What binds a connection of ours to that of a peer, from a "connection" event. */
  bind(connection: number): ConnectionBind {
    return new ConnectionBind(this.#random, this.#credentials.copy(), connection);
  }

  /**
   * Wraps data for a peer. It lies in `out` behind `RELAY_HEADROOM` bytes and is `length` bytes long; the message replaces
   * it. Returns the message's length; 0: nothing to send now (it waits for a permission, or was dropped).
   */
  wrap(now: Instant, address: string, port: number, out: Uint8Array, length: number): number {
    if (this.#state.name !== "allocated") return 0;
    const permission = this.#peers.want(now, address);
    if (permission === undefined || permission.state === "refused") {
      this.statistics.droppedToPeers++;
      return 0;
    }
    permission.lastUsed = now;
    const channel = this.#peers.channelOf(address, port);
    if (channel?.state === "bound") return writeChannelData(out, channel.number, length, this.#stream);
    // Right behind the request, without waiting for its answer: what overtakes it is lost, as datagrams are.
    if (permission.state !== "wanted") return this.#writeSend(out, permission, port, length);
    const data = out.subarray(CHANNEL_HEADER_LENGTH, CHANNEL_HEADER_LENGTH + length);
    if (!this.#peers.wait(permission, port, data)) this.statistics.droppedToPeers++;
    return 0;
  }

  /** Writes the next message of the client's own into `out`; 0: nothing owed. */
  pollTransmit(now: Instant, out: Uint8Array): number {
    this.#requestPermissions(now);
    const bytes = this.#outgoing.shift() ?? this.#requests.nextDue(now);
    if (bytes === undefined) return 0;
    out.set(bytes);
    return bytes.length;
  }

  pollEvent(): TurnEvent | undefined {
    return this.#events.shift();
  }

  handleTimeout(now: Instant): void {
    for (
      let ended = this.#requests.takeExpired(now);
      ended !== undefined;
      ended = this.#requests.takeExpired(now)
    ) {
      this.#unanswered(now, ended);
    }
    const state = this.#state;
    if (state.name !== "allocated") return;
    if (state.expiresAt <= now) {
      this.#end({ type: "lost", errorCode: UNREACHABLE, reason: "the allocation was not renewed" });
      return;
    }
    if (state.refreshAt <= now && !this.#requests.full) {
      state.refreshAt = NEVER;
      this.#request(now, { kind: "refresh", lifetime: DEFAULT_LIFETIME }, 0);
    }
    this.#renewPeers(now);
  }

  nextTimeout(): Instant {
    let next = this.#outgoing.length > 0 ? Number.NEGATIVE_INFINITY : this.#requests.next();
    const state = this.#state;
    if (state.name !== "allocated") return next;
    next = Math.min(next, state.refreshAt, state.expiresAt);
    for (const { refreshAt, state: permission } of this.#peers.permissions) {
      if (permission === "wanted" && !this.#requests.full) return Number.NEGATIVE_INFINITY;
      if (refreshAt < next) next = refreshAt;
    }
    for (const { refreshAt } of this.#peers.channels) if (refreshAt < next) next = refreshAt;
    return next;
  }

  /** Gives the allocation back (RFC 8656 §8.1); what `pollTransmit` has after that is the last. */
  close(): void {
    const had = this.#state.name === "allocated" || this.#state.name === "allocating";
    this.#end(undefined);
    if (!had || !this.#credentials.challenged) return;
    const id = randomBytes(this.#random, TRANSACTION_ID_LENGTH);
    const bytes = buildRequest(this.#credentials, id, { kind: "refresh", lifetime: 0 });
    if (bytes.length > 0) this.#outgoing.push(bytes);
  }

  /** The way to the server is gone. */
  disconnected(reason: string): void {
    if (this.#state.name === "allocated") this.#end({ type: "lost", errorCode: UNREACHABLE, reason });
    else if (this.#state.name !== "ended") this.#end({ type: "failed", errorCode: UNREACHABLE, reason });
  }

  #allocate(now: Instant, families: Families, nonceChanges: number): void {
    this.#state = { name: "allocating", families };
    this.#request(now, { kind: "allocate", families, transport: this.#relayTransport }, nonceChanges);
  }

  #request(now: Instant, purpose: RequestPurpose, nonceChanges: number): void {
    const id = randomBytes(this.#random, TRANSACTION_ID_LENGTH);
    const bytes = buildRequest(this.#credentials, id, purpose);
    // Too long for the buffer: names and nonces of a size that no server of use has.
    if (bytes.length === 0)
      this.#end({ type: "failed", errorCode: UNREACHABLE, reason: "credentials too long" });
    else
      this.#requests.begin(now, { id, bytes, purpose, signed: this.#credentials.challenged, nonceChanges });
  }

  #answered(now: Instant, message: StunMessage): void {
    const request = this.#requests.find(message.transactionId);
    if (request === undefined || METHODS[request.purpose.kind] !== message.method) {
      this.statistics.droppedUnexpected++;
      return;
    }
    const code = message.messageClass === "error" ? (message.errorCode?.code ?? 0) : undefined;
    if (!this.#isAuthentic(request, message, code)) {
      this.statistics.droppedUnauthenticated++;
      return;
    }
    this.#requests.take(message.transactionId);
    if (code === undefined) this.#succeeded(now, request, message);
    else if (code === UNAUTHENTICATED || code === STALE_NONCE) this.#challenged(now, request, message, code);
    else this.#refused(now, request, message, code);
  }

  /**
   * Answers to signed requests are signed. Not the challenges themselves, and not every server signs every refusal: a
   * refusal to allocate costs nothing that whoever can forge it could not take anyway (RFC 8489 §9.2.5).
   */
  #isAuthentic(request: Request, message: StunMessage, code: number | undefined): boolean {
    if (!request.signed) return true;
    const integrity = this.#credentials.verify(message);
    if (integrity !== "absent") return integrity === "right";
    const mayBeUnsigned =
      code === UNAUTHENTICATED || code === STALE_NONCE || request.purpose.kind === "allocate";
    return code !== undefined && mayBeUnsigned;
  }

  #challenged(now: Instant, request: Request, message: StunMessage, code: number): void {
    const reason = message.errorCode?.reason ?? "";
    const rejected = code === UNAUTHENTICATED && request.signed;
    if (rejected || request.nonceChanges >= MAX_NONCE_CHANGES) {
      this.#failed(now, request, code, reason);
      return;
    }
    const refusal = this.#credentials.accept(message);
    if (refusal !== undefined) this.#failed(now, request, code, refusal.reason);
    else if (request.purpose.kind !== "channel" || this.#peers.channel(request.purpose.channel) !== undefined)
      this.#request(now, request.purpose, request.nonceChanges + 1);
  }

  #succeeded(now: Instant, request: Request, message: StunMessage): void {
    const { purpose } = request;
    switch (purpose.kind) {
      case "allocate":
        this.#allocationGranted(now, message);
        break;
      case "refresh":
        if (this.#state.name === "allocated") this.#setLifetime(now, message);
        else if (this.#state.name === "allocating") this.#allocate(now, this.#state.families, 0);
        break;
      case "permission":
        for (const address of purpose.addresses) this.#permissionGranted(now, address);
        break;
      case "channel": {
        const channel = this.#peers.channel(purpose.channel);
        if (channel === undefined) break;
        channel.state = "bound";
        channel.refreshAt = now + PERMISSION_REFRESH;
        this.#permissionGranted(now, channel.address); // RFC 8656 §12.3: it installs the permission too
        break;
      }
      case "connect": {
        const { attempt, address, port } = purpose;
        const connection = message.u32(CONNECTION_ID);
        if (connection === undefined) this.#failed(now, request, UNREACHABLE, "no connection is named");
        else this.#events.push({ type: "connection", attempt, connection, peer: { address, port } });
        break;
      }
    }
  }

  #refused(now: Instant, request: Request, message: StunMessage, code: number): void {
    const reason = message.errorCode?.reason ?? "";
    const state = this.#state;
    if (state.name === "allocating" && code === TRY_ALTERNATE) {
      const alternate = textOf(message.address(ALTERNATE_SERVER));
      if (alternate !== undefined) this.#end({ type: "redirected", to: alternate });
      else this.#failed(now, request, code, reason);
    } else if (
      state.name === "allocating" &&
      code === ADDRESS_FAMILY_NOT_SUPPORTED &&
      state.families === "both"
    )
      this.#allocate(now, "ipv6-only", 0);
    else if (
      request.purpose.kind === "allocate" &&
      code === ALLOCATION_MISMATCH &&
      request.signed &&
      !this.#cleared
    ) {
      // Whoever had this 5-tuple before has not said goodbye: a crash, most likely of this program. RFC 8656 §7.4 would have
      // us take another 5-tuple, but this one is also that of our host candidate.
      this.#cleared = true;
      this.#request(now, { kind: "refresh", lifetime: 0 }, 0);
    } else this.#failed(now, request, code, reason);
  }

  /**
   * The server is gone, or the way to it is for a while: whoever uses the relay notices by itself (RFC 7675). What lives on at
   * the server until its time is over is asked for again, so that an outage shorter than that costs nothing.
   */
  #unanswered(now: Instant, request: Request): void {
    const { purpose } = request;
    const allocated = this.#state.name === "allocated" ? this.#state : undefined;
    if (allocated !== undefined && purpose.kind === "refresh") allocated.refreshAt = now;
    else if (allocated !== undefined && purpose.kind === "channel") {
      const channel = this.#peers.channel(purpose.channel);
      if (channel !== undefined) channel.refreshAt = now;
    } else if (allocated !== undefined && purpose.kind === "permission") {
      for (const address of purpose.addresses) {
        const permission = this.#peers.permission(address);
        if (permission !== undefined) permission.refreshAt = now;
      }
    } else this.#failed(now, request, UNREACHABLE, "the server does not answer");
  }

  /** A request has come to nothing, for whatever reason. */
  #failed(now: Instant, request: Request, code: number, reason: string): void {
    const { purpose } = request;
    if (this.#log.enabled) this.#log.event("turn.request-failed", { kind: purpose.kind, code });
    if (purpose.kind === "allocate" || this.#state.name === "allocating") {
      this.#end({ type: "failed", errorCode: code, reason });
      return;
    }
    // RFC 8656 §5: 437 says that the server knows of no allocation here, whatever was asked.
    if (purpose.kind === "refresh" || code === ALLOCATION_MISMATCH) {
      this.#end({ type: "lost", errorCode: code, reason });
    } else if (purpose.kind === "permission") this.#permissionsRefused(now, purpose.addresses, code);
    else if (purpose.kind === "connect")
      this.#events.push({ type: "connect-failed", attempt: purpose.attempt, errorCode: code });
    else if (purpose.kind === "channel") {
      const channel = this.#peers.channel(purpose.channel);
      if (channel === undefined) return;
      channel.state = "refused";
      channel.refreshAt = NEVER;
    }
  }

  #allocationGranted(now: Instant, message: StunMessage): void {
    const relayed = relayedAddressesOf(message);
    if (this.#state.name !== "allocating") return;
    if (relayed.length === 0) {
      this.#end({
        type: "failed",
        errorCode: UNREACHABLE,
        reason: "the server's answer holds no relayed address",
      });
      return;
    }
    this.#state = { name: "allocated", refreshAt: NEVER, expiresAt: NEVER };
    this.#setLifetime(now, message);
    this.#events.push({ type: "allocated", relayed, mapped: textOf(message.address(XOR_MAPPED_ADDRESS)) });
  }

  /** Renewed well before the end: a minute, or half of a short life (RFC 8656 §8). */
  #setLifetime(now: Instant, message: StunMessage): void {
    if (this.#state.name !== "allocated") return;
    const seconds = lifetimeOf(message);
    if (seconds === 0) {
      this.#end({ type: "lost", errorCode: UNREACHABLE, reason: "the server has ended the allocation" });
      return;
    }
    const life = seconds * 1000;
    this.#state.refreshAt = now + Math.max(life / 2, life - 60_000);
    this.#state.expiresAt = now + life;
  }

  /** Permissions that are wanted, several in one request. */
  #requestPermissions(now: Instant): void {
    if (this.#state.name !== "allocated" || this.#requests.full) return;
    const addresses: string[] = [];
    for (const permission of this.#peers.permissions) {
      if (permission.state !== "wanted") continue;
      permission.state = "requested";
      if (permission.alone) {
        this.#request(now, { kind: "permission", addresses: [permission.address] }, 0);
        if (this.#requests.full) break;
        continue;
      }
      addresses.push(permission.address);
      if (addresses.length === MAX_PEERS_PER_REQUEST) break;
    }
    if (addresses.length > 0) this.#request(now, { kind: "permission", addresses }, 0);
  }

  #permissionGranted(now: Instant, address: string): void {
    const permission = this.#peers.permission(address);
    if (permission === undefined) return;
    permission.state = "granted";
    permission.refreshAt = now + PERMISSION_REFRESH;
    for (const { port, data } of this.#peers.takeWaiting(permission)) {
      const out = new Uint8Array(data.length + RELAY_OVERHEAD);
      out.set(data, CHANNEL_HEADER_LENGTH);
      const length = this.#writeSend(out, permission, port, data.length);
      if (this.#outgoing.length < MAX_OUTGOING) this.#outgoing.push(out.subarray(0, length));
      else this.statistics.droppedToPeers++;
    }
  }

  /** One address that a server will not relay to spoils a request for several: then each is asked for alone. */
  #permissionsRefused(now: Instant, addresses: readonly string[], code: number): void {
    for (const address of addresses) {
      const permission = this.#peers.permission(address);
      if (permission === undefined) continue;
      if (addresses.length > 1) {
        permission.alone = true;
        permission.state = "wanted";
        continue;
      }
      permission.refreshAt = code === FORBIDDEN ? NEVER : now + PERMISSION_IDLE;
      permission.state = "refused";
      this.#peers.takeWaiting(permission);
      this.#events.push({ type: "peer-refused", address, errorCode: code });
    }
  }

  #renewPeers(now: Instant): void {
    for (const channel of this.#peers.channels) {
      if (channel.refreshAt > now || this.#requests.full) continue;
      channel.refreshAt = NEVER;
      const lastUsed = this.#peers.permission(channel.address)?.lastUsed ?? Number.NEGATIVE_INFINITY;
      if (now - lastUsed < PERMISSION_IDLE) this.#request(now, purposeOf(channel), 0);
      else this.#peers.removeChannel(channel);
    }
    for (const permission of this.#peers.permissions) {
      if (permission.refreshAt > now) continue;
      permission.refreshAt = NEVER;
      const isAsked = permission.state === "granted" || permission.state === "requested";
      if (isAsked && now - permission.lastUsed < PERMISSION_IDLE) this.#renewPermission(now, permission);
      else this.#peers.drop(permission);
    }
  }

  /** It stays granted meanwhile: what is sent under it still gets through. */
  #renewPermission(now: Instant, permission: Permission): void {
    if (this.#requests.full) permission.refreshAt = now + 1000;
    else this.#request(now, { kind: "permission", addresses: [permission.address] }, 0);
  }

  #requestChannel(now: Instant, channel: Channel): void {
    this.#peers.want(now, channel.address);
    this.#request(now, purposeOf(channel), 0);
  }

  #writeSend(out: Uint8Array, { bytes }: Permission, port: number, length: number): number {
    const id = randomBytes(this.#random, TRANSACTION_ID_LENGTH);
    return writeSendIndication(out, id, { address: bytes, port }, length);
  }

  /** RFC 6062 §4.4: only from peers that we have given permission to. */
  #connectionAttempt(message: StunMessage): undefined {
    const peer = textOf(message.address(XOR_PEER_ADDRESS));
    const connection = message.u32(CONNECTION_ID);
    const wanted = this.#relayTransport === "tcp" && peer !== undefined && this.#hears(peer.address);
    if (!wanted || connection === undefined) this.statistics.droppedFromPeers++;
    else this.#events.push({ type: "connection", attempt: undefined, connection, peer });
  }

  /** True for peers that we believe to have given permission to. */
  #hears(address: string): boolean {
    const state = this.#peers.permission(address)?.state;
    return state === "granted" || state === "requested";
  }

  #channelData(message: Uint8Array): PeerData | undefined {
    const number = channelNumberOf(message);
    if (number instanceof Malformed) {
      this.statistics.droppedMalformed++;
      return undefined;
    }
    const channel = this.#peers.channel(number);
    if (channel === undefined || this.#state.name !== "allocated") {
      this.statistics.droppedFromPeers++;
      return undefined;
    }
    this.#data.address = channel.address;
    this.#data.port = channel.port;
    this.#data.data = channelPayload(message);
    return this.#data;
  }

  /** RFC 8656 §11.4: only from peers that we believe to have given permission to. */
  #dataIndication(message: StunMessage): PeerData | undefined {
    const peer = message.address(XOR_PEER_ADDRESS);
    const data = message.value(DATA);
    const address = peer === undefined ? "" : formatIpAddress(peer.address);
    if (
      peer === undefined ||
      data === undefined ||
      !this.#hears(address) ||
      this.#state.name !== "allocated"
    ) {
      this.statistics.droppedFromPeers++;
      return undefined;
    }
    this.#data.address = address;
    this.#data.port = peer.port;
    this.#data.data = data;
    return this.#data;
  }

  #unexpected(): undefined {
    this.statistics.droppedUnexpected++;
    return undefined;
  }

  #end(event: TurnEvent | undefined): void {
    if (this.#state.name === "ended") return;
    this.#state = { name: "ended" };
    this.#requests.clear();
    this.#peers.clear();
    this.#outgoing.clear();
    if (event !== undefined) this.#events.push(event);
  }
}

function purposeOf({ number, address, port }: Channel): RequestPurpose {
  return { kind: "channel", channel: number, address, port };
}
