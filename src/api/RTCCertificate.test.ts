import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FakeRealm } from "./fake-realm.testing.ts";
import { type KeygenAlgorithm, RSA_MODULUS_LENGTHS } from "./keygen-algorithm.ts";
import { certificateSlots } from "./RTCCertificate.ts";
import { RTCPeerConnection } from "./RTCPeerConnection.ts";

const DAY = 24 * 60 * 60 * 1000;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: "SHA-256",
};

function generate(realm: FakeRealm, algorithm: KeygenAlgorithm) {
  return realm.settled(realm.run(() => RTCPeerConnection.generateCertificate(algorithm)));
}

describe("generateCertificate (webrtc-pc §4.9.1)", () => {
  test("makes a certificate for 30 days, 365 at most, or as long as asked for", async () => {
    const realm = new FakeRealm();
    for (const [expires, days] of [
      [undefined, 30],
      [DAY, 1],
      [366 * DAY, 365],
      [0, 0],
    ] as const) {
      const algorithm = { name: "ECDSA", namedCurve: "P-256", ...(expires === undefined ? {} : { expires }) };
      const certificate = await generate(realm, algorithm);
      expect(certificate.expires).toBe(realm.wallClock + days * DAY);
    }
  });

  test("the fingerprint is the SHA-256 of a certificate that verifies with its own key", async () => {
    const certificate = await generate(new FakeRealm(), { name: "ecdsa", namedCurve: "P-256" });
    const der = certificateSlots(certificate).certificate;
    const digest = createHash("sha256").update(der).digest("hex").match(/../g)!.join(":");
    expect(certificate.getFingerprints()).toEqual([{ algorithm: "sha-256", value: digest }]);
    const parsed = new X509Certificate(der);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
  });

  test("two certificates share neither serial number nor name of a user", async () => {
    const realm = new FakeRealm();
    const [first, second] = await Promise.all(
      [1, 2].map(async () => {
        const { certificate } = certificateSlots(
          await generate(realm, { name: "ECDSA", namedCurve: "P-256" }),
        );
        return new X509Certificate(certificate);
      }),
    );
    expect(first!.serialNumber).not.toBe(second!.serialNumber);
    expect(first!.subject).toBe(second!.subject);
  });

  test("NotSupportedError for algorithms it does not make", async () => {
    for (const algorithm of [
      "nonsense",
      { name: "Ed25519" },
      { name: "ECDSA", namedCurve: "P-521" },
      { ...RSA, hash: "SHA-1" },
      { ...RSA, hash: { name: "SHA-512" } },
      { ...RSA, publicExponent: Uint8Array.of(3) },
      { ...RSA, modulusLength: RSA_MODULUS_LENGTHS.min - 1 },
      { ...RSA, modulusLength: RSA_MODULUS_LENGTHS.max + 1 },
    ]) {
      await expect(generate(new FakeRealm(), algorithm), JSON.stringify(algorithm)).rejects.toEqual(
        expect.objectContaining({ name: "NotSupportedError" }),
      );
    }
  });

  test("RSA from 1024 to 4096 bits is asked of the provider", async () => {
    for (const modulusLength of Object.values(RSA_MODULUS_LENGTHS)) {
      await generate(new FakeRealm(), { ...RSA, modulusLength, hash: { name: "sha-256" } });
    }
  });

  test("TypeError for broken dictionaries", async () => {
    for (const algorithm of [
      {},
      "ECDSA",
      { name: "ECDSA" },
      { name: "ECDSA", namedCurve: "P-256", expires: -1 },
      { name: "ECDSA", namedCurve: "P-256", expires: Number.NaN },
      { ...RSA, publicExponent: [1, 0, 1] },
    ]) {
      const promise = generate(new FakeRealm(), algorithm as KeygenAlgorithm);
      await expect(promise, JSON.stringify(algorithm)).rejects.toThrow(TypeError);
    }
  });

  test("OperationError when the key cannot be made", async () => {
    const realm = new FakeRealm();
    realm.keysWork = false;
    await expect(generate(realm, { name: "ECDSA", namedCurve: "P-256" })).rejects.toEqual(
      expect.objectContaining({ name: "OperationError" }),
    );
  });
});

test("the configured certificate is the one in the offer", async () => {
  const realm = new FakeRealm();
  const certificate = await generate(realm, { name: "ECDSA", namedCurve: "P-256" });
  const pc = realm.connection({ certificates: [certificate] });
  pc.createDataChannel("a");
  const { sdp } = await realm.settled(pc.createOffer());
  const [{ value }] = certificate.getFingerprints() as [{ value: string }];
  expect(sdp).toContain(`a=fingerprint:sha-256 ${value.toUpperCase()}`);
  expect(pc.getConfiguration().certificates).toEqual([certificate]);
});
