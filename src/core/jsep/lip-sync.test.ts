import { describe, expect, test } from "vitest";
import { attributeValues, negotiate, TestPeer } from "./jsep.testing.ts";

function peer(seed: number): TestPeer {
  return new TestPeer(seed, false).acceptMedia();
}

const groups = (sdp: string) => attributeValues(sdp, "group").filter((value) => value.startsWith("LS"));

describe("lip synchronisation (RFC 5888 §7, RFC 9429 §5.2.1, §5.3.1)", () => {
  test("an offer groups the sections of each stream that has more than one", () => {
    const one = peer(1);
    one.addTransceiver("audio", { streamIds: ["s", "t"] });
    one.addTransceiver("video", { streamIds: ["s"] });
    one.addTransceiver("video", { streamIds: ["t"] });
    one.addTransceiver("video", { streamIds: ["u"] });
    one.addTransceiver("video", { streamIds: [] });
    expect(groups(one.createOffer())).toEqual(["LS 0 1", "LS 0 2"]);
  });

  test("a group once, and none that is part of another one", () => {
    const one = peer(1);
    one.addTransceiver("audio", { streamIds: ["s", "t"] });
    one.addTransceiver("video", { streamIds: ["s", "t", "u"] });
    one.addTransceiver("video", { streamIds: ["s"] });
    expect(groups(one.createOffer())).toEqual(["LS 0 1 2"]);
  });

  const answerWith = (...streamIds: (string[] | undefined)[]) => {
    const [a, z] = [peer(1), peer(2)];
    for (const kind of ["audio", "video", "video"] as const) a.addTransceiver(kind);
    for (const [index, ids] of streamIds.entries()) {
      if (ids !== undefined) {
        z.addTransceiver(index === 0 ? "audio" : "video", { streamIds: ids, addedByAddTrack: true });
      }
    }
    z.setRemote("offer", a.setLocal("offer"));
    return groups(z.setLocal("answer"));
  };

  test("an answer keeps a group if nothing is added to it", () => {
    expect(answerWith()).toEqual(["LS 0 1 2"]);
  });

  test("an answer keeps those of a group that have a stream in common, or none", () => {
    expect(answerWith(["x"], ["x"])).toEqual(["LS 0 1 2"]);
    expect(answerWith(["x"], ["x"], ["y"])).toEqual(["LS 0 1"]);
    expect(answerWith(["x"], ["y"], ["z"])).toEqual([]);
  });

  test("groups of the last answer stay as long as two of their sections do (RFC 9429 §5.2.2)", () => {
    const [a, z] = [peer(1), peer(2)];
    const ids = (["audio", "video", "video"] as const).map((kind) => a.addTransceiver(kind));
    negotiate(a, z);
    expect(groups(z.createOffer())).toEqual(["LS 0 1 2"]);
    for (const id of ids) a.change(id, { streamIds: [`own ${id}`] });
    expect(groups(a.createOffer())).toEqual(["LS 0 1 2"]);
    a.change(ids[0]!, { stopping: true });
    expect(groups(a.createOffer())).toEqual(["LS 1 2"]);
    a.change(ids[1]!, { stopping: true });
    expect(groups(a.createOffer())).toEqual([]);
  });
});
