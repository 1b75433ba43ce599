/**
 * Multicast DNS messages (RFC 6762 §18): the query for one host name, and the addresses in an answer. The wire format is
 * that of RFC 1035 §4, read and written by `dns-packet`; what it is given is bounded here first.
 */
import { decode, encode, type Packet } from "dns-packet";
import { type Malformed, malformed } from "../core/base/malformed.ts";
import { canonicalAddress } from "./address-text.ts";

/** RFC 6762 §17: no mDNS message is longer, IP and UDP headers included. */
export const MAX_MDNS_MESSAGE = 9000;
/** Questions and records of one message that are looked at; a longer message is refused. */
export const MAX_MDNS_RECORDS = 100;

/** One address record of an answer. */
export interface MdnsAddress {
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly address: string;
  /** Seconds; 0 takes the record back (RFC 6762 §10.1). */
  readonly ttl: number;
}

const HEADER_LENGTH = 12;
const NOT_A_RESPONSE = malformed("mdns: not a response");
const BAD_LENGTH = malformed("mdns: length out of bounds");
const BAD_CODE = malformed("mdns: opcode or response code not zero");
const TOO_MANY_RECORDS = malformed("mdns: too many records");
const BAD_RECORD = malformed("mdns: record malformed");

/** The record types that hold addresses (RFC 1035 §3.4.1, RFC 3596 §2.1). */
export type MdnsQuestionType = "A" | "AAAA";

/**
 * Asks for one record type of `name`. RFC 6762 §5.3 allows several questions in a message, but Chromium ignores messages
 * that hold more than one. `unicastResponse` sets the QU bit (§5.4).
 */
export function encodeMdnsQuery(
  name: string,
  type: MdnsQuestionType,
  id: number,
  unicastResponse: boolean,
): Uint8Array {
  const message = encode({ type: "query", id, questions: [{ type, name, class: "IN" }] });
  // The class of the only question is what the message ends with.
  if (unicastResponse) message[message.length - 2] = message[message.length - 2]! | 0x80;
  return message;
}

/** The address records of a response's answer and additional sections. Never throws. */
export function decodeMdnsResponse(datagram: Uint8Array): MdnsAddress[] | Malformed {
  if (datagram.length < HEADER_LENGTH || datagram.length > MAX_MDNS_MESSAGE) return BAD_LENGTH;
  const header = new DataView(datagram.buffer, datagram.byteOffset, HEADER_LENGTH);
  const flags = header.getUint16(2);
  if ((flags & 0x8000) === 0) return NOT_A_RESPONSE;
  if ((flags & 0x780f) !== 0) return BAD_CODE; // RFC 6762 §18.3, §18.11
  let records = 0;
  for (let at = 4; at < HEADER_LENGTH; at += 2) records += header.getUint16(at);
  // dns-packet reserves memory by these counts before it reads a single record.
  if (records > MAX_MDNS_RECORDS) return TOO_MANY_RECORDS;

  let packet: Packet;
  try {
    packet = decode(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length));
  } catch {
    return BAD_RECORD;
  }
  // An address cut short reads as one that ends in zeros: the reader has gone beyond the message.
  if (decode.bytes > datagram.length) return BAD_RECORD;
  const addresses: MdnsAddress[] = [];
  for (const record of [...(packet.answers ?? []), ...(packet.additionals ?? [])]) {
    if ((record.type !== "A" && record.type !== "AAAA") || record.class !== "IN") continue;
    const address = canonicalAddress(record.data);
    if (address === undefined) continue;
    addresses.push({ name: hostName(record.name), address, ttl: record.ttl ?? 0 });
  }
  return addresses;
}

/** Names compare without case (RFC 6762 §16). */
function hostName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}
