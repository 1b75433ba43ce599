import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { importSigningKey, nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { Malformed } from "../base/malformed.ts";
import { MAX_CERTIFICATE_LENGTH, parseCertificate } from "./certificate.ts";
import { certificateDigest, FINGERPRINT_ALGORITHMS, matchesFingerprint } from "./fingerprint.ts";
import type { SigningKey } from "./provider.ts";
import { publicKeyType } from "./public-key.ts";
import { buildSelfSignedCertificate } from "./self-signed-certificate.ts";
import { readCorpus } from "./vectors.testing.ts";

function imported(pair: {
  privateKey: { export(options: { format: "der"; type: "pkcs8" }): Buffer };
}): SigningKey {
  const key = importSigningKey(pair.privateKey.export({ format: "der", type: "pkcs8" }));
  if (key === undefined) throw new Error("not imported");
  return key;
}

const rsa = (modulusLength: number) => imported(generateKeyPairSync("rsa", { modulusLength }));
const ec = (namedCurve: string) => imported(generateKeyPairSync("ec", { namedCurve }));

const KEYS: [string, SigningKey][] = [
  ["ecdsa-p256", ec("prime256v1")],
  ["ecdsa-p384", ec("secp384r1")],
  ["ed25519", imported(generateKeyPairSync("ed25519"))],
  ["rsa", rsa(2048)],
];

const NOT_BEFORE = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOT_AFTER = Date.UTC(2051, 5, 6);

function certificateOf(key: SigningKey, commonName?: string): Uint8Array {
  const options = { key, random: new SeededRandom(7), notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
  return buildSelfSignedCertificate(commonName === undefined ? options : { ...options, commonName });
}

describe("a self-signed certificate", () => {
  test.each(KEYS)("with a key %s is one to OpenSSL, and to us", (type, key) => {
    const der = certificateOf(key);
    const judged = new X509Certificate(der);
    expect(judged.verify(judged.publicKey)).toBe(true);
    expect(judged.subject).toBe("CN=WebRTC");
    expect(judged.issuer).toBe("CN=WebRTC");
    expect(Date.parse(judged.validFrom)).toBe(NOT_BEFORE);
    expect(Date.parse(judged.validTo)).toBe(NOT_AFTER);
    expect(judged.serialNumber).toHaveLength(16);

    const parsed = parseCertificate(der);
    if (parsed instanceof Malformed) throw new Error(parsed.reason);
    expect(parsed.keyType).toBe(type);
    expect(parsed.subjectPublicKeyInfo).toEqual(key.subjectPublicKeyInfo);
    expect([parsed.notBefore, parsed.notAfter]).toEqual([NOT_BEFORE, NOT_AFTER]);
  });

  test("carries the common name as UTF-8", () => {
    expect(new X509Certificate(certificateOf(KEYS[0]![1], "Zoë")).subject).toBe("CN=Zoë");
  });

  test("cut anywhere is refused; a changed octet never throws", () => {
    const der = certificateOf(KEYS[0]![1]);
    for (let length = 0; length < der.length; length++) {
      expect(parseCertificate(der.subarray(0, length))).toBeInstanceOf(Malformed);
    }
    for (let at = 0; at < der.length; at++) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const changed = der.slice();
        changed[at]! ^= flip;
        parseCertificate(changed);
      }
    }
  });
});

