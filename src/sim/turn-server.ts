/**
 * A TURN server for simulated worlds (RFC 8656): UDP relays over UDP, TCP and TLS, long-term credentials with MD5 or SHA-256,
 * permissions, channels, lifetimes. It also answers Binding requests. For tests: it trusts its world and limits little.
 */
import type { Duration } from "../core/base/instant.ts";
import { parseIpAddress } from "../core/base/ip-address.ts";
import { Malformed } from "../core/base/malformed.ts";
import {
  ADDITIONAL_ADDRESS_FAMILY,
  ALTERNATE_SERVER,
  BINDING,
  CHANNEL_NUMBER,
  DATA,
  LIFETIME,
  MAX_MESSAGE_LENGTH,
  type MessageClass,
  REQUESTED_ADDRESS_FAMILY,
  REQUESTED_TRANSPORT,
  StunMessage,
  StunMessageBuilder,
  type TransportAddress,
  XOR_MAPPED_ADDRESS,
  XOR_PEER_ADDRESS,
  XOR_RELAYED_ADDRESS,
} from "../core/stun/index.ts";
import { StreamFrames } from "../core/turn/index.ts";
import type { LocalAddress, StreamSocket, UdpSocket } from "../host/host.ts";
import type { SimHost } from "./sim-host.ts";
import { Allocation, type RelayOutput } from "./turn-allocation.ts";
import { TurnAuthority } from "./turn-authority.ts";
import { HALF_HEADER, stepOf, type TurnFault } from "./turn-fault.ts";
import { ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND } from "./turn-methods.ts";

/** RFC 8656 §19.2; {@link TURNS_PORT} for TLS. */
export const TURN_PORT = 3478;
export const TURNS_PORT = 5349;

/** How a simulated TURN server behaves. */
export interface TurnServerOptions {
  readonly username: string;
  readonly password: string;
  /** Default "sim". */
  readonly realm?: string;
  /** For UDP and TCP. Default {@link TURN_PORT}. */
  readonly port?: number;
  /** Default all three; TLS only with `tlsNames`. */
  readonly transports?: readonly ("udp" | "tcp" | "tls")[];
  /** Default {@link TURNS_PORT}. */
  readonly tlsPort?: number;
  /** What its certificate is for. */
  readonly tlsNames?: readonly string[];
  /** Offers SHA-256 beside MD5 (RFC 8489 §9.2). Default false. */
  readonly sha256?: boolean;
  /** Milliseconds after which a nonce is stale. Default 3,600,000. */
  readonly nonceLifetime?: Duration;
  /** Seconds; longer wishes are cut. Default 600. */
  readonly lifetime?: number;
  /** Allocations at once; one more is refused with 486. */
  readonly quota?: number;
  /** Peers that it relays to; others get 403. Default all. */
  readonly allowPeer?: (address: string) => boolean;
  /** Sends every Allocate there (300). */
  readonly alternate?: TransportAddress;
  /** Answers nothing at all. */
  readonly silent?: boolean;
  /** Breaks down on the way. */
  readonly fault?: TurnFault;
}

/** The message being written. One serves all: whatever sends it copies it. */
const out = new Uint8Array(70_000);

/** What {@link startTurnServer} gives. */
export interface RunningTurnServer {
  /** Allocations that live now. */
  readonly allocations: number;
  /** Allocations granted since the start. */
  readonly granted: number;
  /** Datagrams relayed, both directions. */
  readonly relayed: number;
  /** Streams that are open. */
  readonly streams: number;
  /** May be changed on the way. */
  fault: TurnFault | undefined;
  /** Ends all at once: nothing is answered any more, streams break. */
  close(): void;
}

/** Where one client is, and how to answer it. */
interface Client extends RelayOutput {
  readonly key: string;
  readonly address: TransportAddress;
  readonly local: LocalAddress;
  /** Its stream, where it has one. */
  readonly stream?: StreamSocket;
}

/** Serves on every address of a host but loopback, and relays from the same addresses. */
export function startTurnServer(host: SimHost, options: TurnServerOptions): RunningTurnServer {
  return new TurnServer(host, options);
}

class TurnServer implements RunningTurnServer {
  readonly #host: SimHost;
  readonly #options: TurnServerOptions;
  readonly #authority: TurnAuthority;
  readonly #allocations = new Map<string, Allocation>();
  readonly #sockets: UdpSocket[] = [];
  readonly #listeners: { close(): void }[] = [];
  readonly #streams = new Set<StreamSocket>();
  /** Keys of the clients that nothing is answered any more. */
  readonly #stopped = new Set<string>();
  fault: TurnFault | undefined;
  #granted = 0;
  #relayed = 0;
  #open = true;

