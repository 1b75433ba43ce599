/** Multicast DNS from the responder's side (RFC 6762): the questions in a query, and the answer for a name of ours. */
import { type Answer, decode, encode, type Packet } from "dns-packet";
import { type Malformed, malformed } from "../core/base/malformed.ts";
import { MAX_MDNS_MESSAGE, MAX_MDNS_RECORDS } from "./mdns-message.ts";

/** RFC 6762 §10: what records with a host name in them live, seconds. */
export const MDNS_TTL = 120;
/** RFC 6762 §6.7: what a querier that is none of multicast DNS may keep, seconds. */
export const LEGACY_TTL = 10;
/** Questions of one query that are looked at. */
export const MAX_MDNS_QUESTIONS = 32;

/** What a query asks that a responder for addresses may know. */
export interface MdnsQuery {
  readonly id: number;
  /** Names in lower case, each once. */
  readonly names: readonly string[];
}

/** One answer about a name. */
export interface MdnsAnswer {
  readonly name: string;
  readonly address: string;
  /** Seconds; 0 takes it back (RFC 6762 §10.1). */
  readonly ttl: number;
  /** For a querier that did not ask from port 5353: its id and question come back (RFC 6762 §6.7). */
  readonly legacyId?: number;
}

const HEADER_LENGTH = 12;
const NOT_A_QUERY = malformed("mdns: not a query");
const BAD_QUERY = malformed("mdns: query malformed");

/** Reads a query. Never throws. */
export function decodeMdnsQuery(datagram: Uint8Array): MdnsQuery | Malformed {
  if (datagram.length < HEADER_LENGTH || datagram.length > MAX_MDNS_MESSAGE) return BAD_QUERY;
  const header = new DataView(datagram.buffer, datagram.byteOffset, HEADER_LENGTH);
  if ((header.getUint16(2) & 0xf80f) !== 0) return NOT_A_QUERY;
  let records = 0;
  for (let at = 4; at < HEADER_LENGTH; at += 2) records += header.getUint16(at);
  // dns-packet reserves memory by these counts before it reads a single record.
  if (records > MAX_MDNS_RECORDS) return BAD_QUERY;
  let packet: Packet;
  try {
    packet = decode(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length));
  } catch {
    return BAD_QUERY;
  }
  if (decode.bytes > datagram.length) return BAD_QUERY;
  const names = new Set<string>();
  for (const { name, type } of (packet.questions ?? []).slice(0, MAX_MDNS_QUESTIONS)) {
    if (type === "A" || type === "AAAA" || (type as string) === "ANY") names.add(name.toLowerCase());
  }
  return { id: header.getUint16(0), names: [...names] };
}

/**
 * Says which address a name has, and that it has no other (RFC 6762 §6.1): who asks for the other family is not left
 * waiting for an answer that cannot come.
 */
export function encodeMdnsAnswer({ name, address, ttl, legacyId }: MdnsAnswer): Uint8Array {
  const type = address.includes(":") ? "AAAA" : "A";
  // RFC 6762 §10.2: this host alone has the name. Queriers of plain DNS would not understand the bit.
  const flush = legacyId === undefined;
  const answer = { type, name, ttl, class: "IN", flush, data: address } satisfies Answer;
  const nothingElse = {
    type: "NSEC",
    name,
    ttl,
    class: "IN",
    flush,
    data: { nextDomain: name, rrtypes: [type] },
  } as const;
  return encode({
    type: "response",
    id: legacyId ?? 0,
    flags: 0x0400, // RFC 6762 §18.4: authoritative
    ...(legacyId === undefined ? {} : { questions: [{ type, name, class: "IN" }] }),
    answers: [answer],
    additionals: ttl === 0 ? [] : [nothingElse as unknown as Answer],
  });
}
