/**
 * Certificate (RFC 5246 §7.4.2).
 *
 * ```text
 *   length (24) | { length (24) | DER certificate }*     the sender's own first
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { MAX_CERTIFICATE_LENGTH } from "../../crypto/certificate.ts";
import { encodeBody } from "./encode.ts";

/** Certificates in one chain. WebRTC peers send one. */
export const MAX_CERTIFICATE_CHAIN = 10;

const MALFORMED = malformed("dtls: malformed certificate message");
const TOO_MANY = malformed("dtls: certificate chain too long");

/** The certificates as views, leaf first; an empty list is well-formed. */
export function decodeCertificateMessage(body: Uint8Array): Uint8Array[] | Malformed {
  const reader = new ByteReader(body);
  const list = reader.sub(reader.u24());
  if (!reader.ok || reader.remaining > 0) return MALFORMED;
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) {
    if (certificates.length === MAX_CERTIFICATE_CHAIN) return TOO_MANY;
    const certificate = list.bytes(list.u24());
    if (!list.ok || certificate.length === 0 || certificate.length > MAX_CERTIFICATE_LENGTH) return MALFORMED;
    certificates.push(certificate);
  }
  return certificates;
}

export function encodeCertificateMessage(certificates: readonly Uint8Array[]): Uint8Array {
  return encodeBody((writer) => {
    writer.u24(certificates.reduce((length, certificate) => length + 3 + certificate.length, 0));
    for (const certificate of certificates) {
      writer.u24(certificate.length);
      writer.bytes(certificate);
    }
  });
}
