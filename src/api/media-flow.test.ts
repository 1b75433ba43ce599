/** What the engine is told of audio and video, and what tracks get from it, without a network. */
import { expect, test } from "vitest";
import type { EncodedFrame } from "../core/base/media-frame.ts";
import type { MediaSectionParameters } from "../core/rtp-session/parameters.ts";
import { createTrack, subscribe, TrackSource, trackFrom } from "../media/index.ts";
import { type FakeRealm, negotiate, pair } from "./fake-realm.testing.ts";

const FRAME: EncodedFrame = { type: "key", data: Uint8Array.of(1), timestamp: 0 };

function sections(realm: FakeRealm): readonly MediaSectionParameters[] {
  const last = realm.commands.findLast((command) => command.type === "configure-media");
  return last?.type === "configure-media" ? last.sections : [];
}

test("an answer tells both engines what flows: payload types, extensions, and the SSRCs of the sender", async () => {
  const both = pair();
  both.pc.addTrack(createTrack("video"));
  await negotiate(both);
  const [sent] = sections(both.realm);
  const [received] = sections(both.peerRealm);
  expect(sent).toMatchObject({ kind: "video", mid: "0", extmapAllowMixed: true });
  expect(sent?.receive).toBeUndefined();
  expect(received?.send).toBeUndefined();
  expect(sent?.send?.formats[0]?.mimeType).toBe("video/VP8");
  expect(received?.receive?.formats).toEqual(sent?.send?.formats);
  expect(sent?.send?.headerExtensions.map(({ uri }) => uri)).toContain("urn:ietf:params:rtp-hdrext:sdes:mid");
  const [stream] = sent!.send!.streams;
  const { ssrc, rtxSsrc, fecSsrc } = stream!;
  expect(new Set([ssrc, rtxSsrc, fecSsrc]).size).toBe(3);
  expect(received?.receive?.sources).toEqual([{ ssrc, rtxSsrc, fecSsrc }]);
});

test("simulcast: a stream for each encoding, told apart by rid, with SSRCs of their own", async () => {
  const both = pair();
  both.pc.addTransceiver(createTrack("video"), {
    sendEncodings: [{ rid: "l" }, { rid: "h", active: false }],
  });
  await both.realm.settled(both.pc.setLocalDescription());
  await both.peerRealm.settled(both.peer.setRemoteDescription(both.pc.localDescription!));
  await both.peerRealm.settled(both.peer.setLocalDescription());
  const lines = both.peer.localDescription!.sdp.split("\r\n");
  const accepted = [
    ...lines.filter((line) => line !== "" && !/^a=(rid|simulcast):/.test(line)),
    "a=rid:l recv",
    "a=rid:h recv",
    "a=simulcast:recv l;h",
    "",
  ].join("\r\n");
  await both.realm.settled(both.pc.setRemoteDescription({ type: "answer", sdp: accepted }));
  const streams = sections(both.realm)[0]!.send!.streams;
  expect(streams.map(({ rid, active }) => [rid, active])).toEqual([
    ["l", true],
    ["h", false],
  ]);
  expect(new Set(streams.flatMap(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc])).size).toBe(4);
  expect(streams.map(({ fecSsrc }) => fecSsrc)).toEqual([undefined, undefined]);
});

test("frames go from the track to the engine while the section is negotiated to send, and not before or after", async () => {
  const both = pair();
  const source = new TrackSource("audio");
  const { sender } = both.pc.addTransceiver(trackFrom(source));
  const sent = () => both.realm.commands.filter(({ type }) => type === "send-frame").length;
  source.writeFrame(FRAME);
  expect(sent()).toBe(0);
  await negotiate(both);
  source.writeFrame(FRAME);
  expect(sent()).toBe(1);
  await both.realm.settled(sender.replaceTrack(null));
  source.writeFrame(FRAME);
  expect(sent()).toBe(1);
  await both.realm.settled(sender.replaceTrack(trackFrom(source)));
  source.writeFrame(FRAME);
  expect(sent()).toBe(2);
  both.pc.getTransceivers()[0]!.stop();
  source.writeFrame(FRAME);
  expect(sent()).toBe(2);
  expect(source.wanted.frames).toBe(false);
});

test("a closed connection takes nothing from its tracks any more", async () => {
  const both = pair();
  const source = new TrackSource("audio");
  both.pc.addTrack(trackFrom(source));
  await negotiate(both);
  expect(source.wanted.frames).toBe(true);
  both.pc.close();
  expect(source.wanted.frames).toBe(false);
});

