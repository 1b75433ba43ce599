import type { SigningKey } from "./provider.ts";

/** What one end of a DTLS connection proves itself with: a self-signed certificate and its key. */
export interface CertificateWithKey {
  /** DER of the certificate. */
  readonly certificate: Uint8Array;
  readonly key: SigningKey;
}

/** One `a=fingerprint` (RFC 8122 §5): the digest of the peer's certificate, raw bytes. */
export interface Fingerprint {
  /** As SDP writes it, lower case: "sha-256", "sha-384", "sha-512", "sha-1". */
  readonly algorithm: string;
  readonly value: Uint8Array;
}
