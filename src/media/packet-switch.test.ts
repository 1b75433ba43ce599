import { describe, expect, test } from "vitest";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { trackFrom } from "./MediaStreamTrack.ts";
import { PacketSwitch } from "./packet-switch.ts";
import { subscribe } from "./subscription.ts";
import { TrackSource } from "./track-source.ts";

let sequenceNumber = 0;

/** RFC 7741 §4.3: P is 0 on key frames. */
function packet(ssrc: number, key: boolean, rid?: string): MediaPacket {
  return {
    mimeType: "video/VP8",
    payloadType: 96,
    marker: true,
    sequenceNumber: sequenceNumber++,
    timestamp: 0,
    ssrc,
    csrcs: [],
    payload: Uint8Array.of(0x10, key ? 0x10 : 0x11, 0, 0),
    extensions: [],
    ...(rid === undefined ? {} : { rid }),
  };
}

function remote() {
  const source = new TrackSource("video", { yieldsPackets: true });
  const requests: (string | undefined)[] = [];
  source.onkeyframerequest = (rid) => requests.push(rid);
  return { source, track: trackFrom(source), requests };
}

function switched() {
  const packetSwitch = new PacketSwitch();
  const out: MediaPacket[] = [];
  subscribe(trackFrom(packetSwitch), { packets: (packets) => out.push(...packets) });
  return { packetSwitch, out };
}

/** Packets are given to subscribers in a task. */
const delivered = () => new Promise((resolve) => setImmediate(resolve));

describe("a switch between tracks", () => {
  test("goes on with the one before until a key frame of the new one begins, which it asks for", async () => {
    const [a, b] = [remote(), remote()];
    const { packetSwitch, out } = switched();
    packetSwitch.select(a.track);
    const sent = [packet(1, true), packet(1, false)];
    a.source.writePackets(sent);
    await delivered();
    packetSwitch.select(b.track);
    b.source.writePackets([packet(2, false)]);
    a.source.writePackets([packet(1, false)]);
    await delivered();
    expect(out.map(({ ssrc }) => ssrc)).toEqual([1, 1, 1]);
    expect(b.requests).toEqual([undefined]);
    expect(packetSwitch.selected).toEqual({ track: a.track, rid: undefined });
    b.source.writePackets([packet(2, false), packet(2, true), packet(2, false)]);
    a.source.writePackets([packet(1, true)]);
    await delivered();
    expect(out.map(({ ssrc }) => ssrc)).toEqual([1, 1, 1, 2, 2]);
    expect(packetSwitch.selected).toEqual({ track: b.track, rid: undefined });
    expect(a.source.wanted.packets).toBe(false);
  });

  test("tells when what it passes on was captured, and of nothing else", async () => {
    const [a, b] = [remote(), remote()];
    const { packetSwitch } = switched();
    const told: number[] = [];
    subscribe(trackFrom(packetSwitch), { clock: ({ capturedAt }) => told.push(capturedAt) });
    const clock = (ssrc: number, capturedAt: number) => ({ ssrc, rtpTimestamp: 0, capturedAt });
    a.source.writeClock(clock(1, 10));
    packetSwitch.select(a.track);
    a.source.writePackets([packet(1, true)]);
    a.source.writeClock(clock(1, 11));
    packetSwitch.select(b.track);
    b.source.writeClock(clock(2, 20));
    a.source.writeClock(clock(1, 12));
    expect(told).toEqual([10, 11, 12]);
    b.source.writePackets([packet(2, true)]);
    a.source.writeClock(clock(1, 13));
    b.source.writeClock(clock(2, 21));
    expect(told).toEqual([10, 11, 12, 20, 21]);
  });

  test("passes the receiver's requests on to what it passes on", () => {
    const [a, b] = [remote(), remote()];
    const { packetSwitch } = switched();
    packetSwitch.select(a.track, "h");
    a.source.writePackets([packet(1, true, "h")]);
    packetSwitch.select(b.track);
    packetSwitch.requestKeyFrame();
    expect([a.requests, b.requests]).toEqual([["h"], []]);
  });

  test("one that is selected again keeps what it has, and lets the other go", async () => {
    const [a, b] = [remote(), remote()];
    const { packetSwitch, out } = switched();
    packetSwitch.select(a.track);
    a.source.writePackets([packet(1, true)]);
    packetSwitch.select(b.track);
    packetSwitch.select(a.track);
    b.source.writePackets([packet(2, true)]);
    a.source.writePackets([packet(1, false)]);
    await delivered();
    expect(out.map(({ ssrc }) => ssrc)).toEqual([1, 1]);
    expect(b.source.wanted.packets).toBe(false);
  });

  test("asks again while no key frame comes, and not with every packet", async () => {
    const a = remote();
    const { packetSwitch } = switched();
    packetSwitch.select(a.track);
    for (let i = 0; i < 100; i++) a.source.writePackets([packet(1, false)]);
    await delivered();
    expect(a.requests).toHaveLength(4);
  });

  test("takes nothing from anybody once nobody uses it", () => {
    const a = remote();
    const packetSwitch = new PacketSwitch();
    const track = trackFrom(packetSwitch);
    packetSwitch.select(a.track);
    expect(a.source.wanted.packets).toBe(true);
    track.stop();
    expect(a.source.wanted.packets).toBe(false);
    expect(packetSwitch.selected).toBeUndefined();
  });
});

test("of a simulcast the layer that was selected passes, and the others do not", async () => {
  const camera = remote();
  const { packetSwitch, out } = switched();
  packetSwitch.select(camera.track, "q");
  camera.source.writePackets([packet(1, true, "q"), packet(2, true, "h")]);
  packetSwitch.select(camera.track, "h");
  camera.source.writePackets([packet(2, false, "h"), packet(1, false, "q")]);
  camera.source.writePackets([packet(1, false, "q"), packet(2, true, "h")]);
  camera.source.writePackets([packet(1, true, "q")]);
  camera.source.writePackets([packet(2, false, "h")]);
  await delivered();
  expect(out.map(({ rid }) => rid)).toEqual(["q", "q", "q", "h", "h"]);
  expect(camera.requests).toEqual(["h"]);
});