  constructor(host: SimHost, options: TurnServerOptions) {
    this.#host = host;
    this.#options = options;
    this.#authority = new TurnAuthority(host, options);
    this.fault = options.fault;
    const { transports = ["udp", "tcp", "tls"], port = TURN_PORT, tlsPort = TURNS_PORT, tlsNames } = options;
    for (const local of host.localAddresses()) {
      if (local.loopback) continue;
      if (transports.includes("udp")) this.#listenUdp(local, port);
      if (transports.includes("tcp")) this.#listenStreams(local, port, undefined);
      if (transports.includes("tls") && tlsNames !== undefined) this.#listenStreams(local, tlsPort, tlsNames);
    }
  }

  get allocations(): number {
    return this.#allocations.size;
  }

  get granted(): number {
    return this.#granted;
  }

  get relayed(): number {
    return this.#relayed;
  }

  get streams(): number {
    return this.#streams.size;
  }

  close(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.close();
    for (const listener of this.#listeners) listener.close();
    for (const stream of this.#streams) stream.close();
    for (const allocation of this.#allocations.values()) allocation.close();
    this.#allocations.clear();
  }

  #listenUdp(local: LocalAddress, port: number): void {
    let socket: UdpSocket | undefined;
    const message = (datagram: Uint8Array, address: string, from: number) => {
      const key = `udp ${local.address} ${address} ${from}`;
      const send = (bytes: Uint8Array, length: number) => void socket?.send(bytes, length, address, from);
      const source = { address: parseIpAddress(address)!, port: from };
      this.#handle(datagram, { key, address: source, local, send, padded: false });
    };
    this.#host.bindUdp(local, port, { message, error() {} }, (bound, code) => {
      if (bound === undefined) throw new Error(`TURN server: ${local.address} port ${port}: ${code}`);
      socket = bound;
      this.#sockets.push(bound);
    });
  }

