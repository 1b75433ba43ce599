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
