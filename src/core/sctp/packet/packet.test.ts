import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Malformed } from "../../base/malformed.ts";
import { CHUNK, encodeChunk, unknownTypeAction, validateChunks } from "./chunk.ts";
import { COMMON_HEADER_LENGTH } from "./common-header.ts";
import { decodeData, encodeData } from "./data-chunk.ts";
import {
  CAUSE,
  decodeAbortReason,
  decodeErrorCauses,
  decodeMissingMandatoryParameterCause,
  invalidStreamIdentifierCause,
  MAX_REPORTED_LENGTH,
  missingMandatoryParameterCause,
  noUserDataCause,
  staleCookieCause,
  textCause,
  unrecognizedChunkTypeCause,
} from "./error-cause.ts";
import { decodeForwardTsn } from "./forward-tsn-chunk.ts";
import { decodeHeartbeat, encodeHeartbeat, encodeHeartbeatAck } from "./heartbeat-chunk.ts";
import { decodeInit, encodeInit, type InitChunk } from "./init-chunk.ts";
import { chunksOf, forwardTsnChunk, sackChunk } from "./packet.testing.ts";
import { decodeParameters, encodeParameter, PARAMETER } from "./parameter.ts";
import { decodeReconfig, encodeReconfig, type ReconfigParameter } from "./re-config-chunk.ts";
import { decodeSack, encodeSack, newSackFields, type SackFields } from "./sack-chunk.ts";
import { decodeShutdown, encodeShutdown } from "./shutdown-chunk.ts";

const captures = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/sctp/packets.json", import.meta.url), "utf8"),
) as Record<string, { name: string; hex: string }[]>;

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

function capture(name: string): Uint8Array {
  const found = Object.values(captures)
    .flat()
    .find((entry) => entry.name === name);
  return fromHex(found!.hex);
}

/** The value of the only chunk of a captured packet or chunk. */
function valueIn(name: string, withHeader: boolean): Uint8Array {
  const bytes = capture(name);
  const packet = withHeader ? bytes : Buffer.concat([new Uint8Array(12), bytes]);
  expect(validateChunks(packet, COMMON_HEADER_LENGTH)).toBeUndefined();
  return chunksOf(packet)[0]!.value;
}

function value<T>(decoded: T | Malformed): T {
  if (decoded instanceof Malformed) throw new Error(decoded.reason);
  return decoded;
}

function sackOf(chunk: Uint8Array): SackFields | string {
  const fields = newSackFields();
  const bad = decodeSack(chunk, 0, chunk.length, fields);
  if (bad !== undefined) return bad.reason;
  fields.starts.length = fields.blocks;
  fields.ends.length = fields.blocks;
  return fields;
}

describe("INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3)", () => {
  test("reads Chrome's INIT", () => {
    const init = value(decodeInit(valueIn("TestChromeChunk1Init", true)));
    expect(init).toMatchObject({
      initiateTag: 0xce1579a2,
      receiverWindow: 131_072,
      outboundStreams: 1024,
      inboundStreams: 2048,
      initialTsn: 0x945795c0,
      cookie: undefined,
      unrecognized: [],
    });
    expect(init.extensions).toContain(CHUNK.FORWARD_TSN);
    expect(init.extensions).toContain(CHUNK.RE_CONFIG);
  });

  test("reads Chrome's INIT ACK with its cookie", () => {
    const init = value(decodeInit(valueIn("TestChromeChunk2InitAck", true)));
    expect(init.initiateTag).toBe(0x9bd5b36f);
    expect(init.cookie?.length).toBeGreaterThan(100);
  });

  test("what is written is read again", () => {
    const init: InitChunk = {
      initiateTag: 0xfedcba98,
      receiverWindow: 5_000_000,
      outboundStreams: 1,
      inboundStreams: 65_535,
      initialTsn: 0xffff_ffff,
      extensions: [130, 192],
      zeroChecksumMethod: 1,
      cookie: Uint8Array.of(1, 2, 3, 4, 5),
    };
    const [chunk] = chunksOf(Buffer.concat([new Uint8Array(12), encodeInit(init)]));
    expect(chunk!.type).toBe(CHUNK.INIT_ACK);
    const decoded = value(decodeInit(chunk!.value));
    expect({
      ...decoded,
      cookie: Uint8Array.from(decoded.cookie!),
      extensions: [...new Set(decoded.extensions)].sort(),
    }).toEqual({
      ...init,
      unrecognized: [],
      hostName: undefined,
    });
  });

  test("an unknown parameter with high bits 11 is reported and skipped, 10 skipped, 01 reported, 00 ends the list (§3.2.1)", () => {
    const fixed = new Uint8Array(16);
    const forward = encodeParameter(PARAMETER.FORWARD_TSN_SUPPORTED, new Uint8Array(0));
    const read = (type: number) => {
      const unknown = encodeParameter(type, Uint8Array.of(1, 2, 3, 4));
      const init = value(decodeInit(Buffer.concat([fixed, unknown, forward])));
      return { reported: init.unrecognized.length, wentOn: init.extensions.includes(CHUNK.FORWARD_TSN) };
    };
    expect(read(0xff01)).toEqual({ reported: 1, wentOn: true });
    expect(read(0xbf01)).toEqual({ reported: 0, wentOn: true });
    expect(read(0x7f01)).toEqual({ reported: 1, wentOn: false });
    expect(read(0x3f01)).toEqual({ reported: 0, wentOn: false });
  });

  test("a thousand unknown parameters report at most 512 bytes", () => {
    const unknown = encodeParameter(0xfff0, Uint8Array.of(1, 2, 3, 4));
    const init = value(decodeInit(Buffer.concat([new Uint8Array(16), ...Array(1000).fill(unknown)])));
    expect(init.unrecognized.length).toBe(MAX_REPORTED_LENGTH / 8);
  });

  test("address parameters are ignored (RFC 8261 §6.1)", () => {
    const address = encodeParameter(PARAMETER.IPV4_ADDRESS, Uint8Array.of(127, 0, 0, 1));
    expect(value(decodeInit(Buffer.concat([new Uint8Array(16), address]))).unrecognized).toEqual([]);
  });
});