  #listenStreams(local: LocalAddress, port: number, tlsNames: readonly string[] | undefined): void {
    this.#host.listenStreams(
      local,
      port,
      (stream) => {
        this.#streams.add(stream);
        const frames = new StreamFrames();
        const key = `stream ${local.address} ${port} ${stream.remoteAddress} ${stream.remotePort}`;
        const address = { address: parseIpAddress(stream.remoteAddress)!, port: stream.remotePort };
        const send = (bytes: Uint8Array, length: number) => void stream.send(bytes, length);
        const client: Client = { key, address, local, send, padded: true, stream };
        if (this.fault?.at === "connect") this.#breakDown(client, this.fault);
        return {
          data: (bytes) => {
            frames.push(bytes);
            for (let next = frames.next(); next !== undefined; next = frames.next())
              this.#handle(next, client);
          },
          drained() {},
          closed: () => {
            this.#streams.delete(stream);
            this.#remove(key);
          },
        };
      },
      (listener) => void (listener && this.#listeners.push(listener)),
      tlsNames,
    );
  }

  #handle(message: Uint8Array, client: Client): void {
    if (!this.#open || this.#options.silent === true || this.#stopped.has(client.key)) return;
    if (message.length >= 4 && message[0]! >= 0x40 && message[0]! <= 0x4f) {
      if (this.#allocations.get(client.key)?.fromChannel(message) === true) this.#relayed++;
      return;
    }
    const stun = StunMessage.parse(message, MAX_MESSAGE_LENGTH);
    if (stun instanceof Malformed) return;
    if (stun.messageClass === "indication" && stun.method === SEND) {
      const peer = stun.address(XOR_PEER_ADDRESS);
      const data = stun.value(DATA);
      if (peer === undefined || data === undefined) return;
      if (this.#allocations.get(client.key)?.toPeer(peer, data) === true) this.#relayed++;
    } else if (stun.messageClass === "request" && stun.method === BINDING) {
      this.#answer(client, stun, "success", (builder) => {
        builder.xorAddress(XOR_MAPPED_ADDRESS, client.address);
        return false;
      });
    } else if (stun.messageClass === "request") this.#handleRequest(stun, client);
  }

  #handleRequest(request: StunMessage, client: Client): void {
    const { fault } = this;
    if (fault !== undefined && fault.at === stepOf(request)) {
      this.#breakDown(client, fault);
      return;
    }
    const challenge = this.#authority.check(request);
    if (challenge !== undefined) {
      this.#answer(client, request, "error", (builder) => {
        this.#authority.challenge(builder, challenge);
        return false;
      });
      return;
    }
    const code = this.#serve(request, client);
    if (code === undefined) return;
    this.#answer(client, request, "error", (builder) => {
      builder.errorCode(code, "refused");
      if (code === 300 && this.#options.alternate !== undefined)
        builder.address(ALTERNATE_SERVER, this.#options.alternate);
      return true;
    });
  }

  #breakDown({ key, stream, send }: Client, { does }: TurnFault): void {
    if (does === "ignore") return;
    this.#stopped.add(key);
    this.#allocations.get(key)?.close();
    if (does === "half") send(HALF_HEADER, HALF_HEADER.length);
    else if (does === "close") {
      stream?.close();
      if (stream !== undefined) this.#streams.delete(stream);
    }
  }

  /** Undefined: it was answered, or will be. */
  #serve(request: StunMessage, client: Client): number | undefined {
    const allocation = this.#allocations.get(client.key);
    if (request.method === ALLOCATE) return this.#allocate(request, client, allocation);
    if (allocation === undefined) return 437;
    switch (request.method) {
      case REFRESH:
        return this.#refresh(request, client, allocation);
      case CREATE_PERMISSION: {
        const peers = request.addresses(XOR_PEER_ADDRESS);
        if (peers.length === 0) return 400;
        if (!peers.every((peer) => allocation.mayTalkTo(peer))) return 403;
        for (const peer of peers) allocation.permit(peer);
        this.#answer(client, request, "success", () => true);
        return undefined;
      }
      case CHANNEL_BIND: {
        const peer = request.address(XOR_PEER_ADDRESS);
        const number = (request.u32(CHANNEL_NUMBER) ?? 0) >>> 16;
        if (peer === undefined || !allocation.mayTalkTo(peer)) return peer === undefined ? 400 : 403;
        if (!allocation.bind(number, peer)) return 400;
        this.#answer(client, request, "success", () => true);
        return undefined;
      }
      default:
        return 400;
    }
  }

  #allocate(request: StunMessage, client: Client, existing: Allocation | undefined): number | undefined {
    if (this.#options.alternate !== undefined) return 300;
    if (request.u32(REQUESTED_TRANSPORT) === undefined) return 400;
    if (existing !== undefined) return 437;
    if (this.#allocations.size >= (this.#options.quota ?? Number.POSITIVE_INFINITY)) return 486;
    const only = request.u32(REQUESTED_ADDRESS_FAMILY);
    const additional = request.u32(ADDITIONAL_ADDRESS_FAMILY);
    if (only !== undefined && additional !== undefined) return 400;
    const locals = this.#host.localAddresses().filter((local) => !local.loopback);
    const wanted = [only === 0x0200_0000 ? 6 : 4, ...(additional === undefined ? [] : [6])];
    const relays = wanted.flatMap((family) => locals.find((local) => local.family === family) ?? []);
    if (relays[0]?.family !== wanted[0]) return 440;
    const allocation = new Allocation(this.#host, client, relays, {
      allowPeer: this.#options.allowPeer ?? (() => true),
      lifetime: this.#lifetimeFor(request),
      relayed: () => this.#relayed++,
      expired: () => this.#remove(client.key),
    });
    this.#allocations.set(client.key, allocation);
    this.#granted++;
    // The message is borrowed, and the relay's sockets are bound only later.
    const kept = StunMessage.parse(request.bytes.slice(), MAX_MESSAGE_LENGTH) as StunMessage;
    allocation.whenBound((relayed) => {
      this.#answer(client, kept, "success", (builder) => {
        for (const address of relayed) builder.xorAddress(XOR_RELAYED_ADDRESS, address);
        builder.u32(LIFETIME, this.#lifetimeFor(kept)).xorAddress(XOR_MAPPED_ADDRESS, client.address);
        return true;
      });
    });
    return undefined;
  }

  #refresh(request: StunMessage, client: Client, allocation: Allocation): undefined {
    const lifetime = request.u32(LIFETIME) === 0 ? 0 : this.#lifetimeFor(request);
    if (lifetime === 0) this.#remove(client.key);
    else allocation.extend(lifetime);
    this.#answer(client, request, "success", (builder) => {
      builder.u32(LIFETIME, lifetime);
      return true;
    });
  }

  #lifetimeFor(request: StunMessage): number {
    return Math.min(this.#options.lifetime ?? 600, request.u32(LIFETIME) ?? 600);
  }

  #remove(key: string): void {
    this.#allocations.get(key)?.close();
    this.#allocations.delete(key);
  }

  /** `fill` returns true when the answer is to be signed. */
  #answer(
    client: Client,
    request: StunMessage,
    messageClass: MessageClass,
    fill: (builder: StunMessageBuilder) => boolean,
  ): void {
    const builder = new StunMessageBuilder(out, messageClass, request.method, request.transactionId);
    if (fill(builder)) this.#authority.sign(builder, request);
    client.send(out, builder.fingerprint().finish());
  }
}
