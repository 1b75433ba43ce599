import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../../node/crypto.ts";
import { fromHex, toHex } from "../../crypto/vectors.testing.ts";
import { MAX_EARLY_RECORD_BYTES, MAX_EARLY_RECORDS, MAX_RECORD_SEQUENCE } from "../limits.ts";
import { newStatistics } from "../statistics.ts";
import { APPLICATION_DATA, HANDSHAKE } from "./content-type.ts";
import { EarlyRecords } from "./early-records.ts";
import { MAX_RECORD_LENGTH, readRecordHeader, writeRecordHeader } from "./record-header.ts";
import { RecordReader, RecordWriter } from "./record-layer.ts";
import { DTLS_RECORD_OVERHEAD, RecordProtection } from "./record-protection.ts";

const emptyHeader = () => ({ type: 0, version: 0, epoch: 0, sequence: 0, length: 0 });

describe("record headers (RFC 6347 §4.1)", () => {
  test("round trip, to the last sequence number", () => {
    for (const sequence of [
      0,
      1,
      0xffff,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 47 + 12_345,
      MAX_RECORD_SEQUENCE,
    ]) {
      const out = new Uint8Array(13 + 5);
      writeRecordHeader(out, HANDSHAKE, 1, sequence, 5);
      const header = emptyHeader();
      expect(readRecordHeader(out, 0, header)).toBeUndefined();
      expect(header).toEqual({ type: HANDSHAKE, version: 0xfefd, epoch: 1, sequence, length: 5 });
    }
  });

  test.each([
    ["cut", "16fefd00000000000000000a"],
    ["overruns the datagram", "16fefd00000000000000000001"],
    ["unknown type", "18fefd00000000000000000000"],
    ["DTLS 1.3's unified header", "2f0001000000000000000000000000"],
    ["a TLS version", "16030300000000000000000000"],
    ["another major version", "16fdfd00000000000000000000"],
  ])("refuses %s", (_name, hex) => {
    expect(readRecordHeader(fromHex(hex), 0, emptyHeader())).toBeDefined();
  });

  test("the longest record, and one octet more", () => {
    const out = new Uint8Array(13 + MAX_RECORD_LENGTH + 1);
    writeRecordHeader(out, APPLICATION_DATA, 0, 0, MAX_RECORD_LENGTH);
    expect(readRecordHeader(out, 0, emptyHeader())).toBeUndefined();
    writeRecordHeader(out, APPLICATION_DATA, 0, 0, MAX_RECORD_LENGTH + 1);
    expect(readRecordHeader(out, 0, emptyHeader())?.reason).toBe("dtls: record too long");
  });
});

describe("protection", () => {
  const key = new Uint8Array(16).fill(1);

  test("GCM: fixed IV, then the record's own number, which travels along (RFC 5288 §3)", () => {
    const nonces: string[] = [];
    const aead = nodeCrypto.createAead("aes-128-gcm", key);
    const spied = {
      seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array, out: Uint8Array) {
        nonces.push(`${toHex(nonce)} ${toHex(additionalData)}`);
        aead.seal(nonce, additionalData, plaintext, out);
      },
      open: aead.open.bind(aead),
    };
    const protection = new RecordProtection(spied, fromHex("aabbccdd"));
    const out = new Uint8Array(100);
    const length = protection.seal(APPLICATION_DATA, 1, 0x0102030405, new Uint8Array(3), out);
    expect(length).toBe(3 + DTLS_RECORD_OVERHEAD);
    expect(nonces).toEqual(["aabbccdd0001000102030405 0001000102030405" + "17fefd0003"]);
    expect(toHex(out.subarray(13, 21))).toBe("0001000102030405");
  });

  test("ChaCha20: the number is mixed into the IV and does not travel (RFC 7905 §2)", () => {
    const nonces: string[] = [];
    const aead = nodeCrypto.createAead("chacha20-poly1305", new Uint8Array(32));
    const spied = {
      seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array, out: Uint8Array) {
        nonces.push(toHex(nonce));
        aead.seal(nonce, additionalData, plaintext, out);
      },
      open: aead.open.bind(aead),
    };
    const protection = new RecordProtection(spied, fromHex("ffffffffffffffffffffffff"));
    const out = new Uint8Array(100);
    expect(protection.seal(APPLICATION_DATA, 1, 2, new Uint8Array(3), out)).toBe(3 + 29);
    expect(nonces).toEqual(["fffffffffffefffffffffffd"]);
  });

  test("opens in place, once per number", () => {
    const make = () => new RecordProtection(nodeCrypto.createAead("aes-128-gcm", key), new Uint8Array(4));
    const writer = new RecordWriter(newStatistics());
    const reader = new RecordReader(make());
    writer.protect(make());
    const out = new Uint8Array(100);
    const length = writer.write(APPLICATION_DATA, 1, new Uint8Array([5, 6]), out);
    expect(reader.isFresh(0)).toBe(true);
    const plaintext = reader.open(APPLICATION_DATA, 0, out.subarray(13, length));
    expect(plaintext).toEqual(new Uint8Array([5, 6]));
    expect(plaintext?.buffer).toBe(out.buffer);
    expect(reader.isFresh(0)).toBe(false);
    // A forged number, type or a short fragment is refused and leaves no trace.
    expect(reader.open(APPLICATION_DATA, 1, new Uint8Array(23))).toBeUndefined();
    expect(reader.open(HANDSHAKE, 1, new Uint8Array(40))).toBeUndefined();
    expect(reader.isFresh(1)).toBe(true);
  });
});

describe("a record writer", () => {
  test("writes nothing in epoch 1 without keys, and nothing after the last number", () => {
    const statistics = newStatistics();
    const writer = new RecordWriter(statistics, MAX_RECORD_SEQUENCE);
    const out = new Uint8Array(100);
    expect(writer.write(APPLICATION_DATA, 1, new Uint8Array(1), out)).toBe(0);
    expect(writer.write(HANDSHAKE, 0, new Uint8Array(1), out)).toBe(14);
    expect(writer.isExhausted(0)).toBe(true);
    expect(writer.write(HANDSHAKE, 0, new Uint8Array(1), out)).toBe(0);
    expect(statistics.recordsSent).toBe(1);
  });
});

describe("early records", () => {
  test("32 of them are kept, copies of what came", () => {
    const early = new EarlyRecords();
    const one = new Uint8Array([1]);
    for (let i = 0; i < MAX_EARLY_RECORDS; i++) expect(early.keep(one)).toBe(true);
    expect(early.keep(one)).toBe(false);
    one[0] = 2;
    expect(early.take()[0]).toEqual(new Uint8Array([1]));
    expect(early.keep(one)).toBe(true);
  });

  test("8 KiB are kept, and not one octet more", () => {
    const early = new EarlyRecords();
    expect(early.keep(new Uint8Array(MAX_EARLY_RECORD_BYTES - 1))).toBe(true);
    expect(early.keep(new Uint8Array(2))).toBe(false);
    expect(early.keep(new Uint8Array(1))).toBe(true);
    expect(early.keep(new Uint8Array(1))).toBe(false);
  });
});
