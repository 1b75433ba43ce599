/** TCP and TLS streams of the Host port on node:net and node:tls. */
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls";
import type { Log } from "../core/base/log.ts";
import {
  type Cancelable,
  type LocalAddress,
  MAX_STREAM_BACKLOG,
  STREAM_CONNECT_TIMEOUT,
  type StreamHandlers,
  type StreamListener,
  type StreamSocket,
  type StreamTarget,
} from "../host/host.ts";
import { canonicalAddress } from "./address-text.ts";
import { codeOf } from "./error-code.ts";
import { reportInternalError } from "./internal-error.ts";
import { addressAsIs } from "./udp-socket.ts";

/** Milliseconds that a closed stream has for what was still to be sent. */
export const STREAM_CLOSE_TIMEOUT = 1000;
/** Streams that one listener holds at once; more are refused. */
export const MAX_ACCEPTED_STREAMS = 64;

type ConnectDone = (stream: StreamSocket | undefined, errorCode: string | undefined) => void;

/**
 * {@link import("../host/host.ts").Host.connectStream}. `certificateAuthorities`: PEM texts trusted in place of the
 * well-known ones.
 */
export function connectStream(
  target: StreamTarget,
  handlers: StreamHandlers,
  log: Log,
  done: ConnectDone,
  certificateAuthorities: readonly string[] | undefined,
): Cancelable {
  let socket: Socket;
  try {
    socket = open(target, certificateAuthorities);
  } catch (error) {
    // Arguments that Node refuses by itself (port 0): told later, like everything the system refuses.
    const immediate = setImmediate(done, undefined, codeOf(error));
    return { cancel: () => clearImmediate(immediate) };
  }
  let waiting = true;
  let stream: NodeStreamSocket | undefined;
  const finish = (errorCode: string | undefined) => {
    if (!waiting) return;
    waiting = false;
    clearTimeout(deadline);
    if (errorCode === undefined) {
      stream = new NodeStreamSocket(socket, log);
      done(stream, undefined);
      stream.start(handlers);
    } else {
      socket.destroy();
      done(undefined, errorCode);
    }
  };
  const deadline = setTimeout(finish, STREAM_CONNECT_TIMEOUT, "ETIMEDOUT");
  socket.once(target.tls === undefined ? "connect" : "secureConnect", () => finish(undefined));
  socket.once("close", () => finish("ECONNRESET"));
  // Stays for good: an error without a listener would end the process.
  socket.on("error", (error) => finish(codeOf(error)));
  return {
    cancel() {
      if (!waiting) return stream?.close();
      waiting = false;
      clearTimeout(deadline);
      socket.destroy();
    },
  };
}

function open(target: StreamTarget, certificateAuthorities: readonly string[] | undefined): Socket {
  const { address, port, local, localPort, tls } = target;
  const socket = connectTcp({
    host: address,
    port,
    lookup: addressAsIs,
    noDelay: true,
    ...(local === undefined ? {} : { localAddress: local.address, localPort: localPort ?? 0 }),
  });
  if (tls === undefined) return socket;
  const { serverName } = tls;
  socket.on("error", () => undefined); // the TLS socket above tells it
  return connectTls({
    socket,
    // SNI holds names only (RFC 6066 §3); an address is checked against the certificate all the same.
    ...(canonicalAddress(serverName) === undefined ? { servername: serverName } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(certificateAuthorities === undefined ? {} : { ca: [...certificateAuthorities] }),
  });
}

/** {@link import("../host/host.ts").Host.listenStreams} */
export function listenStreams(
  local: LocalAddress,
  port: number,
  accept: (stream: StreamSocket) => StreamHandlers | undefined,
  log: Log,
  done: (listener: StreamListener | undefined, errorCode: string | undefined) => void,
): Cancelable {
  let open = true;
  let told = false;
  const server = createServer({ noDelay: true });
  server.maxConnections = MAX_ACCEPTED_STREAMS;
  const close = () => {
    open = false;
    server.close();
  };
  const finish = (listener: StreamListener | undefined, errorCode: string | undefined) => {
    if (told || !open) return;
    told = true;
    done(listener, errorCode);
  };
  server.on("error", (error) => finish(undefined, codeOf(error)));
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    if (!open || socket.remoteAddress === undefined) return void socket.destroy();
    const stream = new NodeStreamSocket(socket, log);
    const handlers = accept(stream);
    if (handlers === undefined) socket.destroy();
    else stream.start(handlers);
  });
  server.listen({ host: local.address, port, ipv6Only: true, exclusive: true }, () => {
    const bound = server.address();
    if (bound === null || typeof bound === "string") return;
    finish({ address: local.address, port: bound.port, close }, undefined);
  });
  return { cancel: close };
}

/** A connected socket of node:net or node:tls behind the port's interface. */
class NodeStreamSocket implements StreamSocket {
  readonly address: string;
  readonly port: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket | TLSSocket;
  readonly #log: Log;
  #handlers: StreamHandlers | undefined;
  #refused = false;

  constructor(socket: Socket | TLSSocket, log: Log) {
    this.#socket = socket;
    this.#log = log;
    this.address = canonicalAddress(socket.localAddress ?? "") ?? "";
    this.port = socket.localPort ?? 0;
    this.remoteAddress = canonicalAddress(socket.remoteAddress ?? "") ?? "";
    this.remotePort = socket.remotePort ?? 0;
  }

  /** Delivery begins. Not before: the owner must know the stream first. */
  start(handlers: StreamHandlers): void {
    const socket = this.#socket;
    if (socket.writableEnded) return;
    this.#handlers = handlers;
    if (socket.destroyed) {
      setImmediate(() => this.#call((to) => to.closed("ECONNRESET")));
      return;
    }
    let failure: string | undefined;
    socket.on("error", (error) => {
      failure ??= codeOf(error);
    });
    socket.on("data", (chunk: Buffer) => this.#call((to) => to.data(plain(chunk))));
    socket.on("drain", () => {
      if (!this.#refused) return;
      this.#refused = false;
      this.#call((to) => to.drained());
    });
    socket.on("close", () => {
      this.#call((to) => to.closed(failure));
      this.#handlers = undefined;
    });
  }

  send(bytes: Uint8Array, length: number): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    if (socket.writableLength + length > MAX_STREAM_BACKLOG) {
      this.#refused = true;
      return false;
    }
    // Not `slice`: that of a Buffer does not copy, and Node reads from it until the system has taken it.
    socket.write(new Uint8Array(bytes.subarray(0, length)));
    return true;
  }

  close(): void {
    this.#handlers = undefined;
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    const deadline = setTimeout(() => socket.destroy(), STREAM_CLOSE_TIMEOUT);
    socket.once("close", () => clearTimeout(deadline));
    socket.resume();
    socket.end(() => socket.destroy());
  }

  #call(tell: (handlers: StreamHandlers) => void): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    try {
      tell(handlers);
    } catch (error) {
      reportInternalError(this.#log, "stream", error);
    }
  }
}

/** Core gets what it knows, not a Buffer whose `slice` is a view. */
function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
