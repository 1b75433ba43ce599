import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SILENT } from "../../src/core/base/log.ts";
import {
  DtlsEndpoint,
  type DtlsEndpointOptions,
  type KeyAgreementGroup,
  SRTP_AES128_CM_HMAC_SHA1_80,
} from "../../src/core/dtls/index.ts";
import { ALL_GROUPS } from "../../src/core/dtls/message/supported-groups.ts";
import { nodeCrypto } from "../../src/node/crypto.ts";
import {
  Folder,
  OpensslProcess,
  opensslVersion,
  type SharedIdentity,
  UdpEndpoint,
} from "./openssl-dtls.testing.ts";

const version = opensslVersion();
if (version === undefined) {
  console.log("openssl-dtls: skipped, because there is no `openssl` program on this machine");
}

const folder = new Folder();
afterAll(() => folder.remove());

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function peer(
  role: "client" | "server",
  ours: SharedIdentity,
  theirs: SharedIdentity,
  more: Partial<DtlsEndpointOptions>,
) {
  const endpoint = new UdpEndpoint(
    new DtlsEndpoint({
      role,
      crypto: nodeCrypto,
      random: nodeCrypto,
      log: SILENT,
      certificate: ours.certificate,
      fingerprints: [theirs.fingerprint],
      srtpProfiles: [SRTP_AES128_CM_HMAC_SHA1_80],
      ...more,
    }),
  );
  cleanups.push(() => endpoint.close());
  return endpoint;
}

function openssl(args: readonly string[]): OpensslProcess {
  const process = new OpensslProcess(args);
  cleanups.push(() => process.kill());
  return process;
}

