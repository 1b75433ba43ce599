/** webrtc-pc §5: transceivers without a network. */
import { describe, expect, test } from "vitest";
import { createTrack } from "../media/index.ts";
import { MediaStream } from "../media/MediaStream.ts";
import { negotiate, pair } from "./fake-realm.testing.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import type { RTCRtpEncodingParameters } from "./rtp-parameters.ts";

describe("adding (webrtc-pc §5.1)", () => {
  test("addTrack takes a sender that has never sent, and refuses a track twice", () => {
    const { pc } = pair();
    const { sender } = pc.addTransceiver("audio", { direction: "recvonly" });
    const track = createTrack("audio");
    expect(pc.addTrack(track)).toBe(sender);
    expect(pc.getTransceivers().map(({ direction }) => direction)).toEqual(["sendrecv"]);
    expect(() => pc.addTrack(track)).toThrow(expect.objectContaining({ name: "InvalidAccessError" }));
    pc.removeTrack(sender);
    expect([sender.track, pc.getTransceivers()[0]!.direction]).toEqual([null, "recvonly"]);
  });

  const refused: [string, RTCRtpEncodingParameters[], unknown][] = [
    ["a rid that is no rid", [{ rid: "@" }], TypeError],
    ["a rid that is too long", [{ rid: "a".repeat(17) }], TypeError],
    ["a rid twice", [{ rid: "a" }, { rid: "a" }], TypeError],
    ["rids of some encodings only", [{ rid: "a" }, {}], TypeError],
    ["an enlargement", [{ scaleResolutionDownBy: 0.5 }], RangeError],
    ["a negative frame rate", [{ maxFramerate: -1 }], RangeError],
  ];
  test.each(refused)("addTransceiver refuses %s", (_, sendEncodings, error) => {
    expect(() => pair().pc.addTransceiver("video", { sendEncodings })).toThrow(error as never);
  });

  test("encodings without a scale get powers of two", () => {
    const sendEncodings = [{ rid: "a" }, { rid: "b" }, { rid: "c" }];
    const { sender } = pair().pc.addTransceiver("video", { sendEncodings });
    expect(sender.getParameters().encodings.map((e) => e.scaleResolutionDownBy)).toEqual([4, 2, 1]);
  });
});

describe("setParameters (webrtc-pc §5.2)", () => {
  test("takes what getParameters returned in the same task, once", async () => {
    const { realm, pc } = pair();
    const { sender } = pc.addTransceiver("video");
    const parameters = sender.getParameters();
    parameters.encodings[0]!.maxBitrate = 1000;
    await realm.settled(sender.setParameters(parameters));
    expect(sender.getParameters().encodings[0]!.maxBitrate).toBe(1000);
    await expect(sender.setParameters(parameters)).rejects.toMatchObject({
      name: "InvalidModificationError",
    });
    await realm.settle();
    await expect(sender.setParameters(parameters)).rejects.toMatchObject({ name: "InvalidStateError" });
  });
});

describe("remote tracks (webrtc-pc §5.1.1)", () => {
  test("come with their streams, leave them when they are removed, and come back", async () => {
    const ends = pair();
    const { pc, peer } = ends;
    const log: string[] = [];
    const stream = new MediaStream();
    const sender = pc.addTrack(createTrack("audio"), stream);
    peer.addEventListener("track", ({ streams: [theirs], track }) => {
      log.push(`track ${theirs!.id === stream.id} ${theirs!.getTracks().includes(track)} ${track.muted}`);
      theirs!.onremovetrack = () => log.push("removetrack");
      theirs!.onaddtrack = () => log.push("addtrack");
    });
    await negotiate(ends);
    pc.removeTrack(sender);
    await negotiate(ends);
    pc.getTransceivers()[0]!.direction = "sendrecv";
    await negotiate(ends);
    expect(log).toEqual(["track true true true", "removetrack", "addtrack", "track true true true"]);
  });

  test("a rollback takes back the transceiver of an offer", async () => {
    const { realm, pc, peerRealm, peer } = pair();
    pc.addTransceiver("video");
    await realm.settled(pc.setLocalDescription());
    await peerRealm.settled(peer.setRemoteDescription(pc.localDescription!));
    const [transceiver] = peer.getTransceivers();
    expect(transceiver!.mid).toBe("0");
    await peerRealm.settled(peer.setRemoteDescription({ type: "rollback" }));
    expect(peer.getTransceivers()).toEqual([]);
    expect([transceiver!.mid, transceiver!.currentDirection]).toEqual([null, "stopped"]);
  });
});

test("a stopped transceiver leaves both ends with the next negotiation (webrtc-pc §5.4)", async () => {
  const ends = pair();
  const { realm, pc, peer } = ends;
  const transceiver = pc.addTransceiver("audio");
  await negotiate(ends);
  const count = (connection: RTCPeerConnection) => connection.getTransceivers().length;
  transceiver.stop();
  expect([transceiver.direction, transceiver.receiver.track.readyState]).toEqual(["stopped", "live"]);
  await realm.settle();
  expect([transceiver.receiver.track.readyState, count(pc)]).toEqual(["ended", 1]);
  await negotiate(ends);
  expect([count(pc), count(peer), transceiver.currentDirection]).toEqual([0, 0, "stopped"]);
});