describe("parameters (RFC 9260 §3.2.1)", () => {
  test("refuses a parameter partly outside its chunk, as a whole list (CVE-2019-20503)", () => {
    expect(decodeParameters(fromHex("8008ffff"))).toBeInstanceOf(Malformed);
    expect(decodeParameters(fromHex("8008000401")) /* a lone byte */).toBeInstanceOf(Malformed);
    expect(decodeParameters(fromHex("80080000"))).toBeInstanceOf(Malformed);
    expect(decodeParameters(fromHex("80080003"))).toBeInstanceOf(Malformed);
  });

  test("the last parameter's padding may be missing", () => {
    expect(value(decodeParameters(fromHex("8008000582")))[0]!.value).toEqual(Uint8Array.of(0x82));
  });
});

describe("DATA (RFC 9260 §3.3.1)", () => {
  const fields = {
    flags: 0,
    tsn: 0,
    streamId: 0,
    streamSequenceNumber: 0,
    payloadProtocolId: 0,
    from: 0,
    to: 0,
  };

  test("reads a captured chunk and writes it the same", () => {
    const packet = capture("sctp_data_padding.bin");
    const [chunk] = chunksOf(packet);
    expect(decodeData(packet, 12, 12 + chunk!.whole.length, fields)).toBeUndefined();
    expect(fields).toMatchObject({ flags: 3, streamId: 1, streamSequenceNumber: 1, payloadProtocolId: 51 });
    expect(fields.to - fields.from).toBe(1);
    const out = new Uint8Array(64).fill(0xaa);
    const end = encodeData(out, 0, 3, fields.tsn, 1, 1, 51, packet, fields.from, fields.to);
    expect(Buffer.from(out.subarray(0, end)).toString("hex")).toBe(
      Buffer.from(packet.subarray(12)).toString("hex"),
    );
  });

  test("refuses a chunk without its fixed fields", () => {
    expect(decodeData(new Uint8Array(15), 0, 15, fields)).toBeInstanceOf(Malformed);
    expect(decodeData(new Uint8Array(16), 0, 16, fields)).toBeUndefined();
  });
});

