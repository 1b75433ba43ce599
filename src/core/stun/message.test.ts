import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { formatIpAddress } from "../base/ip-address.ts";
import { Malformed } from "../base/malformed.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import {
  ERROR_CODE,
  ICE_CONTROLLED,
  isBindingAttribute,
  MAX_ATTRIBUTES,
  MAX_DATAGRAM_LENGTH,
  MAX_USERNAME_LENGTH,
  MESSAGE_INTEGRITY,
  NONCE,
  PRIORITY,
  REALM,
  SOFTWARE,
  StunMessage,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERHASH,
  USERNAME,
  XOR_MAPPED_ADDRESS,
} from "./index.ts";

const vectors = new URL("../../../test/vectors/", import.meta.url);
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const readLines = (name: string) =>
  readFileSync(new URL(name, vectors), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { name?: string; b64?: string });

function parsed(bytes: Uint8Array, maxLength?: number): StunMessage {
  const message = StunMessage.parse(bytes, maxLength);
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}

const PASSWORD = encodeUtf8("VOkJxbRl1RmTxUk/WvJxBt");

describe("published vectors", () => {
  const file = JSON.parse(readFileSync(new URL("stun/rfc5769-rfc8489.json", vectors), "utf8")) as {
    vectors: { name: string; hex: string; key?: string; keyMd5?: string }[];
  };
  const vector = (name: string) => {
    const found = file.vectors.find((entry) => entry.name.startsWith(name));
    if (found === undefined) throw new Error(name);
    return { ...found, bytes: bytesOf(found.hex) };
  };

  test("reads the sample request with its non-zero padding (RFC 5769 §2.1)", () => {
    const message = parsed(vector("2.1").bytes);
    expect([message.messageClass, message.method]).toEqual(["request", 1]);
    expect(Buffer.from(message.transactionId).toString("hex")).toBe("b7e7a701bc34d686fa87dfae");
    expect(message.text(SOFTWARE)).toBe("STUN test client");
    expect(message.text(USERNAME)).toBe("evtj:h6vY");
    expect(message.u32(PRIORITY)).toBe(1845494271);
    expect(Buffer.from(message.value(ICE_CONTROLLED)!).toString("hex")).toBe("932ff9b151263b36");
    expect(message.hasFingerprint).toBe(true);
    expect(message.verifyIntegrity(nodeCrypto, PASSWORD)).toBe("sha1");
    expect(message.verifyIntegrity(nodeCrypto, encodeUtf8("another"))).toBe("wrong");
  });

  test.each([
    ["2.2", "192.0.2.1"],
    ["2.3", "2001:db8:1234:5678:11:2233:4455:6677"],
  ])("reads the sample response §%s (RFC 5769)", (name, address) => {
    const message = parsed(vector(name).bytes);
    const mapped = message.address(XOR_MAPPED_ADDRESS)!;
    expect(message.messageClass).toBe("success");
    expect([formatIpAddress(mapped.address), mapped.port]).toEqual([address, 32853]);
    expect(message.verifyIntegrity(nodeCrypto, PASSWORD)).toBe("sha1");
  });

  test("reads the request with long-term credentials (RFC 5769 §2.4)", () => {
    const entry = vector("2.4");
    const message = parsed(entry.bytes);
    expect(message.text(USERNAME)).toBe("マトリックス");
    expect(message.text(REALM)).toBe("example.org");
    expect(message.text(NONCE)).toBe("f//499k954d6OL34oL9FSTvy64sA");
    expect(message.verifyIntegrity(nodeCrypto, bytesOf(entry.keyMd5!))).toBe("sha1");
  });

  test.each(["RFC 8489 B.1 re-signed by us, key = SHA-256", "RFC 8489 B.1 re-signed by us, key = MD5"])(
    "checks MESSAGE-INTEGRITY-SHA256: %s",
    (name) => {
      const entry = vector(name);
      const message = parsed(entry.bytes);
      expect(message.value(USERHASH)).toHaveLength(32);
      expect(message.verifyIntegrity(nodeCrypto, bytesOf(entry.key!))).toBe("sha256");
      expect(message.verifyIntegrity(nodeCrypto, PASSWORD)).toBe("wrong");
    },
  );

  test("refuses the message that RFC 8489 B.1 prints with a wrong length field", () => {
    expect(StunMessage.parse(vector("RFC 8489 B.1 as printed").bytes)).toBeInstanceOf(Malformed);
  });

  test("builds the sample responses byte by byte, padding apart (RFC 5769 §2.2)", () => {
    const { bytes } = vector("2.2");
    const out = new Uint8Array(200).fill(0xa5);
    const length = new StunMessageBuilder(out, "success", 1, bytes.subarray(8, 20))
      .text(SOFTWARE, "test vector")
      .xorAddress(XOR_MAPPED_ADDRESS, { address: new Uint8Array([192, 0, 2, 1]), port: 32853 })
      .messageIntegrity(nodeCrypto, PASSWORD)
      .fingerprint()
      .finish();
    const built = parsed(out.subarray(0, length));
    expect(length).toBe(bytes.length);
    expect(built.verifyIntegrity(nodeCrypto, PASSWORD)).toBe("sha1");
    expect(out[20 + 4 + 11]).toBe(0);
    expect(out[length]).toBe(0xa5);
  });
});

