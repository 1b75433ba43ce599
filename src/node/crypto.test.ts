import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type {
  AeadName,
  KeyAgreementGroup,
  SigningKey,
  SigningKeyParameters,
} from "../core/crypto/provider.ts";
import { importSigningKey, nodeCrypto } from "./crypto.ts";

const text = new Uint8Array([1, 2, 3, 4, 5]);

describe("AEAD", () => {
  const names: [AeadName, number][] = [
    ["aes-128-gcm", 16],
    ["aes-256-gcm", 32],
    ["chacha20-poly1305", 32],
  ];
  test.each(names)("%s seals and opens in place, and refuses every changed bit", (name, keyLength) => {
    const aead = nodeCrypto.createAead(name, new Uint8Array(keyLength).fill(7));
    const nonce = new Uint8Array(12).fill(9);
    const buffer = new Uint8Array(text.length + 16);
    buffer.set(text);
    aead.seal(nonce, text, buffer.subarray(0, text.length), buffer);
    for (let bit = 0; bit < buffer.length * 8; bit++) {
      const changed = buffer.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(aead.open(nonce, text, changed, changed)).toBe(-1);
    }
    expect(aead.open(nonce, new Uint8Array(5), buffer.slice(), new Uint8Array(5))).toBe(-1);
    expect(aead.open(nonce, text, buffer, buffer)).toBe(text.length);
    expect(buffer.subarray(0, text.length)).toEqual(text);
    expect(aead.open(nonce, text, buffer.subarray(0, 15), buffer)).toBe(-1);
  });
});

test("a block cipher encrypts each block for itself, call after call (FIPS 197 appendix C)", () => {
  const bytes = (length: number, step = 1) => Uint8Array.from({ length }, (_, i) => i * step);
  const plain = bytes(16, 0x11);
  const both = new Uint8Array(32);
  both.set(plain, 0);
  both.set(plain, 16);
  for (const [keyLength, expected] of [
    [16, "69c4e0d86a7b0430d8cdb78070b4c55a"],
    [32, "8ea2b7ca516745bfeafc49904b496089"],
  ] as const) {
    const cipher = nodeCrypto.createBlockCipher(bytes(keyLength));
    const out = Buffer.alloc(40);
    cipher.encrypt(plain, out);
    expect(out.toString("hex", 0, 16)).toBe(expected);
    cipher.encrypt(both, out);
    expect(out.toString("hex")).toBe(expected + expected + "0000000000000000");
  }
});

describe("key agreement", () => {
  test.each(["x25519", "secp256r1", "secp384r1"] as KeyAgreementGroup[])("%s agrees with itself", (group) => {
    const a = nodeCrypto.generateKeyAgreement(group);
    const b = nodeCrypto.generateKeyAgreement(group);
    expect(a.deriveSharedSecret(b.publicKey)).toEqual(b.deriveSharedSecret(a.publicKey));
    expect(a.deriveSharedSecret(b.publicKey.subarray(1))).toBeUndefined();
    expect(a.deriveSharedSecret(new Uint8Array(b.publicKey.length))).toBeUndefined();
  });
});