describe("SACK (RFC 9260 §3.3.4)", () => {
  test("reads a captured SACK with blocks and duplicates", () => {
    expect(sackOf(capture("SackChunkTest.FromCapture"))).toEqual({
      cumulativeTsn: 916_312_075,
      receiverWindow: 126_323,
      blocks: 2,
      starts: [2, 8],
      ends: [6, 8],
      duplicates: 1,
    });
  });

  test("refuses reversed blocks, blocks from 0, and more blocks than there are", () => {
    expect(sackOf(sackChunk(1, 1, [[2, 1]]))).toMatch(/reversed/);
    expect(sackOf(sackChunk(1, 1, [[0, 4]]))).toMatch(/reversed/);
    expect(sackOf(fromHex("03000010000003e8000003e813880000"))).toMatch(/announces/);
    expect(sackOf(fromHex("0300000f000003e8000003e8000000"))).toMatch(/shorter/);
  });

  test("puts blocks in order and merges those that overlap or touch", () => {
    const sack = sackChunk(1, 1, [
      [8, 9],
      [2, 3],
      [4, 4],
      [3, 3],
      [12, 20],
      [14, 15],
    ]);
    expect(sackOf(sack)).toMatchObject({ blocks: 3, starts: [2, 8, 12], ends: [4, 9, 20] });
  });

  test("writes as many blocks as fit, and duplicates after them", () => {
    const out = new Uint8Array(64);
    expect(encodeSack(out, 0, 15, 1, 2, [], [], [])).toBe(0);
    expect(encodeSack(out, 0, 24, 1, 2, [2, 5, 9], [3, 6, 9], [7])).toBe(24);
    expect(sackOf(out.slice(0, 24))).toMatchObject({ blocks: 2, duplicates: 0 });
    expect(encodeSack(out, 0, 64, 1, 2, [2], [0x1_0000], [7])).toBe(20);
    expect(sackOf(out.slice(0, 20))).toMatchObject({ blocks: 0, duplicates: 1 });
  });
});

describe("FORWARD TSN (RFC 3758 §3.2)", () => {
  test("what is written is read again", () => {
    const chunk = { newCumulativeTsn: 1234, skipped: [{ streamId: 12, streamSequenceNumber: 34 }] };
    expect(decodeForwardTsn(forwardTsnChunk(chunk).subarray(4))).toEqual(chunk);
    expect(decodeForwardTsn(valueIn("sctp_forward_tsn.bin", true))).toEqual(chunk);
  });

  test("refuses lengths it cannot have", () => {
    for (const length of [0, 3, 5, 6])
      expect(decodeForwardTsn(new Uint8Array(length))).toBeInstanceOf(Malformed);
  });
});

describe("HEARTBEAT (RFC 9260 §3.3.5)", () => {
  test("its info comes back unchanged in the answer", () => {
    const request = valueIn("HeartbeatRequestChunkTest.FromCapture", false);
    const info = value(decodeHeartbeat(request));
    expect(Buffer.from(encodeHeartbeat(info)).subarray(4)).toEqual(Buffer.from(request));
    expect(Buffer.from(encodeHeartbeatAck(request)).subarray(4)).toEqual(Buffer.from(request));
  });

  test("without info it is malformed", () => {
    expect(decodeHeartbeat(new Uint8Array(0))).toBeInstanceOf(Malformed);
  });
});

describe("SHUTDOWN (RFC 9260 §3.3.8)", () => {
  test("reads a captured chunk, writes it the same, and refuses other lengths", () => {
    const chunk = capture("ShutdownChunkTest.FromCapture");
    expect(decodeShutdown(chunk.subarray(4))).toBe(0x0611d1bd);
    expect(encodeShutdown(0x0611d1bd)).toEqual(chunk);
    for (const length of [0, 3, 5]) expect(decodeShutdown(new Uint8Array(length))).toBeInstanceOf(Malformed);
  });
});

describe("RE-CONFIG (RFC 6525 §3.1)", () => {
  test("reads captured requests and responses", () => {
    expect(decodeReconfig(valueIn("sctp_reconfig_reset_out.bin", true))).toEqual([
      {
        type: "outgoing-reset",
        requestNumber: 2_346_191_451,
        responseNumber: 3_834_375_283,
        lastAssignedTsn: 2_346_191_454,
        streamIds: [1],
      },
    ]);
    expect(decodeReconfig(valueIn("sctp_reconfig_response.bin", true))).toEqual([
      { type: "response", responseNumber: 2_438_143_828, result: 1 },
    ]);
    expect(value(decodeReconfig(valueIn("sctp_reconfig_add_out.bin", true)))[0]!.type).toBe("other-request");
  });

  test("what is written is read again, padding included", () => {
    const parameters: ReconfigParameter[] = [
      {
        type: "outgoing-reset",
        requestNumber: 1,
        responseNumber: 2,
        lastAssignedTsn: 3,
        streamIds: [4, 5, 6],
      },
      { type: "response", responseNumber: 9, result: 6 },
    ];
    const chunk = encodeReconfig(parameters);
    expect(chunk.length % 4).toBe(0);
    expect(decodeReconfig(chunk.subarray(4))).toEqual(parameters);
    const incoming: ReconfigParameter[] = [{ type: "incoming-reset", requestNumber: 7, streamIds: [] }];
    expect(decodeReconfig(encodeReconfig(incoming).subarray(4))).toEqual(incoming);
  });

  test("refuses none, three, unknown ones and odd lengths", () => {
    expect(decodeReconfig(new Uint8Array(0))).toBeInstanceOf(Malformed);
    const response = encodeReconfig([{ type: "response", responseNumber: 9, result: 6 }]).subarray(4);
    expect(decodeReconfig(Buffer.concat([response, response, response]))).toBeInstanceOf(Malformed);
    expect(decodeReconfig(encodeParameter(99, new Uint8Array(8)))).toBeInstanceOf(Malformed);
    for (const length of [0, 8, 11, 13]) {
      const request = encodeParameter(PARAMETER.OUTGOING_SSN_RESET_REQUEST, new Uint8Array(length));
      expect(decodeReconfig(request.subarray(0, 4 + length)), `${length}`).toBeInstanceOf(Malformed);
    }
  });
});

