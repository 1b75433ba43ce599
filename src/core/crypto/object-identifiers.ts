/** The object identifiers that certificates of DTLS peers carry, as encoded octets. */

/** id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 §2.1.1) */
export const OID_EC_PUBLIC_KEY = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
/** secp256r1, 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1) */
export const OID_SECP256R1 = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
/** secp384r1, 1.3.132.0.34 (RFC 5480 §2.1.1.1) */
export const OID_SECP384R1 = new Uint8Array([0x2b, 0x81, 0x04, 0x00, 0x22]);
/** rsaEncryption, 1.2.840.113549.1.1.1 (RFC 3279 §2.3.1) */
export const OID_RSA_ENCRYPTION = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
/** id-Ed25519, 1.3.101.112 (RFC 8410 §3) */
export const OID_ED25519 = new Uint8Array([0x2b, 0x65, 0x70]);
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 §3.2) */
export const OID_ECDSA_WITH_SHA256 = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
/** ecdsa-with-SHA384, 1.2.840.10045.4.3.3 (RFC 5758 §3.2) */
export const OID_ECDSA_WITH_SHA384 = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]);
/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11 (RFC 4055 §5) */
export const OID_SHA256_WITH_RSA = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
/** id-at-commonName, 2.5.4.3 (RFC 5280 appendix A) */
export const OID_COMMON_NAME = new Uint8Array([0x55, 0x04, 0x03]);

/** True when both encode the same identifier. */
export function sameObjectIdentifier(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
