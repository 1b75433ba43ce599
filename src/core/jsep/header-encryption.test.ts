/** `a=cryptex` (RFC 9335 §4). */
import { expect, test } from "vitest";
import { attributeValues, negotiate, outcome, sectionsOf, TestPeer } from "./jsep.testing.ts";

function pair(): [a: TestPeer, z: TestPeer] {
  const ends: [TestPeer, TestPeer] = [new TestPeer(1).acceptMedia(), new TestPeer(2).acceptMedia()];
  ends[0].local = { ...ends[0].local, headerEncryptionPolicy: "require" };
  ends[0].addTransceiver("audio");
  ends[0].addTransceiver("video");
  return ends;
}
const encrypted = (sdp: string) => sectionsOf(sdp).map((lines) => lines.includes("a=cryptex"));
const without = (sdp: string) => sdp.replaceAll("a=cryptex\r\n", "");

test("is not offered unless it is required", () => {
  const a = new TestPeer(1).acceptMedia();
  a.addTransceiver("audio");
  expect(encrypted(a.createOffer())).toEqual([false, false]);
});

test("is in each audio and video section, and agreed on when both ends have it", () => {
  const [a, z] = pair();
  negotiate(a, z);
  expect([encrypted(a.localSdp), encrypted(z.localSdp)]).toEqual([
    [true, true, false],
    [true, true, false],
  ]);
  for (const end of [a, z]) expect(end.media.map((media) => media.headerEncryption)).toEqual([true, true]);
});

test("on the session's level stands for all sections", () => {
  const [a, z] = pair();
  const offer = without(a.setLocal("offer")).replace("t=0 0\r\n", "t=0 0\r\na=cryptex\r\n");
  z.setRemote("offer", offer);
  expect(encrypted(z.setLocal("answer"))).toEqual([true, true, false]);
});

test("is not answered where it was not offered for the whole bundle", () => {
  const [a, z] = pair();
  a.local = { ...a.local, headerEncryptionPolicy: "negotiate" };
  const offer = a.setLocal("offer");
  z.setRemote("offer", offer.replace("a=rtcp-rsize\r\n", "a=rtcp-rsize\r\na=cryptex\r\n"));
  const answer = z.setLocal("answer");
  expect(encrypted(answer)).toEqual([false, false, false]);
  a.setRemote("answer", answer);
  expect(a.media.map((media) => media.headerEncryption)).toEqual([false, false]);
});

test("is offered later as it was answered, in new sections, too", () => {
  const [a, z] = pair();
  a.local = { ...a.local, headerEncryptionPolicy: "negotiate" };
  a.setLocal("offer");
  z.setRemote("offer", without(a.localSdp));
  a.setRemote("answer", z.setLocal("answer"));
  a.addTransceiver("audio");
  expect(attributeValues(a.createOffer(), "mid")).toHaveLength(4);
  expect(encrypted(a.createOffer())).toEqual([false, false, false, false]);
});

test("is demanded by the policy (webrtc-extensions, RTCRtpHeaderEncryptionPolicy)", () => {
  const [a, z] = pair();
  z.local = { ...z.local, headerEncryptionPolicy: "require" };
  const offer = a.setLocal("offer");
  expect(outcome(z.tryRemote("offer", without(offer)))).toBe("InvalidAccessError");
  expect(outcome(z.tryRemote("offer", offer))).toBe("accepted");
});
