/**
 * True when both hold the same bytes; the time taken depends on the lengths only. For tags, MACs, fingerprints and
 * anything else an attacker could guess byte by byte.
 */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
