/**
 * Many connections on one UDP port: a host whose UDP sockets share one real socket per local address. A peer's first check
 * names the connection it is for (the first half of USERNAME, RFC 8445 §7.2.2); once that connection has authenticated the
 * check, all that comes from the peer's address is its own (RFC 7983 needs no more than that).
 */
import type { Instant } from "../core/base/instant.ts";
import { Malformed } from "../core/base/malformed.ts";
import { BINDING, isStun, StunMessage, USERNAME } from "../core/stun/index.ts";
import type { Cancelable, Host, LocalAddress, UdpHandlers, UdpSocket } from "./host.ts";

/** Addresses of peers that one connection is found by; the least recently found goes first. */
export const MAX_PATHS_PER_SOCKET = 64;
/** Requests of one connection whose answers are still recognised. */
export const MAX_REQUESTS_PER_SOCKET = 256;
/** Fragments of one connection: a restart's beside the one before. */
export const MAX_FRAGMENTS_PER_SOCKET = 4;
/** A peer's address stays with the connection that has shown last, this long ago at the most, that it is its own (RFC 7675). */
export const PATH_LIFETIME = 30_000;

/** A Binding success response: sent only to whoever has proved to know our password (RFC 8445 §7.3). */
const BINDING_SUCCESS = 0x0101;
const TRANSACTION_ID = 8;
const STUN_HEADER = 20;

/** Counted and dropped, by reason. */
export interface SharedUdpPortDrops {
  /** Checks that name no connection of this port. */
  unknownFragment: number;
  /** Answers to nothing that was asked. */
  unknownTransaction: number;
  /** Anything else from addresses that no connection has authenticated. */
  unknownSource: number;
}

interface Holding {
  readonly socket: SharedSocket;
  /** When its owner has last shown that the path is its own. */
  at: Instant;
}

/** Who is where behind one real socket. All tables are bounded by the number of connections. */
class Directory {
  readonly fragments = new Map<string, SharedSocket>();
  readonly requests = new Map<string, SharedSocket>();
  readonly paths = new Map<string, Holding>();
}

/** What one connection has for its socket. */
class SharedSocket implements UdpSocket {
  readonly address: string;
  readonly port: number;
  readonly handlers: UdpHandlers;
  readonly #real: UdpSocket;
  readonly #directory: Directory;
  readonly #now: () => Instant;
  readonly #closing: (socket: SharedSocket) => void;
  readonly #fragments: string[] = [];
  readonly #requests: string[] = [];
  readonly #paths = new Set<string>();
  /** Where it has sent last what only goes to proved addresses, and as whose: peers come in runs. */
  #lastAddress = "";
  #lastPort = 0;
  #lastHolding: Holding | undefined;
  #closed = false;

  constructor(real: Real, udp: UdpSocket, handlers: UdpHandlers, now: () => Instant) {
    this.address = udp.address;
    this.port = udp.port;
    this.handlers = handlers;
    this.#real = udp;
    this.#directory = real.directory;
    this.#now = now;
    this.#closing = (socket) => real.sockets.delete(socket);
    real.sockets.add(this);
  }

