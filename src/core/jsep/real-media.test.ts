import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSdp, SdpError } from "../sdp/index.ts";
import { readVectorLines } from "../sdp/sdp.testing.ts";
import { JsepError } from "./index.ts";
import { outcome, sectionsOf, TestPeer } from "./jsep.testing.ts";

interface Recorded {
  readonly name?: string;
  readonly sdp: string;
}

const FILES = readdirSync(new URL("../../../test/vectors/sdp/", import.meta.url)).filter((name) =>
  name.endsWith(".jsonl"),
);

function peer(): TestPeer {
  return new TestPeer(1).acceptMedia();
}

/** Payload types of an m= line. */
function formats(head: string): string[] {
  return head.split(" ").slice(3);
}

test("the media of every browser and product is accepted, in offers as in answers taken for offers", () => {
  for (const { name = "", sdp } of readVectorLines<Recorded>("sdp/browsers-and-products.jsonl")) {
    const one = peer();
    const result = one.tryRemote("offer", sdp);
    // SIP without ICE, DTLS and WebRTC.
    if (name.startsWith("asterisk") && !sdp.includes("fingerprint")) {
      expect(outcome(result), name).toBe("InvalidAccessError");
      continue;
    }
    one.setRemote("offer", sdp);
    const answer = sectionsOf(one.setLocal("answer"));
    for (const [index, lines] of sectionsOf(sdp).entries()) {
      const offered = lines[0]!;
      if (!/^m=(audio|video) [1-9]/.test(offered)) continue;
      const answered = answer[index]![0]!;
      expect(answered, `${name}: ${offered}`).toMatch(/^m=\w+ 9 /);
      expect(formats(offered), name).toEqual(expect.arrayContaining(formats(answered)));
    }
  }
});

/** Why descriptions are no offers that a browser would take: most are media without ICE, or made for tests of a parser. */
const REFUSALS: Readonly<Record<string, number>> = {
  "ICE credentials are missing": 177,
  "malformed ice-pwd": 20,
  "malformed ice-ufrag": 11,
  "a BUNDLE group names a section that does not exist": 10,
  "there is no fingerprint with a trusted hash": 5,
  "a syntax error, with its line": 40,
};

test("of 505 descriptions 242 are offers to us; the others are refused for these reasons", () => {
  const counts = new Map<string, number>();
  for (const file of FILES) {
    for (const { sdp } of readVectorLines<Recorded>(`sdp/${file}`)) {
      const one = peer();
      one.local = { ...one.local, rtcpMuxPolicy: "negotiate" };
      const result = one.tryRemote("offer", sdp);
      if (!(result instanceof JsepError)) continue;
      const syntax = result.name === "RTCError" && result.sdpLineNumber! > 0;
      const reason = syntax
        ? "a syntax error, with its line"
        : result.message.replace(/^m= section \d+: /, "");
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  expect(Object.fromEntries(counts)).toEqual(REFUSALS);
});

test.each(FILES)("%s: what is accepted can be answered, offered again and rolled back", (file) => {
  for (const [index, { sdp }] of readVectorLines<Recorded>(`sdp/${file}`).entries()) {
    const name = `${file}:${index}`;
    const one = peer();
    const result = one.tryRemote("offer", sdp);
    if (result instanceof JsepError) {
      if (parseSdp(sdp) instanceof SdpError) expect(result.sdpLineNumber, name).toBeGreaterThan(0);
      continue;
    }
    one.setRemote("offer", sdp);
    one.setRemote("rollback");
    expect(one.state.agreed.slots, name).toEqual([]);
    expect(one.transceivers, name).toEqual([]);
    one.setRemote("offer", sdp);
    const count = sectionsOf(sdp.replaceAll(/\r?\n/g, "\r\n")).length;
    expect(sectionsOf(one.setLocal("answer")), name).toHaveLength(count);
    for (const { rejected, send, receive } of one.media) {
      expect(send?.codecs.length, name).toBe(rejected ? undefined : receive?.codecs.length);
    }
    const again = one.setLocal("offer", one.createOffer());
    expect(sectionsOf(again).length, name).toBeGreaterThanOrEqual(count);
  }
});
