import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crlf, SESSION } from "./sdp.testing.ts";
import {
  MAX_MEDIA_DESCRIPTIONS,
  MAX_SDP_LENGTH,
  MAX_SDP_LINES,
  parseSdp,
  SdpError,
  type SessionDescription,
} from "./session-description.ts";
import { attributeLine, sdpLine, serialiseSdp, writeMediaDescription } from "./write.ts";

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  if (result instanceof SdpError) throw new Error(`line ${result.line}: ${result.message}`);
  return result;
}

function errorLine(text: string): number | undefined {
  const result = parseSdp(text);
  return result instanceof SdpError ? result.line : undefined;
}

describe("lines (RFC 8866 §5)", () => {
  test("keeps every line's raw text and number", () => {
    const { lines, media } = parsed(crlf(...SESSION, "a=x:  y ", "m=audio 9 RTP/AVP 0", "a=b"));
    expect(lines.at(-1)).toEqual({ type: "a", value: "x:  y ", number: 5 });
    expect(media[0]?.head.number).toBe(6);
    expect(media[0]?.lines).toEqual([{ type: "a", value: "b", number: 7 }]);
  });

  test("writes back the text it has read", () => {
    const text = crlf(
      ...SESSION,
      "a=group:BUNDLE  0",
      "m=video 9/2 UDP/TLS/RTP/SAVPF 96  97 ",
      "i= x",
      "a=mid:0",
    );
    expect(serialiseSdp(parsed(text))).toBe(text);
  });

  test("reads LF line ends and a missing last one, and writes CRLF", () => {
    expect(serialiseSdp(parsed(SESSION.join("\n")))).toBe(crlf(...SESSION));
  });

  test("drops empty lines at the end, and only there", () => {
    expect(serialiseSdp(parsed(`${crlf(...SESSION)}\r\n\n`))).toBe(crlf(...SESSION));
    expect(errorLine(`${crlf(...SESSION)}\r\n\na=x\r\n`)).toBe(5);
  });

  test("refuses CR without LF: a parser that takes it for a line end would see other lines", () => {
    expect(errorLine(SESSION.join("\r"))).toBe(1);
    expect(errorLine(crlf(...SESSION, "a=x\ry"))).toBe(5);
    expect(errorLine(crlf(...SESSION, "a=x:y\rz"))).toBe(5);
    expect(errorLine(crlf(...SESSION, "a=x:y\r"))).toBe(5);
  });

  test("refuses NUL (RFC 8866 §9 byte-string)", () => {
    expect(errorLine(crlf(...SESSION, "a=x:\0y"))).toBe(5);
  });

  test("names the first line that is no line at all", () => {
    expect(errorLine("")).toBe(1);
    expect(errorLine("Invalid SDP")).toBe(1);
    expect(errorLine(crlf(...SESSION, "", "a=x"))).toBe(5);
    expect(errorLine(crlf(...SESSION, "a:x"))).toBe(5);
  });

  test("refuses unknown types and types that belong elsewhere", () => {
    expect(errorLine(crlf(...SESSION, "f=x"))).toBe(5);
    expect(errorLine(crlf(...SESSION, "A=x"))).toBe(5);
    expect(errorLine(crlf(...SESSION, "m=audio 9 RTP/AVP 0", "t=0 0"))).toBe(6);
    expect(errorLine(crlf(...SESSION, "m=audio 9 RTP/AVP 0", "v=0"))).toBe(6);
  });
});

describe("the session part (RFC 8866 §5.1 to §5.12)", () => {
  test("starts with v=0 and has one o= and one s=", () => {
    const [v, o, s, t] = SESSION as [string, string, string, string];
    expect(errorLine(crlf(o, v, s, t))).toBe(1);
    expect(errorLine(crlf("v=1", o, s, t))).toBe(1);
    expect(errorLine(crlf(v, s, t))).toBe(3);
    expect(errorLine(crlf(v, o, t))).toBe(3);
    expect(errorLine(crlf(v, o, o, s, t))).toBe(3);
    expect(errorLine(crlf(v, o, s, s, t))).toBe(4);
    expect(errorLine(crlf(v, v, o, s, t))).toBe(2);
  });

  test("reads the origin without losing digits (RFC 8866 §5.2)", () => {
    const { origin } = parsed(crlf("v=0", "o=alice 18446744073709551615 3 IN IP6 ::1", "s=x", "t=0 0"));
    expect(origin).toEqual({
      username: "alice",
      sessionId: "18446744073709551615",
      sessionVersion: "3",
      networkType: "IN",
      addressType: "IP6",
      address: "::1",
    });
  });

  test.each([
    ["o= with five fields", 2, ["v=0", "o=- 1 1 IN IP4", "s=-"]],
    ["o= with seven fields", 2, ["v=0", "o=- 1 1 IN IP4 0.0.0.0 x", "s=-"]],
    ["o= with a session id that is no number", 2, ["v=0", "o=- x 1 IN IP4 0.0.0.0", "s=-"]],
    ["t= that is no number", 5, [...SESSION, "t=0 x"]],
    ["c= without an address", 5, [...SESSION, "c=IN IP4"]],
    ["c= with too much", 5, [...SESSION, "c=IN IP4 1.2.3.4 x"]],
    ["b= without a colon", 5, [...SESSION, "b=AS"]],
    ["b= that is no number", 5, [...SESSION, "b=AS:x"]],
    ["a= without a name", 5, [...SESSION, "a=:x"]],
    ["a= with a name that begins with a blank", 5, [...SESSION, "a= x:z"]],
    ["a= with a quotation mark in its name", 5, [...SESSION, 'a=x "y":z']],
    ["m= without a protocol", 5, [...SESSION, "m=audio 9"]],
    ["m= with a port above 65535", 5, [...SESSION, "m=audio 65536 RTP/AVP 0"]],
    ["m= with a negative port", 5, [...SESSION, "m=audio -1 RTP/AVP 0"]],
    ["m= with no ports", 5, [...SESSION, "m=audio 9/0 RTP/AVP 0"]],
    ["m= with an empty part of the protocol", 5, [...SESSION, "m=audio 9 RTP//AVP 0"]],
  ])("refuses %s", (_, line, lines) => {
    expect(errorLine(crlf(...lines))).toBe(line);
  });

  test("tolerates what real stacks send: other orders, no t=, an empty s=, negative bandwidth", () => {
    expect(
      errorLine(crlf("v=0", "o=- 1 1 IN IP4 0.0.0.0", "c=IN IP4 0.0.0.0", "s=", "b=AS:-1")),
    ).toBeUndefined();
  });

  test("reads the m= line (RFC 8866 §5.14)", () => {
    const { media } = parsed(
      crlf(...SESSION, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "m=audio 0 RTP/AVP"),
    );
    expect(media[0]).toMatchObject({
      kind: "application",
      port: 9,
      protocol: "UDP/DTLS/SCTP",
      formats: ["webrtc-datachannel"],
    });
    expect(media[1]?.formats).toEqual([]);
  });
});

