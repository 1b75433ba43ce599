/** Wycheproof's judgement of the provider. Keys that only the provider can make (ECDH) are tested from the peer's side. */
import { describe, expect, test } from "vitest";
import type { AeadName, SignatureScheme } from "../core/crypto/provider.ts";
import { fromHex, readJson, toHex } from "../core/crypto/vectors.testing.ts";
import { nodeCrypto } from "./crypto.ts";

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly sig: string;
  readonly public: string;
  readonly shared: string;
}

interface Group {
  readonly ivSize: number;
  readonly keySize: number;
  readonly tagSize: number;
  readonly publicKeyDer: string;
  readonly tests: readonly Case[];
}

function groups(name: string): readonly Group[] {
  return readJson<{ testGroups: Group[] }>(`wycheproof/${name}_test.json`).testGroups;
}

function aeadNameOf(file: string, keySize: number): AeadName | undefined {
  if (file === "chacha20_poly1305") return "chacha20-poly1305";
  if (keySize === 192) return undefined;
  return keySize === 128 ? "aes-128-gcm" : "aes-256-gcm";
}

describe("AEAD", () => {
  test.each(["aes_gcm", "chacha20_poly1305"])("%s", (file) => {
    let ran = 0;
    for (const group of groups(file)) {
      const name = aeadNameOf(file, group.keySize);
      // TLS uses 96-bit nonces and 128-bit tags only.
      if (name === undefined || group.ivSize !== 96 || group.tagSize !== 128) continue;
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of group.tests) {
        ran++;
        const aead = nodeCrypto.createAead(name, fromHex(key));
        const sealed = fromHex(ct + tag);
        const opened = new Uint8Array(sealed.length);
        const length = aead.open(fromHex(iv), fromHex(aad), sealed, opened);
        expect(length >= 0, `case ${tcId}`).toBe(result === "valid");
        if (result !== "valid") continue;
        expect(toHex(opened.subarray(0, length))).toBe(msg);
        const out = new Uint8Array(sealed.length);
        aead.seal(fromHex(iv), fromHex(aad), fromHex(msg), out);
        expect(toHex(out)).toBe(ct + tag);
      }
    }
    expect(ran).toBeGreaterThan(100);
  });
});

describe("signatures", () => {
  const files: [string, SignatureScheme][] = [
    ["ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"],
    ["ecdsa_secp384r1_sha384", "ecdsa_secp384r1_sha384"],
    ["rsa_signature_2048_sha256", "rsa_pkcs1_sha256"],
    ["rsa_pss_2048_sha256_mgf1_32", "rsa_pss_rsae_sha256"],
    ["ed25519", "ed25519"],
  ];
  test.each(files)("%s", (file, scheme) => {
    for (const group of groups(file)) {
      const key = fromHex(group.publicKeyDer);
      for (const { tcId, msg, sig, result } of group.tests) {
        if (result === "acceptable") continue;
        const verified = nodeCrypto.verify(scheme, key, fromHex(msg), fromHex(sig));
        expect(verified, `case ${tcId}`).toBe(result === "valid");
      }
    }
  });
});

describe("key agreement", () => {
  test("X25519 takes every public key but those with the all-zero result (RFC 7748 §6.1)", () => {
    const agreement = nodeCrypto.generateKeyAgreement("x25519");
    for (const group of groups("x25519")) {
      for (const { tcId, shared, ...vector } of group.tests) {
        const zero = /^0*$/.test(shared);
        const secret = agreement.deriveSharedSecret(fromHex(vector.public));
        // A point of small order gives zero with every private key.
        if (zero && vector.flags.includes("ZeroSharedSecret")) expect(secret, `case ${tcId}`).toBeUndefined();
        else if (vector.public.length === 64) expect(secret?.length, `case ${tcId}`).toBe(32);
      }
    }
  });

  test("P-256 refuses what is no uncompressed point of the curve (RFC 8422 §5.4.1)", () => {
    const agreement = nodeCrypto.generateKeyAgreement("secp256r1");
    for (const group of groups("ecdh_secp256r1_ecpoint")) {
      for (const { tcId, result, ...vector } of group.tests) {
        const secret = agreement.deriveSharedSecret(fromHex(vector.public));
        if (result === "valid") expect(secret?.length, `case ${tcId}`).toBe(32);
        else expect(secret, `case ${tcId}`).toBeUndefined();
      }
    }
  });
});

describe("HMAC", () => {
  test.each([
    ["hmac_sha256", "sha256"],
    ["hmac_sha384", "sha384"],
  ] as const)("%s", (file, hash) => {
    for (const group of groups(file)) {
      for (const { tcId, key, msg, tag, result } of group.tests) {
        const mac = toHex(nodeCrypto.hmac(hash, fromHex(key), fromHex(msg))).slice(0, group.tagSize / 4);
        expect(mac === tag, `case ${tcId}`).toBe(result === "valid");
      }
    }
  });
});
