/**
 * The pseudorandom function of TLS 1.2 (RFC 5246 §5).
 *
 * ```text
 *   PRF(secret, label, seed) = P_hash(secret, label ‖ seed)
 *   P_hash(secret, seed)     = HMAC(secret, A(1) ‖ seed) ‖ HMAC(secret, A(2) ‖ seed) ‖ …
 *   A(0) = seed, A(i) = HMAC(secret, A(i-1))
 * ```
 */
import { encodeUtf8 } from "../../base/utf8.ts";
import type { CryptoProvider, HashName } from "../../crypto/provider.ts";

/** `length` octets. The seed is the concatenation of `seed`. */
export function prf(
  crypto: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  seed: readonly Uint8Array[],
  length: number,
): Uint8Array {
  const parts = [encodeUtf8(label), ...seed];
  const out = new Uint8Array(length);
  let a = crypto.hmac(hash, secret, ...parts);
  for (let at = 0; at < length; ) {
    const block = crypto.hmac(hash, secret, a, ...parts);
    out.set(block.subarray(0, Math.min(block.length, length - at)), at);
    at += block.length;
    a = crypto.hmac(hash, secret, a);
  }
  return out;
}
