/** Certificate fingerprints (RFC 8122 §5): digests over the DER of a certificate. */
import { equalConstantTime } from "../base/constant-time.ts";
import type { Fingerprint } from "./certificate-with-key.ts";
import type { CryptoProvider, HashName } from "./provider.ts";

/** `a=fingerprint` hash functions that we know, weakest first. MD2 and MD5 are forbidden (RFC 8122 §5). */
const HASHES: ReadonlyMap<string, HashName> = new Map([
  ["sha-1", "sha1"],
  ["sha-256", "sha256"],
  ["sha-384", "sha384"],
  ["sha-512", "sha512"],
]);

/** The names, as SDP writes them, of the hash functions that fingerprints may use here; weakest first. */
export const FINGERPRINT_ALGORITHMS: readonly string[] = [...HASHES.keys()];

/** The digest of a certificate, or undefined for a hash function that we do not know. */
export function certificateDigest(
  crypto: CryptoProvider,
  algorithm: string,
  certificate: Uint8Array,
): Uint8Array | undefined {
  const hash = HASHES.get(algorithm);
  return hash === undefined ? undefined : crypto.hash(hash, certificate);
}

/** True when the digest of the certificate equals at least one of the fingerprints (webrtc-pc §11.4). */
export function matchesFingerprint(
  crypto: CryptoProvider,
  certificate: Uint8Array,
  fingerprints: readonly Fingerprint[],
): boolean {
  let matches = false;
  for (const fingerprint of fingerprints) {
    const digest = certificateDigest(crypto, fingerprint.algorithm, certificate);
    if (digest !== undefined && equalConstantTime(digest, fingerprint.value)) matches = true;
  }
  return matches;
}
