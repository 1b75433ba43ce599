/** The TCP and TLS streams of one engine: the part of its driver that makes them, takes them and moves their bytes. */
import type { IceOptions } from "../core/base/ice-options.ts";
import type { Instant } from "../core/base/instant.ts";
import type { SocketId } from "../core/base/path.ts";
import { randomUnit } from "../core/base/random.ts";
import type { Engine } from "../core/session/engine.ts";
import type { HostRequest } from "../core/session/host-request.ts";
import type { Cancelable, Host, LocalAddress, StreamHandlers, StreamListener, StreamSocket } from "./host.ts";
import { bindInRange } from "./port-range.ts";

type ConnectStream = Extract<HostRequest, { type: "connect-stream" }>;
type CancelStream = Extract<HostRequest, { type: "cancel-stream" }>;
type OpenTcp = Extract<HostRequest, { type: "open-tcp" }>;
type CloseTcp = Extract<HostRequest, { type: "close-tcp" }>;

/**
 * Where a candidate that does not listen connects from ("so", RFC 6544 §4.1): nothing holds its port until the peer is known. So it
 * is below those that systems give to connections (Linux from 32768 on, others from 49152), or one of our own to another candidate
 * could have it by then.
 */
const UNHELD_PORTS = { min: 16_384, max: 32_767 };

/** What the streams need of their driver. */
export interface StreamSurroundings {
  readonly host: Host;
  readonly engine: Engine;
  readonly options: IceOptions;
  /** One input into the engine, then everything it owes. */
  run(input: (now: Instant) => void): void;
  nextSocket(): SocketId;
}

interface OpenStream {
  readonly stream: StreamSocket;
  /** What the stream has refused: goes first, when there is room. */
  held: Uint8Array | undefined;
}

export class DriverStreams {
  readonly #driver: StreamSurroundings;
  readonly #streams = new Map<SocketId, OpenStream>();
  /** Attempts to connect, by {@link attemptKey}. */
  readonly #connecting = new Map<string, Cancelable>();
  /** What listens, or is about to, by {@link listenerKey}. */
  readonly #listening = new Map<string, Cancelable>();
  #released = false;

  constructor(driver: StreamSurroundings) {
    this.#driver = driver;
  }

  /** What a full stream refuses is kept, and the engine is told; more than that is dropped, as by a full queue of datagrams. */
  send(socket: SocketId, bytes: Uint8Array, length: number): void {
    const open = this.#streams.get(socket);
    if (open === undefined || open.held !== undefined || open.stream.send(bytes, length)) return;
    open.held = bytes.slice(0, length);
    this.#driver.engine.setStreamBlocked(socket, true);
  }

  close(socket: SocketId): void {
    this.#streams.get(socket)?.stream.close();
    this.#streams.delete(socket);
  }

