/** RTP and RTCP on one port or on two (RFC 5761 §5.1, RFC 3605, RFC 9429 §5). */
import { expect, test } from "vitest";
import { addLocalCandidate, type RtcpMuxPolicy } from "./index.ts";
import { attributeValues, negotiate, outcome, TestPeer } from "./jsep.testing.ts";

function peer(seed: number, rtcpMuxPolicy: RtcpMuxPolicy = "negotiate"): TestPeer {
  const one = new TestPeer(seed, false).acceptMedia();
  one.local = { ...one.local, rtcpMuxPolicy };
  return one;
}

function gather(one: TestPeer, component: 1 | 2, port: number, address = "192.0.2.1"): void {
  const transport = [...(one.state.proposed ?? one.state.agreed).transports.keys()][0]!;
  const candidate = {
    foundation: "1",
    component,
    protocol: "udp",
    priority: 100,
    address,
    port,
    type: "host",
  } as const;
  one.state = addLocalCandidate(one.state, transport, one.usernameFragment(transport), candidate)!.state;
}

/** As a peer writes it that cannot multiplex. */
const separate = (sdp: string) => sdp.replaceAll("a=rtcp-mux\r\n", "").replaceAll("a=rtcp-mux-only\r\n", "");

test("the default candidate of RTCP stands in a=rtcp (RFC 5761 §5.1.3, RFC 9429 §5.2.2)", () => {
  const one = peer(1);
  one.addTransceiver("audio");
  one.setLocal("offer");
  gather(one, 1, 7000);
  expect(one.localSdp).toContain("a=rtcp:9 IN IP4 0.0.0.0");
  gather(one, 2, 7001);
  gather(one, 2, 7003, "2001:db8::1");
  expect(one.localSdp).toContain("m=audio 7000 ");
  expect(attributeValues(one.localSdp, "rtcp")).toEqual(["7001 IN IP4 192.0.2.1"]);
  expect(one.createOffer()).toContain("a=rtcp:7001 IN IP4 192.0.2.1");
  expect(attributeValues(one.localSdp, "candidate").map((text) => text.split(" ")[1])).toEqual([
    "1",
    "2",
    "2",
  ]);
});

test("an answer with rtcp-mux ends the second component, and its candidates with it", () => {
  const [a, z] = [peer(1), peer(2, "require")];
  a.addTransceiver("audio");
  a.setLocal("offer");
  gather(a, 1, 7000);
  gather(a, 2, 7001);
  z.setRemote("offer", a.localSdp);
  z.setLocal("answer");
  expect(z.effects.filter(({ type }) => type === "add-remote-candidate")).toHaveLength(1);
  a.setRemote("answer", z.localSdp);
  expect(a.effectTypes()[0]).toBe("use-rtcp-mux");
  const again = a.createOffer();
  expect(attributeValues(again, "candidate").map((text) => text.split(" ")[1])).toEqual(["1"]);
  expect(attributeValues(again, "rtcp")).toEqual([]);
  expect(again).toContain("a=rtcp-mux\r\n");
  expect(again).not.toContain("a=rtcp-mux-only");
});

test("an answer without it keeps the second component, and later offers follow (RFC 9429 §5.2.2)", () => {
  const [a, z] = [peer(1), peer(2)];
  a.addTransceiver("audio");
  z.setRemote("offer", separate(a.setLocal("offer")));
  expect(z.effect("create-transport")?.rtcp).toBe(true);
  const answer = z.setLocal("answer");
  expect(answer).not.toContain("rtcp-mux");
  expect(attributeValues(answer, "rtcp")).toEqual(["9 IN IP4 0.0.0.0"]);
  gather(z, 2, 7001);
  expect(attributeValues(z.localSdp, "rtcp")).toEqual(["7001 IN IP4 192.0.2.1"]);
  a.setRemote("answer", z.localSdp);
  expect(a.effectTypes()).not.toContain("use-rtcp-mux");
  expect(a.effect("add-remote-candidate")?.candidate.component).toBe(2);
  expect(a.media[0]!.rtcpMux).toBe(false);
  for (const [from, to] of [
    [a, z],
    [z, a],
  ] as const) {
    negotiate(from, to);
    for (const one of [from, to]) {
      expect(one.localSdp).not.toContain("rtcp-mux");
      expect(attributeValues(one.localSdp, "rtcp")).toHaveLength(1);
      expect(one.effects).toEqual([]);
    }
  }
});

test("a provisional answer does not end the second component (RFC 9429 §4.1.10.1)", () => {
  const [a, z] = [peer(1), peer(2)];
  a.addTransceiver("audio");
  z.setRemote("offer", a.setLocal("offer"));
  a.setRemote("pranswer", z.setLocal("pranswer"));
  expect([...a.effectTypes(), ...z.effectTypes()]).not.toContain("use-rtcp-mux");
  z.setLocal("answer");
  a.setRemote("answer", separate(z.localSdp));
  expect(a.effectTypes()).not.toContain("use-rtcp-mux");
  expect(a.media[0]!.rtcpMux).toBe(false);
});

test("one section cannot, another can: each has what it negotiates, unless they are bundled (RFC 9143 §9.3)", () => {
  const [a, z] = [peer(1), peer(2)];
  for (const one of [a, z]) one.local = { ...one.local, bundlePolicy: "max-compat" };
  a.addTransceiver("audio");
  a.addTransceiver("video");
  const offer = a.setLocal("offer").replace(/a=group:BUNDLE.*\r\n/, "");
  const [audio, video] = [offer.slice(0, offer.indexOf("m=video")), offer.slice(offer.indexOf("m=video"))];
  z.setRemote("offer", separate(audio) + video);
  expect(z.effects.map((effect) => effect.type === "create-transport" && (effect.rtcp ?? false))).toEqual([
    true,
    false,
  ]);
  a.setRemote("answer", z.setLocal("answer"));
  expect(a.effects.filter(({ type }) => type === "use-rtcp-mux")).toMatchObject([{ transport: 2 }]);
  expect(a.media.map(({ rtcpMux }) => rtcpMux)).toEqual([false, true]);
});

test("with the policy require, what is not multiplexed is InvalidAccessError (RFC 9429 §5.8.3)", () => {
  const [a, z] = [peer(1, "require"), peer(2, "require")];
  a.addTransceiver("audio");
  const offer = a.setLocal("offer");
  expect(a.effect("create-transport")?.rtcp).toBeUndefined();
  expect(outcome(z.tryRemote("offer", separate(offer)))).toBe("InvalidAccessError");
  z.setRemote("offer", offer);
  expect(outcome(a.tryRemote("answer", separate(z.setLocal("answer"))))).toBe("InvalidAccessError");
});
