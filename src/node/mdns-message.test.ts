import { readFileSync } from "node:fs";
import { decode, encode } from "dns-packet";
import { describe, expect, test } from "vitest";
import { Malformed } from "../core/base/malformed.ts";
import { SeededRandom } from "../sim/seeded-random.ts";
import {
  decodeMdnsResponse,
  encodeMdnsQuery,
  MAX_MDNS_MESSAGE,
  MAX_MDNS_RECORDS,
  type MdnsAddress,
} from "./mdns-message.ts";

const NAME = "7b3b1e2c-0000-4000-8000-000000000001.local";

function response(...addresses: string[]): Uint8Array {
  return encode({
    type: "response",
    flags: 0x0400,
    answers: addresses.map((data) => ({
      type: data.includes(":") ? "AAAA" : "A",
      name: NAME,
      ttl: 120,
      class: "IN",
      flush: true,
      data,
    })),
  });
}

function accepted(message: Uint8Array): MdnsAddress[] {
  const result = decodeMdnsResponse(message);
  if (result instanceof Malformed) throw new Error(result.reason);
  return result;
}

function reason(message: Uint8Array): string | undefined {
  const result = decodeMdnsResponse(message);
  return result instanceof Malformed ? result.reason : undefined;
}

describe("encodeMdnsQuery", () => {
  test("holds one question of class IN and the id it is given (RFC 6762 §18.1)", () => {
    const query = decode(Buffer.from(encodeMdnsQuery(NAME, "AAAA", 0x1234, false)));
    expect(query).toMatchObject({
      type: "query",
      id: 0x1234,
      questions: [{ name: NAME, type: "AAAA", class: "IN" }],
    });
    expect(query.answers).toEqual([]);
  });

  test("sets the top bit of the class to ask for a unicast response (RFC 6762 §5.4)", () => {
    const multicast = encodeMdnsQuery(NAME, "A", 0, false);
    const unicast = encodeMdnsQuery(NAME, "A", 0, true);
    expect([...multicast.subarray(-4)]).toEqual([0, 1, 0, 1]);
    expect([...unicast.subarray(-4)]).toEqual([0, 1, 0x80, 1]);
  });
});

describe("decodeMdnsResponse", () => {
  test("gives address records of both families with the cache-flush bit set or not (RFC 6762 §10.2)", () => {
    expect(accepted(response("192.0.2.1", "2001:db8::1"))).toEqual([
      { name: NAME, address: "192.0.2.1", ttl: 120 },
      { name: NAME, address: "2001:db8::1", ttl: 120 },
    ]);
  });

  test("reads names without case and the additional section too", () => {
    const message = encode({
      type: "response",
      answers: [{ type: "PTR", name: "x.local", data: "y.local", ttl: 1 }],
      additionals: [{ type: "A", name: NAME.toUpperCase(), ttl: 5, data: "192.0.2.9" }],
    });
    expect(accepted(message)).toEqual([{ name: NAME, address: "192.0.2.9", ttl: 5 }]);
  });

  test("reads a negative answer (NSEC, RFC 6762 §6.1) as no address", () => {
    const message = encode({
      type: "response",
      answers: [{ type: "NSEC", name: NAME, ttl: 120, data: { nextDomain: NAME, rrtypes: ["A"] } }],
    });
    expect(accepted(message)).toEqual([]);
  });

  test("refuses queries, and responses with an opcode or a code (RFC 6762 §18.3, §18.11)", () => {
    expect(reason(encodeMdnsQuery(NAME, "A", 0, false))).toBe("mdns: not a response");
    for (const bits of [0x0800, 0x7800, 0x0001, 0x000f]) {
      const message = response("192.0.2.1");
      new DataView(message.buffer, message.byteOffset).setUint16(2, 0x8400 | bits);
      expect(reason(message)).toBe("mdns: opcode or response code not zero");
    }
  });

  test("refuses what is shorter than a header or longer than mDNS allows (RFC 6762 §17)", () => {
    expect(reason(response("192.0.2.1").subarray(0, 11))).toBe("mdns: length out of bounds");
    for (const extra of [-1, 0, 1]) {
      const message = new Uint8Array(MAX_MDNS_MESSAGE + extra);
      message.set(response("192.0.2.1"));
      expect(reason(message)).toBe(extra <= 0 ? undefined : "mdns: length out of bounds");
    }
  });

  test("refuses more records than the limit before it reads one", () => {
    for (const count of [MAX_MDNS_RECORDS - 1, MAX_MDNS_RECORDS, MAX_MDNS_RECORDS + 1]) {
      const message = response(...Array.from({ length: count }, (_, i) => `192.0.2.${i}`));
      expect(reason(message)).toBe(count <= MAX_MDNS_RECORDS ? undefined : "mdns: too many records");
    }
    const liar = response("192.0.2.1");
    liar.fill(0xff, 4, 12);
    expect(reason(liar)).toBe("mdns: too many records");
  });

  test("refuses every truncation of a good response", () => {
    const message = response("192.0.2.1", "2001:db8::1");
    for (let length = 0; length < message.length; length++) {
      expect(reason(message.subarray(0, length)), `${length} bytes`).toBeDefined();
    }
  });

  test("ends on compression pointers that point at themselves (RFC 1035 §4.1.4)", () => {
    const header = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const rest = [0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1];
    expect(reason(Uint8Array.from([...header, 0xc0, 12, ...rest]))).toBe("mdns: record malformed");
  });

  test("throws for no input of the fuzz corpus, whole, cut or made to look like a response", () => {
    const corpus = readFileSync(new URL("../../test/vectors/fuzz/mdns.jsonl", import.meta.url), "utf8");
    let inputs = 0;
    for (const line of corpus.split("\n")) {
      if (line === "") continue;
      const bytes = new Uint8Array(Buffer.from((JSON.parse(line) as { b64: string }).b64, "base64"));
      inputs++;
      decodeMdnsResponse(bytes);
      if (bytes.length < 12) continue;
      const posed = bytes.slice();
      posed.set([0x84, 0], 2);
      for (let length = 12; length <= posed.length; length++) decodeMdnsResponse(posed.subarray(0, length));
    }
    expect(inputs).toBe(20);
  });

  test("throws for no mutation of a good response", () => {
    const random = new SeededRandom(1);
    const good = response("192.0.2.1", "2001:db8::1", "192.0.2.3");
    for (let round = 0; round < 5000; round++) {
      const bad = good.slice();
      for (let flips = 1 + random.below(4); flips > 0; flips--) {
        bad[4 + random.below(bad.length - 4)] = random.below(256);
      }
      decodeMdnsResponse(bad);
    }
  });
});
