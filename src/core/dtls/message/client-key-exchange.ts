/**
 * ClientKeyExchange for ECDHE (RFC 8422 §5.7).
 *
 * ```text
 *   ecdh_Yc<1..2^8-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { readOpaque8, writeOpaque8 } from "./vector.ts";

const MALFORMED = malformed("dtls: malformed client_key_exchange");

/** The client's ephemeral public key. */
export function decodeClientKeyExchange(body: Uint8Array): Uint8Array | Malformed {
  const reader = new ByteReader(body);
  const publicKey = readOpaque8(reader);
  return reader.ok && reader.remaining === 0 && publicKey.length > 0 ? publicKey : MALFORMED;
}

export function encodeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return encodeBody((writer) => writeOpaque8(writer, publicKey));
}
