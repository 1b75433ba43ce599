/** Session keys out of a master key (RFC 3711 §4.3): AES in counter mode as a pseudo-random function, derivation rate 0. */

import type { CryptoProvider } from "../crypto/provider.ts";
import type { SrtpMasterKey, SrtpProfile } from "./profile.ts";

/** RFC 3711 §4.3.1 and §4.3.2 */
const LABEL_RTP_ENCRYPTION = 0;
const LABEL_RTP_AUTHENTICATION = 1;
const LABEL_RTP_SALT = 2;
const LABEL_RTCP_ENCRYPTION = 3;
const LABEL_RTCP_AUTHENTICATION = 4;
const LABEL_RTCP_SALT = 5;

/** Where the label stands in x = label ‖ r, right-aligned in 14 octets with r of six. */
const LABEL_AT = 7;
const BLOCK = 16;

/** HMAC-SHA1's key (RFC 3711 §5.2). */
export const AUTHENTICATION_KEY_LENGTH = 20;

/** The keys of RTP or of RTCP in one direction. */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/** `length` octets of PRF(master key, label) (RFC 3711 §4.3.3). A salt of 12 octets counts as followed by zeros (RFC 7714 §11). */
export function deriveKey(
  crypto: CryptoProvider,
  { key, salt }: SrtpMasterKey,
  label: number,
  length: number,
): Uint8Array {
  const blocks = Math.ceil(length / BLOCK);
  const counters = new Uint8Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block++) {
    counters.set(salt, block * BLOCK);
    counters[block * BLOCK + LABEL_AT]! ^= label;
    counters[block * BLOCK + BLOCK - 1] = block;
  }
  const stream = new Uint8Array(counters.length);
  crypto.createBlockCipher(key).encrypt(counters, stream);
  return stream.slice(0, length);
}

/** All session keys of one direction. */
export function deriveSessionKeys(
  crypto: CryptoProvider,
  profile: SrtpProfile,
  master: SrtpMasterKey,
): { readonly rtp: SessionKeys; readonly rtcp: SessionKeys } {
  const derive = (label: number, length: number) => deriveKey(crypto, master, label, length);
  return {
    rtp: {
      encryption: derive(LABEL_RTP_ENCRYPTION, profile.keyLength),
      authentication: derive(LABEL_RTP_AUTHENTICATION, AUTHENTICATION_KEY_LENGTH),
      salt: derive(LABEL_RTP_SALT, profile.saltLength),
    },
    rtcp: {
      encryption: derive(LABEL_RTCP_ENCRYPTION, profile.keyLength),
      authentication: derive(LABEL_RTCP_AUTHENTICATION, AUTHENTICATION_KEY_LENGTH),
      salt: derive(LABEL_RTCP_SALT, profile.saltLength),
    },
  };
}
