import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Malformed } from "../base/malformed.ts";
import { attributeOf, attributeValue, findAttributes, hasAttribute } from "./attribute.ts";
import { readBandwidths } from "./bandwidth.ts";
import { readDirection } from "./direction.ts";
import { formatExtMap, parseExtMap } from "./extmap.ts";
import { formatFingerprint, parseFingerprint } from "./fingerprint.ts";
import { formatFmtp, MAX_FMTP_PARAMETERS, parseFmtp } from "./fmtp.ts";
import { formatGroup, parseGroup } from "./group.ts";
import { parseIcePwd, parseIceUfrag } from "./ice-credentials.ts";
import { formatIceOptions, parseIceOptions } from "./ice-options.ts";
import { parseImageAttributes } from "./image-attr.ts";
import { checkKnownAttributes } from "./known-attributes.ts";
import { parseMaxMessageSize } from "./max-message-size.ts";
import { parseMid } from "./mid.ts";
import { formatMsid, parseMsid } from "./msid.ts";
import { formatMsidSemantic, parseMsidSemantic } from "./msid-semantic.ts";
import { parsePacketTime } from "./packet-time.ts";
import { formatRid, parseRid, type Rid } from "./rid.ts";
import { formatRtcp, parseRtcp } from "./rtcp.ts";
import { formatRtcpFeedback, parseRtcpFeedback } from "./rtcp-fb.ts";
import { formatRtpMap, parseRtpMap } from "./rtpmap.ts";
import { parseSctpPort } from "./sctp-port.ts";
import { formatSctpMap, parseSctpMap } from "./sctpmap.ts";
import { crlf, SESSION } from "./sdp.testing.ts";
import { parseSdp, SdpError } from "./session-description.ts";
import { parseSetup } from "./setup.ts";
import { formatSimulcast, parseSimulcast, type Simulcast } from "./simulcast.ts";
import { parseSsrc } from "./ssrc.ts";
import { formatSsrcGroup, parseSsrcGroup, type SsrcGroup } from "./ssrc-group.ts";
import { attributeLine, sdpLine } from "./write.ts";

const isMalformed = (value: unknown) => value instanceof Malformed;

describe("finding attributes (RFC 8866 §5.13)", () => {
  const section = { lines: ["mid:0", "mid", "mids:1", "x:", "inactive"].map((text) => attributeLine(text)) };

  test("by their whole name, in order, with and without values", () => {
    expect(findAttributes(section, "mid").map((line) => attributeOf(line, "mid"))).toEqual(["0", ""]);
    expect(attributeValue(section, "mids")).toBe("1");
    expect(attributeValue(section, "x")).toBe("");
    expect(attributeValue(section, "mi")).toBeUndefined();
    expect(hasAttribute(section, "inactive")).toBe(true);
    expect(hasAttribute(section, "Inactive")).toBe(false);
  });
});

describe("ICE (RFC 8839 §5.4, §5.6)", () => {
  test("ice-ufrag has 4 to 256 characters, ice-pwd 22 to 256", () => {
    for (const [read, least] of [
      [parseIceUfrag, 4],
      [parseIcePwd, 22],
    ] as const) {
      expect(isMalformed(read("a".repeat(least - 1)))).toBe(true);
      expect(read("a".repeat(least))).toBe("a".repeat(least));
      expect(read("a".repeat(256))).toBe("a".repeat(256));
      expect(isMalformed(read("a".repeat(257)))).toBe(true);
      expect(isMalformed(read(`${"a".repeat(30)}$`))).toBe(true);
    }
    expect(parseIceUfrag("aZ09+/")).toBe("aZ09+/");
  });

  test("ice-options are words", () => {
    expect(parseIceOptions("trickle ice2")).toEqual(["trickle", "ice2"]);
    expect(parseIceOptions("ice2,trickle")).toEqual(["ice2", "trickle"]);
    expect(isMalformed(parseIceOptions(""))).toBe(true);
    expect(formatIceOptions(["trickle", "ice2"])).toBe("trickle ice2");
  });
});

