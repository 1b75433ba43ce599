/** All handshake messages: round trips, cuts at each octet, trailing octets. */
import { describe, expect, test } from "vitest";
import { Malformed } from "../../base/malformed.ts";
import { fromHex } from "../../crypto/vectors.testing.ts";
import { readHandshakeFragments } from "../records.testing.ts";
import { alertName, decodeAlert, encodeAlert } from "./alert.ts";
import {
  decodeCertificateMessage,
  encodeCertificateMessage,
  MAX_CERTIFICATE_CHAIN,
} from "./certificate-message.ts";
import { decodeCertificateRequest, encodeCertificateRequest } from "./certificate-request.ts";
import { decodeCertificateVerify, encodeCertificateVerify } from "./certificate-verify.ts";
import { decodeClientHello, encodeClientHello } from "./client-hello.ts";
import { decodeClientKeyExchange, encodeClientKeyExchange } from "./client-key-exchange.ts";
import { checkEcPointFormats, EC_POINT_FORMATS } from "./ec-point-formats.ts";
import { decodeHelloVerifyRequest, encodeHelloVerifyRequest } from "./hello-verify-request.ts";
import { decodeServerHello, encodeServerHello } from "./server-hello.ts";
import {
  decodeServerKeyExchange,
  encodeServerEcdhParams,
  encodeServerKeyExchange,
} from "./server-key-exchange.ts";
import {
  decodeSignatureAlgorithms,
  encodeSignatureAlgorithms,
  SIGNATURE_SCHEME_CODES,
  schemeForOwnKey,
  schemeForPeer,
} from "./signature-algorithms.ts";
import { ALL_GROUPS, decodeSupportedGroups, encodeSupportedGroups } from "./supported-groups.ts";
import { decodeSupportedVersions } from "./supported-versions.ts";
import { decodeUseSrtp, encodeUseSrtp } from "./use-srtp.ts";

const octets = (length: number, first = 1) => Uint8Array.from({ length }, (_, i) => first + i);

const clientHello = {
  version: 0xfefd,
  random: octets(32),
  sessionId: octets(32),
  cookie: octets(20),
  cipherSuites: [0xc02b, 0x00ff],
  compressionMethods: new Uint8Array(1),
  extensions: new Map([
    [23, new Uint8Array(0)],
    [10, octets(4)],
  ]),
};
const serverHello = {
  version: 0xfefd,
  random: octets(32),
  sessionId: octets(4),
  cipherSuite: 0xc02b,
  compressionMethod: 0,
  extensions: new Map([[0xff01, new Uint8Array(1)]]),
};
const params = encodeServerEcdhParams(29, octets(32));
const exchange = {
  namedGroup: 29,
  publicKey: octets(32),
  params,
  signatureScheme: 0x0403,
  signature: octets(70),
};
const verify = { signatureScheme: 0x0804, signature: octets(100) };

const CASES: [string, Uint8Array, (body: Uint8Array) => unknown, unknown][] = [
  ["client_hello", encodeClientHello(clientHello), decodeClientHello, clientHello],
  ["server_hello", encodeServerHello(serverHello), decodeServerHello, serverHello],
  ["hello_verify_request", encodeHelloVerifyRequest(octets(20)), decodeHelloVerifyRequest, octets(20)],
  [
    "certificate",
    encodeCertificateMessage([octets(9), octets(3)]),
    decodeCertificateMessage,
    [octets(9), octets(3)],
  ],
  [
    "server_key_exchange",
    encodeServerKeyExchange(params, 0x0403, octets(70)),
    decodeServerKeyExchange,
    exchange,
  ],
  ["certificate_request", encodeCertificateRequest(), decodeCertificateRequest, SIGNATURE_SCHEME_CODES],
  ["client_key_exchange", encodeClientKeyExchange(octets(65)), decodeClientKeyExchange, octets(65)],
  ["certificate_verify", encodeCertificateVerify(verify), decodeCertificateVerify, verify],
  ["use_srtp", encodeUseSrtp([1, 7]), decodeUseSrtp, { profiles: [1, 7], mki: new Uint8Array(0) }],
  ["supported_groups", encodeSupportedGroups(ALL_GROUPS), decodeSupportedGroups, [29, 23, 24]],
  ["signature_algorithms", encodeSignatureAlgorithms(), decodeSignatureAlgorithms, SIGNATURE_SCHEME_CODES],
  ["supported_versions", fromHex("04fefcfefd"), decodeSupportedVersions, [0xfefc, 0xfefd]],
  ["alert", encodeAlert({ level: 2, description: 40 }), decodeAlert, { level: 2, description: 40 }],
];

