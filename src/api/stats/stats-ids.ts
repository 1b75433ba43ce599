import type { CryptoProvider } from "../../core/crypto/provider.ts";

/** Bytes of a hash that make an id: long enough that no two objects of a connection meet in one. */
const ID_BYTES = 12;

const encoder = new TextEncoder();

/**
 * The ids of statistics: the same for the same object in every report, and, because a salt goes in that is the
 * connection's own, not to be guessed (webrtc-pc §8.4).
 */
export class StatsIds {
  readonly #crypto: CryptoProvider;
  #salt: Uint8Array | undefined;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /** The id of the object that `names` name within the connection. */
  of(...names: readonly (string | number | undefined)[]): string {
    this.#salt ??= this.#newSalt();
    const hash = this.#crypto.hmac("sha256", this.#salt, encoder.encode(JSON.stringify(names)));
    return Array.from(hash.subarray(0, ID_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  #newSalt(): Uint8Array {
    const salt = new Uint8Array(32);
    this.#crypto.fill(salt);
    return salt;
  }
}
