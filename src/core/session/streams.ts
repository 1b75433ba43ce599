/** The TCP and TLS streams of one component: asked for by whoever uses one, answered by the driver. */
import type { Fifo } from "../base/fifo.ts";
import type { Instant } from "../base/instant.ts";
import type { SocketId } from "../base/path.ts";
import type { HostRequest } from "./host-request.ts";
import type { IceComponent, TransportId } from "./protocol.ts";

/** A stream that the driver has connected. */
export interface OpenedStream {
  readonly socket: SocketId;
  /** Our end. */
  readonly address: string;
  readonly port: number;
}

/** Who uses a stream. Of `connected` and `failed` exactly one is called; after a cancel neither. */
export interface StreamUser {
  connected(now: Instant, stream: OpenedStream): void;
  failed(now: Instant, errorCode: string): void;
  /** The next bytes, borrowed until return. */
  received(now: Instant, bytes: Uint8Array): void;
  /** The peer or the system has ended it. */
  closed(now: Instant): void;
}

/** Where to connect to; with `serverName` by TLS. */
export interface StreamDestination {
  readonly address: string;
  readonly port: number;
  readonly serverName: string | undefined;
  /** Our end; port 0 is any. Absent: as the system likes. */
  readonly local?: { readonly address: string; readonly port: number };
}

/** Whose streams these are. */
export interface StreamOwner {
  readonly transport: TransportId;
  readonly component: IceComponent;
}

export class Streams {
  readonly #owner: StreamOwner;
  readonly #requests: Fifo<HostRequest>;
  readonly #connecting = new Map<number, StreamUser>();
  readonly #open = new Map<SocketId, StreamUser>();
  #lastId = 0;

  constructor(owner: StreamOwner, requests: Fifo<HostRequest>) {
    this.#owner = owner;
    this.#requests = requests;
  }

  /** Returns what names the attempt. */
  connect(user: StreamUser, destination: StreamDestination): number {
    const id = ++this.#lastId;
    this.#connecting.set(id, user);
    this.#requests.push({ type: "connect-stream", ...this.#owner, id, ...destination });
    return id;
  }

  /** A stream that a peer has connected has a user, too. */
  adopt(socket: SocketId, user: StreamUser): void {
    this.#open.set(socket, user);
  }

  /** Gives an attempt up. */
  cancel(id: number): void {
    if (!this.#connecting.delete(id)) return;
    this.#requests.push({ type: "cancel-stream", ...this.#owner, id });
  }

  /** Nothing of a stream is wanted any more; its owner releases the socket. */
  forget(socket: SocketId): void {
    this.#open.delete(socket);
  }

  /** False: nobody waits for it any more. */
  connected(now: Instant, id: number, stream: OpenedStream): boolean {
    const user = this.#connecting.get(id);
    if (user === undefined) return false;
    this.#connecting.delete(id);
    this.#open.set(stream.socket, user);
    user.connected(now, stream);
    return true;
  }

  failed(now: Instant, id: number, errorCode: string): void {
    const user = this.#connecting.get(id);
    this.#connecting.delete(id);
    user?.failed(now, errorCode);
  }

  received(now: Instant, socket: SocketId, bytes: Uint8Array): void {
    this.#open.get(socket)?.received(now, bytes);
  }

  closed(now: Instant, socket: SocketId): void {
    const user = this.#open.get(socket);
    this.#open.delete(socket);
    user?.closed(now);
  }
}