  expect(usernameFragment: string): void {
    if (this.#closed || this.#fragments.includes(usernameFragment)) return;
    this.#fragments.push(usernameFragment);
    this.#directory.fragments.set(usernameFragment, this);
    if (this.#fragments.length > MAX_FRAGMENTS_PER_SOCKET) this.#forgetFragment(this.#fragments.shift()!);
  }

  send(datagram: Uint8Array, length: number, address: string, port: number): boolean {
    if (this.#closed) return true;
    // DTLS and SRTP go only where a check was answered; of STUN only the answer to a good check proves as much.
    if (!isStun(datagram)) this.#hold(address, port);
    else if (((datagram[0]! << 8) | datagram[1]!) === BINDING_SUCCESS) this.#hold(address, port);
    else if ((datagram[0]! & 1) === 0 && (datagram[1]! & 0x10) === 0) this.#remember(requestKey(datagram));
    return this.#real.send(datagram, length, address, port);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing(this);
    for (const fragment of this.#fragments) this.#forgetFragment(fragment);
    for (const request of this.#requests) this.#directory.requests.delete(request);
    for (const path of this.#paths) this.#forgetPath(path);
  }

  /** The path from that address is this connection's, unless another one holds it. */
  #hold(address: string, port: number): void {
    const now = this.#now();
    const { paths } = this.#directory;
    if (this.#lastPort === port && this.#lastAddress === address && this.#lastHolding?.socket === this) {
      this.#lastHolding.at = now;
      return;
    }
    const key = pathKey(address, port);
    const held = paths.get(key);
    const taken = held !== undefined && held.socket !== this && !held.socket.#isOfSame(this);
    if (taken && now - held.at < PATH_LIFETIME) return;
    if (held !== undefined && held.socket !== this) held.socket.#losePath(key);
    const holding = held?.socket === this ? held : { socket: this, at: now };
    holding.at = now;
    paths.set(key, holding);
    this.#paths.delete(key);
    this.#paths.add(key);
    if (this.#paths.size > MAX_PATHS_PER_SOCKET) {
      const [oldest = ""] = this.#paths;
      this.#losePath(oldest);
      this.#forgetPath(oldest);
    }
    [this.#lastAddress, this.#lastPort, this.#lastHolding] = [address, port, holding];
  }

  /** A restart opens other sockets for the same connection, and tells both the new fragment. */
  #isOfSame(other: SharedSocket): boolean {
    return this.#fragments.some((fragment) => other.#fragments.includes(fragment));
  }

  #losePath(key: string): void {
    this.#paths.delete(key);
    this.#lastHolding = undefined;
  }

  #remember(request: string): void {
    const { requests } = this.#directory;
    if (requests.has(request)) return; // repeated
    requests.set(request, this);
    this.#requests.push(request);
    if (this.#requests.length > MAX_REQUESTS_PER_SOCKET) requests.delete(this.#requests.shift()!);
  }

  #forgetFragment(fragment: string): void {
    const { fragments } = this.#directory;
    if (fragments.get(fragment) === this) fragments.delete(fragment);
  }

  #forgetPath(key: string): void {
    const { paths } = this.#directory;
    if (paths.get(key)?.socket === this) paths.delete(key);
  }
}

/** One real socket, and all that share it. */
interface Real {
  readonly directory: Directory;
  readonly sockets: Set<SharedSocket>;
  /** Undefined while it is being bound. */
  udp: UdpSocket | undefined;
  readonly waiting: Set<(udp: UdpSocket | undefined, errorCode: string | undefined) => void>;
  binding: Cancelable | undefined;
}

/** How a {@link SharedUdpPort} is set up. */
export interface SharedUdpPortOptions {
  /** The port, on every local address; 0 or absent: one that is free, on each address another. */
  readonly port?: number;
}

/**
 * A host like the one given, but that all connections made on it share one UDP port (`withRealm`). Its sockets stay open
 * until `close`. Two connections cannot share a peer's address and port: of two ends only one may be behind a shared port.
 */
export class SharedUdpPort implements Host {
  readonly drops: SharedUdpPortDrops = { unknownFragment: 0, unknownTransaction: 0, unknownSource: 0 };
  readonly #host: Host;
  readonly #port: number;
  /** By local address. */
  readonly #reals = new Map<string, Real>();
  #closed = false;

  constructor(host: Host, options: SharedUdpPortOptions = {}) {
    this.#host = host;
    this.#port = options.port ?? 0;
  }

  /** Every port in use, by local address. */
  get ports(): ReadonlyMap<string, number> {
    const bound = [...this.#reals].filter(([, { udp }]) => udp !== undefined);
    return new Map(bound.map(([address, { udp }]) => [address, udp!.port]));
  }

  /** Closes the real sockets; connections that still use them hear and say nothing any more. */
  close(): void {
    this.#closed = true;
    for (const real of this.#reals.values()) {
      real.binding?.cancel();
      real.udp?.close();
    }
    this.#reals.clear();
  }

  bindUdp(
    local: LocalAddress,
    _port: number,
    handlers: UdpHandlers,
    done: (socket: UdpSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    let shared: SharedSocket | undefined;
    let wanted = true;
    const real = this.#realAt(local);
    const answer = (udp: UdpSocket | undefined, errorCode: string | undefined) => {
      real.waiting.delete(answer);
      if (!wanted) return;
      if (udp === undefined) {
        done(undefined, errorCode);
        return;
      }
      shared = new SharedSocket(real, udp, handlers, () => this.#host.now());
      done(shared, undefined);
    };
    if (real.udp !== undefined || this.#closed) answer(real.udp, "EBADF");
    else real.waiting.add(answer);
    return {
      cancel() {
        wanted = false;
        shared?.close();
      },
    };
  }

  #realAt(local: LocalAddress): Real {
    const known = this.#reals.get(local.address);
    if (known !== undefined) return known;
    const real: Real = {
      directory: new Directory(),
      sockets: new Set(),
      udp: undefined,
      waiting: new Set(),
      binding: undefined,
    };
    if (this.#closed) return real;
    this.#reals.set(local.address, real);
    const handlers: UdpHandlers = {
      message: (datagram, address, port) => this.#route(real.directory, datagram, address, port),
      error: (code, fatal) => {
        if (fatal) this.#reals.delete(local.address);
        // Nobody can tell whose datagram it was.
        if (fatal) for (const socket of [...real.sockets]) socket.handlers.error(code, fatal);
      },
    };
    real.binding = this.#host.bindUdp(local, this.#port, handlers, (udp, errorCode) => {
      real.udp = udp;
      if (udp === undefined) this.#reals.delete(local.address);
      for (const answer of [...real.waiting]) answer(udp, errorCode);
    });
    return real;
  }

  #route(directory: Directory, datagram: Uint8Array, address: string, port: number): void {
    const owner = isStun(datagram)
      ? this.#ownerOfStun(directory, datagram)
      : directory.paths.get(pathKey(address, port))?.socket;
    if (owner !== undefined) owner.handlers.message(datagram, address, port);
    else if (!isStun(datagram)) this.drops.unknownSource++;
  }

  #ownerOfStun(directory: Directory, datagram: Uint8Array): SharedSocket | undefined {
    const message = StunMessage.parse(datagram);
    if (message instanceof Malformed) return undefined;
    if (message.method === BINDING && message.messageClass === "request") {
      const fragment = message.text(USERNAME)?.split(":", 1)[0] ?? "";
      const owner = directory.fragments.get(fragment);
      if (owner === undefined) this.drops.unknownFragment++;
      return owner;
    }
    const owner = directory.requests.get(requestKey(datagram));
    if (owner === undefined) this.drops.unknownTransaction++;
    return owner;
  }

  get crypto() {
    return this.#host.crypto;
  }

  get log() {
    return this.#host.log;
  }

  get timeOrigin() {
    return this.#host.timeOrigin;
  }

  now: Host["now"] = () => this.#host.now();
  wallClock: Host["wallClock"] = () => this.#host.wallClock();
  localAddresses: Host["localAddresses"] = () => this.#host.localAddresses();
  watchAddresses: Host["watchAddresses"] = (changed) => this.#host.watchAddresses(changed);
  connectStream: Host["connectStream"] = (...args) => this.#host.connectStream(...args);
  listenStreams: Host["listenStreams"] = (...args) => this.#host.listenStreams(...args);
  setTimer: Host["setTimer"] = (...args) => this.#host.setTimer(...args);
  queueTask: Host["queueTask"] = (task) => this.#host.queueTask(task);
  resolve: Host["resolve"] = (...args) => this.#host.resolve(...args);
  resolveMdns: Host["resolveMdns"] = (...args) => this.#host.resolveMdns(...args);
  publishMdns: Host["publishMdns"] = (...args) => this.#host.publishMdns(...args);
}

function pathKey(address: string, port: number): string {
  return `${address} ${port}`;
}

/** A transaction id as a key. */
function requestKey(message: Uint8Array): string {
  let key = "";
  for (let i = TRANSACTION_ID; i < STUN_HEADER; i++) key += String.fromCharCode(message[i]!);
  return key;
}
