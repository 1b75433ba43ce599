/** The TCP and TLS streams of one engine: the part of its driver that connects them and moves their bytes. */
import type { Instant } from "../core/base/instant.ts";
import type { SocketId } from "../core/base/path.ts";
import type { Engine, HostRequest } from "../core/session/engine.ts";
import type { Cancelable, Host, StreamSocket } from "./host.ts";

type ConnectStream = Extract<HostRequest, { type: "connect-stream" }>;
type CancelStream = Extract<HostRequest, { type: "cancel-stream" }>;

/** What the streams need of their driver. */
export interface StreamSurroundings {
  readonly host: Host;
  readonly engine: Engine;
  /** One input into the engine, then everything it owes. */
  run(input: (now: Instant) => void): void;
  nextSocket(): SocketId;
}

export class DriverStreams {
  readonly #driver: StreamSurroundings;
  readonly #streams = new Map<SocketId, StreamSocket>();
  /** By {@link attemptKey}. */
  readonly #connecting = new Map<string, Cancelable>();
  #released = false;

  constructor(driver: StreamSurroundings) {
    this.#driver = driver;
  }

  /** A full stream drops it, as a full queue of datagrams would; so does one that is gone. */
  send(socket: SocketId, bytes: Uint8Array, length: number): void {
    this.#streams.get(socket)?.send(bytes, length);
  }

  close(socket: SocketId): void {
    this.#streams.get(socket)?.close();
    this.#streams.delete(socket);
  }

  connect(request: ConnectStream): void {
    const { host, engine, run } = this.#driver;
    const { transport, component, id, address, port, serverName } = request;
    const key = attemptKey(request);
    const socket = this.#driver.nextSocket();
    const target = { address, port, ...(serverName === undefined ? {} : { tls: { serverName } }) };
    const attempt = host.connectStream(target, this.#handlers(socket), (stream, errorCode) => {
      this.#connecting.delete(key);
      if (stream === undefined) {
        const code = errorCode ?? "EUNKNOWN";
        host.log.event("driver.connect-failed", { code });
        run((now) => engine.streamFailed(now, transport, component, id, code));
      } else if (this.#released) stream.close();
      else {
        this.#streams.set(socket, stream);
        const { address: ours, port: ourPort } = stream;
        const opened = { socket, address: ours, port: ourPort };
        run((now) => engine.streamConnected(now, transport, component, id, opened));
      }
    });
    this.#connecting.set(key, attempt);
  }

  cancel(request: CancelStream): void {
    const key = attemptKey(request);
    this.#connecting.get(key)?.cancel();
    this.#connecting.delete(key);
  }

  /** Ends those from other addresses than these. TCP would go on for minutes repeating what it has to send from there. */
  keepOnly(present: ReadonlySet<string>): void {
    const { engine, run } = this.#driver;
    for (const [socket, stream] of this.#streams) {
      if (present.has(stream.address)) continue;
      this.close(socket);
      run((now) => engine.streamClosed(now, socket));
    }
  }

  release(): void {
    this.#released = true;
    for (const attempt of this.#connecting.values()) attempt.cancel();
    this.#connecting.clear();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #handlers(socket: SocketId) {
    const { engine, run } = this.#driver;
    return {
      data: (bytes: Uint8Array) => run((now) => engine.handleStreamData(now, socket, bytes)),
      drained() {},
      closed: () => {
        this.#streams.delete(socket);
        run((now) => engine.streamClosed(now, socket));
      },
    };
  }
}

/** Names one attempt to connect a stream. */
function attemptKey({ transport, component, id }: ConnectStream | CancelStream): string {
  return `${transport} ${component} ${id}`;
}