describe("malformed messages", () => {
  const { cases } = JSON.parse(readFileSync(new URL("stun/malformed.json", vectors), "utf8")) as {
    cases: { id: string; hex: string; expect: string; why: string }[];
  };
  const refused = cases.filter(({ expect: outcome }) => /^(drop|not STUN)/.test(outcome));
  const taken = cases.filter((entry) => !refused.includes(entry));

  test.each(refused.map((entry) => [entry.id, entry.why, entry] as const))(
    "refuses %s: %s",
    (_id, _why, entry) => {
      expect(StunMessage.parse(bytesOf(entry.hex))).toBeInstanceOf(Malformed);
    },
  );

  test.each(taken.map((entry) => [entry.id, entry.why, entry] as const))(
    "parses %s: %s",
    (_id, _why, entry) => {
      expect(StunMessage.parse(bytesOf(entry.hex))).toBeInstanceOf(StunMessage);
    },
  );

  const named = (id: string) => parsed(bytesOf(cases.find((entry) => entry.id === id)!.hex));

  test("ignores attributes after MESSAGE-INTEGRITY (RFC 8489 §14.5)", () => {
    const message = named("attrs-after-mi");
    expect(message.has(USE_CANDIDATE)).toBe(false);
    expect(message.address(XOR_MAPPED_ADDRESS)).toBeUndefined();
    expect(message.verifyIntegrity(nodeCrypto, PASSWORD)).toBe("sha1");
  });

  test("counts only the first of two USERNAMEs (RFC 8489 §14)", () => {
    expect(named("dup-username").text(USERNAME)).toBe("evtj:h6vY");
  });

  test("lists unknown comprehension-required attributes, not optional ones (RFC 8489 §6.3.1)", () => {
    expect(named("unknown-required").unknownRequired(isBindingAttribute)).toEqual([0x7fff]);
    expect(named("unknown-optional").unknownRequired(isBindingAttribute)).toEqual([]);
  });

  test("says that integrity is absent or wrong", () => {
    expect(named("no-mi").verifyIntegrity(nodeCrypto, PASSWORD)).toBe("absent");
    expect(named("mi-wrong-password").verifyIntegrity(nodeCrypto, PASSWORD)).toBe("wrong");
  });

  test("refuses every truncation of every well-formed sample", () => {
    for (const entry of taken) {
      const bytes = bytesOf(entry.hex);
      for (let length = 0; length < bytes.length; length++) {
        expect(StunMessage.parse(bytes.subarray(0, length))).toBeInstanceOf(Malformed);
      }
    }
  });

  test("survives any single changed byte", () => {
    const sample = bytesOf(cases.find((entry) => entry.id === "valid-reference")!.hex);
    for (let at = 0; at < sample.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = sample.slice();
        changed[at]! ^= 1 << bit;
        const message = StunMessage.parse(changed);
        // FINGERPRINT sees every single-bit error, unless the error hides the FINGERPRINT itself.
        if (!(message instanceof Malformed)) expect(message.hasFingerprint).toBe(false);
      }
    }
  });
});

