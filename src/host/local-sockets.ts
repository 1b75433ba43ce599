import type { IceOptions } from "../core/base/ice-options.ts";
import type { Path, SocketId } from "../core/base/path.ts";
import type { HostRequest, OpenedSocket } from "../core/session/host-request.ts";
import type { IceComponent, TransportId } from "../core/session/protocol.ts";
import type { Cancelable, Host, LocalAddress, UdpSocket } from "./host.ts";
import { type BindToPort, bindInRange } from "./port-range.ts";
import { newAddresses, usableAddresses, wantedAddresses } from "./usable-addresses.ts";

/** What becomes of an engine's sockets. */
export interface LocalSocketsUser {
  /** A number for the next socket. */
  nextSocket(): SocketId;
  opened(transport: TransportId, component: IceComponent, socket: OpenedSocket): void;
  /** All sockets that were asked for are open, or cannot be. */
  complete(transport: TransportId, component: IceComponent): void;
  /** Its address has vanished, or it failed for good. */
  gone(socket: SocketId): void;
  /** What else is at an address that is not among these is gone, too. */
  addressesChanged(present: ReadonlySet<string>): void;
  /** The hot path. `datagram` is borrowed until return. */
  received(path: Path, datagram: Uint8Array): void;
}

/** How often a socket on an address that has just appeared is tried: IPv6 has to find it unique first (RFC 4862 §5.4). */
export const MAX_BIND_ATTEMPTS = 4;
/** … and how long after the other, ms. */
export const BIND_RETRY_INTERVAL = 1000;

interface OpenSocket {
  readonly udp: UdpSocket;
  readonly local: LocalAddress;
  readonly transport: TransportId;
  readonly component: IceComponent;
}

/** A component that has sockets, and the addresses that it has them on, or will have in a moment. */
interface Holder {
  readonly transport: TransportId;
  readonly component: IceComponent;
  readonly addresses: Set<string>;
}

/**
 * The UDP sockets of one engine: one for each component on each local address, also on those that appear later; those whose
 * address vanishes are given up.
 */
export class LocalSockets {
  readonly #host: Host;
  readonly #options: IceOptions;
  readonly #user: LocalSocketsUser;
  readonly #sockets = new Map<SocketId, OpenSocket>();
  readonly #binding = new Set<Cancelable>();
  /** By transport and component. */
  readonly #holders = new Map<string, Holder>();
  /** The newest of each transport. */
  readonly #fragments = new Map<TransportId, string>();
  #watch: Cancelable | undefined;
  #closed = false;

  /** `options`: which addresses and ports the application wants used. */
  constructor(host: Host, options: IceOptions, user: LocalSocketsUser) {
    this.#host = host;
    this.#options = options;
    this.#user = user;
  }

  /** The socket of that number. */
  get(socket: SocketId): UdpSocket | undefined {
    return this.#sockets.get(socket)?.udp;
  }