describe("signing keys", () => {
  const generate = (parameters: SigningKeyParameters) =>
    new Promise<SigningKey>((resolve, reject) =>
      nodeCrypto.generateSigningKey(parameters, (key) => (key ? resolve(key) : reject(new Error("no key")))),
    );

  test("ECDSA P-256 signs what verify accepts, and nothing else", async () => {
    const key = await generate({ type: "ecdsa-p256" });
    const signature = key.sign("ecdsa_secp256r1_sha256", text);
    const spki = key.subjectPublicKeyInfo;
    expect(nodeCrypto.verify("ecdsa_secp256r1_sha256", spki, text, signature)).toBe(true);
    expect(nodeCrypto.verify("ecdsa_secp384r1_sha384", spki, text, signature)).toBe(false); // another hash
    expect(nodeCrypto.verify("rsa_pkcs1_sha256", spki, text, signature)).toBe(false);
    expect(nodeCrypto.verify("ecdsa_secp256r1_sha256", spki, text.subarray(1), signature)).toBe(false);
    expect(nodeCrypto.verify("ecdsa_secp256r1_sha256", spki.subarray(1), text, signature)).toBe(false);
    expect(() => key.sign("rsa_pkcs1_sha256", text)).toThrow(TypeError);
  });

  test.each(["rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512", "rsa_pss_rsae_sha256"] as const)(
    "RSA signs with %s",
    async (scheme) => {
      const key = await generate({ type: "rsa", modulusLength: 2048 });
      const signature = key.sign(scheme, text);
      expect(nodeCrypto.verify(scheme, key.subjectPublicKeyInfo, text, signature)).toBe(true);
    },
  );

  test("a modulus that cannot be made calls back with undefined", async () => {
    await expect(generate({ type: "rsa", modulusLength: 8 })).rejects.toThrow();
  });

  test("PKCS#8 keys are imported; others are refused without a throw", () => {
    const der = (key: { export(options: { format: "der"; type: "pkcs8" }): Buffer }) =>
      new Uint8Array(key.export({ format: "der", type: "pkcs8" }));
    expect(importSigningKey(der(generateKeyPairSync("ed25519").privateKey))?.type).toBe("ed25519");
    const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
    expect(importSigningKey(der(p384))?.type).toBe("ecdsa-p384");
    const koblitz = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
    expect(importSigningKey(der(koblitz))).toBeUndefined();
    expect(importSigningKey(text)).toBeUndefined();
  });
});

describe("hashes", () => {
  test("a transcript goes on after digest", () => {
    const hash = nodeCrypto.createHash("sha256");
    hash.update(text.subarray(0, 2));
    expect(hash.digest()).toEqual(nodeCrypto.hash("sha256", text.subarray(0, 2)));
    hash.update(text.subarray(2));
    expect(hash.digest()).toEqual(nodeCrypto.hash("sha256", text));
  });

  test.each(["sha1", "sha256", "sha384", "sha512"] as const)(
    "a kept HMAC-%s is the one-shot HMAC, whatever the lengths",
    (name) => {
      const digestLength = nodeCrypto.hash(name, text).length;
      for (const keyLength of [0, 1, 20, 64, 65, 128, 129, 200]) {
        const key = Uint8Array.from({ length: keyLength }, (_, i) => i);
        const hmac = nodeCrypto.createKeyedHmac(name, key);
        for (const length of [0, 1, 63, 64, 1200, 2048, 2049, 9000, 20]) {
          const data = Uint8Array.from({ length: length + 3 }, (_, i) => i);
          const out = new Uint8Array(digestLength);
          hmac.compute(data, length, out);
          expect(out).toEqual(nodeCrypto.hmac(name, key, data.subarray(0, length)));
          const short = new Uint8Array(10);
          hmac.compute(data, length, short);
          expect(short).toEqual(out.subarray(0, 10));
        }
      }
    },
  );

  test("kept HMACs in turns do not disturb each other", () => {
    const keys = [1, 2, 3].map((value) => new Uint8Array(20).fill(value));
    const hmacs = keys.map((key) => nodeCrypto.createKeyedHmac("sha1", key));
    for (let length = 0; length < 90; length++) {
      hmacs.forEach((hmac, i) => {
        const out = new Uint8Array(20);
        hmac.compute(new Uint8Array(100).fill(length), length, out);
        expect(out).toEqual(nodeCrypto.hmac("sha1", keys[i]!, new Uint8Array(length).fill(length)));
      });
    }
  });

  test("hmac covers the concatenation of its parts", () => {
    expect(nodeCrypto.hmac("sha256", text, text, text)).toEqual(
      nodeCrypto.hmac("sha256", text, new Uint8Array([...text, ...text])),
    );
  });
});
