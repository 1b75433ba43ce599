/**
 * `skywave/dtls`: DTLS 1.2 (RFC 6347) as a pure machine, client and server, with mutual certificates proved by
 * fingerprints. Bring bytes and time; it brings bytes and events.
 */
export { type ParsedCertificate, parseCertificate } from "../crypto/certificate.ts";
export type { CertificateWithKey, Fingerprint } from "../crypto/certificate-with-key.ts";
export { certificateDigest, FINGERPRINT_ALGORITHMS, matchesFingerprint } from "../crypto/fingerprint.ts";
export type {
  Aead,
  AeadName,
  CryptoProvider,
  Hash,
  HashName,
  KeyAgreement,
  KeyAgreementGroup,
  SignatureScheme,
  SigningKey,
  SigningKeyParameters,
} from "../crypto/provider.ts";
export {
  buildSelfSignedCertificate,
  type SelfSignedCertificateOptions,
} from "../crypto/self-signed-certificate.ts";
export {
  DtlsEndpoint,
  type DtlsEndpointOptions,
  type DtlsError,
  type DtlsEvent,
  type DtlsState,
} from "./endpoint.ts";
export { DEFAULT_MTU, HANDSHAKE_DEADLINE, MINIMUM_MTU } from "./limits.ts";
export { alertName } from "./message/alert.ts";
export {
  SRTP_AEAD_AES_128_GCM,
  SRTP_AEAD_AES_256_GCM,
  SRTP_AES128_CM_HMAC_SHA1_80,
} from "./message/use-srtp.ts";
export { DTLS_RECORD_OVERHEAD } from "./record/record-protection.ts";
export type { DtlsStatistics } from "./statistics.ts";
