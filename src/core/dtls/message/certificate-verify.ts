/**
 * CertificateVerify (RFC 5246 §7.4.8): the client's signature over all messages so far.
 *
 * ```text
 *   signature algorithm (16) | signature<0..2^16-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { readOpaque16, writeOpaque16 } from "./vector.ts";

export interface CertificateVerify {
  readonly signatureScheme: number;
  readonly signature: Uint8Array;
}

const MALFORMED = malformed("dtls: malformed certificate_verify");

export function decodeCertificateVerify(body: Uint8Array): CertificateVerify | Malformed {
  const reader = new ByteReader(body);
  const signatureScheme = reader.u16();
  const signature = readOpaque16(reader);
  return reader.ok && reader.remaining === 0 ? { signatureScheme, signature } : MALFORMED;
}

export function encodeCertificateVerify(message: CertificateVerify): Uint8Array {
  return encodeBody((writer) => {
    writer.u16(message.signatureScheme);
    writeOpaque16(writer, message.signature);
  });
}