describe("DTLS (RFC 8122 §5, RFC 4145 §4)", () => {
  test("a fingerprint is read in any case and written in upper case", () => {
    const hex = Array.from({ length: 32 }, (_, i) => (i * 7).toString(16).padStart(2, "0")).join(":");
    const read = parseFingerprint(`SHA-256 ${hex}`);
    expect(read).toMatchObject({ algorithm: "sha-256" });
    expect(isMalformed(read) ? "" : formatFingerprint(read as Exclude<typeof read, Malformed>)).toBe(
      `sha-256 ${hex.toUpperCase()}`,
    );
  });

  test("the digest of a known hash has its length", () => {
    expect(isMalformed(parseFingerprint(`sha-1 ${"AA:".repeat(19)}AA`))).toBe(false);
    expect(isMalformed(parseFingerprint(`sha-1 ${"AA:".repeat(20)}AA`))).toBe(true);
    expect(isMalformed(parseFingerprint("sha-256 AA"))).toBe(true);
    expect(isMalformed(parseFingerprint("sha-3-256 AA"))).toBe(false);
  });

  test.each([
    "",
    "sha-256",
    "sha-256 ",
    "x AAA",
    "x A",
    "x AA:",
    "x AA;BB",
    "x GG",
    "x AA BB",
    `x ${"AA:".repeat(64)}AA`,
  ])("refuses %j", (text) => {
    expect(isMalformed(parseFingerprint(text))).toBe(true);
  });

  test("a fingerprint survives writing and reading", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (value) => {
        const fingerprint = { algorithm: "sha-256", value };
        expect(parseFingerprint(formatFingerprint(fingerprint))).toEqual(fingerprint);
      }),
    );
  });

  test("setup has four values", () => {
    expect(["active", "passive", "actpass", "holdconn"].map(parseSetup)).toEqual([
      "active",
      "passive",
      "actpass",
      "holdconn",
    ]);
    expect(isMalformed(parseSetup("Active"))).toBe(true);
    expect(isMalformed(parseSetup(""))).toBe(true);
  });
});

describe("groups and names (RFC 5888)", () => {
  test("group", () => {
    expect(parseGroup("BUNDLE a b")).toEqual({ semantics: "BUNDLE", mids: ["a", "b"] });
    expect(parseGroup("BUNDLE")).toEqual({ semantics: "BUNDLE", mids: [] });
    expect(isMalformed(parseGroup(""))).toBe(true);
    expect(isMalformed(parseGroup("BUNDLE a,b"))).toBe(true);
    expect(formatGroup({ semantics: "LS", mids: ["x", "y"] })).toBe("LS x y");
  });

  test("mid is a token", () => {
    expect(parseMid("__proto__")).toBe("__proto__");
    expect(isMalformed(parseMid(""))).toBe(true);
    expect(isMalformed(parseMid("a b"))).toBe(true);
  });
});

