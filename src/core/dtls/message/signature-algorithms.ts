/**
 * signature_algorithms (RFC 5246 §7.4.1.4.1, with the code points of RFC 8446 §4.2.3, which both versions share).
 *
 * ```text
 *   SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import type { SignatureScheme, SigningKey } from "../../crypto/provider.ts";
import { encodeBody } from "./encode.ts";
import { readUint16List, writeUint16List } from "./vector.ts";

interface SchemeEntry {
  readonly code: number;
  readonly scheme: SignatureScheme;
  /**
   * Keys that a peer may use with it. In TLS 1.2 an ECDSA code point names only the hash, the curve is the key's
   * (RFC 8422 §5.4 with RFC 5246 §7.4.1.4.1).
   */
  readonly keys: readonly SigningKey["type"][];
}

/** What we accept, best first. SHA-1 is not among them. */
const SCHEMES: readonly SchemeEntry[] = [
  { code: 0x0403, scheme: "ecdsa_secp256r1_sha256", keys: ["ecdsa-p256", "ecdsa-p384"] },
  { code: 0x0503, scheme: "ecdsa_secp384r1_sha384", keys: ["ecdsa-p384", "ecdsa-p256"] },
  { code: 0x0807, scheme: "ed25519", keys: ["ed25519"] },
  { code: 0x0804, scheme: "rsa_pss_rsae_sha256", keys: ["rsa"] },
  { code: 0x0401, scheme: "rsa_pkcs1_sha256", keys: ["rsa"] },
  { code: 0x0805, scheme: "rsa_pss_rsae_sha384", keys: ["rsa"] },
  { code: 0x0501, scheme: "rsa_pkcs1_sha384", keys: ["rsa"] },
  { code: 0x0601, scheme: "rsa_pkcs1_sha512", keys: ["rsa"] },
];

/** The code points that we accept, best first. */
export const SIGNATURE_SCHEME_CODES: readonly number[] = SCHEMES.map((entry) => entry.code);

/** The scheme of a code point, if we accept it with a key of this type. */
export function schemeForPeer(code: number, keyType: SigningKey["type"]): SignatureScheme | undefined {
  const entry = SCHEMES.find((candidate) => candidate.code === code);
  return entry?.keys.includes(keyType) ? entry.scheme : undefined;
}

/** The scheme we sign with: our best one for this key that the peer accepts. */
export function schemeForOwnKey(
  keyType: SigningKey["type"],
  acceptedByPeer: readonly number[],
): { code: number; scheme: SignatureScheme } | undefined {
  // The first key of an entry is the one that TLS 1.3 also pairs with it: the signing port knows no other.
  return SCHEMES.find((entry) => entry.keys[0] === keyType && acceptedByPeer.includes(entry.code));
}

const MALFORMED = malformed("dtls: malformed signature_algorithms");

/** The code points, known and unknown. */
export function decodeSignatureAlgorithms(data: Uint8Array): number[] | Malformed {
  const reader = new ByteReader(data);
  const codes = readUint16List(reader);
  return codes === undefined || reader.remaining > 0 ? MALFORMED : codes;
}

/** The list of everything that we accept. */
export function encodeSignatureAlgorithms(): Uint8Array {
  return encodeBody((writer) => writeUint16List(writer, SIGNATURE_SCHEME_CODES));
}
