import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { CounterMode } from "./counter-mode.ts";
import { deriveKey, deriveSessionKeys } from "./key-derivation.ts";
import { SrtpReceiver } from "./srtp-receiver.ts";
import { SrtpSender } from "./srtp-sender.ts";
import { fromHex, profileNamed, protectRtcp, protectRtp, toHex, vectors } from "./vectors.testing.ts";

interface PacketVector {
  readonly profile: string;
  readonly case?: string;
  readonly masterKey: string;
  readonly masterSalt: string;
  readonly roc?: number;
  readonly rtp: string;
  readonly srtp: string;
  readonly rtcp?: string;
  readonly srtcp?: string;
  readonly srtcpIndex?: number;
}

const named = (list: PacketVector[]) =>
  list.map((vector) => [vector.profile, vector.case ?? `ROC ${vector.roc ?? 0}`, vector] as const);

const master = (vector: { masterKey: string; masterSalt: string }) => ({
  key: fromHex(vector.masterKey),
  salt: fromHex(vector.masterSalt),
});

describe("RFC 3711 appendix B", () => {
  test("the AES-CM key stream (B.2), also at its last block counters", () => {
    const [vector] = vectors.rfc3711.aesCmKeystream;
    const cipher = new CounterMode(
      nodeCrypto,
      fromHex(vector.sessionKey),
      fromHex(vector.iv).subarray(0, 14),
    );
    const stream = new Uint8Array(0xff02 * 16);
    cipher.apply(stream, 0, stream.length, 0, 0);
    expect(toHex(stream.subarray(0, 48))).toBe(vector.keystreamFirst48);
    for (const [counter, block] of Object.entries(vector.atCounter)) {
      const at = Number.parseInt(counter, 16) * 16;
      expect(toHex(stream.subarray(at, at + 16))).toBe(block);
    }
  });

  test("key derivation (B.3), RTP and RTCP", () => {
    const vector = vectors.rfc3711.keyDerivation;
    const { rtp, rtcp } = deriveSessionKeys(
      nodeCrypto,
      profileNamed("SRTP_AES128_CM_SHA1_80"),
      master(vector),
    );
    expect(toHex(rtp.encryption)).toBe(vector.cipherKey);
    expect(toHex(rtp.salt)).toBe(vector.cipherSalt);
    expect(toHex(rtp.authentication)).toBe(vector.authKeyUsed);
    expect(toHex(rtcp.encryption)).toBe(vector.rtcp.cipherKey);
    expect(toHex(rtcp.salt)).toBe(vector.rtcp.cipherSalt);
    expect(toHex(rtcp.authentication)).toBe(vector.rtcp.authKey);
    expect(toHex(deriveKey(nodeCrypto, master(vector), 1, vector.authKey94.length / 2))).toBe(
      vector.authKey94,
    );
  });

  test("key derivation with AES-256 (RFC 6188 §7.2)", () => {
    const vector = vectors.rfc6188.aes256KeyDerivation;
    expect(toHex(deriveKey(nodeCrypto, master(vector), 0, 32))).toBe(vector.cipherKey);
    expect(toHex(deriveKey(nodeCrypto, master(vector), 2, 14))).toBe(vector.cipherSalt);
    expect(toHex(deriveKey(nodeCrypto, master(vector), 1, 20))).toBe(vector.authKey20);
  });
});

describe("reference packets", () => {
  test.each(named(vectors.packets))("%s, %s", (_profile, _case, vector) => {
    const profile = profileNamed(vector.profile);
    const sender = new SrtpSender(nodeCrypto, profile, master(vector), {
      initialRolloverCounter: vector.roc ?? 0,
      initialRtcpIndex: vector.srtcpIndex ?? 0,
    });
    expect(toHex(protectRtp(sender, fromHex(vector.rtp)))).toBe(vector.srtp);
    const receiver = new SrtpReceiver(nodeCrypto, profile, master(vector));
    const wire = fromHex(vector.srtp);
    const length = receiver.unprotectRtp(wire);
    // A receiver that begins here finds the counters 0 and 1; others are known only to who has followed the stream.
    if ((vector.roc ?? 0) <= 1) expect(toHex(wire.subarray(0, length))).toBe(vector.rtp);
    else expect(length).toBeLessThan(0);
    if (vector.rtcp === undefined) return;
    expect(toHex(protectRtcp(sender, fromHex(vector.rtcp)))).toBe(vector.srtcp);
    const control = fromHex(vector.srtcp ?? "");
    const controlLength = receiver.unprotectRtcp(control);
    expect(toHex(control.subarray(0, controlLength))).toBe(vector.rtcp);
  });
});

/** A provider whose derivation gives the session keys of the RFC, which prints no master keys. */
function withSessionKeys(vector: { sessionKey: string; sessionSalt: string }) {
  const key = fromHex(vector.sessionKey);
  const salt = fromHex(vector.sessionSalt);
  let derived = 0;
  const outputs = [key, new Uint8Array(20), salt];
  return {
    ...nodeCrypto,
    createBlockCipher: () => ({
      encrypt(_blocks: Uint8Array, out: Uint8Array) {
        out.set(outputs[derived++ % 3]!);
      },
    }),
  };
}

test.each([0, 1])("AES-GCM (RFC 7714 §16 and §17), vector %i", (number) => {
  const vector = vectors.rfc7714[number];
  const profile = profileNamed(number === 0 ? "SRTP_AEAD_AES_128_GCM" : "SRTP_AEAD_AES_256_GCM");
  const unused = { key: new Uint8Array(profile.keyLength), salt: new Uint8Array(12) };
  const sender = new SrtpSender(withSessionKeys(vector), profile, unused, {
    initialRtcpIndex: vector.srtcpIndex,
  });
  expect(toHex(protectRtp(sender, fromHex(vector.rtp)))).toBe(vector.srtp);
  expect(toHex(protectRtcp(sender, fromHex(vector.rtcp)))).toBe(vector.srtcp);
  const receiver = new SrtpReceiver(withSessionKeys(vector), profile, unused);
  const media = fromHex(vector.srtp);
  expect(toHex(media.subarray(0, receiver.unprotectRtp(media)))).toBe(vector.rtp);
  const control = fromHex(vector.srtcp);
  expect(toHex(control.subarray(0, receiver.unprotectRtcp(control)))).toBe(vector.rtcp);
});

describe("cryptex (RFC 9335 appendix A)", () => {
  test.each(named(vectors.rfc9335cryptex))("%s, %s", (_profile, _case, vector) => {
    const profile = profileNamed(vector.profile);
    const sender = new SrtpSender(nodeCrypto, profile, master(vector), { cryptex: true });
    expect(toHex(protectRtp(sender, fromHex(vector.rtp)))).toBe(vector.srtp);
    const receiver = new SrtpReceiver(nodeCrypto, profile, master(vector), { cryptex: true });
    const wire = fromHex(vector.srtp);
    expect(toHex(wire.subarray(0, receiver.unprotectRtp(wire)))).toBe(vector.rtp);
  });
});
