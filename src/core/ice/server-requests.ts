/**
 * Binding requests to STUN servers (RFC 8445 §5.1.1.2): one from each base to each server, paced, and what the answers say.
 */
import type { IceServer } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { formatIpAddress, ipScope } from "../base/ip-address.ts";
import type { Path, SocketId } from "../base/path.ts";
import { randomBytes } from "../base/random.ts";
import {
  MAPPED_ADDRESS,
  type StunMessage,
  TRANSACTION_ID_LENGTH,
  XOR_MAPPED_ADDRESS,
} from "../stun/index.ts";
import type { AgentContext } from "./agent-context.ts";
import type { LocalBase } from "./candidate-pair.ts";
import { buildServerRequest } from "./check-message.ts";
import type { SilentServer } from "./server-patience.ts";

/** A Binding request that one server gets from one socket. */
export interface ServerRequest {
  /** Whose it is: gets the answer. */
  readonly requests: ServerRequests;
  readonly server: IceServer;
  readonly base: LocalBase;
  readonly path: Path;
}

/** Who learns how each request has ended: exactly one of both is called, unless its socket goes first. */
export interface ServerRequestOwner {
  /** The server sees the base as this address. */
  answered(request: ServerRequest, address: string, port: number): void;
  /** `errorCode` undefined: it could not be reached. */
  refused(request: ServerRequest, errorText: string, errorCode: number | undefined): void;
}

export class ServerRequests {
  readonly #context: AgentContext;
  readonly #owner: ServerRequestOwner;
  /** Requests that wait for their turn (Ta). */
  #queue: ServerRequest[] = [];
  readonly #outstanding = new Set<ServerRequest>();

  constructor(context: AgentContext, owner: ServerRequestOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  /** True while a server may still answer. */
  get busy(): boolean {
    return this.#queue.length > 0 || this.#outstanding.size > 0;
  }

  /** Who was asked and has not answered. */
  get silent(): SilentServer[] {
    return [...this.#outstanding].map(({ base, path }) => ({
      local: base.address,
      address: path.address,
      port: path.port,
    }));
  }

  get hasQueued(): boolean {
    return this.#queue.length > 0;
  }

  queue(server: IceServer, base: LocalBase, path: Path): void {
    this.#queue.push({ requests: this, server, base, path });
  }

  /** Sends the next one. The caller has looked at pace and room. */
  sendNext(now: Instant): void {
    const request = this.#queue.shift();
    if (request === undefined) return;
    const { random, transactions, outbox, timing, pacer, statistics } = this.#context;
    const id = randomBytes(random, TRANSACTION_ID_LENGTH);
    const bytes = buildServerRequest(id);
    pacer.spend(now);
    this.#outstanding.add(request);
    statistics.serverRequestsSent++;
    outbox.push(request.path, bytes);
    transactions.begin(now, {
      id,
      path: request.path,
      bytes,
      purpose: { kind: "server", request },
      rto: timing.rto,
      maxSends: timing.maxSends,
    });
  }

  /** A server has answered. There is no integrity: only the transaction id and the 5-tuple vouch for it. */
  answered(request: ServerRequest, message: StunMessage): void {
    this.#outstanding.delete(request);
    const mapped = message.address(XOR_MAPPED_ADDRESS) ?? message.address(MAPPED_ADDRESS);
    const scope = mapped === undefined ? "unspecified" : ipScope(mapped.address);
    if (message.messageClass === "error") {
      const error = message.errorCode;
      this.#owner.refused(request, error?.reason ?? "", error?.code);
    } else if (
      mapped === undefined ||
      mapped.port === 0 ||
      scope === "unspecified" ||
      scope === "multicast"
    ) {
      this.#owner.refused(request, "the server's answer holds no usable address", undefined);
    } else this.#owner.answered(request, formatIpAddress(mapped.address), mapped.port);
  }

  /** A server has not answered in time. */
  expired(request: ServerRequest): void {
    this.#outstanding.delete(request);
    this.#owner.refused(request, "the server does not answer", undefined);
  }

  removeSocket(socket: SocketId): void {
    this.#end(({ base }) => base.socket === socket);
  }

  /** Nobody is there. */
  unreachable({ address, port }: SilentServer, errorText: string): void {
    const ended = this.#end(({ path }) => path.port === port && path.address === address);
    for (const request of ended) this.#owner.refused(request, errorText, undefined);
  }

  /** What is still open counts as an error. */
  giveUp(): void {
    const unasked = new Set(this.#queue);
    for (const request of this.#end(() => true)) {
      const errorText = unasked.has(request)
        ? "the server was not asked in time"
        : "the server does not answer";
      this.#owner.refused(request, errorText, undefined);
    }
  }

  /** Waits for these no longer; returns them. */
  #end(which: (request: ServerRequest) => boolean): ServerRequest[] {
    const ended = [...this.#queue, ...this.#outstanding].filter(which);
    this.#queue = this.#queue.filter((request) => !ended.includes(request));
    for (const request of ended) this.#outstanding.delete(request);
    this.#context.transactions.endAll(
      (purpose) => purpose.kind === "server" && ended.includes(purpose.request),
    );
    return ended;
  }
}
