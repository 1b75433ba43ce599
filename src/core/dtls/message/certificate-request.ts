/**
 * CertificateRequest (RFC 5246 §7.4.4).
 *
 * ```text
 *   certificate_types<1..2^8-1> | supported_signature_algorithms<2..2^16-2> | certificate_authorities<0..2^16-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { SIGNATURE_SCHEME_CODES } from "./signature-algorithms.ts";
import { readOpaque8, readOpaque16, readUint16List, writeOpaque8, writeUint16List } from "./vector.ts";

/** ClientCertificateType (RFC 5246 §7.4.4, RFC 8422 §5.5). */
const RSA_SIGN = 1;
const ECDSA_SIGN = 64;

const MALFORMED = malformed("dtls: malformed certificate_request");

/** The signature algorithms. Certificate types follow from them, authorities mean nothing to self-signed certificates. */
export function decodeCertificateRequest(body: Uint8Array): number[] | Malformed {
  const reader = new ByteReader(body);
  const types = readOpaque8(reader);
  const signatureAlgorithms = readUint16List(reader);
  readOpaque16(reader);
  if (signatureAlgorithms === undefined || !reader.ok || reader.remaining > 0 || types.length === 0) {
    return MALFORMED;
  }
  return signatureAlgorithms;
}

/** Asks for any key and signature that we take. */
export function encodeCertificateRequest(): Uint8Array {
  return encodeBody((writer) => {
    writeOpaque8(writer, new Uint8Array([ECDSA_SIGN, RSA_SIGN]));
    writeUint16List(writer, SIGNATURE_SCHEME_CODES);
    writer.u16(0);
  });
}
