/**
 * The crypto port on node:crypto. Keys become `KeyObject`s once, so that a packet costs one cipher context and nothing
 * else; nothing here throws on a peer's bytes.
 */
import {
  type Cipher,
  type CipherGCMTypes,
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  type Hash as NodeHash,
  randomFillSync,
  sign,
  verify,
} from "node:crypto";
import {
  AEAD_TAG_LENGTH,
  type Aead,
  type AeadName,
  type BlockCipher,
  type CryptoProvider,
  type Hash,
  type HashName,
  type KeyAgreement,
  type KeyAgreementGroup,
  type SignatureScheme,
  type SigningKey,
  type SigningKeyParameters,
} from "../core/crypto/provider.ts";
import { createKeyedHmac, hmac } from "./keyed-hmac.ts";
import { RELEASES_CHEAPLY, releaseBuffer } from "./release-buffer.ts";

/** The view without Buffer's own `slice` and `subarray` habits: core sees plain Uint8Arrays only. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

class NodeTranscript implements Hash {
  readonly #hash: NodeHash;

  constructor(name: HashName) {
    this.#hash = createHash(name);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Uint8Array {
    return plain(this.#hash.copy().digest());
  }
}

const AEAD_OPTIONS = { authTagLength: AEAD_TAG_LENGTH };

/** What node:crypto has made for one packet goes where it was wanted. */
function move(bytes: Uint8Array<ArrayBuffer>, out: Uint8Array, at: number): void {
  out.set(bytes, at);
  if (RELEASES_CHEAPLY) releaseBuffer(bytes);
}

class NodeAead implements Aead {
  // node's types know "chacha20-poly1305" under another overload with the same shape.
  readonly #name: CipherGCMTypes;
  readonly #key: KeyObject;

  constructor(name: AeadName, key: Uint8Array) {
    this.#name = name as CipherGCMTypes;
    this.#key = createSecretKey(key);
  }

  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    const length = plaintext.length;
    const cipher = createCipheriv(this.#name, this.#key, nonce, AEAD_OPTIONS);
    cipher.setAAD(additionalData);
    move(cipher.update(plaintext), out, 0);
    cipher.final();
    move(cipher.getAuthTag(), out, length);
  }

  open(nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array, out: Uint8Array): number {
    const length = sealed.length - AEAD_TAG_LENGTH;
    if (length < 0) return -1;
    const decipher = createDecipheriv(this.#name, this.#key, nonce, AEAD_OPTIONS);
    decipher.setAAD(additionalData);
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return -1; // the tag does not fit
    }
    move(plaintext, out, 0);
    return length;
  }
}

class NodeBlockCipher implements BlockCipher {
  readonly #cipher: Cipher;

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
    this.#cipher.setAutoPadding(false);
  }

  encrypt(blocks: Uint8Array, out: Uint8Array): void {
    const encrypted = this.#cipher.update(blocks);
    out.set(encrypted);
    releaseBuffer(encrypted);
  }
}

/** SubjectPublicKeyInfo around the 32 raw bytes of an X25519 key (RFC 8410 §4). */
const X25519_SPKI_PREFIX = new Uint8Array([
  0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0,
]);
const X25519_LENGTH = 32;

function generateX25519(): KeyAgreement {
  const pair = generateKeyPairSync("x25519");
  const spki = pair.publicKey.export({ format: "der", type: "spki" });
  return {
    group: "x25519",
    publicKey: plain(spki.subarray(spki.length - X25519_LENGTH)),
    deriveSharedSecret(peerPublicKey) {
      if (peerPublicKey.length !== X25519_LENGTH) return undefined;
      const peer = new Uint8Array(X25519_SPKI_PREFIX.length + X25519_LENGTH);
      peer.set(X25519_SPKI_PREFIX);
      peer.set(peerPublicKey, X25519_SPKI_PREFIX.length);
      try {
        const publicKey = createPublicKey({ key: Buffer.from(peer.buffer), format: "der", type: "spki" });
        // OpenSSL refuses the all-zero result itself (RFC 7748 §6.1).
        return plain(diffieHellman({ privateKey: pair.privateKey, publicKey }));
      } catch {
        return undefined;
      }
    },
  };
}

const NIST_CURVES = {
  secp256r1: { name: "prime256v1", pointLength: 65 },
  secp384r1: { name: "secp384r1", pointLength: 97 },
} as const;

function generateNist(group: "secp256r1" | "secp384r1"): KeyAgreement {
  const curve = NIST_CURVES[group];
  const ecdh = createECDH(curve.name);
  return {
    group,
    publicKey: plain(ecdh.generateKeys()),
    deriveSharedSecret(peerPublicKey) {
      // RFC 8422 §5.4.1: only the uncompressed form.
      if (peerPublicKey.length !== curve.pointLength || peerPublicKey[0] !== 4) return undefined;
      try {
        return plain(ecdh.computeSecret(peerPublicKey));
      } catch {
        return undefined; // not a point of the curve
      }
    },
  };
}

