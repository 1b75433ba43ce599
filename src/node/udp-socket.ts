import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Log } from "../core/base/log.ts";
import { PrefixViews } from "../core/base/prefix-views.ts";
import type { Cancelable, LocalAddress, UdpHandlers, UdpSocket } from "../host/host.ts";
import { CanonicalAddresses } from "./address-text.ts";
import { codeOf } from "./error-code.ts";
import { reportInternalError } from "./internal-error.ts";

/**
 * What the kernel may hold for us in each direction, bytes. Its default (about 100 full datagrams on Linux) overflows
 * whenever a bulk sender finds our event loop busy for a few milliseconds.
 */
export const SOCKET_BUFFER_SIZE = 4 * 1024 * 1024;

/** Of the buffer that datagrams are sent from: Node would make one for each. */
const views = new PrefixViews();

type BindDone = (socket: UdpSocket | undefined, errorCode: string | undefined) => void;

/**
 * Opens and binds a socket. With our `lookup` nothing is deferred: Node binds inside this call, so `done` is called
 * before it returns, and a send takes the bytes before it returns.
 */
export function bindUdp(
  local: LocalAddress,
  port: number,
  handlers: UdpHandlers,
  log: Log,
  done: BindDone,
): Cancelable {
  let socket: Socket;
  try {
    socket =
      local.family === 6
        ? createSocket({ type: "udp6", ipv6Only: true, lookup: addressAsIs })
        : createSocket({ type: "udp4", lookup: addressAsIs });
  } catch (error) {
    done(undefined, codeOf(error));
    return { cancel() {} };
  }
  let failure: string | undefined;
  const fail = (error: Error) => {
    failure ??= codeOf(error);
  };
  socket.on("error", fail);
  try {
    const zone = zoneOf(local);
    // `exclusive`: in a cluster's worker the primary process would otherwise bind, later, and share the port.
    socket.bind({ address: local.address + zone, port, exclusive: true });
    if (failure === undefined) socket.address();
  } catch (error) {
    failure ??= codeOf(error);
  }
  if (failure !== undefined) {
    socket.close();
    done(undefined, failure);
    return { cancel() {} };
  }
  socket.removeListener("error", fail);
  const bound = new NodeUdpSocket(socket, local, handlers, log);
  done(bound, undefined);
  return bound;
}

/** Receive errors in a row, without a datagram between them, after which a socket is given up. */
export const MAX_RECEIVE_ERRORS = 64;

/** The suffix that names the link of a link-local address (RFC 4007 §11): Windows takes numbers, the others also names. */
export function zoneOf(local: LocalAddress): string {
  if (local.scopeId === undefined || local.scopeId === 0) return "";
  return `%${process.platform === "win32" ? local.scopeId : local.interfaceName}`;
}

/**
 * Addresses arrive as text and stay so: no resolver is asked, and above all nothing is deferred. Node's default look-up
 * calls back on a later turn even for literals, and a buffer reused meanwhile would go out with other bytes.
 */
export function addressAsIs(
  address: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, options === 6 ? 6 : 4);
}

/**
 * Sends in a row to one address of which one is asked about: each question costs a task of its own. What the kernel refuses it
 * refuses again and again (no route, no permission), and every datagram may be lost anyhow.
 */
export const SENDS_PER_QUESTION = 16;

/** A bound socket of node:dgram behind the port's interface. */
export class NodeUdpSocket implements UdpSocket, Cancelable {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #handlers: UdpHandlers;
  readonly #log: Log;
  readonly #sources = new CanonicalAddresses();
  /** Appended to link-local destinations; empty unless the socket itself is bound to such an address. */
  readonly #zone: string;
  /** One function for all sends: called on a later turn with the fate of those that are asked about. */
  readonly #sent: (error: Error | null) => void;
  /** Where the send went that was asked about last, and how many have gone there since. */
  #askedAddress = "";
  #askedPort = 0;
  #unasked = 0;
  #receiveErrors = 0;
  #broken = false;
  #open = true;

  constructor(socket: Socket, local: LocalAddress, handlers: UdpHandlers, log: Log) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#log = log;
    this.#zone = zoneOf(local);
    this.address = local.address;
    this.port = socket.address().port;
    this.#sent = (error) => {
      if (error !== null) this.#report(error, false);
    };
    enlargeBuffers(socket);
    socket.on("message", (datagram, source) => this.#receive(datagram, source));
    socket.on("error", (error) => {
      // Receive errors: one packet's bad luck (an ICMP answer, no memory) unless there is nothing else any more.
      this.#report(error, ++this.#receiveErrors >= MAX_RECEIVE_ERRORS);
    });
  }

  send(datagram: Uint8Array, length: number, address: string, port: number): boolean {
    if (!this.#open) return true;
    const to = this.#zone !== "" && address.startsWith("fe") ? address + this.#zone : address;
    try {
      if (this.#asks(address, port)) this.#socket.send(views.of(datagram, length), port, to, this.#sent);
      else this.#socket.send(views.of(datagram, length), port, to);
    } catch (error) {
      // Arguments that Node refuses by itself (port 0): reported like the kernel's refusals, on a later turn.
      process.nextTick(this.#sent, error);
      return true;
    }
    return this.#socket.getSendQueueCount() === 0;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }

  cancel(): void {
    this.close();
  }

  #asks(address: string, port: number): boolean {
    const isRepeated = port === this.#askedPort && address === this.#askedAddress;
    if (isRepeated && ++this.#unasked < SENDS_PER_QUESTION) return false;
    this.#askedAddress = address;
    this.#askedPort = port;
    this.#unasked = 0;
    return true;
  }

  #receive(datagram: Buffer, source: RemoteInfo): void {
    if (!this.#open) return;
    this.#receiveErrors = 0;
    try {
      // A Buffer's `slice` is a view: whoever copies with it would write into the datagram. Core gets what it knows.
      const plain = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.length);
      this.#handlers.message(plain, this.#sources.of(source.address), source.port);
    } catch (error) {
      this.#internalError(error);
    }
  }

  #report(error: Error, fatal: boolean): void {
    if (!this.#open) return;
    if (fatal) this.close();
    try {
      this.#handlers.error(codeOf(error), fatal);
    } catch (thrown) {
      this.#internalError(thrown);
    }
  }

  /** Once for each socket: what breaks on one datagram breaks on thousands. */
  #internalError(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    reportInternalError(this.#log, "udp", error);
  }
}

function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_SIZE);
    socket.setSendBufferSize(SOCKET_BUFFER_SIZE);
  } catch {
    // Some systems refuse more than their limit instead of clamping: then their default has to do.
  }
}