describe("limits", () => {
  test("a certificate may have 16,384 octets, and not more", () => {
    const key = KEYS[2]![1]; // Ed25519: all signatures have the same length
    const withName = (length: number) => certificateOf(key, "x".repeat(length));
    const spare = MAX_CERTIFICATE_LENGTH - withName(8000).length;
    const longest = withName(8000 + Math.floor(spare / 2)); // subject and issuer
    const tooLong = withName(8000 + Math.floor(spare / 2) + 1);
    expect(longest.length).toBeGreaterThan(MAX_CERTIFICATE_LENGTH - 2);
    expect(parseCertificate(longest)).toMatchObject({ keyType: "ed25519" });
    expect(parseCertificate(tooLong)).toMatchObject({ reason: "certificate: too long" });
  });

  test("RSA moduli of 2048 to 4096 bits; P-256, P-384 and Ed25519; nothing else", () => {
    expect(publicKeyType(rsa(2048).subjectPublicKeyInfo)).toBe("rsa");
    expect(publicKeyType(rsa(3072).subjectPublicKeyInfo)).toBe("rsa");
    expect(publicKeyType(rsa(2040).subjectPublicKeyInfo)).toBeInstanceOf(Malformed);
    expect(publicKeyType(rsa(1024).subjectPublicKeyInfo)).toBeInstanceOf(Malformed);
    const spki = (pair: { publicKey: { export(options: { format: "der"; type: "spki" }): Buffer } }) =>
      new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }));
    for (const curve of ["secp256k1", "secp521r1", "brainpoolP256r1"]) {
      const pair = generateKeyPairSync("ec", { namedCurve: curve });
      expect(publicKeyType(spki(pair)), curve).toBeInstanceOf(Malformed);
    }
    const explicit = generateKeyPairSync("ec", { namedCurve: "prime256v1", paramEncoding: "explicit" });
    expect(publicKeyType(spki(explicit))).toBeInstanceOf(Malformed);
    expect(publicKeyType(spki(generateKeyPairSync("x25519")))).toBeInstanceOf(Malformed);
    expect(publicKeyType(spki(generateKeyPairSync("rsa-pss", { modulusLength: 2048 })))).toBeInstanceOf(
      Malformed,
    );
  });
});

describe("strange certificates", () => {
  test.each(["crypto/x509-cert-boringssl.jsonl", "crypto/x509-parse-certificate-boringssl.jsonl"])(
    "%s: no throw, and whatever we take, node:crypto takes too",
    (path) => {
      let taken = 0;
      for (const { bytes, name } of readCorpus(path)) {
        const parsed = parseCertificate(bytes);
        if (parsed instanceof Malformed) continue;
        taken++;
        expect(["ecdsa-p256", "ecdsa-p384", "rsa", "ed25519"], name).toContain(parsed.keyType);
        // Signatures with such keys are refused or accepted, but nothing throws.
        nodeCrypto.verify(
          "ecdsa_secp256r1_sha256",
          parsed.subjectPublicKeyInfo,
          bytes,
          bytes.subarray(0, 70),
        );
        nodeCrypto.verify("rsa_pkcs1_sha256", parsed.subjectPublicKeyInfo, bytes, bytes.subarray(0, 256));
      }
      expect(taken).toBeGreaterThan(0);
    },
  );
});

describe("fingerprints (RFC 8122 §5)", () => {
  const der = certificateOf(KEYS[0]![1]);

  test("the four hash functions agree with node's", () => {
    const judged = new X509Certificate(der);
    const digest = (algorithm: string) =>
      Buffer.from(certificateDigest(nodeCrypto, algorithm, der)!).toString("hex");
    const plain = (text: string) => text.replaceAll(":", "").toLowerCase();
    expect(FINGERPRINT_ALGORITHMS).toEqual(["sha-1", "sha-256", "sha-384", "sha-512"]);
    expect(digest("sha-1")).toBe(plain(judged.fingerprint));
    expect(digest("sha-256")).toBe(plain(judged.fingerprint256));
    expect(digest("sha-512")).toBe(plain(judged.fingerprint512));
    expect(certificateDigest(nodeCrypto, "md5", der)).toBeUndefined();
    expect(certificateDigest(nodeCrypto, "__proto__", der)).toBeUndefined();
  });

  test("one that fits among several is enough; none, a cut one or an unknown function is not", () => {
    const right = { algorithm: "sha-384", value: certificateDigest(nodeCrypto, "sha-384", der)! };
    const wrong = { algorithm: "sha-256", value: new Uint8Array(32) };
    const unknown = { algorithm: "md5", value: right.value };
    const cut = { algorithm: "sha-384", value: right.value.subarray(1) };
    expect(matchesFingerprint(nodeCrypto, der, [unknown, wrong, right])).toBe(true);
    expect(matchesFingerprint(nodeCrypto, der, [unknown, wrong, cut])).toBe(false);
    expect(matchesFingerprint(nodeCrypto, der, [])).toBe(false);
  });
});