type KeyType = SigningKey["type"];

interface Scheme {
  readonly keyType: KeyType;
  /** null where the algorithm brings its own hash. */
  readonly hash: HashName | null;
  readonly pss: boolean;
}

const SCHEMES: Readonly<Record<SignatureScheme, Scheme>> = {
  ecdsa_secp256r1_sha256: { keyType: "ecdsa-p256", hash: "sha256", pss: false },
  ecdsa_secp384r1_sha384: { keyType: "ecdsa-p384", hash: "sha384", pss: false },
  rsa_pkcs1_sha1: { keyType: "rsa", hash: "sha1", pss: false },
  rsa_pkcs1_sha256: { keyType: "rsa", hash: "sha256", pss: false },
  rsa_pkcs1_sha384: { keyType: "rsa", hash: "sha384", pss: false },
  rsa_pkcs1_sha512: { keyType: "rsa", hash: "sha512", pss: false },
  rsa_pss_rsae_sha256: { keyType: "rsa", hash: "sha256", pss: true },
  rsa_pss_rsae_sha384: { keyType: "rsa", hash: "sha384", pss: true },
  ed25519: { keyType: "ed25519", hash: null, pss: false },
};

function keyTypeOf(key: KeyObject): KeyType | undefined {
  switch (key.asymmetricKeyType) {
    case "ec": {
      const curve = key.asymmetricKeyDetails?.namedCurve;
      if (curve === "prime256v1") return "ecdsa-p256";
      return curve === "secp384r1" ? "ecdsa-p384" : undefined;
    }
    case "rsa":
      return "rsa";
    case "ed25519":
      return "ed25519";
    default:
      return undefined;
  }
}

/** The key with what node:crypto must know besides: the padding and salt of RSA-PSS (RFC 8446 §4.2.3). */
function withPadding(key: KeyObject, scheme: Scheme) {
  if (!scheme.pss) return { key };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

class NodeSigningKey implements SigningKey {
  readonly type: KeyType;
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(type: KeyType, privateKey: KeyObject) {
    this.type = type;
    this.#privateKey = privateKey;
    this.subjectPublicKeyInfo = plain(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
  }

  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array {
    const parameters = SCHEMES[scheme];
    if (parameters.keyType !== this.type)
      throw new TypeError(`a ${this.type} key cannot sign with ${scheme}`);
    return plain(sign(parameters.hash, data, withPadding(this.#privateKey, parameters)));
  }
}

/** Imports a private key from DER PKCS#8 (RFC 5958); undefined when it is none, or of a type that is not supported. */
export function importSigningKey(pkcs8: Uint8Array): SigningKey | undefined {
  try {
    const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    const type = keyTypeOf(privateKey);
    return type === undefined ? undefined : new NodeSigningKey(type, privateKey);
  } catch {
    return undefined;
  }
}

/** An ECDSA scheme goes with either curve: TLS 1.2 lets the scheme name the hash only. */
function acceptsKey(wanted: KeyType, actual: KeyType | undefined): boolean {
  if (wanted === actual) return true;
  return wanted.startsWith("ecdsa") && (actual ?? "").startsWith("ecdsa");
}

function verifySignature(
  scheme: SignatureScheme,
  subjectPublicKeyInfo: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const parameters = SCHEMES[scheme];
  try {
    const key = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: "der", type: "spki" });
    if (!acceptsKey(parameters.keyType, keyTypeOf(key))) return false;
    return verify(parameters.hash, data, withPadding(key, parameters), signature);
  } catch {
    return false;
  }
}

function generateSigningKey(
  parameters: SigningKeyParameters,
  done: (key: SigningKey | undefined) => void,
): void {
  const finish = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) =>
    done(error === null ? new NodeSigningKey(parameters.type, privateKey) : undefined);
  if (parameters.type === "ecdsa-p256") generateKeyPair("ec", { namedCurve: "prime256v1" }, finish);
  else generateKeyPair("rsa", { modulusLength: parameters.modulusLength, publicExponent: 0x10001 }, finish);
}

/** node:crypto as the project's crypto port. Stateless. */
export const nodeCrypto: CryptoProvider = {
  createHash: (name) => new NodeTranscript(name),
  hash: (name, data) => plain(createHash(name).update(data).digest()),
  hmac: (name, key, ...parts) => hmac(name, key, parts),
  createAead: (name, key) => new NodeAead(name, key),
  createBlockCipher: (key) => new NodeBlockCipher(key),
  createKeyedHmac,
  generateKeyAgreement: (group: KeyAgreementGroup) =>
    group === "x25519" ? generateX25519() : generateNist(group),
  verify: verifySignature,
  fill(out) {
    randomFillSync(out);
  },
  generateSigningKey,
};