  /** One socket per usable address; `complete` follows. */
  open({ transport, component, loopback }: Extract<HostRequest, { type: "open-sockets" }>): void {
    this.#watch ??= this.#host.watchAddresses(() => this.#addressesChanged());
    const addresses = usableAddresses(this.#wanted(), loopback);
    const names = new Set(addresses.map(({ address }) => address));
    this.#holders.set(`${transport} ${component}`, { transport, component, addresses: names });
    let left = addresses.length;
    const complete = () => this.#user.complete(transport, component);
    if (left === 0) complete();
    for (const local of addresses) {
      this.#bind(local, transport, component, () => {
        if (--left === 0) complete();
      });
    }
  }

  /** Nothing is told of it any more. */
  close(socket: SocketId): void {
    this.#sockets.get(socket)?.udp.close();
    this.#sockets.delete(socket);
  }

  /** Peers of that transport call us by this fragment, beside those before. */
  expect(transport: TransportId, usernameFragment: string): void {
    this.#fragments.set(transport, usernameFragment);
    for (const socket of this.#sockets.values()) if (socket.transport === transport) this.#tell(socket);
  }

  /** The transport is over: no address that appears is of use to it. */
  forget(transport: TransportId): void {
    this.#fragments.delete(transport);
    for (const [key, holder] of this.#holders) if (holder.transport === transport) this.#holders.delete(key);
  }

  closeAll(): void {
    this.#closed = true;
    this.#watch?.cancel();
    for (const binding of this.#binding) binding.cancel();
    this.#binding.clear();
    for (const { udp } of this.#sockets.values()) udp.close();
    this.#sockets.clear();
    this.#holders.clear();
  }

  /** Components of a transport have the same fragment; only one of them can be found by it. */
  #tell({ udp, transport, component }: OpenSocket): void {
    const fragment = this.#fragments.get(transport);
    if (fragment !== undefined && component === 1) udp.expect?.(fragment);
  }

  #wanted(): readonly LocalAddress[] {
    return wantedAddresses(this.#host.localAddresses(), this.#options);
  }

  #addressesChanged(): void {
    const all = this.#host.localAddresses();
    const here = new Set(all.map(({ address }) => address));
    // Those that are gone first: what went by them is asked for anew from the others.
    for (const [id, { local }] of this.#sockets) {
      if (here.has(local.address)) continue;
      this.#host.log.event("driver.address-gone", { family: local.family });
      this.close(id);
      this.#user.gone(id);
    }
    this.#user.addressesChanged(here);
    for (const { transport, component, addresses } of this.#holders.values()) {
      for (const known of addresses) if (!here.has(known)) addresses.delete(known);
      for (const local of newAddresses(wantedAddresses(all, this.#options), addresses)) {
        addresses.add(local.address);
        this.#bindLater(local, transport, component, 1);
      }
    }
  }

  #bindLater(local: LocalAddress, transport: TransportId, component: IceComponent, attempt: number): void {
    this.#bind(local, transport, component, (bound) => {
      if (bound || attempt === MAX_BIND_ATTEMPTS) return;
      this.#await((settle) =>
        this.#host.setTimer(
          this.#host.now() + BIND_RETRY_INTERVAL,
          () => {
            settle();
            const wanted = this.#holders.get(`${transport} ${component}`)?.addresses.has(local.address);
            if (wanted) this.#bindLater(local, transport, component, attempt + 1);
          },
          false,
        ),
      );
    });
  }

  #bind(
    local: LocalAddress,
    transport: TransportId,
    component: IceComponent,
    done: (bound: boolean) => void,
  ): void {
    const id = this.#user.nextSocket();
    let last: Path | undefined;
    const handlers = {
      message: (datagram: Uint8Array, address: string, port: number) => {
        if (last === undefined || last.port !== port || last.address !== address) {
          last = { socket: id, address, port };
        }
        this.#user.received(last, datagram);
      },
      error: (code: string, fatal: boolean) => {
        this.#host.log.event("driver.socket-error", { code, fatal });
        if (!fatal) return;
        this.close(id);
        this.#user.gone(id);
      },
    };
    let udp: UdpSocket | undefined;
    const bind: BindToPort = (port, bound) =>
      this.#host.bindUdp(local, port, handlers, (socket, errorCode) => {
        udp = socket;
        bound(errorCode);
      });
    this.#await((settle) =>
      bindInRange(this.#options.portRange, this.#host.crypto, bind, (errorCode) => {
        settle();
        if (udp === undefined) {
          this.#host.log.event("driver.bind-failed", { family: local.family, code: errorCode });
        } else if (this.#closed) {
          udp.close();
        } else {
          const socket = { udp, local, transport, component };
          this.#sockets.set(id, socket);
          this.#tell(socket);
          const { address, port } = udp;
          this.#user.opened(transport, component, {
            socket: id,
            address,
            port,
            loopback: local.loopback,
            ...(local.mtu === undefined ? undefined : { linkMtu: local.mtu }),
          });
        }
        done(udp !== undefined);
      }),
    );
  }

  /** Keeps what `start` returns cancelable until it has settled, also when it settles before it has returned. */
  #await(start: (settle: () => void) => Cancelable): void {
    let settled = false;
    let pending: Cancelable | undefined;
    pending = start(() => {
      settled = true;
      if (pending !== undefined) this.#binding.delete(pending);
    });
    if (!settled) this.#binding.add(pending);
  }
}