  connect(request: ConnectStream): void {
    const { host, engine, run, options } = this.#driver;
    const { transport, component, id, address, port, serverName } = request;
    const key = attemptKey(request);
    const socket = this.#driver.nextSocket();
    const local = request.local && this.#localAddress(request.local.address);
    let opened: StreamSocket | undefined;
    const connectFrom = (localPort: number, done: (errorCode: string | undefined) => void) =>
      host.connectStream(
        {
          address,
          port,
          ...(local === undefined ? {} : { local, localPort }),
          ...(serverName === undefined ? {} : { tls: { serverName } }),
        },
        this.#handlers(socket),
        (stream, errorCode) => {
          opened = stream;
          done(stream === undefined ? (errorCode ?? "EUNKNOWN") : undefined);
        },
      );
    const done = (errorCode: string | undefined) => {
      this.#connecting.delete(key);
      if (opened === undefined) {
        const code = errorCode ?? "EUNKNOWN";
        host.log.event("driver.connect-failed", { code });
        run((now) => engine.streamFailed(now, transport, component, id, code));
      } else if (this.#released) opened.close();
      else {
        this.#streams.set(socket, { stream: opened, held: undefined });
        const stream = { socket, address: opened.address, port: opened.port };
        run((now) => engine.streamConnected(now, transport, component, id, stream));
      }
    };
    const wanted = request.local?.port ?? 0;
    const range = wanted > 0 ? { min: wanted, max: wanted } : local && options.portRange;
    this.#connecting.set(key, bindInRange(range, host.crypto, connectFrom, done));
  }

  cancel(request: CancelStream): void {
    const key = attemptKey(request);
    this.#connecting.get(key)?.cancel();
    this.#connecting.delete(key);
  }

  /** Ends those from other addresses than these. TCP would go on for minutes repeating what it has to send from there. */
  keepOnly(present: ReadonlySet<string>): void {
    const { engine, run } = this.#driver;
    for (const [socket, { stream }] of this.#streams) {
      if (present.has(stream.address)) continue;
      this.close(socket);
      run((now) => engine.streamClosed(now, socket));
    }
  }

  /** Finds a port for a TCP candidate; listens there if it is to. */
  open(request: OpenTcp): void {
    const { host, options } = this.#driver;
    const local = this.#localAddress(request.address);
    if (local === undefined) this.#opened(request, undefined);
    else if (!request.listen) {
      const { min, max } = options.portRange ?? UNHELD_PORTS;
      this.#opened(request, min + Math.floor(randomUnit(host.crypto) * (max - min + 1)));
    } else this.#listen(request, local);
  }

  /** Nobody is let in any more; those that are in stay. */
  stopListening(request: CloseTcp): void {
    const key = listenerKey(request);
    this.#listening.get(key)?.cancel();
    this.#listening.delete(key);
  }

  release(): void {
    this.#released = true;
    for (const attempt of this.#connecting.values()) attempt.cancel();
    this.#connecting.clear();
    for (const listener of this.#listening.values()) listener.cancel();
    this.#listening.clear();
    for (const { stream } of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #listen(request: OpenTcp, local: LocalAddress): void {
    const { host, options } = this.#driver;
    const accept = (stream: StreamSocket) => this.#accept(request, stream);
    let listener: StreamListener | undefined;
    const attempt = bindInRange(
      options.portRange,
      host.crypto,
      (port, bound) =>
        host.listenStreams(local, port, accept, (opened, errorCode) => {
          listener = opened;
          bound(errorCode);
        }),
      (errorCode) => {
        if (errorCode !== undefined) host.log.event("driver.listen-failed", { code: errorCode });
        this.#opened(request, listener?.port);
      },
    );
    this.#listening.set(listenerKey(request), {
      cancel() {
        attempt.cancel();
        listener?.close();
      },
    });
  }

  #opened({ transport, component, socket }: OpenTcp, port: number | undefined): void {
    const { engine, run } = this.#driver;
    run((now) => engine.tcpOpened(now, transport, component, socket, port));
  }

  #accept(
    { transport, component, socket: listener }: OpenTcp,
    stream: StreamSocket,
  ): StreamHandlers | undefined {
    if (this.#released) return undefined;
    const { engine, run, nextSocket } = this.#driver;
    const socket = nextSocket();
    const { remoteAddress, remotePort } = stream;
    let isWanted = false;
    this.#streams.set(socket, { stream, held: undefined });
    run((now) => {
      isWanted = engine.streamAccepted(now, transport, component, listener, {
        socket,
        remoteAddress,
        remotePort,
      });
    });
    if (isWanted) return this.#handlers(socket);
    this.#streams.delete(socket);
    return undefined;
  }

  #localAddress(address: string): LocalAddress | undefined {
    return this.#driver.host.localAddresses().find((local) => local.address === address);
  }

  #handlers(socket: SocketId): StreamHandlers {
    const { engine, run } = this.#driver;
    return {
      data: (bytes) => run((now) => engine.handleStreamData(now, socket, bytes)),
      drained: () => this.#drained(socket),
      closed: () => {
        this.#streams.delete(socket);
        run((now) => engine.streamClosed(now, socket));
      },
    };
  }

  #drained(socket: SocketId): void {
    const open = this.#streams.get(socket);
    if (open?.held === undefined) return;
    const { held } = open;
    open.held = undefined;
    open.stream.send(held, held.length);
    const { engine, run } = this.#driver;
    run(() => engine.setStreamBlocked(socket, false));
  }
}

/** Names one attempt to connect a stream. */
function attemptKey({ transport, component, id }: ConnectStream | CancelStream): string {
  return `${transport} ${component} ${id}`;
}

/** Names one TCP candidate. */
function listenerKey({ transport, component, socket }: OpenTcp | CloseTcp): string {
  return `${transport} ${component} ${socket}`;
}
