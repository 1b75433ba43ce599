import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { Malformed } from "../base/malformed.ts";
import {
  ALTERNATE_SERVER,
  isBindingAttribute,
  MAPPED_ADDRESS,
  MAX_MESSAGE_LENGTH,
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  PRIORITY,
  SOFTWARE,
  StunMessage,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  XOR_MAPPED_ADDRESS,
} from "./index.ts";

const ID = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const KEY = new Uint8Array([9, 9, 9]);

function built(fill: (builder: StunMessageBuilder) => unknown, size = 1280): StunMessage {
  // 0xA5 shows where old memory would leak into padding.
  const out = new Uint8Array(size).fill(0xa5);
  const builder = new StunMessageBuilder(out, "request", 1, ID);
  fill(builder);
  const message = StunMessage.parse(out.subarray(0, builder.finish()), size);
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}

const address = fc.record({
  address: fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ),
  port: fc.integer({ min: 0, max: 65_535 }),
});

describe("what is written can be read", () => {
  test.each([MAPPED_ADDRESS, XOR_MAPPED_ADDRESS, ALTERNATE_SERVER])("address attribute %i", (type) => {
    fc.assert(
      fc.property(address, fc.uint8Array({ minLength: 12, maxLength: 12 }), (value, id) => {
        const out = new Uint8Array(64);
        const builder = new StunMessageBuilder(out, "success", 1, id);
        if (type === XOR_MAPPED_ADDRESS) builder.xorAddress(type, value);
        else builder.address(type, value);
        const message = StunMessage.parse(out.subarray(0, builder.finish())) as StunMessage;
        expect(message.address(type)).toEqual(value);
      }),
    );
  });

  test("any attributes in any order, padded with zeros (CVE-2020-4067 class)", () => {
    const attribute = fc.tuple(fc.integer({ min: 0xc000, max: 0xffff }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.uniqueArray(attribute, { maxLength: 10, selector: ([type]) => type }), (attributes) => {
        const message = built((builder) => {
          for (const [type, value] of attributes) builder.attribute(type, value);
          builder.messageIntegrity(nodeCrypto, KEY).fingerprint();
        });
        for (const [type, value] of attributes) expect(message.value(type)).toEqual(value);
        expect(message.verifyIntegrity(nodeCrypto, KEY)).toBe("sha1");
        let at = 20;
        for (const [, value] of attributes) {
          at += 4 + value.length;
          for (; at % 4 !== 0; at++) expect(message.bytes[at]).toBe(0);
        }
      }),
    );
  });

  test("text, numbers, flags", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: "grapheme" }), fc.nat(0xffff_ffff), (text, number) => {
        const message = built((builder) =>
          builder.text(USERNAME, text).u32(PRIORITY, number).flag(USE_CANDIDATE),
        );
        expect(message.text(USERNAME)).toBe(text);
        expect(message.u32(PRIORITY)).toBe(number);
        expect(message.has(USE_CANDIDATE)).toBe(true);
      }),
    );
  });

  test("error codes, with reasons", () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 699 }), fc.string({ maxLength: 100 }), (code, reason) => {
        expect(built((builder) => builder.errorCode(code, reason)).errorCode).toEqual({ code, reason });
      }),
    );
  });

  test("unknown attributes, and password algorithms with parameters (RFC 8489 §14.11 to §14.13)", () => {
    const types = [0x7fff, 0x0031, 0x0032];
    const algorithms = [
      { algorithm: PASSWORD_ALGORITHM_SHA256, parameters: new Uint8Array(0) },
      { algorithm: PASSWORD_ALGORITHM_MD5, parameters: new Uint8Array([1, 2, 3]) },
    ];
    const message = built((builder) =>
      builder
        .unknownAttributes(types)
        .passwordAlgorithms(PASSWORD_ALGORITHMS, algorithms)
        .passwordAlgorithms(PASSWORD_ALGORITHM, algorithms.slice(0, 1)),
    );
    expect(message.unknownAttributes).toEqual(types);
    expect(message.passwordAlgorithms(PASSWORD_ALGORITHMS)).toEqual(algorithms);
    expect(message.passwordAlgorithms(PASSWORD_ALGORITHM)).toEqual(algorithms.slice(0, 1));
    expect(message.unknownRequired(isBindingAttribute)).toEqual([]);
  });

  test("password algorithms whose lengths lie are refused", () => {
    const out = new Uint8Array(100);
    const length = new StunMessageBuilder(out, "error", 1, ID)
      .attribute(PASSWORD_ALGORITHMS, new Uint8Array([0, 2, 0, 9, 1, 1, 1, 1]))
      .finish();
    expect(StunMessage.parse(out.subarray(0, length))).toBeInstanceOf(Malformed);
  });
});

