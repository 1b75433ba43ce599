import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../../node/crypto.ts";
import { fromHex } from "../../crypto/vectors.testing.ts";
import { withHostile } from "../hostile.testing.ts";
import { HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, PROTOCOL_VERSION } from "../message/alert.ts";
import { type ClientHello, decodeClientHello, encodeClientHello } from "../message/client-hello.ts";
import { CLIENT_HELLO } from "../message/handshake-type.ts";
import { encodeSignatureAlgorithms } from "../message/signature-algorithms.ts";
import { ALL_GROUPS } from "../message/supported-groups.ts";
import { newIdentity, Pair } from "../pair.testing.ts";
import { CIPHER_SUITES } from "./cipher-suites.ts";
import type { HandshakeOptions } from "./handshake.ts";
import { negotiate } from "./negotiation.ts";

const [alice, bob] = await Promise.all([newIdentity(), newIdentity()]);

const options: HandshakeOptions = {
  role: "server",
  crypto: nodeCrypto,
  random: nodeCrypto,
  certificate: bob.certificate,
  fingerprints: [alice.fingerprint],
  cipherSuites: CIPHER_SUITES,
  groups: ALL_GROUPS,
  srtpProfiles: [7, 1],
  cookieExchange: false,
};

const SIGNATURES: [number, Uint8Array] = [13, encodeSignatureAlgorithms()];

function hello(changes: Partial<ClientHello> = {}, extensions: [number, Uint8Array][] = []): ClientHello {
  return {
    version: 0xfefd,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: CIPHER_SUITES.map(({ code }) => code),
    compressionMethods: new Uint8Array(1),
    extensions: new Map([SIGNATURES, ...extensions]),
    ...changes,
  };
}

describe("record_size_limit (RFC 8449)", () => {
  test("a server answers it only to a client that has named one", () => {
    const limited = negotiate(hello({}, [[28, fromHex("1000")]]), options);
    expect(limited).toMatchObject({ peerRecordSizeLimit: 4096 });
    expect(negotiate(hello(), options)).toMatchObject({ peerRecordSizeLimit: undefined });
  });

  test("less than 64, or anything but two bytes, is an illegal parameter (§4)", () => {
    expect(negotiate(hello({}, [[28, fromHex("0040")]]), options)).toMatchObject({ peerRecordSizeLimit: 64 });
    for (const wrong of ["003f", "", "10", "100000"]) {
      const refusal = negotiate(hello({}, [[28, fromHex(wrong)]]), options);
      expect(refusal, wrong).toMatchObject({ kind: "refusal", alert: ILLEGAL_PARAMETER });
    }
  });

  test("two of our own ends know each other's limit, 2^14", () => {
    const pair = new Pair({ client: alice, server: bob });
    pair.connect();
    expect(pair.client.peerRecordSizeLimit).toBe(16_384);
    expect(pair.server.peerRecordSizeLimit).toBe(16_384);
  });
});