const COMMON = ["-dtls1_2", "-use_srtp", "SRTP_AES128_CM_SHA1_80"];
const EXPORT = ["-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "60"];

async function finish(
  endpoint: UdpEndpoint,
  process: OpensslProcess,
  suite: string,
  group: KeyAgreementGroup = "x25519",
): Promise<void> {
  await endpoint.waitUntil(
    () => endpoint.endpoint.state !== "connecting" && endpoint.endpoint.state !== "new",
  );
  expect(endpoint.endpoint.state, process.output).toBe("connected");
  expect(endpoint.endpoint.group).toBe(group);
  expect(endpoint.endpoint.srtpProfile).toBe(SRTP_AES128_CM_HMAC_SHA1_80);
  const keyingMaterial = await process.waitFor(/Keying material: ([0-9A-F]{120})/);
  const ours = endpoint.endpoint.exportKeyingMaterial("EXTRACTOR-dtls_srtp", undefined, 60);
  expect(Buffer.from(ours).toString("hex").toUpperCase()).toBe(keyingMaterial[1]);
  expect(process.output).toContain(suite);
  endpoint.send("from skywave\n");
  await process.waitFor(/from skywave/);
  process.write("from openssl\n");
  await endpoint.waitUntil(() => endpoint.received.includes("from openssl"));
}

const SUITES = [
  ["ECDHE-ECDSA-AES128-GCM-SHA256", "p256", "x25519"],
  ["ECDHE-ECDSA-AES256-GCM-SHA384", "p256", "secp256r1"],
  ["ECDHE-ECDSA-CHACHA20-POLY1305", "p256", "secp384r1"],
  ["ECDHE-RSA-AES128-GCM-SHA256", "rsa", "secp256r1"],
  ["ECDHE-RSA-AES256-GCM-SHA384", "rsa", "x25519"],
  ["ECDHE-RSA-CHACHA20-POLY1305", "rsa", "x25519"],
  ["ECDHE-ECDSA-AES128-GCM-SHA256", "p384", "x25519"],
] as const;

describe.skipIf(version === undefined)(`DTLS 1.2 with ${version}`, () => {
  const mine = { p256: folder.identity("mine-p256", "p256"), rsa: folder.identity("mine-rsa", "rsa") };
  const theirs = {
    p256: folder.identity("theirs-p256", "p256"),
    p384: folder.identity("theirs-p384", "p384"),
    rsa: folder.identity("theirs-rsa", "rsa"),
  };

  async function connectToServer(
    suite: string,
    kind: keyof typeof theirs,
    group: KeyAgreementGroup,
    ours: SharedIdentity,
    more: readonly string[] = [],
    options: Partial<DtlsEndpointOptions> = {},
  ) {
    const { certificateFile, keyFile } = theirs[kind];
    const identity = ["-cert", certificateFile, "-key", keyFile, "-Verify", "1"];
    const process = openssl([
      ...["s_server", "-accept", "127.0.0.1:0", "-cipher", suite, "-groups", "X25519:P-256:P-384"],
      ...[...COMMON, ...EXPORT, ...identity, ...more],
    ]);
    const port = Number((await process.waitFor(/ACCEPT \S*?:(\d+)/))[1]);
    const endpoint = peer("client", ours, theirs[kind], {
      // OpenSSL wants the curves of certificates among the groups as well, and takes the client's first.
      groups: [group, ...ALL_GROUPS.filter((other) => other !== group)],
      ...options,
    });
    await endpoint.bind();
    endpoint.start(port);
    return { endpoint, process };
  }

  async function connectFromClient(
    suite: string,
    group: KeyAgreementGroup,
    ours: SharedIdentity,
    kind: keyof typeof theirs,
    more: readonly string[] = [],
    options: Partial<DtlsEndpointOptions> = {},
  ) {
    const endpoint = peer("server", ours, theirs[kind], { groups: [group], ...options });
    const port = await endpoint.bind();
    endpoint.start();
    const identity = ["-cert", theirs[kind].certificateFile, "-key", theirs[kind].keyFile];
    const process = openssl([
      ...["s_client", "-connect", `127.0.0.1:${port}`, "-cipher", suite, "-groups", "X25519:P-256:P-384"],
      ...[...COMMON, ...EXPORT, ...identity, ...more],
    ]);
    return { endpoint, process };
  }

  test.each(SUITES)("as client: %s, %s key, %s (with HelloVerifyRequest)", async (suite, kind, group) => {
    const { endpoint, process } = await connectToServer(suite, kind, group, mine.p256);
    await finish(endpoint, process, suite, group);
  });

  test.each(SUITES)("as server: %s, client's key %s, %s", async (suite, kind, group) => {
    const own = suite.startsWith("ECDHE-ECDSA") ? mine.p256 : mine.rsa;
    const { endpoint, process } = await connectFromClient(suite, group, own, kind);
    await finish(endpoint, process, suite, group);
  });

  test("as server with cookies of our own", async () => {
    const suite = "ECDHE-ECDSA-AES128-GCM-SHA256";
    const { endpoint, process } = await connectFromClient(suite, "x25519", mine.p256, "rsa", [], {
      cookieExchange: true,
    });
    await finish(endpoint, process, suite);
  });

  test("as client with an RSA certificate, flights cut for an MTU of 548", async () => {
    const suite = "ECDHE-RSA-AES128-GCM-SHA256";
    const { endpoint, process } = await connectToServer(suite, "rsa", "x25519", mine.rsa, ["-mtu", "548"], {
      mtu: 548,
    });
    await finish(endpoint, process, suite);
  });

  test("as server with an RSA certificate, flights cut for an MTU of 548", async () => {
    const suite = "ECDHE-RSA-AES128-GCM-SHA256";
    const more = ["-mtu", "548"];
    const { endpoint, process } = await connectFromClient(suite, "x25519", mine.rsa, "rsa", more, {
      mtu: 548,
    });
    await finish(endpoint, process, suite);
  });

  test("close_notify from the other side closes ours", async () => {
    const suite = "ECDHE-ECDSA-AES128-GCM-SHA256";
    const { endpoint, process } = await connectFromClient(suite, "x25519", mine.p256, "p256");
    await finish(endpoint, process, suite);
    process.write("Q\n");
    await endpoint.waitUntil(() => endpoint.endpoint.state === "closed");
  });

  test("a server with another certificate than announced is refused", async () => {
    const { certificateFile, keyFile } = theirs.p256;
    const process = openssl([
      "s_server",
      "-accept",
      "127.0.0.1:0",
      ...COMMON,
      "-cert",
      certificateFile,
      "-key",
      keyFile,
    ]);
    const port = Number((await process.waitFor(/ACCEPT \S*?:(\d+)/))[1]);
    const endpoint = peer("client", mine.p256, theirs.rsa, {});
    await endpoint.bind();
    endpoint.start(port);
    await endpoint.waitUntil(() => endpoint.endpoint.state === "failed");
  });
});