describe("SCTP (RFC 8841 §5, §6)", () => {
  test("sctp-port is 0 to 65535", () => {
    expect(parseSctpPort("0")).toBe(0);
    expect(parseSctpPort("65535")).toBe(65535);
    for (const text of ["65536", "-1", "", "5000x", "0x10"])
      expect(isMalformed(parseSctpPort(text))).toBe(true);
  });

  test("max-message-size is an exact integer, whatever is sent", () => {
    expect(parseMaxMessageSize("0")).toBe(0);
    expect(parseMaxMessageSize("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseMaxMessageSize("9007199254740992")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseMaxMessageSize("18446744073709551616")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseMaxMessageSize("9".repeat(1000))).toBe(Number.MAX_SAFE_INTEGER);
    for (const text of ["-1", "", "1e3", "1.5", " 1"])
      expect(isMalformed(parseMaxMessageSize(text))).toBe(true);
  });

  test("sctpmap of the drafts before RFC 8841", () => {
    expect(parseSctpMap("5000 webrtc-datachannel 1024")).toEqual({
      port: 5000,
      application: "webrtc-datachannel",
      streams: 1024,
    });
    expect(parseSctpMap("5000 webrtc-datachannel")).toMatchObject({ streams: undefined });
    for (const text of ["", "5000", "0 x 1", "65536 x 1", "5000 x y"])
      expect(isMalformed(parseSctpMap(text))).toBe(true);
    expect(formatSctpMap({ port: 1, application: "x", streams: undefined })).toBe("1 x");
    expect(formatSctpMap({ port: 1, application: "x", streams: 2 })).toBe("1 x 2");
  });
});

describe("media (readers that every description passes)", () => {
  test("direction: its own, else the session's, else sendrecv (RFC 8866 §6.7)", () => {
    const none = { lines: [] };
    const inactive = { lines: [attributeLine("inactive")] };
    const sendonly = { lines: [attributeLine("sendonly")] };
    expect(readDirection(none, none)).toBe("sendrecv");
    expect(readDirection(none, inactive)).toBe("inactive");
    expect(readDirection(sendonly, inactive)).toBe("sendonly");
  });

  test.each([
    [
      "111 opus/48000/2",
      { payloadType: 111, encodingName: "opus", clockRate: 48000, encodingParameters: "2" },
    ],
    ["0 PCMU/8000", { payloadType: 0, encodingName: "PCMU", clockRate: 8000, encodingParameters: undefined }],
  ])("rtpmap %s (RFC 8866 §6.6)", (text, expected) => {
    const map = parseRtpMap(text);
    expect(map).toEqual(expected);
    expect(formatRtpMap(map as Exclude<typeof map, Malformed>)).toBe(text);
  });

  test.each([
    "128 VP8/90000",
    "x VP8/90000",
    "96",
    "96 VP8",
    "96 VP8/",
    "96 /90000",
    "96 VP8/90000/",
    "96 VP8/90000 x",
    "96 VP8/4294967296",
  ])("rtpmap refuses %j", (text) => {
    expect(isMalformed(parseRtpMap(text))).toBe(true);
  });

  test("fmtp is a bounded map (RFC 8866 §6.15)", () => {
    const fmtp = parseFmtp("111 minptime=10; useinbandfec=1;x;;y=a=b");
    expect(isMalformed(fmtp) ? [] : [...(fmtp as Exclude<typeof fmtp, Malformed>).parameters]).toEqual([
      ["minptime", "10"],
      ["useinbandfec", "1"],
      ["x", ""],
      ["y", "a=b"],
    ]);
    expect(formatFmtp(fmtp as Exclude<typeof fmtp, Malformed>)).toBe(
      "111 minptime=10;useinbandfec=1;x;y=a=b",
    );
    const many = parseFmtp(`1 ${Array.from({ length: 1000 }, (_, i) => `p${i}=1`).join(";")}`);
    expect((many as Exclude<typeof many, Malformed>).parameters.size).toBe(MAX_FMTP_PARAMETERS);
    expect(isMalformed(parseFmtp("111"))).toBe(true);
  });

  test("ssrc has 32 bits (RFC 5576 §4.1)", () => {
    expect(parseSsrc("4294967295 cname:x y")).toEqual({ ssrc: 4294967295, attribute: "cname", value: "x y" });
    expect(parseSsrc("1 msid")).toEqual({ ssrc: 1, attribute: "msid", value: undefined });
    expect(parseSsrc("1")).toMatchObject({ attribute: undefined });
    for (const text of ["4294967296 cname:x", "", "-1 x", "1 :x"])
      expect(isMalformed(parseSsrc(text))).toBe(true);
  });

  test("extmap (RFC 8285 §8)", () => {
    for (const text of ["1 urn:x", "14/sendonly urn:y", "255 urn:z a b", "4096 urn:x"]) {
      const map = parseExtMap(text);
      expect(formatExtMap(map as Exclude<typeof map, Malformed>)).toBe(text);
    }
    for (const text of ["0 urn:x", "256 urn:x", "4352 urn:x", "1", "1/up urn:x", "x urn:x"]) {
      expect(isMalformed(parseExtMap(text))).toBe(true);
    }
  });

  test("rtcp-fb (RFC 4585 §4.2)", () => {
    for (const text of ["96 nack pli", "* transport-cc"]) {
      const feedback = parseRtcpFeedback(text);
      expect(formatRtcpFeedback(feedback as Exclude<typeof feedback, Malformed>)).toBe(text);
    }
    for (const text of ["128 nack", "96", "96 ", "x nack"])
      expect(isMalformed(parseRtcpFeedback(text))).toBe(true);
  });

  test("msid and msid-semantic (RFC 8830 §2)", () => {
    expect(parseMsid("stream track")).toEqual({ stream: "stream", appdata: "track" });
    expect(formatMsid({ stream: "-", appdata: undefined })).toBe("-");
    expect(isMalformed(parseMsid("a b c"))).toBe(true);
    expect(parseMsidSemantic(" WMS *")).toEqual({ semantic: "WMS", identifiers: ["*"] });
    expect(formatMsidSemantic({ semantic: "WMS", identifiers: [] })).toBe(" WMS");
    expect(isMalformed(parseMsidSemantic(""))).toBe(true);
  });
});

describe("checking the known attributes of a description (RFC 9429 §5.8)", () => {
  const check = (...lines: string[]) => {
    const description = parseSdp(crlf(...SESSION, ...lines));
    return description instanceof SdpError ? description : checkKnownAttributes(description);
  };

  test("names the line of the first one that breaks its grammar", () => {
    expect(
      check("a=setup:actpass", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:x")?.line,
    ).toBe(7);
    expect(check("a=fingerprint:sha-256 AA")?.line).toBe(5);
    expect(check("m=audio 9 RTP/AVP 128")?.line).toBe(5);
    expect(check("m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 VP8")?.line).toBe(6);
  });

  test("looks at an attribute only where it has a meaning, and at candidates not at all", () => {
    expect(check("m=audio 9 RTP/AVP 0", "a=sctp-port:x")).toBeUndefined();
    expect(check("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=rtpmap:x")).toBeUndefined();
    expect(check("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=candidate:x")).toBeUndefined();
    expect(check("a=unknown-to-us")).toBeUndefined();
  });
});

describe("rid (RFC 8851 §10)", () => {
  test.each(["h send", "1 recv pt=96,97;max-width=1280", "a-b_c send"])(
    "%s is read and written back",
    (text) => {
      const rid = parseRid(text);
      expect(rid).not.toBeInstanceOf(Malformed);
      expect(formatRid(rid as Rid)).toBe(text);
    },
  );

  test.each(["", "h", "h sendrecv", "h! send", " send", "~h send", `${"x".repeat(256)} send`])(
    "%j is malformed",
    (text) => {
      expect(parseRid(text)).toBeInstanceOf(Malformed);
    },
  );
});

describe("simulcast (RFC 8853 §5.1)", () => {
  test.each(["send 1;2;3", "recv ~h,l;m", "send 1,~4;2 recv 3"])("%s is read and written back", (text) => {
    const simulcast = parseSimulcast(text);
    expect(simulcast).not.toBeInstanceOf(Malformed);
    expect(formatSimulcast(simulcast as Simulcast)).toBe(text);
  });

  test.each([
    "",
    "send",
    "send 1;",
    "send 1;;2",
    "send 1 send 2",
    "both 1",
    "send 1 recv",
    "send ~",
    "send 1 2",
  ])("%j is malformed", (text) => {
    expect(parseSimulcast(text)).toBeInstanceOf(Malformed);
  });
});

describe("ssrc-group (RFC 5576 §4.2)", () => {
  test("is read and written back", () => {
    const group = parseSsrcGroup("FID 1 4294967295");
    expect(group).toEqual({ semantics: "FID", ssrcs: [1, 4294967295] });
    expect(formatSsrcGroup(group as SsrcGroup)).toBe("FID 1 4294967295");
  });

  test.each(["", "FID 4294967296", "FID x"])("%j is malformed", (text) => {
    expect(parseSsrcGroup(text)).toBeInstanceOf(Malformed);
  });
});

describe("rtcp (RFC 3605 §2.1)", () => {
  test.each(["0", "9 IN IP4 0.0.0.0", "65535 IN IP6 2001:db8::1"])("%s: read and written back", (value) => {
    const read = parseRtcp(value);
    expect(isMalformed(read) ? read : formatRtcp(read as Exclude<typeof read, Malformed>)).toBe(value);
  });

  test.each([
    "",
    "x",
    "65536",
    "-1",
    "9 IN",
    "9 IN IP4",
    "9 IP4 0.0.0.0",
    "9 XX IP4 0.0.0.0",
    "9 IN IP4 a b",
  ])("%j is malformed", (value) => expect(isMalformed(parseRtcp(value))).toBe(true));
});

describe("imageattr (RFC 6236 §3.1)", () => {
  const range = (least: number, most: number, step = 1, values?: number[]) => ({ least, most, step, values });

  test("ranges, steps and lists, pixels that are not square, preferences", () => {
    const text =
      "97 send [x=[480:16:800],y=[100,200,300],par=[1.2-1.3],q=0.6] [x=1080,y=[144:176],sar=[0.5-0.7]] recv *";
    expect(parseImageAttributes(text)).toEqual({
      payloadType: 97,
      send: [
        {
          width: range(480, 800, 16),
          height: range(100, 300, 1, [100, 200, 300]),
          squarePixels: true,
          preference: 0.6,
        },
        { width: range(1080, 1080), height: range(144, 176), squarePixels: false, preference: 0.5 },
      ],
      recv: "any",
    });
    expect(parseImageAttributes("* recv [x=[48:1280],y=[48:720],q=1.0]")).toEqual({
      payloadType: undefined,
      send: undefined,
      recv: [{ width: range(48, 1280), height: range(48, 720), squarePixels: true, preference: 1 }],
    });
  });

  test("both directions, in any order", () => {
    expect(parseImageAttributes("100 recv [x=1,y=1] [x=2,y=2] send [x=3,y=3]")).toMatchObject({
      recv: [{ width: { most: 1 } }, { width: { most: 2 } }],
      send: [{ width: { most: 3 } }],
    });
  });

  const sets = (count: number) => `* recv ${Array(count).fill("[x=1,y=1]").join(" ")}`;
  test("64 sets at most", () => {
    expect([63, 64, 65].map((count) => isMalformed(parseImageAttributes(sets(count))))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each([
    "",
    "flob",
    "128 recv *",
    "97",
    "97 both *",
    "97 recv",
    "97 recv * recv *",
    "97 recv [x=1]",
    "97 recv [x=1,y=0]",
    "97 recv [x=1,y=2",
    "97 recv [[[x=1]]]",
    "97 recv [x=[9:1],y=1]",
    "97 recv [x=[1:2:3:4],y=1]",
    "97 recv [x=1,y=1,q=2]",
    "97 recv [x=1,y=1000000]",
    "97 recv x=1,y=1",
  ])("%j is malformed", (text) => expect(isMalformed(parseImageAttributes(text))).toBe(true));

  test("takes linear time", () => {
    for (const text of [
      "[".repeat(200_000),
      "[x=1,y=1] ".repeat(20_000),
      `[x=[${"1,".repeat(100_000)}1],y=1]`,
    ]) {
      parseImageAttributes(`* recv ${text}`);
    }
  });
});

describe("packet times (RFC 8866 §6.4, §6.5)", () => {
  test("are milliseconds, up to ten seconds", () => {
    expect(["20", "0.125", "120", "10000"].map(parsePacketTime)).toEqual([20, 0.125, 120, 10_000]);
    for (const text of ["", "0", "-1", "x", "1.2.3", ".5", "10001", "1e3"]) {
      expect(isMalformed(parsePacketTime(text)), text).toBe(true);
    }
  });
});

test("bandwidths are the first of their type, without those below zero (RFC 8866 §5.8)", () => {
  const lines = ["AS:30", "AS:40", "TIAS:256000", "CT:-1", "X-Y:9007199254740992"].map((text) =>
    sdpLine("b", text),
  );
  expect([...readBandwidths({ lines })]).toEqual([
    ["AS", 30],
    ["TIAS", 256_000],
  ]);
});
