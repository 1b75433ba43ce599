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
  #outstanding = 0;

  constructor(context: AgentContext, owner: ServerRequestOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  /** True while a server may still answer. */
  get busy(): boolean {
    return this.#queue.length > 0 || this.#outstanding > 0;
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
    this.#outstanding++;
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
    this.#outstanding--;
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
    this.#outstanding--;
    this.#owner.refused(request, "the server does not answer", undefined);
  }

  removeSocket(socket: SocketId): void {
    this.#queue = this.#queue.filter((request) => request.base.socket !== socket);
    this.#end((request) => {
      const gone = request.base.socket === socket;
      if (gone) this.#outstanding--;
      return gone;
    });
  }

  /** What is still open counts as an error. */
  giveUp(): void {
    for (const request of this.#queue)
      this.#owner.refused(request, "the server was not asked in time", undefined);
    this.#end((request) => {
      this.#owner.refused(request, "the server does not answer", undefined);
      return true;
    });
    this.#queue = [];
    this.#outstanding = 0;
  }

  #end(which: (request: ServerRequest) => boolean): void {
    this.#context.transactions.endAll(
      (purpose) => purpose.kind === "server" && purpose.request.requests === this && which(purpose.request),
    );
  }
}
