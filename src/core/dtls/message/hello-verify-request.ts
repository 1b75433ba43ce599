/**
 * HelloVerifyRequest (RFC 6347 §4.2.1).
 *
 * ```text
 *   server_version (16) | cookie<0..2^8-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { DTLS_1_0 } from "../record/content-type.ts";
import { encodeBody } from "./encode.ts";
import { readOpaque8, writeOpaque8 } from "./vector.ts";

const MALFORMED = malformed("dtls: malformed hello_verify_request");

/** The cookie. The version in it decides nothing (RFC 6347 §4.2.1). */
export function decodeHelloVerifyRequest(body: Uint8Array): Uint8Array | Malformed {
  const reader = new ByteReader(body);
  reader.u16();
  const cookie = readOpaque8(reader);
  return reader.ok && reader.remaining === 0 ? cookie : MALFORMED;
}

export function encodeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return encodeBody((writer) => {
    // RFC 6347 §4.2.1: servers SHOULD write DTLS 1.0 here, whatever will be negotiated.
    writer.u16(DTLS_1_0);
    writeOpaque8(writer, cookie);
  });
}
