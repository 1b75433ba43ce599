import type { Duration, Instant } from "../core/base/instant.ts";
import { formatIpAddress, type IpFamily, parseIpAddress } from "../core/base/ip-address.ts";
import { type Log, SILENT } from "../core/base/log.ts";
import type { CryptoProvider } from "../core/crypto/provider.ts";
import type {
  Cancelable,
  Host,
  LocalAddress,
  StreamHandlers,
  StreamListener,
  StreamSocket,
  StreamTarget,
  UdpHandlers,
  UdpSocket,
} from "../host/host.ts";
import type { Surroundings } from "./clock.ts";
import { canonical, type DnsTable, MDNS_TIMEOUT } from "./names.ts";
import type { Network, NetworkNode } from "./network.ts";
import type { Packet } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { simCrypto } from "./sim-crypto.ts";
import { ADDRESS_NOTICE, freeAddresses, type SimAddress, SimInterfaces } from "./sim-interfaces.ts";
import { SimProbes, unreachableFor } from "./sim-probes.ts";
import { SimStreams } from "./sim-streams.ts";
import { SimUdpSocket, type SocketOwner } from "./sim-udp-socket.ts";

/** How a simulated host is set up. */
export interface SimHostOptions {
  /** Texts are addresses in the world's `internet`. Default: one IPv4 and one IPv6 address that nobody has. */
  readonly addresses?: readonly (string | SimAddress)[];
  /** Default: the world's. */
  readonly crypto?: CryptoProvider;
  readonly log?: Log;
  /** Whether 127.0.0.1 and ::1 exist, as they do on every real machine. Default true. */
  readonly loopback?: boolean;
  /** What this host's monotonic clock says when the world begins: instants of two hosts must never be compared. */
  readonly clockOrigin?: Instant;
}

/** First of the ports that bind with port 0 takes from (RFC 6335 §6, dynamic ports). */
export const EPHEMERAL_PORTS_FROM = 49_152;
/** How long an mDNS answer takes on a link (RFC 6762 §6 allows responders to wait up to 120 ms). */
export const MDNS_LATENCY: Duration = 20;
/** Time a datagram takes from a host to itself. */
export const LOOPBACK_LATENCY: Duration = 0.05;
/** Bytes a frozen host's sockets hold for it, all together. */
export const FROZEN_RECEIVE_LIMIT = 1024 * 1024;

/** What a world gives its hosts beside time. */
export interface HostSurroundings extends Surroundings {
  readonly dns: DnsTable;
  readonly internet: Network;
  readonly crypto: CryptoProvider | undefined;
  /** Milliseconds since 1970 at which the world began. */
  readonly epoch: number;
  hosts(): Iterable<SimHost>;
}

