import type { Log } from "../core/base/log.ts";
import { Malformed } from "../core/base/malformed.ts";
import type { Cancelable } from "../host/host.ts";
import { reportInternalError } from "./internal-error.ts";
import { decodeMdnsResponse } from "./mdns-message.ts";

/** When a query is sent, milliseconds after it was asked for. */
export const MDNS_TRIES: readonly number[] = [0, 250, 1000];
/** Milliseconds after which nobody is taken to know the name. */
export const MDNS_TIMEOUT = 3000;
/** Names asked for at the same time; whatever goes beyond is answered with nothing. */
export const MAX_MDNS_QUERIES = 50;
/** Answers kept, and for how long at most (milliseconds): a peer's candidates come in bursts with the same name. */
export const MAX_MDNS_CACHE = 50;
export const MDNS_CACHE_TIME = 30_000;
/** Addresses taken for one name. */
export const MAX_MDNS_ADDRESSES = 4;

/** The sockets of a resolver while it has something to ask. */
export interface MdnsTransport {
  /** Sends queries for a name everywhere they can be answered. */
  send(name: string): void;
  /** Releases every socket. Idempotent. */
  close(): void;
}

/** Opens the transport; every datagram that arrives from port 5353 goes to `receive`. */
export type OpenMdnsTransport = (receive: (datagram: Uint8Array) => void) => MdnsTransport;

interface Query {
  readonly waiting: Set<(addresses: readonly string[]) => void>;
  readonly timers: NodeJS.Timeout[];
}

interface CachedAnswer {
  readonly addresses: readonly string[];
  readonly until: number;
}

/**
 * Resolves the `<uuid>.local` names that browsers put in place of their addresses (RFC 6762 one-shot queries; RFC 8839
 * §5.1 and draft-ietf-mmusic-mdns-ice-candidates). Sockets exist only while a query is under way. Names of any other
 * form are not asked for: a stranger's candidate must not make us query what it likes.
 */
export class MdnsResolver {
  readonly #open: OpenMdnsTransport;
  readonly #log: Log;
  readonly #queries = new Map<string, Query>();
  readonly #cache = new Map<string, CachedAnswer>();
  #transport: MdnsTransport | undefined;
  #malformed = 0;

  constructor(open: OpenMdnsTransport, log: Log) {
    this.#open = open;
    this.#log = log;
  }

  /** Datagrams refused so far. */
  get malformedCount(): number {
    return this.#malformed;
  }

  /** {@link import("../host/host.ts").Host.resolveMdns} */
  resolve(name: string, done: (addresses: readonly string[]) => void): Cancelable {
    const key = name.toLowerCase();
    const known = this.#cached(key);
    if (known !== undefined) return answerSoon(known, done);
    if (!isMdnsCandidateName(key)) return answerSoon([], done);
    let query = this.#queries.get(key);
    if (query === undefined) {
      if (this.#queries.size >= MAX_MDNS_QUERIES) {
        this.#log.event("mdns.query.refused", { underWay: this.#queries.size });
        return answerSoon([], done);
      }
      query = this.#ask(key);
    }
    // A function of its own: the same callback may wait twice.
    const waiter = (addresses: readonly string[]) => done(addresses);
    query.waiting.add(waiter);
    return { cancel: () => this.#leave(key, query, waiter) };
  }

  #ask(name: string): Query {
    const query: Query = { waiting: new Set(), timers: [] };
    this.#queries.set(name, query);
    for (const delay of MDNS_TRIES) query.timers.push(setTimeout(() => this.#send(name), delay));
    query.timers.push(setTimeout(() => this.#finish(name, []), MDNS_TIMEOUT));
    return query;
  }

  #send(name: string): void {
    this.#transport ??= this.#open((datagram) => this.#receive(datagram));
    this.#transport.send(name);
  }

  #receive(datagram: Uint8Array): void {
    const records = decodeMdnsResponse(datagram);
    if (records instanceof Malformed) {
      this.#malformed++;
      return;
    }
    const found = new Map<string, { addresses: string[]; ttl: number }>();
    for (const { name, address, ttl } of records) {
      if (ttl === 0 || !this.#queries.has(name)) continue;
      const entry = found.get(name);
      if (entry === undefined) found.set(name, { addresses: [address], ttl });
      else if (entry.addresses.length < MAX_MDNS_ADDRESSES && !entry.addresses.includes(address)) {
        entry.addresses.push(address);
      }
    }
    for (const [name, { addresses, ttl }] of found) {
      this.#remember(name, addresses, ttl);
      this.#finish(name, addresses);
    }
  }

  #finish(name: string, addresses: readonly string[]): void {
    const query = this.#queries.get(name);
    if (query === undefined) return;
    this.#drop(name, query);
    this.#log.event("mdns.query.done", { addresses: addresses.length });
    for (const done of query.waiting) {
      try {
        done(addresses);
      } catch (error) {
        // One waiter's fault must not cost the others their answer, nor the process its life.
        reportInternalError(this.#log, "mdns", error);
      }
    }
  }

  #leave(name: string, query: Query, waiter: (addresses: readonly string[]) => void): void {
    query.waiting.delete(waiter);
    if (query.waiting.size === 0 && this.#queries.get(name) === query) this.#drop(name, query);
  }

  #drop(name: string, query: Query): void {
    for (const timer of query.timers) clearTimeout(timer);
    this.#queries.delete(name);
    if (this.#queries.size > 0) return;
    this.#transport?.close();
    this.#transport = undefined;
  }

  #cached(name: string): readonly string[] | undefined {
    const answer = this.#cache.get(name);
    if (answer === undefined) return undefined;
    if (answer.until > performance.now()) return answer.addresses;
    this.#cache.delete(name);
    return undefined;
  }

  #remember(name: string, addresses: readonly string[], ttl: number): void {
    if (this.#cache.size >= MAX_MDNS_CACHE) {
      const oldest = this.#cache.keys().next();
      if (!oldest.done) this.#cache.delete(oldest.value);
    }
    const until = performance.now() + Math.min(ttl * 1000, MDNS_CACHE_TIME);
    this.#cache.set(name, { addresses, until });
  }
}

/** `<uuid>.local`, the only names that ICE candidates may carry. */
export function isMdnsCandidateName(name: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.local$/i.test(name);
}

function answerSoon(addresses: readonly string[], done: (addresses: readonly string[]) => void): Cancelable {
  const immediate = setImmediate(done, addresses);
  return { cancel: () => clearImmediate(immediate) };
}
