import { describe, expect, test } from "vitest";
import { negotiate, outcome, TestPeer } from "./jsep.testing.ts";

function pair(direction: "sendrecv" | "sendonly" | "recvonly" = "sendrecv"): [TestPeer, TestPeer] {
  const [a, z] = [new TestPeer(1, false), new TestPeer(2, false).acceptMedia()];
  a.addTransceiver("audio", { direction });
  return [a, z];
}

describe("answers (RFC 3264 §6.1)", () => {
  test.each([
    ["sendonly", "recvonly", "sendrecv"],
    ["recvonly", "inactive", "recvonly"],
    ["sendrecv", "recvonly", undefined],
  ] as const)("to an offer that is %s, %s can be answered, but not %s", (offered, fits, refused) => {
    const [a, z] = pair(offered);
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.createAnswer();
    const answerOf = (direction: string) =>
      answer.replace(/a=(sendrecv|sendonly|recvonly|inactive)/, `a=${direction}`);
    expect(outcome(a.tryRemote("answer", answerOf(fits)))).toBe("accepted");
    if (refused) expect(outcome(a.tryRemote("answer", answerOf(refused)))).toBe("InvalidAccessError");
  });
});

describe("header extension ids keep their meaning (RFC 8285 §6)", () => {
  const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
  const swapped = (sdp: string) => sdp.replace(LEVEL, "x").replace(MID, LEVEL).replace("x", MID);

  test("in an answer", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer"));
    expect(outcome(a.tryRemote("answer", swapped(z.createAnswer())))).toBe("InvalidAccessError");
  });

  test("in a later offer, but an id that was not taken up is free", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer").replace(LEVEL, "urn:unknown"));
    a.setRemote("answer", z.setLocal("answer"));
    expect(outcome(z.tryRemote("offer", a.createOffer()))).toBe("accepted");
  });

  test("in a later offer, but not in that of another peer who takes over", () => {
    const [a, z] = pair();
    negotiate(a, z);
    const offer = swapped(z.createOffer());
    expect(outcome(a.tryRemote("offer", offer))).toBe("InvalidAccessError");
    const handedOver = offer.replace("sha-256 02", "sha-256 77").replace(/(ice-(ufrag|pwd)):/g, "$1:new");
    expect(outcome(a.tryRemote("offer", handedOver))).toBe("accepted");
  });
});

test("a track that is in two sections is OperationError (RFC 8830 §2)", () => {
  const [a, z] = pair();
  const second = a.addTransceiver("audio");
  const offer = (...trackIds: (string | undefined)[]) => {
    for (const [id, trackId] of [
      [1, trackIds[0]],
      [second, trackIds[1]],
    ] as const) {
      a.change(id, { trackId, streamIds: [] });
    }
    return outcome(z.tryRemote("offer", a.createOffer()));
  };
  expect(offer("same", "same")).toBe("OperationError");
  expect(offer("one", "other")).toBe("accepted");
  expect(offer(undefined, undefined)).toBe("accepted");
});

describe("setup (RFC 4145 §4.1, RFC 8842 §4)", () => {
  test("an offer without it means active", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer").replace("a=setup:actpass\r\n", ""));
    expect(z.setLocal("answer")).toContain("a=setup:passive");
    expect(z.effect("start-dtls")?.role).toBe("server");
  });

  test("an answer without it is InvalidAccessError", () => {
    const [a, z] = pair();
    z.setRemote("offer", a.setLocal("offer"));
    const answer = z.createAnswer().replace("a=setup:active\r\n", "");
    expect(outcome(a.tryRemote("answer", answer))).toBe("InvalidAccessError");
  });

  test("another role with an ICE restart leaves the association of the same certificates alone", () => {
    const [a, z] = pair();
    negotiate(a, z);
    z.setRemote("offer", a.setLocal("offer", a.createOffer(true)));
    const answer = z.setLocal("answer").replace("setup:active", "setup:passive");
    a.setRemote("answer", answer);
    expect(a.effectTypes()).toContain("set-remote-ice-parameters");
    expect(a.effectTypes()).not.toContain("start-dtls");
    // The next negotiation still knows who is the server.
    z.setRemote("offer", a.setLocal("offer"));
    expect(outcome(a.tryRemote("answer", z.setLocal("answer")))).not.toBe("InvalidAccessError");
  });
});
