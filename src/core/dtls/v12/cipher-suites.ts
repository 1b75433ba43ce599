/** The cipher suites of DTLS 1.2 that we do: forward secret and AEAD (RFC 5289, RFC 7905, RFC 8827 §6.5). */
import type { AeadName, HashName, SigningKey } from "../../crypto/provider.ts";

export interface CipherSuite {
  readonly code: number;
  /** The IANA name. */
  readonly name: string;
  /** What the server signs its key exchange with. */
  readonly authentication: "ecdsa" | "rsa";
  readonly aead: AeadName;
  readonly keyLength: number;
  /** 4 with an explicit nonce in each record (RFC 5288), 12 without (RFC 7905). */
  readonly fixedIvLength: 4 | 12;
  /** Of the PRF. */
  readonly hash: HashName;
}

const AES_128 = { aead: "aes-128-gcm", keyLength: 16, fixedIvLength: 4, hash: "sha256" } as const;
const AES_256 = { aead: "aes-256-gcm", keyLength: 32, fixedIvLength: 4, hash: "sha384" } as const;
const CHACHA20 = { aead: "chacha20-poly1305", keyLength: 32, fixedIvLength: 12, hash: "sha256" } as const;

/** All of them, best first. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  { code: 0xc02b, name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", authentication: "ecdsa", ...AES_128 },
  { code: 0xc02f, name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", authentication: "rsa", ...AES_128 },
  { code: 0xc02c, name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", authentication: "ecdsa", ...AES_256 },
  { code: 0xc030, name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", authentication: "rsa", ...AES_256 },
  {
    code: 0xcca9,
    name: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    authentication: "ecdsa",
    ...CHACHA20,
  },
  { code: 0xcca8, name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", authentication: "rsa", ...CHACHA20 },
];

/** True when a server with this kind of key can use the suite (RFC 8422 §2.2: ECDSA suites take EdDSA keys too). */
export function suiteFitsKey(suite: CipherSuite, keyType: SigningKey["type"]): boolean {
  return (suite.authentication === "rsa") === (keyType === "rsa");
}
