/** `skywave/legacy`: the example of docs/legacy.md, with a peer of today. */
import { afterEach, expect, test } from "vitest";
import { MediaStream, RTCPeerConnection } from "../../src/index.ts";
import { type LegacyPeerConnection, MediaStreamEvent } from "../../src/legacy-entry.ts";
import { createTrack } from "../../src/media/index.ts";

type Connection = RTCPeerConnection & LegacyPeerConnection;

const open: RTCPeerConnection[] = [];

afterEach(() => {
  for (const pc of open.splice(0)) pc.close();
});

function connection(configuration = {}): Connection {
  const pc = new RTCPeerConnection(configuration) as Connection;
  open.push(pc);
  return pc;
}

async function negotiate(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<void> {
  await offerer.setLocalDescription();
  await answerer.setRemoteDescription(offerer.localDescription!);
  await answerer.setLocalDescription();
  await offerer.setRemoteDescription(answerer.localDescription!);
}

test("a stream is added, seen by the peer and removed again", async () => {
  const [pc, peer] = [connection(), connection()];
  const log: string[] = [];
  peer.onaddstream = (event) => {
    expect(event).toBeInstanceOf(MediaStreamEvent);
    log.push(`add ${event.stream.id}`);
  };
  peer.ontrack = ({ track }) => log.push(track.kind);
  peer.onremovestream = ({ stream }) => log.push(`remove ${stream.id}`);
  const stream = new MediaStream([createTrack("audio"), createTrack("video")]);
  pc.addStream(stream);
  expect(pc.getLocalStreams()).toEqual([stream]);
  expect(pc.getStreamById(stream.id)).toBe(stream);
  await negotiate(pc, peer);
  expect(log).toEqual([`add ${stream.id}`, "audio", "video"]);
  expect(peer.getRemoteStreams().map(({ id }) => id)).toEqual([stream.id]);
  pc.removeStream(stream);
  await negotiate(pc, peer);
  expect(log.slice(3)).toEqual([`remove ${stream.id}`]);
  expect(peer.getRemoteStreams()).toEqual([]);
  expect(pc.getLocalStreams()).toEqual([]);
});

test("createDTMFSender finds the tones of a track's sender", () => {
  const pc = connection();
  const track = createTrack("audio");
  const sender = pc.addTrack(track);
  expect(pc.createDTMFSender(track)).toBe(sender.dtmf);
  expect(() => pc.createDTMFSender(createTrack("audio"))).toThrow(DOMException);
});

test('iceTransportPolicy "public" is taken as "all"', () => {
  expect(connection({ iceTransportPolicy: "public" }).getConfiguration().iceTransportPolicy).toBe("all");
});

test("the handlers are null at first and keep what they are given", () => {
  const pc = connection();
  expect(pc.onaddstream).toBeNull();
  const handler = () => {};
  pc.onremovestream = handler;
  expect(pc.onremovestream).toBe(handler);
});
