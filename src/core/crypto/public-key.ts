/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) as far as DTLS must know it: which kind of key, and whether it is one that
 * we take. The key itself stays encoded; the crypto provider reads it.
 *
 * ```text
 *   SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
 *   AlgorithmIdentifier  ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
 * ```
 */
import { type Malformed, malformed } from "../base/malformed.ts";
import { DER_NULL, DER_OBJECT_IDENTIFIER, DER_SEQUENCE, DerReader } from "./der-reader.ts";
import {
  OID_EC_PUBLIC_KEY,
  OID_ED25519,
  OID_RSA_ENCRYPTION,
  OID_SECP256R1,
  OID_SECP384R1,
  sameObjectIdentifier,
} from "./object-identifiers.ts";
import type { SigningKey } from "./provider.ts";

/** RSA moduli that a peer may use, in bits. Shorter ones are weak, longer ones a way to burn our processor. */
export const MIN_RSA_MODULUS_BITS = 2048;
export const MAX_RSA_MODULUS_BITS = 4096;

const NOT_A_KEY = malformed("public key: not a SubjectPublicKeyInfo");
const UNSUPPORTED = malformed("public key: unsupported algorithm or curve");
const BAD_POINT = malformed("public key: invalid point");
const BAD_RSA = malformed("public key: RSA modulus or exponent out of range");

/** The kind of key inside a DER SubjectPublicKeyInfo. */
export function publicKeyType(subjectPublicKeyInfo: Uint8Array): SigningKey["type"] | Malformed {
  const outer = new DerReader(subjectPublicKeyInfo);
  const info = outer.enter(DER_SEQUENCE);
  outer.end();
  const algorithm = info.enter(DER_SEQUENCE);
  const oid = algorithm.read(DER_OBJECT_IDENTIFIER);
  const key = info.readOctetAlignedBitString();
  info.end();
  if (!info.ok) return NOT_A_KEY;

  if (sameObjectIdentifier(oid, OID_EC_PUBLIC_KEY)) {
    // Only named curves (RFC 5480 §2.1.1): explicit parameters are SEQUENCEs and end here.
    if (algorithm.peekTag() !== DER_OBJECT_IDENTIFIER) return UNSUPPORTED;
    return ecKeyType(algorithm.read(DER_OBJECT_IDENTIFIER), algorithm, key);
  }
  if (sameObjectIdentifier(oid, OID_RSA_ENCRYPTION)) {
    algorithm.read(DER_NULL);
    algorithm.end();
    return algorithm.ok ? rsaKeyType(key) : NOT_A_KEY;
  }
  if (sameObjectIdentifier(oid, OID_ED25519)) {
    algorithm.end();
    return algorithm.ok && key.length === 32 ? "ed25519" : BAD_POINT;
  }
  return UNSUPPORTED;
}

function ecKeyType(
  curve: Uint8Array,
  algorithm: DerReader,
  point: Uint8Array,
): SigningKey["type"] | Malformed {
  algorithm.end();
  if (!algorithm.ok) return NOT_A_KEY;
  // RFC 8422 §5.4: uncompressed points only.
  if (sameObjectIdentifier(curve, OID_SECP256R1))
    return point.length === 65 && point[0] === 4 ? "ecdsa-p256" : BAD_POINT;
  if (sameObjectIdentifier(curve, OID_SECP384R1))
    return point.length === 97 && point[0] === 4 ? "ecdsa-p384" : BAD_POINT;
  return UNSUPPORTED;
}

/** RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 appendix A.1.1) */
function rsaKeyType(key: Uint8Array): "rsa" | Malformed {
  const outer = new DerReader(key);
  const sequence = outer.enter(DER_SEQUENCE);
  outer.end();
  const modulus = sequence.readInteger();
  const exponent = sequence.readInteger();
  sequence.end();
  if (!sequence.ok) return NOT_A_KEY;
  const bits = unsignedBits(modulus);
  if (bits < MIN_RSA_MODULUS_BITS || bits > MAX_RSA_MODULUS_BITS) return BAD_RSA;
  const exponentBits = unsignedBits(exponent);
  return exponentBits >= 2 && exponentBits <= 32 && (exponent[exponent.length - 1]! & 1) === 1
    ? "rsa"
    : BAD_RSA;
}

/** Significant bits of a non-negative INTEGER in shortest form; 0 for zero and for negative ones. */
function unsignedBits(integer: Uint8Array): number {
  const first = integer[0]!;
  if (first >= 0x80) return 0;
  if (first !== 0) return integer.length * 8 - Math.clz32(first) + 24;
  return (integer.length - 1) * 8; // a leading zero stands before an octet with its top bit set
}