test("a remote track passes frames on to its subscribers, and unmutes when media comes (webrtc-pc §5.3)", async () => {
  const both = pair();
  both.pc.addTrack(createTrack("audio"));
  await negotiate(both);
  const { track } = both.peer.getReceivers()[0]!;
  const log: unknown[] = [];
  track.onunmute = () => log.push("unmute");
  track.onmute = () => log.push("mute");
  subscribe(track, { frame: ({ data }) => log.push(data.length) });
  expect(both.peerRealm.commands.at(-1)).toMatchObject({ type: "want-media", media: 1, frames: true });
  const frame = { ...FRAME, mimeType: "audio/opus", payloadType: 111, ssrc: 1, csrcs: [] };
  both.peerRealm.report(
    { type: "media-flowing", media: 1, flowing: true },
    { type: "media-frames", media: 1, frames: [{ ...frame, rtpTimestamp: 0, receiveTime: 0 }] },
    { type: "media-flowing", media: 1, flowing: false },
  );
  await both.peerRealm.settle();
  expect(log).toEqual(["unmute", 1, "mute"]);
});

test("a key frame that the peer wants is asked of the source, one that a subscriber wants of the peer", async () => {
  const both = pair();
  const source = new TrackSource("video");
  const asked: (string | undefined)[] = [];
  source.onkeyframerequest = (rid) => asked.push(rid);
  both.pc.addTrack(trackFrom(source));
  await negotiate(both);
  both.realm.report({ type: "key-frame-wanted", media: 1, rid: undefined });
  await both.realm.settle();
  expect(asked).toEqual([undefined]);
  subscribe(both.peer.getReceivers()[0]!.track, {}).requestKeyFrame();
  expect(both.peerRealm.commands.at(-1)).toMatchObject({ type: "request-key-frame", media: 1 });
});

test("who has contributed is known from the first question on (webrtc-pc §5.3.1)", async () => {
  const both = pair();
  both.pc.addTrack(createTrack("audio"));
  await negotiate(both);
  const receiver = both.peer.getReceivers()[0]!;
  expect(receiver.getSynchronizationSources()).toEqual([]);
  expect(both.peerRealm.commands.at(-1)).toMatchObject({ type: "want-media", frames: true });
  const frame = { ...FRAME, mimeType: "audio/opus", payloadType: 111, ssrc: 5, csrcs: [6], rtpTimestamp: 7 };
  both.peerRealm.report({ type: "media-frames", media: 1, frames: [{ ...frame, receiveTime: 0 }] });
  await both.peerRealm.settle();
  const { timeOrigin } = both.peerRealm.host;
  expect(receiver.getSynchronizationSources()).toEqual([
    { source: 5, timestamp: timeOrigin, rtpTimestamp: 7 },
  ]);
  expect(receiver.getContributingSources()).toEqual([{ source: 6, timestamp: timeOrigin, rtpTimestamp: 7 }]);
});

test("a track that is passed on begins with a key frame, which is asked for", async () => {
  const both = pair();
  const source = new TrackSource("video", { yieldsPackets: true });
  let asked = 0;
  source.onkeyframerequest = () => asked++;
  const { sender } = both.pc.addTransceiver(trackFrom(source));
  await negotiate(both);
  const packet = {
    mimeType: "video/VP8",
    payloadType: 96,
    marker: true,
    timestamp: 0,
    ssrc: 1,
    csrcs: [],
    extensions: [],
  };
  const delta = { ...packet, sequenceNumber: 1, payload: Uint8Array.of(0x10, 0x11) };
  const key = {
    ...packet,
    sequenceNumber: 2,
    payload: Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0, 0, 0, 0),
  };
  const sent = () =>
    both.realm.commands.flatMap((command) =>
      command.type === "send-packets" ? command.packets.map(({ sequenceNumber }) => sequenceNumber) : [],
    );
  source.writePackets([delta]);
  expect([sent(), asked]).toEqual([[], 1]);
  source.writePackets([delta, key]);
  source.writePackets([{ ...delta, sequenceNumber: 3 }]);
  expect([sent(), asked]).toEqual([[2, 3], 1]);
  // Another track takes its place in the middle of its own stream.
  const other = new TrackSource("video", { yieldsPackets: true });
  other.onkeyframerequest = () => asked++;
  await both.realm.settled(sender.replaceTrack(trackFrom(other)));
  other.writePackets([delta]);
  expect([sent(), asked]).toEqual([[2, 3], 2]);
});
