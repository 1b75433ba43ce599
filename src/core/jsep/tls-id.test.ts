/** Names of DTLS associations (RFC 8842). */
import { expect, test } from "vitest";
import { attributeValues, negotiate, outcome, TestPeer } from "./jsep.testing.ts";

const idsOf = (sdp: string) => attributeValues(sdp, "tls-id");
const ends = () => [new TestPeer(1), new TestPeer(2)] as const;

test("an offer has one that stays, also through an ICE restart (RFC 8842 §5.2, RFC 9429 §5.2.2)", () => {
  const [a, z] = ends();
  const first = idsOf(a.createOffer());
  expect(first).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]{24}$/)]);
  expect(idsOf(a.createOffer())).toEqual(first);
  negotiate(a, z);
  negotiate(a, z, true);
  expect(idsOf(a.localSdp)).toEqual(first);
  expect([...a.effectTypes(), ...z.effectTypes()]).not.toContain("start-dtls");
});

test("an answer has one only if the offer does, and both ends agree on the association (RFC 8842 §5.3)", () => {
  const [a, z] = ends();
  const offer = a.setLocal("offer");
  z.setRemote("offer", offer.replace(/a=tls-id:.*\r\n/, ""));
  expect(idsOf(z.createAnswer())).toEqual([]);
  z.setRemote("offer", offer);
  const answer = z.setLocal("answer");
  expect(idsOf(answer)).not.toEqual(idsOf(offer));
  a.setRemote("answer", answer);
  negotiate(z, a);
  expect([a.localSdp, z.localSdp].map(idsOf)).toEqual([idsOf(offer), idsOf(answer)]);
});

test("another one is another association, and is answered with another one", () => {
  const [a, z] = ends();
  negotiate(a, z);
  const changed = (sdp: string) => sdp.replace(/a=tls-id:.*/, `a=tls-id:${"x".repeat(20)}`);
  expect(outcome(z.tryRemote("offer", changed(a.createOffer())))).toBe("InvalidAccessError");
  const before = idsOf(z.localSdp);
  z.setRemote("offer", changed(a.setLocal("offer", a.createOffer(true))));
  const answer = z.createAnswer();
  expect(z.createAnswer()).toBe(answer);
  expect(idsOf(answer)).not.toEqual(before);
  z.setLocal("answer", answer);
  expect(z.effect("start-dtls")).toMatchObject({ anew: true });
  expect(z.effectTypes()).toContain("start-sctp");
});

test("one that a peer no longer writes ends nothing", () => {
  const [a, z] = ends();
  negotiate(a, z);
  z.setRemote("offer", a.setLocal("offer").replace(/a=tls-id:.*\r\n/, ""));
  z.setLocal("answer");
  expect(z.effectTypes()).not.toContain("start-dtls");
});

test.each([
  [19, "RTCError"],
  [20, "accepted"],
  [255, "accepted"],
  [256, "RTCError"],
])("one of %i characters: %s (RFC 8842 §4)", (length, expected) => {
  const offer = new TestPeer(1).createOffer().replace(/a=tls-id:.*/, `a=tls-id:${"-".repeat(length)}`);
  expect(outcome(new TestPeer(2).tryRemote("offer", offer))).toBe(expected);
});
