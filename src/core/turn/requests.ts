/** Requests to the server that wait for an answer: repeated over UDP, timed everywhere (RFC 8489 §6.2.1, §6.2.2). */
import { type Duration, type Instant, NEVER } from "../base/instant.ts";
import { MAX_REQUESTS, type TurnTiming } from "./protocol.ts";
import type { RequestPurpose } from "./request-message.ts";

/** One request and its repetitions, all of the same bytes. */
export interface Request {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly purpose: RequestPurpose;
  /** It carried credentials: its answer must be signed too. */
  readonly signed: boolean;
  /** How many requests of the same purpose a new nonce has cost before. */
  readonly nonceChanges: number;
  readonly begun: Instant;
  sends: number;
  rto: Duration;
  /** The next send, or after the last one the end. */
  deadline: Instant;
}

export class Requests {
  readonly #timing: TurnTiming;
  readonly #stream: boolean;
  readonly #byId = new Map<string, Request>();

  constructor(timing: TurnTiming, stream: boolean) {
    this.#timing = timing;
    this.#stream = stream;
  }

  get full(): boolean {
    return this.#byId.size >= MAX_REQUESTS;
  }

  /** The first send is due at once. */
  begin(now: Instant, request: Pick<Request, "id" | "bytes" | "purpose" | "signed" | "nonceChanges">): void {
    const { id, bytes, purpose, signed, nonceChanges } = request;
    const { rto } = this.#timing;
    this.#byId.set(keyOf(id), {
      id,
      bytes,
      purpose,
      signed,
      nonceChanges,
      begun: now,
      sends: 0,
      rto,
      deadline: now,
    });
  }

  /** Takes the request that an answer belongs to. */
  take(id: Uint8Array): Request | undefined {
    const key = keyOf(id);
    const request = this.#byId.get(key);
    this.#byId.delete(key);
    return request;
  }

  find(id: Uint8Array): Request | undefined {
    return this.#byId.get(keyOf(id));
  }

  clear(): void {
    this.#byId.clear();
  }

  /** The bytes of a request that is to be sent now. */
  nextDue(now: Instant): Uint8Array | undefined {
    for (const request of this.#byId.values()) {
      if (request.deadline > now || this.#ended(request)) continue;
      const { rto, lastWait, maxSends, streamTimeout } = this.#timing;
      request.sends++;
      if (this.#stream) request.deadline = now + streamTimeout;
      else if (request.sends === maxSends) request.deadline = now + lastWait * rto;
      else request.deadline = now + request.rto;
      request.rto *= 2;
      return request.bytes;
    }
    return undefined;
  }

  /** Takes a request whose time is over. */
  takeExpired(now: Instant): Request | undefined {
    for (const [key, request] of this.#byId) {
      if (request.deadline > now || !this.#ended(request)) continue;
      this.#byId.delete(key);
      return request;
    }
    return undefined;
  }

  next(): Instant {
    let next = NEVER;
    for (const { deadline } of this.#byId.values()) if (deadline < next) next = deadline;
    return next;
  }

  #ended({ sends }: Request): boolean {
    return sends >= (this.#stream ? 1 : this.#timing.maxSends);
  }
}

function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id);
}