describe("messages and extensions", () => {
  test.each(CASES)("%s: what was written is read", (_name, body, decode, expected) => {
    expect(decode(body)).toEqual(expected);
  });

  // A hello may end before its extensions (RFC 5246 §7.4.1.2): that cut is a message of its own.
  const endsEarly: Record<string, number> = {
    client_hello: encodeClientHello({ ...clientHello, extensions: new Map() }).length,
    server_hello: encodeServerHello({ ...serverHello, extensions: new Map() }).length,
  };

  test.each(CASES)("%s: cut anywhere, or with an octet behind, it is malformed", (name, body, decode) => {
    for (let length = 0; length < body.length; length++) {
      if (length === endsEarly[name]) continue;
      expect(decode(body.subarray(0, length)), `${length} octets`).toBeInstanceOf(Malformed);
    }
    expect(decode(new Uint8Array([...body, 0]))).toBeInstanceOf(Malformed);
  });

  test.each(CASES)("%s: no changed octet throws", (_name, body, decode) => {
    for (let at = 0; at < body.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = body.slice();
        changed[at]! ^= flip;
        decode(changed);
      }
    }
  });
});

describe("details", () => {
  test("a hello's session id has 32 octets at most, its suites come in pairs, extensions once", () => {
    const refused = (changes: object) => decodeClientHello(encodeClientHello({ ...clientHello, ...changes }));
    expect(refused({ sessionId: octets(33) })).toBeInstanceOf(Malformed);
    expect(refused({ cipherSuites: [] })).toBeInstanceOf(Malformed);
    expect(refused({ compressionMethods: new Uint8Array(0) })).toBeInstanceOf(Malformed);
    const twice = encodeClientHello({ ...clientHello, extensions: new Map() });
    const body = new Uint8Array([...twice, 0, 8, 0, 23, 0, 0, 0, 23, 0, 0]);
    expect(decodeClientHello(body)).toBeInstanceOf(Malformed);
  });

  test("a chain has ten certificates at most, none of them empty", () => {
    const chain = (length: number) =>
      decodeCertificateMessage(encodeCertificateMessage(new Array(length).fill(octets(3))));
    expect(chain(MAX_CERTIFICATE_CHAIN)).toHaveLength(10);
    expect(chain(MAX_CERTIFICATE_CHAIN + 1)).toBeInstanceOf(Malformed);
    expect(chain(0)).toEqual([]);
    expect(decodeCertificateMessage(fromHex("000003000000"))).toBeInstanceOf(Malformed);
  });

  test("only named curves are read (RFC 8422 §5.4)", () => {
    const body = encodeServerKeyExchange(params, 0x0403, octets(70));
    body[0] = 1;
    expect(decodeServerKeyExchange(body)).toBeInstanceOf(Malformed);
  });

  test("point formats must hold uncompressed", () => {
    expect(checkEcPointFormats(EC_POINT_FORMATS)).toBeUndefined();
    expect(checkEcPointFormats(fromHex("03000102"))).toBeUndefined();
    for (const hex of ["", "00", "0101", "020001ff"])
      expect(checkEcPointFormats(fromHex(hex)), hex).toBeDefined();
  });

  test("ECDSA code points go with either curve, RSA's with RSA only, SHA-1 with nothing", () => {
    expect(schemeForPeer(0x0403, "ecdsa-p384")).toBe("ecdsa_secp256r1_sha256");
    expect(schemeForPeer(0x0403, "rsa")).toBeUndefined();
    expect(schemeForPeer(0x0201, "rsa")).toBeUndefined();
    expect(schemeForPeer(0x0203, "ecdsa-p256")).toBeUndefined();
    expect(schemeForOwnKey("ecdsa-p256", [0x0503, 0x0403])?.code).toBe(0x0403);
    expect(schemeForOwnKey("ecdsa-p256", [0x0804])).toBeUndefined();
    expect(schemeForOwnKey("rsa", [0x0401, 0x0804])?.code).toBe(0x0804);
  });

  test("alerts have two octets, a level that exists, and names for people", () => {
    expect(decodeAlert(fromHex("03ff"))).toBeInstanceOf(Malformed);
    expect(decodeAlert(fromHex("020000"))).toBeInstanceOf(Malformed);
    expect(alertName(40)).toBe("handshake_failure");
    expect(alertName(199)).toBe("alert 199");
  });

  test("fragments that leave their message, or are empty without cause, end the record", () => {
    expect(readHandshakeFragments(fromHex("0b 000003 0000 000001 000003 010203"))).toEqual([]);
    expect(readHandshakeFragments(fromHex("0b 000003 0000 000000 000000"))).toEqual([]);
    expect(readHandshakeFragments(fromHex("0e 000000 0004 000000 000000"))).toHaveLength(1);
  });
});
