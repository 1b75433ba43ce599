import { expect, test } from "vitest";
import { nodeCrypto } from "../../../node/crypto.ts";
import { SeededRandom } from "../../../sim/seeded-random.ts";
import { Malformed } from "../../base/malformed.ts";
import { COOKIE_LENGTH, CookieJar, type StateCookie } from "./state-cookie.ts";

const COOKIE: StateCookie = {
  createdAt: 12_345.678,
  localTag: 0xffff_ffff,
  peerTag: 1,
  localInitialTsn: 0x8000_0000,
  peerInitialTsn: 7,
  peerReceiverWindow: 131_072,
  outboundStreams: 1024,
  inboundStreams: 65_535,
  localTieTag: 3,
  peerTieTag: 4,
  capabilities: { partialReliability: true, reconfiguration: false, zeroChecksum: true },
};

test("what is sealed is opened again", () => {
  const jar = new CookieJar(nodeCrypto, new SeededRandom(1));
  expect(jar.open(jar.seal(COOKIE))).toEqual(COOKIE);
});

test("a flipped bit anywhere in the cookie is found (RFC 9260 §5.1.3)", () => {
  const jar = new CookieJar(nodeCrypto, new SeededRandom(1));
  const sealed = jar.seal(COOKIE);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const broken = sealed.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    expect(jar.open(broken), `bit ${bit}`).toBeInstanceOf(Malformed);
  }
});

test("any other length is refused, and so is another association's cookie", () => {
  const jar = new CookieJar(nodeCrypto, new SeededRandom(1));
  const sealed = jar.seal(COOKIE);
  for (const length of [0, 1, COOKIE_LENGTH - 1]) {
    expect(jar.open(sealed.subarray(0, length))).toBeInstanceOf(Malformed);
  }
  expect(jar.open(Buffer.concat([sealed, Uint8Array.of(0)]))).toBeInstanceOf(Malformed);
  expect(new CookieJar(nodeCrypto, new SeededRandom(2)).open(sealed)).toBeInstanceOf(Malformed);
});
