import { InvariantViolation } from "../core/base/assert.ts";
import type { CryptoProvider, SigningKey, SigningKeyParameters } from "../core/crypto/provider.ts";
import type { Surroundings } from "./clock.ts";

/**
 * A host's cryptography: the given provider, with randomness from the world's seed. Keys still come from the provider's own
 * generator, so the bytes of handshakes differ between runs while what is decided by chance does not. Making a signing key
 * takes real time in the provider; the world's clock stands still for it, and the answer comes as an event of the world.
 */
export function simCrypto(
  name: string,
  provider: CryptoProvider | undefined,
  world: Surroundings,
): CryptoProvider {
  const random = world.random(`host ${name}`);
  const real = provider ?? NO_CRYPTO;
  return {
    createHash: (hash) => real.createHash(hash),
    hash: (hash, data) => real.hash(hash, data),
    hmac: (hash, key, ...parts) => real.hmac(hash, key, ...parts),
    createAead: (aead, key) => real.createAead(aead, key),
    createBlockCipher: (key) => real.createBlockCipher(key),
    createKeyedHmac: (hash, key) => real.createKeyedHmac(hash, key),
    generateKeyAgreement: (group) => real.generateKeyAgreement(group),
    verify: (scheme, key, data, signature) => real.verify(scheme, key, data, signature),
    fill: (out) => random.fill(out),
    generateSigningKey(parameters: SigningKeyParameters, done: (key: SigningKey | undefined) => void): void {
      const release = world.hold();
      real.generateSigningKey(parameters, (key) => {
        release();
        world.clock.schedule(world.clock.now, "key", name, () => done(key));
      });
    },
  };
}

function refuse(): never {
  throw new InvariantViolation(
    "this host was made without a crypto provider: give one to the World or the host",
  );
}

/** For worlds that only carry packets. */
const NO_CRYPTO: CryptoProvider = {
  createHash: refuse,
  hash: refuse,
  hmac: refuse,
  createAead: refuse,
  createBlockCipher: refuse,
  createKeyedHmac: refuse,
  generateKeyAgreement: refuse,
  verify: refuse,
  fill: refuse,
  generateSigningKey: refuse,
};