describe("error causes (RFC 9260 §3.3.10)", () => {
  test("each has its code and is read again", () => {
    const causes = [
      invalidStreamIdentifierCause(7),
      missingMandatoryParameterCause([7, 8]),
      staleCookieCause(1e12),
      unrecognizedChunkTypeCause(Uint8Array.of(0xfe, 0, 0, 4)),
      noUserDataCause(99),
      textCause(CAUSE.PROTOCOL_VIOLATION, "why"),
    ];
    const decoded = value(decodeErrorCauses(Buffer.concat(causes)));
    expect(decoded.map(({ type }) => type)).toEqual([1, 2, 3, 6, 9, 13]);
    expect(decodeMissingMandatoryParameterCause(decoded[1]!.value)).toEqual([7, 8]);
  });

  test("a missing-parameter cause whose count overflows is refused", () => {
    const bytes = capture("MissingMandatoryParameterCauseTest.HandlesOverflowParameterCount");
    expect(decodeMissingMandatoryParameterCause(bytes.subarray(4))).toBeInstanceOf(Malformed);
  });

  test("reads the reason of an ABORT", () => {
    expect(decodeAbortReason(textCause(CAUSE.USER_INITIATED_ABORT, "Close called"))).toEqual({
      causeCode: 12,
      message: "Close called",
    });
    expect(decodeAbortReason(valueIn("sctp_abort.bin", true))).toMatchObject({ causeCode: 13 });
    expect(decodeAbortReason(new Uint8Array(0))).toEqual({ causeCode: undefined, message: undefined });
    expect(decodeAbortReason(Uint8Array.of(1))).toEqual({ causeCode: undefined, message: undefined });
    expect(decodeAbortReason(fromHex("000c0005ff")).message).toBeUndefined();
  });

  test("what is reported back is cut to 512 bytes", () => {
    expect(unrecognizedChunkTypeCause(new Uint8Array(2000)).length).toBe(4 + MAX_REPORTED_LENGTH);
    expect(textCause(12, "x".repeat(9999)).length).toBe(4 + MAX_REPORTED_LENGTH);
  });
});

describe("the walk over chunks (RFC 9260 §3.2)", () => {
  test("every captured packet is walked, and no truncation of it reads outside", () => {
    for (const { name, hex } of Object.values(captures).flat()) {
      const bytes = fromHex(hex);
      for (let length = 0; length <= bytes.length; length++) {
        const cut = bytes.slice(0, length);
        if (validateChunks(cut, COMMON_HEADER_LENGTH) !== undefined) continue;
        for (const chunk of chunksOf(cut)) {
          expect(chunk.whole.length, name).toBeGreaterThanOrEqual(4);
          const decoders = [
            decodeInit,
            decodeForwardTsn,
            decodeHeartbeat,
            decodeReconfig,
            decodeShutdown,
            decodeErrorCauses,
          ];
          for (const decode of decoders) decode(chunk.value);
          decodeSack(cut, chunk.whole.byteOffset - cut.byteOffset, length, newSackFields());
        }
      }
    }
  });

  test("a chunk length below 4 or beyond the packet refuses the packet", () => {
    expect(validateChunks(fromHex("00030000"), 0)).toBeDefined();
    expect(validateChunks(fromHex("00030003"), 0)).toBeDefined();
    expect(validateChunks(fromHex("00030005"), 0)).toBeDefined();
    expect(validateChunks(fromHex("000300050000"), 0)).toBeUndefined();
    expect(validateChunks(fromHex("0b00000401"), 0)).toBeDefined();
    expect(validateChunks(encodeChunk(1, 2, Uint8Array.of(3)), 0)).toBeUndefined();
  });

  test("the two highest bits of an unknown type say what to do", () => {
    expect([0, 1, 2, 3].map(unknownTypeAction)).toEqual([
      { skip: false, report: false },
      { skip: false, report: true },
      { skip: true, report: false },
      { skip: true, report: true },
    ]);
  });
});
