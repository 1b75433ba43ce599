import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../../node/crypto.ts";
import { fromHex, readJson, toHex } from "../../crypto/vectors.testing.ts";
import { CIPHER_SUITES } from "./cipher-suites.ts";
import { exportedKeyingMaterial, extendedMasterSecret, masterSecret, verifyData } from "./key-schedule.ts";
import { prf } from "./prf.ts";

interface Vectors {
  readonly vectors: readonly {
    readonly hash: "sha256" | "sha384";
    readonly secret: string;
    readonly seed: string;
    readonly label: string;
    readonly out: string;
  }[];
  readonly computed: Readonly<Record<string, string>>;
}

const { vectors, computed } = readJson<Vectors>("crypto/tls12-prf-dtls-srtp.json");
const value = (name: string) => fromHex(computed[name]!);
const suite = CIPHER_SUITES[0]!;
const randoms = { client: value("clientRandom"), server: value("serverRandom") };

describe("the PRF (RFC 5246 §5)", () => {
  test.each(vectors)("$hash", ({ hash, secret, seed, label, out }) => {
    const length = out.length / 2;
    expect(toHex(prf(nodeCrypto, hash, fromHex(secret), label, [fromHex(seed)], length))).toBe(out);
    const halves = [fromHex(seed).subarray(0, 5), fromHex(seed).subarray(5)];
    expect(toHex(prf(nodeCrypto, hash, fromHex(secret), label, halves, 7))).toBe(out.slice(0, 14));
  });
});

describe("the key schedule", () => {
  test("master secret (RFC 5246 §8.1) and extended master secret (RFC 7627 §4)", () => {
    const preMasterSecret = value("preMasterSecret");
    expect(toHex(masterSecret(nodeCrypto, suite, preMasterSecret, randoms))).toBe(computed["masterSecret"]);
    const extended = extendedMasterSecret(nodeCrypto, suite, preMasterSecret, value("sessionHash"));
    expect(toHex(extended)).toBe(computed["extendedMasterSecret"]);
  });

  test("key expansion (RFC 5246 §6.3)", () => {
    const secret = value("extendedMasterSecret");
    const block = prf(nodeCrypto, suite.hash, secret, "key expansion", [randoms.server, randoms.client], 40);
    expect(toHex(block)).toBe(computed["keyExpansion40FromEms"]);
  });

  test("Finished of both sides (RFC 5246 §7.4.9)", () => {
    const finished = (sender: "client" | "server") =>
      toHex(verifyData(nodeCrypto, suite, value("extendedMasterSecret"), sender, value("sessionHash")));
    expect(finished("client")).toBe(computed["finishedClientVerifyData"]);
    expect(finished("server")).toBe(computed["finishedServerVerifyData"]);
  });

  test.each([
    ["dtlsSrtpExporter60", 60],
    ["dtlsSrtpExporterGcm128_56", 56],
    ["dtlsSrtpExporterGcm256_88", 88],
  ])("exporter EXTRACTOR-dtls_srtp: %s (RFC 5764 §4.2)", (name, length) => {
    const secret = value("extendedMasterSecret");
    const label = "EXTRACTOR-dtls_srtp";
    const exported = exportedKeyingMaterial(nodeCrypto, suite, secret, randoms, label, undefined, length);
    expect(toHex(exported)).toBe(computed[name]);
  });
});
