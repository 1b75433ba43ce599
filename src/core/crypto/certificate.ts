/**
 * X.509 certificates (RFC 5280 §4.1), read as far as DTLS needs them. Trust comes from the fingerprint in the description
 * (RFC 8827 §6.5), so names, extensions and the certificate's own signature are not judged.
 *
 * ```text
 *   Certificate    ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
 *   TBSCertificate ::= SEQUENCE { [0] version DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier,
 *                                 issuer Name, validity, subject Name, subjectPublicKeyInfo, … }
 *   Validity       ::= SEQUENCE { notBefore Time, notAfter Time }
 * ```
 */
import { type Malformed, malformed } from "../base/malformed.ts";
import { parseAsn1Time } from "./asn1-time.ts";
import {
  checkDer,
  DER_GENERALIZED_TIME,
  DER_SEQUENCE,
  DER_UTC_TIME,
  DerReader,
  derContext,
} from "./der-reader.ts";
import type { SigningKey } from "./provider.ts";
import { publicKeyType } from "./public-key.ts";

/** Octets of one certificate. */
export const MAX_CERTIFICATE_LENGTH = 16_384;

/** What DTLS needs of a peer's certificate (RFC 5280 §4.1). */
export interface ParsedCertificate {
  /** DER SubjectPublicKeyInfo, a view into the certificate. */
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly keyType: SigningKey["type"];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const TOO_LONG = malformed("certificate: too long");
const NOT_A_CERTIFICATE = malformed("certificate: not an X.509 certificate");
const BAD_VALIDITY = malformed("certificate: invalid validity");

/** Reads one DER certificate. */
export function parseCertificate(der: Uint8Array): ParsedCertificate | Malformed {
  if (der.length > MAX_CERTIFICATE_LENGTH) return TOO_LONG;
  const wrong = checkDer(der);
  if (wrong !== undefined) return wrong;

  const outer = new DerReader(der);
  const certificate = outer.enter(DER_SEQUENCE);
  const tbs = certificate.enter(DER_SEQUENCE);
  certificate.read(DER_SEQUENCE);
  certificate.readOctetAlignedBitString();
  certificate.end();

  if (tbs.peekTag() === derContext(0)) tbs.enter(derContext(0)).readInteger();
  tbs.readInteger(); // serialNumber
  tbs.read(DER_SEQUENCE); // signature
  tbs.read(DER_SEQUENCE); // issuer
  const validity = tbs.enter(DER_SEQUENCE);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end();
  tbs.read(DER_SEQUENCE); // subject
  const subjectPublicKeyInfo = tbs.readElement(DER_SEQUENCE);
  if (!tbs.ok) return NOT_A_CERTIFICATE;
  if (notBefore === undefined || notAfter === undefined) return BAD_VALIDITY;

  const keyType = publicKeyType(subjectPublicKeyInfo);
  if (typeof keyType !== "string") return keyType;
  return { subjectPublicKeyInfo, keyType, notBefore, notAfter };
}

function readTime(validity: DerReader): number | undefined {
  const tag = validity.peekTag() === DER_UTC_TIME ? DER_UTC_TIME : DER_GENERALIZED_TIME;
  const octets = validity.read(tag);
  return octets.length === (tag === DER_UTC_TIME ? 13 : 15) ? parseAsn1Time(octets) : undefined;
}