describe("a server's choice", () => {
  test("with as little as a client may say: P-256, no extension answered", () => {
    expect(negotiate(hello(), options)).toMatchObject({
      suite: { code: 0xc02b },
      group: "secp256r1",
      signWith: { code: 0x0403 },
      extendedMasterSecret: false,
      secureRenegotiation: false,
      srtpProfile: undefined,
    });
  });

  test("takes our order of suites, groups and profiles, not the client's", () => {
    const suites = CIPHER_SUITES.map(({ code }) => code).toReversed();
    const offer = hello({ cipherSuites: suites }, [
      [10, fromHex("0008 11ec 0018 0017 001d")],
      [14, fromHex("0004 0001 0007 00")],
    ]);
    expect(negotiate(offer, options)).toMatchObject({
      suite: { code: 0xc02b },
      group: "x25519",
      srtpProfile: 7,
    });
  });

  test("the renegotiation SCSV counts like the extension (RFC 5746 §3.6)", () => {
    expect(negotiate(hello({ cipherSuites: [0x00ff, 0xc02b] }), options)).toMatchObject({
      secureRenegotiation: true,
    });
    expect(negotiate(hello({}, [[0xff01, new Uint8Array(1)]]), options)).toMatchObject({
      secureRenegotiation: true,
    });
  });

  test.each([
    ["DTLS 1.0 alone", { version: 0xfeff }, [], PROTOCOL_VERSION],
    ["a TLS version", { version: 0x0303 }, [], PROTOCOL_VERSION],
    ["1.3 alone in supported_versions", {}, [[43, fromHex("02fefc")]], PROTOCOL_VERSION],
    ["no null compression", { compressionMethods: new Uint8Array([1]) }, [], ILLEGAL_PARAMETER],
    ["RSA suites only for our ECDSA key", { cipherSuites: [0xc02f, 0xc030, 0xcca8] }, [], HANDSHAKE_FAILURE],
    ["CBC suites only", { cipherSuites: [0xc009, 0xc00a] }, [], HANDSHAKE_FAILURE],
    ["the null suite", { cipherSuites: [0] }, [], HANDSHAKE_FAILURE],
    ["groups we cannot do", {}, [[10, fromHex("0004 11ec 0019")]], HANDSHAKE_FAILURE],
    ["signatures our key cannot make", {}, [[13, fromHex("0002 0804")]], HANDSHAKE_FAILURE],
    ["a renegotiation", {}, [[0xff01, fromHex("0101")]], HANDSHAKE_FAILURE],
    ["compressed points only", {}, [[11, fromHex("0101")]], ILLEGAL_PARAMETER],
    ["a filled extended_master_secret", {}, [[23, fromHex("00")]], ILLEGAL_PARAMETER],
  ] as [string, Partial<ClientHello>, [number, Uint8Array][], number][])(
    "refuses a client that offers %s",
    (_name, changes, extensions, alert) => {
      expect(negotiate(hello(changes, extensions), options)).toMatchObject({ kind: "refusal", alert });
    },
  );

  test("a client without signature_algorithms wants SHA-1 (RFC 5246 §7.4.1.4.1): refused", () => {
    expect(negotiate(hello({ extensions: new Map() }), options)).toMatchObject({ alert: HANDSHAKE_FAILURE });
  });

  test.each([10, 11, 13, 14, 43])("refuses malformed contents of extension %i", (type) => {
    for (const hex of ["", "00", "0001", "000300"]) {
      expect(negotiate(hello({}, [[type, fromHex(hex)]]), options), hex).toMatchObject({ kind: "refusal" });
    }
  });
});

describe("a hello of today's Chromium", () => {
  /** Two key shares (X25519MLKEM768 has 1,216 octets), 1.3 and 1.2, a grease value or two: about 1,400 octets. */
  function asChromium(body: Uint8Array): Uint8Array {
    const own = decodeClientHello(body) as ClientHello;
    const keyShare = new Uint8Array(2 + 4 + 1216 + 4 + 32);
    keyShare.set(fromHex("04e8 11ec04c0"));
    keyShare.set(fromHex("001d0020"), 2 + 4 + 1216);
    return encodeClientHello({
      ...own,
      cipherSuites: [0x1301, 0x1302, 0x1303, ...own.cipherSuites, 0xc009, 0xc013, 0xc00a, 0xc014],
      extensions: new Map<number, Uint8Array>([
        ...own.extensions,
        [10, fromHex("000a 6a6a 11ec 001d 0017 0018")],
        [51, keyShare],
        [43, fromHex("04fefcfefd")],
        [0x2a2a, new Uint8Array(0)],
      ]),
    });
  }

  test.each([1200, 548])("in datagrams of %i octets connects with DTLS 1.2", (mtu) => {
    for (let seed = 1; seed <= 10; seed++) {
      const wire = { delay: 10, jitter: 30, loss: seed > 5 ? 0.2 : 0 };
      const pair = new Pair({ client: alice, server: bob }, { seed, wire, client: { mtu } });
      withHostile(
        "client",
        ({ type, body }) => [{ type, body: type === CLIENT_HELLO ? asChromium(body) : body }],
        () => pair.connect(),
      );
      expect(pair.isConnected, `seed ${seed}`).toBe(true);
      expect(pair.sent.client[0]!.length + pair.sent.client[1]!.length).toBeGreaterThan(mtu);
      expect(pair.server.version).toBe(0xfefd);
      // RFC 8446 §4.1.3: the sentinel is for servers that can do 1.3.
      const random = pair.sent.server[0]!.subarray(27, 59);
      expect(Buffer.from(random.subarray(24)).toString("latin1")).not.toContain("DOWNGRD");
    }
  });
});