/** A machine made of nothing. Everything it does is an event of its world. */
export class SimHost implements Host, NetworkNode {
  readonly name: string;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  /** Added to the wall clock only: a host whose date is wrong, or changes. */
  wallClockOffset: Duration = 0;
  readonly #world: HostSurroundings;
  readonly #random: SeededRandom;
  readonly #clockOrigin: Instant;
  readonly #interfaces = new SimInterfaces();
  /** By "address port". */
  readonly #sockets = new Map<string, SimUdpSocket>();
  readonly #streams: SimStreams;
  readonly #probes = new SimProbes({
    bind: (local, handlers, done) => this.bindUdp(local, 0, handlers, done),
    send: (packet) => void this.#transmit(packet),
    after: (delay, run) => this.#schedule(this.#world.clock.now + delay, "probe", run),
  });
  readonly #mdnsNames = new Map<string, string>();
  readonly #addressWatches = new Set<() => void>();
  readonly #owner: SocketOwner;
  #frozenUntil: Instant = 0;
  #frozenBytes = 0;

  constructor(name: string, options: SimHostOptions, world: HostSurroundings) {
    this.name = name;
    this.#world = world;
    this.#random = world.random(`ports ${name}`);
    this.#clockOrigin = options.clockOrigin ?? 0;
    this.log = options.log ?? SILENT;
    this.crypto = simCrypto(name, options.crypto ?? world.crypto, world);
    this.#owner = {
      transmit: (packet) => this.#transmit(packet),
      later: (kind, run) => void this.#schedule(world.clock.now, kind, run),
      released: (socket) => void this.#sockets.delete(`${socket.address} ${socket.port}`),
      internalError: (error) => this.log.event("internal-error", { where: "udp", error: String(error) }),
    };
    this.#streams = new SimStreams(this.#random, {
      get now() {
        return world.clock.now;
      },
      transmit: (packet) => this.#transmit(packet),
      schedule: (at, kind, run) => this.#schedule(at, kind, run),
      internalError: (error) => this.log.event("internal-error", { where: "stream", error: String(error) }),
      addressTowards: (address) => this.#interfaces.towards(address),
      isUp: (address) => this.#interfaces.isUp(address),
    });
    if (options.loopback !== false) {
      this.#addInterface("127.0.0.1", "lo", undefined);
      this.#addInterface("::1", "lo", undefined);
    }
    for (const entry of options.addresses ?? freeAddresses(world.internet)) this.addAddress(entry);
  }

  /** A new address, as when a network is joined. */
  addAddress(entry: string | SimAddress): void {
    const { address, interfaceName, network } =
      typeof entry === "string" ? { address: entry, interfaceName: undefined, network: undefined } : entry;
    const name = interfaceName ?? `eth${this.#interfaces.count}`;
    this.#addInterface(canonical(address), name, network ?? this.#world.internet);
  }

  /** The address is gone for good; sockets bound to it stay, and their sends fail. */
  removeAddress(address: string): void {
    const removed = this.#interfaces.remove(canonical(address));
    if (removed === undefined) throw new RangeError(`${this.name} has no address ${address}`);
    removed.network?.detach(removed.address);
    this.#addressesChanged();
  }

  /** Takes all addresses of an interface down or up again: cable pulled, Wi-Fi lost. */
  setInterfaceUp(interfaceName: string, up: boolean): void {
    if (!this.#interfaces.setUp(interfaceName, up))
      throw new RangeError(`${this.name} has no interface ${interfaceName}`);
    this.#addressesChanged();
  }

  /** The host does nothing for `duration` ms, as after SIGSTOP: its timers are late and its datagrams wait. */
  freeze(duration: Duration): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.clock.now + duration);
  }

  /** Answers for an mDNS name on every network that `address` is attached to. */
  publishMdns(name: string, address: string): Cancelable {
    this.#mdnsNames.set(name.toLowerCase(), canonical(address));
    return { cancel: () => this.withdrawMdns(name) };
  }

  withdrawMdns(name: string): void {
    this.#mdnsNames.delete(name.toLowerCase());
  }

  now(): Instant {
    return this.#clockOrigin + this.#world.clock.now;
  }

  get timeOrigin(): number {
    return this.#world.epoch - this.#clockOrigin;
  }

  wallClock(): number {
    return this.#world.epoch + this.#world.clock.now + this.wallClockOffset;
  }

  localAddresses(): LocalAddress[] {
    return this.#interfaces.localAddresses();
  }

  watchAddresses(changed: () => void): Cancelable {
    const watch = () => changed();
    this.#addressWatches.add(watch);
    return { cancel: () => void this.#addressWatches.delete(watch) };
  }

  /** UDP sockets that are bound now. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  bindUdp(
    local: LocalAddress,
    port: number,
    handlers: UdpHandlers,
    done: (socket: UdpSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    let socket: SimUdpSocket | undefined;
    const result = this.#choosePort(local.address, port);
    if (typeof result === "number") {
      socket = new SimUdpSocket(local.address, result, handlers, this.#owner);
      this.#sockets.set(`${local.address} ${result}`, socket);
    }
    // On a later event, unlike Node's host, so that callers learn to live with both.
    const answer = this.#schedule(this.#world.clock.now, "bind", () =>
      done(socket, typeof result === "string" ? result : undefined),
    );
    return {
      cancel() {
        answer.cancel();
        socket?.close();
      },
    };
  }

  probeUdp(
    local: LocalAddress,
    address: string,
    port: number,
    datagram: Uint8Array,
    done: (errorCode: string | undefined) => void,
  ): Cancelable {
    return this.#probes.start({ local, address, port, datagram }, done);
  }

  connectStream(
    target: StreamTarget,
    handlers: StreamHandlers,
    done: (stream: StreamSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    return this.#streams.connect(target, handlers, done);
  }

  /** `tlsNames`: the listener speaks TLS, with a certificate for these names. */
  listenStreams(
    local: LocalAddress,
    port: number,
    accept: (stream: StreamSocket) => StreamHandlers | undefined,
    done: (listener: StreamListener | undefined, errorCode: string | undefined) => void,
    tlsNames?: readonly string[],
  ): Cancelable {
    return this.#streams.listen(local, port, accept, done, tlsNames);
  }

  setTimer(at: Instant, wake: () => void, _keepAlive: boolean): Cancelable {
    if (at === Number.POSITIVE_INFINITY) return { cancel() {} };
    return this.#schedule(at - this.#clockOrigin, "timer", wake);
  }

  queueTask(task: () => void): void {
    this.#schedule(this.#world.clock.now, "task", task);
  }

  resolve(name: string, family: IpFamily, done: (addresses: readonly string[]) => void): Cancelable {
    const literal = parseIpAddress(name);
    const { addresses, latency } =
      literal === undefined
        ? this.#world.dns.look(name, family)
        : {
            addresses: (literal.length === 4) === (family === 4) ? [formatIpAddress(literal)] : [],
            latency: 0,
          };
    return this.#schedule(this.#world.clock.now + latency, "dns", () => done(addresses));
  }

  resolveMdns(name: string, done: (addresses: readonly string[]) => void): Cancelable {
    const address = this.#findMdns(name.toLowerCase());
    const at = this.#world.clock.now + (address === undefined ? MDNS_TIMEOUT : MDNS_LATENCY);
    return this.#schedule(at, "mdns", () => done(address === undefined ? [] : [address]));
  }

  receive(packet: Packet, network: Network | undefined): void {
    if (this.#frozenUntil > this.#world.clock.now) {
      this.#hold(packet, network);
      return;
    }
    if (!this.#interfaces.isUp(packet.destinationAddress)) {
      this.#world.note("dropped", this.name, packet, "interface-down");
      return;
    }
    if (packet.segment !== undefined) {
      this.#world.note("delivered", this.name, packet);
      this.#streams.deliver(packet, packet.segment);
      return;
    }
    const socket = this.#sockets.get(`${packet.destinationAddress} ${packet.destinationPort}`);
    if (socket === undefined) {
      this.#world.note("dropped", this.name, packet, "no-socket");
      if (packet.probe === true) this.#transmit(unreachableFor(packet));
      return;
    }
    this.#world.note("delivered", this.name, packet);
    if (packet.unreachable === true) this.#probes.refused(packet);
    else socket.deliver(packet);
  }

  #addInterface(address: string, interfaceName: string, network: Network | undefined): void {
    if (this.#interfaces.find(address) !== undefined) {
      throw new RangeError(`${this.name} has ${address} already`);
    }
    network?.attach(address, this);
    this.#interfaces.add(address, interfaceName, network);
    this.#addressesChanged();
  }

  /** Some systems notice at once, others look now and then: {@link ADDRESS_NOTICE}. */
  #addressesChanged(): void {
    for (const watch of this.#addressWatches) {
      this.#schedule(this.#world.clock.now + ADDRESS_NOTICE, "addresses", () => {
        if (this.#addressWatches.has(watch)) watch();
      });
    }
  }

  /** A port to bind to, or an error code. */
  #choosePort(address: string, wanted: number): number | string {
    if (!this.#interfaces.isUp(address)) return "EADDRNOTAVAIL";
    if (wanted !== 0) return this.#sockets.has(`${address} ${wanted}`) ? "EADDRINUSE" : wanted;
    const count = 65_536 - EPHEMERAL_PORTS_FROM;
    const start = this.#random.below(count);
    for (let i = 0; i < count; i++) {
      const port = EPHEMERAL_PORTS_FROM + ((start + i) % count);
      if (!this.#sockets.has(`${address} ${port}`)) return port;
    }
    return "EADDRINUSE";
  }

  #transmit(packet: Packet): string | undefined {
    const local = this.#interfaces.find(packet.sourceAddress);
    if (local === undefined || !local.up) return "ENETUNREACH";
    const own = this.#interfaces.find(packet.destinationAddress) !== undefined;
    if (!own && local.network === undefined) return "EINVAL"; // as Linux answers when a loopback socket sends out
    this.#world.note("sent", this.name, packet);
    if (own)
      this.#schedule(this.#world.clock.now + LOOPBACK_LATENCY, "packet", () =>
        this.receive(packet, undefined),
      );
    else local.network?.send(packet, this);
    return undefined;
  }

  #hold(packet: Packet, network: Network | undefined): void {
    const { length } = packet.payload;
    if (this.#frozenBytes + length > FROZEN_RECEIVE_LIMIT) {
      this.#world.note("dropped", this.name, packet, "receive-buffer-full");
      return;
    }
    this.#frozenBytes += length;
    this.#world.clock.schedule(this.#frozenUntil, "packet", this.name, () => {
      this.#frozenBytes -= length;
      this.receive(packet, network);
    });
  }

  #findMdns(name: string): string | undefined {
    for (const host of this.#world.hosts()) {
      const address = host.#mdnsNames.get(name);
      if (address === undefined) continue;
      if (host === this) return address;
      const published = host.#interfaces.find(address);
      if (published?.up && published.network !== undefined && this.#interfaces.isIn(published.network))
        return address;
    }
    return undefined;
  }

  /** An event of this host: not before a freeze ends. */
  #schedule(at: Instant, kind: string, run: () => void): Cancelable {
    let pending: Cancelable;
    const attempt = () => {
      if (this.#frozenUntil > this.#world.clock.now) {
        pending = this.#world.clock.schedule(this.#frozenUntil, kind, this.name, attempt);
      } else run();
    };
    pending = this.#world.clock.schedule(at, kind, this.name, attempt);
    return { cancel: () => pending.cancel() };
  }
}