describe("limits", () => {
  const fill = (length: number) => {
    const head = crlf(...SESSION);
    return `${head}a=${"x".repeat(length - head.length - 4)}\r\n`;
  };

  test("reads up to 256 KiB", () => {
    expect(errorLine(fill(MAX_SDP_LENGTH - 1))).toBeUndefined();
    expect(errorLine(fill(MAX_SDP_LENGTH))).toBeUndefined();
    expect(errorLine(fill(MAX_SDP_LENGTH + 1))).toBe(1);
  });

  test("reads up to 10 000 lines", () => {
    const lines = (count: number) => crlf(...SESSION) + "a=x\n".repeat(count - SESSION.length);
    expect(errorLine(lines(MAX_SDP_LINES))).toBeUndefined();
    expect(errorLine(lines(MAX_SDP_LINES + 1))).toBe(MAX_SDP_LINES + 1);
  });

  test("reads up to 256 media descriptions", () => {
    const sections = (count: number) => crlf(...SESSION) + "m=audio 0 RTP/AVP 0\n".repeat(count);
    expect(errorLine(sections(MAX_MEDIA_DESCRIPTIONS))).toBeUndefined();
    expect(errorLine(sections(MAX_MEDIA_DESCRIPTIONS + 1))).toBe(SESSION.length + MAX_MEDIA_DESCRIPTIONS + 1);
  });
});

describe("writing", () => {
  test("makes lines and media descriptions that are read back", () => {
    const media = writeMediaDescription(
      "audio",
      9,
      "RTP/AVP",
      ["0", "8"],
      [attributeLine("mid", "a"), attributeLine("inactive")],
    );
    const { origin } = parsed(crlf(...SESSION));
    const text = serialiseSdp({ origin, lines: parsed(crlf(...SESSION)).lines, media: [media] });
    expect(text).toBe(crlf(...SESSION, "m=audio 9 RTP/AVP 0 8", "a=mid:a", "a=inactive"));
  });

  test.each(["\r", "\n", "\0"])("never writes a control character that would inject a line (%j)", (char) => {
    expect(() => sdpLine("a", `x${char}y`)).toThrow();
    expect(() => attributeLine("mid", `x${char}y`)).toThrow();
  });
});

describe("properties", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "1", " ", ":", "/", "=", "é", "\t"), maxLength: 20 });
  const attribute = fc
    .tuple(fc.stringMatching(/^[a-z-]{1,10}$/), value)
    .map(([name, text]) => `a=${name}:${text}`);
  const section = fc
    .tuple(
      fc.constantFrom("audio", "video", "application"),
      fc.nat(65535),
      fc.array(attribute, { maxLength: 8 }),
    )
    .map(([kind, port, attributes]) => [`m=${kind} ${port} UDP/TLS/RTP/SAVPF 96`, ...attributes]);

  test("what is read is written back letter by letter", () => {
    fc.assert(
      fc.property(
        fc.array(attribute, { maxLength: 8 }),
        fc.array(section, { maxLength: 4 }),
        (session, media) => {
          const text = crlf(...SESSION, ...session, ...media.flat());
          expect(serialiseSdp(parsed(text))).toBe(text);
        },
      ),
    );
  });

  test("no text makes the reader throw, and every complaint names a line of the text", () => {
    const noise = fc.string({
      unit: fc.constantFrom("v", "=", "0", "o", "m", "a", "\n", "\r", " ", ":", "\0", "9"),
      maxLength: 200,
    });
    fc.assert(
      fc.property(noise, (text) => {
        for (const input of [text, crlf(...SESSION) + text]) {
          const result = parseSdp(input);
          if (!(result instanceof SdpError)) continue;
          expect(result.line).toBeGreaterThanOrEqual(1);
          expect(result.line).toBeLessThanOrEqual(Math.max(1, input.split("\n").length));
        }
      }),
      { numRuns: 500 },
    );
  });
});