describe("integrity", () => {
  test.each([16, 20, 24, 28, 32])("MESSAGE-INTEGRITY-SHA256 cut to %i bytes (RFC 8489 §14.6)", (length) => {
    const message = built((builder) =>
      builder.text(USERNAME, "a:b").messageIntegritySha256(nodeCrypto, KEY, length).fingerprint(),
    );
    expect(message.value(MESSAGE_INTEGRITY_SHA256)).toHaveLength(length);
    expect(message.verifyIntegrity(nodeCrypto, KEY)).toBe("sha256");
    expect(message.verifyIntegrity(nodeCrypto, ID)).toBe("wrong");
  });

  test("with both attributes SHA-256 decides (RFC 8489 §9.1.3)", () => {
    const message = built((builder) =>
      builder.messageIntegrity(nodeCrypto, ID).messageIntegritySha256(nodeCrypto, KEY).fingerprint(),
    );
    expect(message.has(MESSAGE_INTEGRITY)).toBe(true);
    expect(message.verifyIntegrity(nodeCrypto, KEY)).toBe("sha256");
    expect(message.verifyIntegrity(nodeCrypto, ID)).toBe("wrong");
  });

  test("after MESSAGE-INTEGRITY-SHA256 not even MESSAGE-INTEGRITY counts (RFC 8489 §14.6)", () => {
    const message = built((builder) =>
      builder.messageIntegritySha256(nodeCrypto, KEY).messageIntegrity(nodeCrypto, KEY).text(SOFTWARE, "x"),
    );
    expect(message.has(MESSAGE_INTEGRITY)).toBe(false);
    expect(message.has(SOFTWARE)).toBe(false);
  });

  test("any changed bit of what is covered is noticed", () => {
    const message = built((builder) =>
      builder.text(USERNAME, "a:b").u32(PRIORITY, 7).messageIntegrity(nodeCrypto, KEY),
    );
    // The padding byte after USERNAME is covered as well; the length field is replaced by the one the HMAC is about.
    for (let at = 0; at < message.bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = message.bytes.slice();
        changed[at]! ^= 1 << bit;
        const parsed = StunMessage.parse(changed);
        if (parsed instanceof StunMessage) expect(parsed.verifyIntegrity(nodeCrypto, KEY)).not.toBe("sha1");
      }
    }
  });
});

describe("room", () => {
  test("whatever the buffer: the whole message or nothing, and no byte outside", () => {
    const whole = built((b) => b.text(USERNAME, "a:b").messageIntegrity(nodeCrypto, KEY).fingerprint()).bytes;
    for (let size = 0; size <= whole.length + 8; size++) {
      const memory = new Uint8Array(size + 32).fill(0xa5);
      const builder = new StunMessageBuilder(memory.subarray(0, size), "request", 1, ID);
      const length = builder.text(USERNAME, "a:b").messageIntegrity(nodeCrypto, KEY).fingerprint().finish();
      expect(length).toBe(size < whole.length ? 0 : whole.length);
      if (length > 0) expect(memory.subarray(0, length)).toEqual(whole);
      expect(memory.subarray(size).every((byte) => byte === 0xa5)).toBe(true);
    }
  });

  test("more than the 16-bit length can say is refused, not wrapped (coturn length truncation class)", () => {
    const out = new Uint8Array(200_000);
    const long = (length: number) =>
      new StunMessageBuilder(out, "request", 1, ID).attribute(0xefff, new Uint8Array(length)).finish();
    expect(long(MAX_MESSAGE_LENGTH - 24)).toBe(MAX_MESSAGE_LENGTH);
    expect(long(MAX_MESSAGE_LENGTH - 23)).toBe(0);
    expect(long(70_000)).toBe(0);
  });
});
