import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkKnownAttributes } from "./known-attributes.ts";
import { readVector, readVectorLines } from "./sdp.testing.ts";
import { parseSdp, SdpError } from "./session-description.ts";
import { serialiseSdp } from "./write.ts";

/** By file and line (from 0): texts that are no session descriptions, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  "libwebrtc-unittests.jsonl:20": "a planned error: the line foo=fail",
  "libwebrtc-unittests.jsonl:92": "a planned error: an empty m= line",
  "libwebrtc-unittests.jsonl:103": "holds backslashes instead of line ends",
  "otalk-sdp.jsonl:9": "a blank in the user name of o= (RFC 8866 §5.2)",
  "otalk-sdp.jsonl:10": "a blank in the user name of o= (RFC 8866 §5.2)",
  "pion-webrtc-sdp.jsonl:22": "an attribute without a name, left by the extraction",
  "pion-webrtc-sdp.jsonl:36": "c= without an address",
  "pion-webrtc-sdp.jsonl:38": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:39": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:40": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:42": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:45": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:46": "a planned error: incomplete origin",
  "pion-webrtc-sdp.jsonl:47": "a planned error: incomplete origin",
  "sdp-transform.jsonl:6": "a planned error: the unknown type f=",
  "sipsorcery.jsonl:1": "a port above 65535",
  "sipsorcery.jsonl:54": "s= is missing",
  "webrtc-rs-rtc.jsonl:22": "a planned error: an empty protocol",
  "webrtc-rs-rtc.jsonl:31": "c= without an address",
  "webrtc-sdp-mozilla.jsonl:1": "comment lines of an example reader",
  "webrtc-sdp-mozilla.jsonl:6": "comment lines of an example reader",
  "webrtc-sdp-mozilla.jsonl:9": "comment lines of an example reader",
  "webrtc-sdp-mozilla.jsonl:39": "a planned error: t= that is no number",
};

/** Texts that are read, but hold an attribute that breaks its grammar. */
const MALFORMED_ATTRIBUTE: Readonly<Record<string, string>> = {
  "gstreamer.jsonl:8": "rtpmap without a clock rate",
  "lib-jitsi-meet.jsonl:17": "a fingerprint of two bytes",
  "lib-jitsi-meet.jsonl:22": "a fingerprint of two bytes",
  "libwebrtc-unittests.jsonl:29": "a planned error: msid without a value",
  "libwebrtc-unittests.jsonl:30": "a planned error: msid without a value",
  "libwebrtc-unittests.jsonl:31": "a planned error: msid with three words",
  "libwebrtc-unittests.jsonl:41": "a planned error: sctp-port without a value",
  "libwebrtc-unittests.jsonl:80": "an empty mid",
  "libwebrtc-unittests.jsonl:81": "an empty mid",
  "sdp-transform.jsonl:0": "rtpmap without a clock rate (AirPlay)",
  "sdp-transform.jsonl:20": "a semicolon in a mid",
  "sipsorcery.jsonl:24": "a fingerprint of letters",
  "sipsorcery.jsonl:25": "an ssrc above 32 bits",
  "sipsorcery.jsonl:71": "a template with names in braces",
  "str0m.jsonl:26": "a payload type above 127",
  "webrtc-sdp-mozilla.jsonl:43": "a planned error: a port with letters in a=rtcp",
  "webrtc-rs-rtc.jsonl:34": "a template: setup without a value",
};

const FILES = readdirSync(new URL("../../../test/vectors/sdp/", import.meta.url)).filter((name) =>
  name.endsWith(".jsonl"),
);

function normalised(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").trimEnd().split("\n");
  return `${lines.join("\r\n")}\r\n`;
}

describe("descriptions of real stacks", () => {
  test.each(FILES)("%s: read, checked and written back unchanged", (file) => {
    for (const [index, { sdp }] of readVectorLines<{ sdp: string }>(`sdp/${file}`).entries()) {
      const name = `${file}:${index}`;
      const description = parseSdp(sdp);
      if (description instanceof SdpError) {
        expect(REFUSED, `${name} line ${description.line}: ${description.message}`).toHaveProperty([name]);
        continue;
      }
      expect(REFUSED, name).not.toHaveProperty([name]);
      expect(serialiseSdp(description), name).toBe(normalised(sdp));
      const problem = checkKnownAttributes(description);
      const expected = name in MALFORMED_ATTRIBUTE;
      expect(problem !== undefined, `${name} line ${problem?.line}: ${problem?.message}`).toBe(expected);
    }
  });

  test("there are 505 of them, and a simulcast offer of Chrome", () => {
    const count = FILES.reduce((sum, file) => sum + readVectorLines(`sdp/${file}`).length, 0);
    expect(count).toBe(505);
    const chrome = readVector("sdp/chrome-2022-simulcast-offer.sdp");
    const description = parseSdp(chrome);
    expect(description).not.toBeInstanceOf(SdpError);
  });
});