describe("fuzz corpora", () => {
  const corpora = ["stun", "stun-pion", "stun-validator", "stun-client-coturn"];
  test.each(corpora)("no input of %s makes parsing or an accessor throw", (name) => {
    let inputs = 0;
    for (const { b64 } of readLines(`stun/fuzz-${name}.jsonl`)) {
      if (b64 === undefined) continue;
      inputs++;
      const message = StunMessage.parse(new Uint8Array(Buffer.from(b64, "base64")));
      if (message instanceof StunMessage) touchEverything(message);
    }
    expect(inputs).toBeGreaterThan(0);
  });
});

function touchEverything(message: StunMessage): void {
  for (let type = 0; type < 0x40; type++) {
    message.value(type);
    message.text(type);
    message.u32(type);
    message.address(type);
    message.passwordAlgorithms(type);
  }
  message.passwordAlgorithms(0x8002);
  message.address(0x8023);
  void message.errorCode;
  void message.unknownAttributes;
  message.unknownRequired(isBindingAttribute);
  message.verifyIntegrity(nodeCrypto, PASSWORD);
}

describe("limits", () => {
  const out = new Uint8Array(2000);
  const id = new Uint8Array(12);
  const build = (fill: (builder: StunMessageBuilder) => void) => {
    const builder = new StunMessageBuilder(out, "request", 1, id);
    fill(builder);
    return StunMessage.parse(out.subarray(0, builder.finish()));
  };

  test("takes MAX_ATTRIBUTES attributes and refuses one more", () => {
    const many = (count: number) =>
      build((builder) => {
        for (let i = 0; i < count; i++) builder.flag(0xefff);
      });
    expect(many(MAX_ATTRIBUTES - 1)).toBeInstanceOf(StunMessage);
    expect(many(MAX_ATTRIBUTES)).toBeInstanceOf(StunMessage);
    expect(many(MAX_ATTRIBUTES + 1)).toBeInstanceOf(Malformed);
  });

  test("takes a USERNAME of MAX_USERNAME_LENGTH bytes and refuses one more (RFC 8489 §14.3)", () => {
    const named = (length: number) =>
      build((builder) => builder.attribute(USERNAME, new Uint8Array(length).fill(97)));
    expect(named(MAX_USERNAME_LENGTH)).toBeInstanceOf(StunMessage);
    expect(named(MAX_USERNAME_LENGTH + 1)).toBeInstanceOf(Malformed);
  });

  test("takes a datagram of MAX_DATAGRAM_LENGTH bytes and refuses a longer one", () => {
    const long = (length: number) =>
      build((builder) => builder.attribute(0xefff, new Uint8Array(length - 24)));
    expect(long(MAX_DATAGRAM_LENGTH)).toBeInstanceOf(StunMessage);
    expect(long(MAX_DATAGRAM_LENGTH + 4)).toBeInstanceOf(Malformed);
  });

  test("refuses an ERROR-CODE outside 300..699 (RFC 8489 §14.8)", () => {
    const error = (hundreds: number, number: number) =>
      build((builder) => builder.attribute(ERROR_CODE, new Uint8Array([0, 0, hundreds, number])));
    expect(error(3, 0)).toBeInstanceOf(StunMessage);
    expect(error(6, 99)).toBeInstanceOf(StunMessage);
    expect(error(2, 99)).toBeInstanceOf(Malformed);
    expect(error(7, 0)).toBeInstanceOf(Malformed);
    expect(error(4, 100)).toBeInstanceOf(Malformed);
  });

  test("refuses anything after FINGERPRINT (RFC 8489 §14.7)", () => {
    expect(build((builder) => builder.fingerprint())).toBeInstanceOf(StunMessage);
    expect(build((builder) => builder.fingerprint().flag(0xefff))).toBeInstanceOf(Malformed);
    expect(build((builder) => builder.fingerprint().fingerprint())).toBeInstanceOf(Malformed);
  });

  test("refuses MESSAGE-INTEGRITY-SHA256 that is too short, too long or no multiple of four (RFC 8489 §14.6)", () => {
    const integrity = (length: number) => build((builder) => builder.attribute(0x1c, new Uint8Array(length)));
    for (const length of [16, 20, 24, 28, 32]) expect(integrity(length)).toBeInstanceOf(StunMessage);
    for (const length of [0, 12, 15, 17, 36]) expect(integrity(length)).toBeInstanceOf(Malformed);
    expect(build((builder) => builder.attribute(MESSAGE_INTEGRITY, new Uint8Array(16)))).toBeInstanceOf(
      Malformed,
    );
  });
});
