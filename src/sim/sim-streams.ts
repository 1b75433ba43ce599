/** The streams of one simulated host: who listens, who is connected, who answers a segment that belongs to nobody. */
import type { Instant } from "../core/base/instant.ts";
import type {
  Cancelable,
  LocalAddress,
  StreamHandlers,
  StreamListener,
  StreamSocket,
  StreamTarget,
} from "../host/host.ts";
import type { Packet, TcpSegment } from "./packet.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { resetFor, SimStream, type StreamOwner } from "./sim-stream.ts";

/** First of the ports that connecting takes from; above those of UDP sockets only by chance. */
const EPHEMERAL_PORTS_FROM = 32_768;

/** What the streams need of their host. */
export interface StreamSurroundings {
  readonly now: Instant;
  transmit(packet: Packet): string | undefined;
  schedule(at: Instant, kind: string, run: () => void): Cancelable;
  internalError(error: unknown): void;
  /** Undefined: there is no way to that address. */
  addressTowards(address: string): string | undefined;
  isUp(address: string): boolean;
}

interface Listening {
  readonly accept: (stream: StreamSocket) => StreamHandlers | undefined;
  readonly tlsNames: readonly string[] | undefined;
}

export class SimStreams {
  readonly #random: SeededRandom;
  readonly #world: StreamSurroundings;
  readonly #owner: StreamOwner;
  /** By "address port remoteAddress remotePort". */
  readonly #streams = new Map<string, SimStream>();
  /** By "address port". */
  readonly #listeners = new Map<string, Listening>();

  constructor(random: SeededRandom, world: StreamSurroundings) {
    this.#random = random;
    this.#world = world;
    this.#owner = {
      get now() {
        return world.now;
      },
      transmit: (packet) => world.transmit(packet),
      schedule: (at, kind, run) => world.schedule(at, kind, run),
      released: (stream) => void this.#streams.delete(keyOf(stream)),
      internalError: (error) => world.internalError(error),
    };
  }

  connect(
    target: StreamTarget,
    handlers: StreamHandlers,
    done: (stream: StreamSocket | undefined, errorCode: string | undefined) => void,
  ): Cancelable {
    const address = target.local?.address ?? this.#world.addressTowards(target.address);
    const { address: remoteAddress, port: remotePort, tls } = target;
    const port = address === undefined ? 0 : this.#freePort(address, target.localPort ?? 0);
    const refusal =
      address === undefined || !this.#world.isUp(address)
        ? "ENETUNREACH"
        : port === 0
          ? "EADDRINUSE"
          : undefined;
    if (refusal !== undefined) {
      return this.#world.schedule(this.#world.now, "connect-error", () => done(undefined, refusal));
    }
    const tuple = { address: address!, port, remoteAddress, remotePort };
    const stream = SimStream.connect(tuple, this.#owner, tls?.serverName, handlers, done);
    this.#streams.set(keyOf(stream), stream);
    return { cancel: () => stream.close() };
  }

  listen(
    local: LocalAddress,
    port: number,
    accept: (stream: StreamSocket) => StreamHandlers | undefined,
    done: (listener: StreamListener | undefined, errorCode: string | undefined) => void,
    tlsNames: readonly string[] | undefined,
  ): Cancelable {
    const chosen = this.#freePort(local.address, port);
    const refusal = !this.#world.isUp(local.address)
      ? "EADDRNOTAVAIL"
      : chosen === 0
        ? "EADDRINUSE"
        : undefined;
    const key = `${local.address} ${chosen}`;
    const listening = { accept, tlsNames };
    if (refusal === undefined) this.#listeners.set(key, listening);
    const close = () => {
      if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
    };
    const answer = this.#world.schedule(this.#world.now, "listen", () =>
      done(refusal === undefined ? { address: local.address, port: chosen, close } : undefined, refusal),
    );
    return {
      cancel() {
        answer.cancel();
        close();
      },
    };
  }

  deliver(packet: Packet, segment: TcpSegment): void {
    const tuple = {
      address: packet.destinationAddress,
      port: packet.destinationPort,
      remoteAddress: packet.sourceAddress,
      remotePort: packet.sourcePort,
    };
    const stream = this.#streams.get(keyOf(tuple));
    if (stream !== undefined) {
      stream.deliver(segment, packet.payload);
      return;
    }
    const listening = this.#listeners.get(`${tuple.address} ${tuple.port}`);
    if (listening !== undefined && segment.syn) {
      const answering = SimStream.answer(tuple, this.#owner, listening.tlsNames, (accepted) => {
        const handlers = accepted && listening.accept(accepted);
        if (handlers !== undefined) accepted!.handlers = handlers;
        else accepted?.close();
      });
      this.#streams.set(keyOf(answering), answering);
    } else if (!segment.rst) this.#world.transmit(resetFor(packet));
  }

  /** 0 when `wanted` is taken. */
  #freePort(address: string, wanted: number): number {
    const taken = (port: number) =>
      this.#listeners.has(`${address} ${port}`) ||
      [...this.#streams.values()].some((stream) => stream.port === port && stream.address === address);
    if (wanted !== 0) return taken(wanted) ? 0 : wanted;
    const count = 65_536 - EPHEMERAL_PORTS_FROM;
    const start = this.#random.below(count);
    for (let i = 0; i < count; i++) {
      const port = EPHEMERAL_PORTS_FROM + ((start + i) % count);
      if (!taken(port)) return port;
    }
    return 0;
  }
}

function keyOf(tuple: {
  readonly address: string;
  readonly port: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}): string {
  return `${tuple.address} ${tuple.port} ${tuple.remoteAddress} ${tuple.remotePort}`;
}
