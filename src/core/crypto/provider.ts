/**
 * The port through which core reaches cryptography: synchronous primitives over bytes. `src/node/crypto.ts` implements it
 * with node:crypto. Nothing here knows time or randomness except key generation, which draws from the provider's own
 * CSPRNG. Implementations never throw on a peer's bytes: they return `undefined`, `false` or -1.
 */

/** "md5" only derives the keys of TURN's long-term credentials (RFC 8489 §9.2.2) where a server knows nothing better. */
export type HashName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** An incremental hash. `digest` may be called at any time and leaves the state untouched (transcript hashes need that). */
export interface Hash {
  update(data: Uint8Array): void;
  digest(): Uint8Array;
}

/** The AEADs of the cipher suites on offer (RFC 5288, RFC 7905). */
export type AeadName = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";

/** One direction of an AEAD under one key. All three suites have 12-byte nonces and 16-byte tags. */
export interface Aead {
  /** Encrypts `plaintext` and writes ciphertext then tag into `out`, which must hold `plaintext.length + 16` bytes. May overlap. */
  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void;
  /**
   * Opens `sealed` (ciphertext then tag) into `out` (at least `sealed.length - 16` bytes; may be the same memory).
   * Returns the plaintext's length, or -1 if the tag does not fit: then `out` holds nothing of use.
   */
  open(nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array, out: Uint8Array): number;
}

/** Bytes, for all three. */
export const AEAD_TAG_LENGTH = 16;
export const AEAD_NONCE_LENGTH = 12;

/**
 * AES under one key over single blocks, without chaining: the kept part of counter modes, whose cost per packet is then the
 * key stream alone.
 */
export interface BlockCipher {
  /** Encrypts whole blocks of 16 bytes, each for itself, into the first octets of `out`. */
  encrypt(blocks: Uint8Array, out: Uint8Array): void;
}

/** HMAC under one key, for many messages (RFC 2104). */
export interface KeyedHmac {
  /** The MAC of `data[0, length)`; as much of it as `out` has room for is written there. */
  compute(data: Uint8Array, length: number, out: Uint8Array): void;
}

/** TLS named groups (RFC 8422, RFC 7748). */
export type KeyAgreementGroup = "x25519" | "secp256r1" | "secp384r1";

/** An ephemeral key pair for (EC)DHE. */
export interface KeyAgreement {
  readonly group: KeyAgreementGroup;
  /** As TLS sends it: 32 bytes for X25519, the uncompressed point (0x04 ‖ X ‖ Y) for the NIST curves. */
  readonly publicKey: Uint8Array;
  /** The shared secret; undefined for a peer value that is no point of the curve, or gives the all-zero result. */
  deriveSharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** TLS SignatureScheme values this project uses (RFC 8446 §4.2.3). ECDSA signatures are DER. */
export type SignatureScheme =
  | "ecdsa_secp256r1_sha256"
  | "ecdsa_secp384r1_sha384"
  | "rsa_pkcs1_sha1"
  | "rsa_pkcs1_sha256"
  | "rsa_pkcs1_sha384"
  | "rsa_pkcs1_sha512"
  | "rsa_pss_rsae_sha256"
  | "rsa_pss_rsae_sha384"
  | "ed25519";

/** A private key for signing, which stays inside the provider. */
export interface SigningKey {
  readonly type: "ecdsa-p256" | "ecdsa-p384" | "rsa" | "ed25519";
  /** The public half, DER SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array;
  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array;
}

/** What `RTCPeerConnection.generateCertificate` can ask for (webrtc-pc §4.9). */
export type SigningKeyParameters =
  | { readonly type: "ecdsa-p256" }
  | { readonly type: "rsa"; readonly modulusLength: number };

/** The machine's cryptography: everything that `core` computes with keys goes through it. */
export interface CryptoProvider {
  createHash(name: HashName): Hash;
  /** One-shot hash. */
  hash(name: HashName, data: Uint8Array): Uint8Array;
  /** One-shot HMAC over the concatenation of `parts`. */
  hmac(name: HashName, key: Uint8Array, ...parts: Uint8Array[]): Uint8Array;
  createAead(name: AeadName, key: Uint8Array): Aead;
  /** AES with a key of 16 or 32 bytes. */
  createBlockCipher(key: Uint8Array): BlockCipher;
  createKeyedHmac(name: HashName, key: Uint8Array): KeyedHmac;
  generateKeyAgreement(group: KeyAgreementGroup): KeyAgreement;
  /**
   * Verifies with the public key of a DER SubjectPublicKeyInfo. False for anything that does not fit together. An ECDSA
   * scheme names the hash; the curve may be either, as in TLS 1.2 (RFC 8422 §5.4): TLS 1.3 must compare them itself.
   */
  verify(
    scheme: SignatureScheme,
    subjectPublicKeyInfo: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ): boolean;
  /** Overwrites `out` from the operating system's CSPRNG. Makes every provider a `Random`. */
  fill(out: Uint8Array): void;
  /** Makes a key without blocking (RSA takes long); calls back exactly once. */
  generateSigningKey(parameters: SigningKeyParameters, done: (key: SigningKey | undefined) => void): void;
}
