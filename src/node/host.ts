import { networkInterfaces } from "node:os";
import type { Instant } from "../core/base/instant.ts";
import type { IpFamily } from "../core/base/ip-address.ts";
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
import { AddressWatch } from "./address-watch.ts";
import { nodeCrypto } from "./crypto.ts";
import { linkMtu } from "./link-mtu.ts";
import { localAddresses } from "./local-addresses.ts";
import { MdnsResolver } from "./mdns-resolver.ts";
import { MdnsResponder } from "./mdns-responder.ts";
import { openResponderSockets } from "./mdns-responder-sockets.ts";
import { openMdnsSockets } from "./mdns-sockets.ts";
import { resolveName } from "./name-resolver.ts";
import { networkType } from "./network-type.ts";
import { connectStream, listenStreams } from "./stream-socket.ts";
import { NodeTimer } from "./timer.ts";
import { probeUdp } from "./udp-probe.ts";
import { bindUdp } from "./udp-socket.ts";

/** What a {@link NodeHost} can be given; everything has a default. */
export interface NodeHostOptions {
  readonly crypto?: CryptoProvider;
  readonly log?: Log;
  /**
   * PEM texts of the certificate authorities that TLS servers (`turns:`) are trusted by, in place of the well-known ones that
   * Node knows.
   */
  readonly certificateAuthorities?: readonly string[];
}

/**
 * The machine that Node.js runs on. Open sockets, queued tasks and timers that ask for it keep the process alive, as an
 * open page keeps its connections; when they are gone the process ends by itself.
 */
export class NodeHost implements Host {
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly timeOrigin: number = performance.timeOrigin;
  readonly #mdns: MdnsResolver;
  readonly #responder: MdnsResponder;
  readonly #addressWatch = new AddressWatch(() => this.localAddresses());
  readonly #certificateAuthorities: readonly string[] | undefined;

  constructor(options: NodeHostOptions = {}) {
    this.crypto = options.crypto ?? nodeCrypto;
    this.log = options.log ?? SILENT;
    this.#certificateAuthorities = options.certificateAuthorities;
    this.#mdns = new MdnsResolver(
      openMdnsSockets(() => this.localAddresses(), this.log),
      this.log,
    );
    this.#responder = new MdnsResponder(
      openResponderSockets(() => this.localAddresses(), this.log),
      this.log,
    );
  }

  now(): Instant {
    return performance.now();
  }

  wallClock(): number {
    return Date.now();
  }

  localAddresses(): LocalAddress[] {
    try {
      return localAddresses(networkInterfaces(), linkMtu, networkType);
    } catch (error) {
      // Some systems (Android, tight sandboxes) do not let a program list its interfaces.
      this.log.event("host.interfaces.failed", { error: String(error) });
      return [];
    }
  }

  watchAddresses(changed: () => void): Cancelable {
    return this.#addressWatch.watch(changed);
  }

  bindUdp(
    local: LocalAddress,
    port: number,
    handlers: UdpHandlers,
    done: (socket: UdpSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    return bindUdp(local, port, handlers, this.log, done);
  }

  probeUdp(
    local: LocalAddress,
    address: string,
    port: number,
    datagram: Uint8Array,
    done: (errorCode: string | undefined) => void,
  ): Cancelable {
    return probeUdp(local, address, port, datagram, done);
  }

  connectStream(
    target: StreamTarget,
    handlers: StreamHandlers,
    done: (stream: StreamSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    return connectStream(target, handlers, this.log, done, this.#certificateAuthorities);
  }

  listenStreams(
    local: LocalAddress,
    port: number,
    accept: (stream: StreamSocket) => StreamHandlers | undefined,
    done: (listener: StreamListener | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    return listenStreams(local, port, accept, this.log, done);
  }

  setTimer(at: Instant, wake: () => void, keepAlive: boolean): Cancelable {
    return new NodeTimer(at, wake, keepAlive);
  }

  /** Immediates run in the order of the calls, and Node drains the microtasks after each of them. */
  queueTask(task: () => void): void {
    setImmediate(task);
  }

  resolve(name: string, family: IpFamily, done: (addresses: readonly string[]) => void): Cancelable {
    return resolveName(name, family, done);
  }

  resolveMdns(name: string, done: (addresses: readonly string[]) => void): Cancelable {
    return this.#mdns.resolve(name, done);
  }

  publishMdns(name: string, address: string): Cancelable {
    return this.#responder.publish(name, address);
  }
}

/** A host of its own, with other cryptography or a log. */
export function createNodeHost(options: NodeHostOptions = {}): NodeHost {
  return new NodeHost(options);
}

/** The host that `index.ts` binds the W3C classes to. */
export const nodeHost: NodeHost = new NodeHost();
