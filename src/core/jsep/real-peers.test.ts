import { expect, test } from "vitest";
import { readVectorLines } from "../sdp/sdp.testing.ts";
import { attributeValues, outcome, TestPeer } from "./jsep.testing.ts";

interface Recorded {
  readonly name: string;
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

const DESCRIPTIONS = readVectorLines<Recorded>("sdp/browsers-and-products.jsonl");
/** Of Chrome 92 and 120, Edge 120, Opera 106, Firefox 90 and 121, Safari 14. */
const DATA = DESCRIPTIONS.filter(({ sdp }) => sdp.includes("webrtc-datachannel"));

test.each(DATA.map((recorded) => [recorded.name, recorded] as const))(
  "%s: its data channels are accepted",
  (_, { sdp, type }) => {
    const peer = new TestPeer(1);
    if (type === "offer") {
      peer.setRemote("offer", sdp);
      peer.setLocal("answer");
      expect(peer.localSdp).toMatch(/m=application 9 UDP\/DTLS\/SCTP webrtc-datachannel/);
    } else {
      // Our offer, with the mid that was answered then.
      peer.local = { ...peer.local, dataChannels: true };
      peer.setLocal("offer");
      const [mid] = attributeValues(sdp, "mid");
      const own = sdp.replaceAll(`a=mid:${mid}`, "a=mid:0").replaceAll(`BUNDLE ${mid}`, "BUNDLE 0");
      peer.setRemote("answer", own);
    }
    expect(peer.effectTypes()).toEqual(
      expect.arrayContaining(["set-remote-ice-parameters", "start-dtls", "start-sctp"]),
    );
    const lines = attributeValues(sdp, "candidate").filter(
      (text) => text.includes(" udp ") || text.includes(" UDP "),
    );
    const told = peer.effects.filter(
      (effect) => effect.type === "add-remote-candidate" && effect.candidate.protocol === "udp",
    );
    expect(told).toHaveLength(new Set(lines).size);
  },
);

test("SIP without WebRTC is refused, not misread", () => {
  for (const { name, sdp } of DESCRIPTIONS.filter((recorded) => recorded.name.startsWith("asterisk"))) {
    if (!sdp.includes("fingerprint"))
      expect(outcome(new TestPeer(1).tryRemote("offer", sdp)), name).toBe("InvalidAccessError");
  }
});
