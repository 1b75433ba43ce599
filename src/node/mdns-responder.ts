import type { Log } from "../core/base/log.ts";
import { Malformed } from "../core/base/malformed.ts";
import type { Cancelable } from "../host/host.ts";
import { decodeMdnsQuery, encodeMdnsAnswer, LEGACY_TTL, MDNS_TTL } from "./mdns-answer.ts";

/** Names answered for at once; more are published to nobody. */
export const MAX_PUBLISHED_NAMES = 256;
/** Milliseconds between two answers to everybody about one name (RFC 6762 §6). */
export const MULTICAST_INTERVAL = 1000;
/** When a new name is announced, milliseconds after it was published (RFC 6762 §8.3). */
export const ANNOUNCEMENTS: readonly number[] = [0, 1000];
/** Answers per second to queriers that did not ask from port 5353, all together. */
export const MAX_LEGACY_ANSWERS = 32;

/** Where a query came from. */
export interface MdnsSource {
  readonly address: string;
  readonly port: number;
}

/** The sockets of a responder while there is something to answer for. */
export interface ResponderTransport {
  /** To everybody on every link. */
  announce(message: Uint8Array): void;
  reply(message: Uint8Array, to: MdnsSource): void;
  /** Releases every socket. Idempotent. */
  close(): void;
}

/** Opens the transport; every datagram that arrives from somebody on a link goes to `receive`. */
export type OpenResponderTransport = (
  receive: (datagram: Uint8Array, source: MdnsSource, legacy: boolean) => void,
) => ResponderTransport;

interface Published {
  readonly address: string;
  readonly timers: NodeJS.Timeout[];
  lastAnswer: number;
}

/**
 * Answers for the `<uuid>.local` names that stand for our addresses in candidates (RFC 6762; draft-ietf-mmusic-mdns-ice-
 * candidates §3.1). Sockets exist only while a name is published. The names are random: nobody else can have them, so they
 * are not probed for (§8.1), and nobody learns of them but by signalling or by listening on the link.
 */
export class MdnsResponder {
  readonly #open: OpenResponderTransport;
  readonly #log: Log;
  readonly #names = new Map<string, Published>();
  #transport: ResponderTransport | undefined;
  #legacySecond = 0;
  #legacyAnswers = 0;

  constructor(open: OpenResponderTransport, log: Log) {
    this.#open = open;
    this.#log = log;
  }

  /** {@link import("../host/host.ts").Host.publishMdns} */
  publish(name: string, address: string): Cancelable {
    const key = name.toLowerCase();
    if (this.#names.size >= MAX_PUBLISHED_NAMES || this.#names.has(key)) {
      this.#log.event("mdns.publish.refused", { names: this.#names.size });
      return { cancel() {} };
    }
    const published: Published = { address, timers: [], lastAnswer: Number.NEGATIVE_INFINITY };
    this.#names.set(key, published);
    this.#transport ??= this.#open((datagram, source, legacy) => this.#receive(datagram, source, legacy));
    for (const delay of ANNOUNCEMENTS) {
      const timer = setTimeout(() => this.#announce(key, published, MDNS_TTL), delay);
      timer.unref();
      published.timers.push(timer);
    }
    return { cancel: () => this.#withdraw(key, published) };
  }

  #withdraw(name: string, published: Published): void {
    if (this.#names.get(name) !== published) return;
    for (const timer of published.timers) clearTimeout(timer);
    // RFC 6762 §10.1: whoever has asked forgets it.
    if (published.lastAnswer > Number.NEGATIVE_INFINITY) this.#announce(name, published, 0);
    this.#names.delete(name);
    if (this.#names.size > 0) return;
    this.#transport?.close();
    this.#transport = undefined;
  }

  #receive(datagram: Uint8Array, source: MdnsSource, legacy: boolean): void {
    const query = decodeMdnsQuery(datagram);
    if (query instanceof Malformed) return;
    for (const name of query.names) {
      const published = this.#names.get(name);
      if (published === undefined) continue;
      if (legacy) this.#reply(name, published, query.id, source);
      else if (performance.now() - published.lastAnswer >= MULTICAST_INTERVAL)
        this.#announce(name, published, MDNS_TTL);
    }
  }

  #announce(name: string, published: Published, ttl: number): void {
    published.lastAnswer = performance.now();
    this.#transport?.announce(encodeMdnsAnswer({ name, address: published.address, ttl }));
  }

  #reply(name: string, { address }: Published, legacyId: number, source: MdnsSource): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#legacySecond) this.#legacyAnswers = 0;
    this.#legacySecond = second;
    if (++this.#legacyAnswers > MAX_LEGACY_ANSWERS) return;
    this.#transport?.reply(encodeMdnsAnswer({ name, address, ttl: LEGACY_TTL, legacyId }), source);
  }
}
