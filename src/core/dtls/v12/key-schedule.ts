/** From the pre-master secret to keys, Finished and exporters (RFC 5246 §6.3, §7.4.9, §8.1; RFC 7627 §4; RFC 5705 §4). */
import type { CryptoProvider } from "../../crypto/provider.ts";
import { RecordProtection } from "../record/record-protection.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import { prf } from "./prf.ts";

const MASTER_SECRET_LENGTH = 48;
/** Octets of a Finished message. */
export const VERIFY_DATA_LENGTH = 12;

/** Both hello's randoms. */
export interface HelloRandoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** RFC 5246 §8.1 */
export function masterSecret(
  crypto: CryptoProvider,
  suite: CipherSuite,
  preMasterSecret: Uint8Array,
  randoms: HelloRandoms,
): Uint8Array {
  const seed = [randoms.client, randoms.server];
  return prf(crypto, suite.hash, preMasterSecret, "master secret", seed, MASTER_SECRET_LENGTH);
}

/** RFC 7627 §4. `sessionHash`: over all messages up to and including ClientKeyExchange. */
export function extendedMasterSecret(
  crypto: CryptoProvider,
  suite: CipherSuite,
  preMasterSecret: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  const label = "extended master secret";
  return prf(crypto, suite.hash, preMasterSecret, label, [sessionHash], MASTER_SECRET_LENGTH);
}

/** The protection of both directions, from the key block (RFC 5246 §6.3). */
export function recordProtections(
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
  randoms: HelloRandoms,
): { client: RecordProtection; server: RecordProtection } {
  const { keyLength, fixedIvLength } = suite;
  const length = 2 * (keyLength + fixedIvLength);
  const block = prf(crypto, suite.hash, secret, "key expansion", [randoms.server, randoms.client], length);
  const protection = (keyAt: number, ivAt: number) =>
    new RecordProtection(
      crypto.createAead(suite.aead, block.subarray(keyAt, keyAt + keyLength)),
      block.subarray(ivAt, ivAt + fixedIvLength),
    );
  const protections = {
    client: protection(0, 2 * keyLength),
    server: protection(keyLength, 2 * keyLength + fixedIvLength),
  };
  block.fill(0);
  return protections;
}

/** The contents of Finished (RFC 5246 §7.4.9). */
export function verifyData(
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
  sender: "client" | "server",
  transcriptHash: Uint8Array,
): Uint8Array {
  return prf(crypto, suite.hash, secret, `${sender} finished`, [transcriptHash], VERIFY_DATA_LENGTH);
}

/** Keying material for others (RFC 5705 §4). No context and an empty one give different results. */
export function exportedKeyingMaterial(
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
  randoms: HelloRandoms,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Uint8Array {
  const seed = [randoms.client, randoms.server];
  if (context !== undefined) {
    seed.push(new Uint8Array([context.length >> 8, context.length & 0xff]), context);
  }
  return prf(crypto, suite.hash, secret, label, seed, length);
}
