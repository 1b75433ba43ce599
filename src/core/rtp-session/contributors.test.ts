/** Whose media is in a packet of a mixer, and how loud each is (RFC 3550 §7.1, RFC 6465). */
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { EncodedFrame, MediaPacket } from "../base/media-frame.ts";
import { MAX_CSRCS, MIXER_AUDIO_LEVEL_URI, RtpPacketBuilder } from "../rtp/index.ts";
import { MAX_PACKET_LENGTH } from "./limits.ts";
import { format, oneWay, SessionPair } from "./session-pair.testing.ts";

const OPUS = format(111, "audio/opus", ["nack"]);
const VP8 = format(96, "video/VP8", ["nack", "nack pli"]);
const ID = 3;

function pairOf(kind: "audio" | "video", negotiated = true): SessionPair {
  const { sender, receiver } = oneWay(kind, [kind === "audio" ? OPUS : VP8]);
  const headerExtensions = negotiated ? [{ uri: MIXER_AUDIO_LEVEL_URI, id: ID }] : [];
  return new SessionPair(
    { ...sender, send: { ...sender.send!, headerExtensions } },
    { ...receiver, receive: { ...receiver.receive!, headerExtensions } },
    { seed: 1 },
  );
}

/** What arrives of a frame: its contributing sources, and their levels. */
function carried(frame: Partial<EncodedFrame>, negotiated = true) {
  const pair = pairOf("audio", negotiated);
  pair.a.sendFrame(0, 1, { type: "key", data: Uint8Array.of(0x78, 1), timestamp: 0, ...frame });
  pair.run(100);
  const [{ frame: got }] = pair.arrivals as [(typeof pair.arrivals)[0]];
  return { csrcs: got.csrcs, csrcAudioLevels: got.csrcAudioLevels };
}

const numbers = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe("a frame of a mixer", () => {
  test("says whose media is in it, and how loud they are (RFC 6465 §3)", () => {
    expect(carried({ csrcs: [7, 0xffff_ffff], csrcAudioLevels: [0, 127] })).toEqual({
      csrcs: [7, 0xffff_ffff],
      csrcAudioLevels: [0, 127],
    });
  });

  test(`has ${MAX_CSRCS} contributing sources at most (RFC 3550 §5.1)`, () => {
    for (const count of [MAX_CSRCS - 1, MAX_CSRCS, MAX_CSRCS + 1]) {
      const all = numbers(count);
      const some = all.slice(0, MAX_CSRCS);
      expect(carried({ csrcs: all, csrcAudioLevels: all })).toEqual({ csrcs: some, csrcAudioLevels: some });
    }
  });

  test("says no levels where they were not agreed on, or are not those of its sources", () => {
    const csrcs = [7, 8];
    expect(carried({ csrcs, csrcAudioLevels: [1, 2] }, false)).toEqual({ csrcs, csrcAudioLevels: undefined });
    for (const csrcAudioLevels of [[], [1], [1, 2, 3]])
      expect(carried({ csrcs, csrcAudioLevels })).toEqual({ csrcs, csrcAudioLevels: undefined });
    expect(carried({ csrcAudioLevels: [1] })).toEqual({ csrcs: [], csrcAudioLevels: undefined });
  });

  test("fills its packets and no more, with as many sources as there can be", () => {
    const pair = pairOf("video");
    const data = new Uint8Array(20_000).fill(1);
    data[0] = 0x10;
    const csrcs = numbers(MAX_CSRCS);
    pair.a.sendFrame(0, 1, { type: "key", data, timestamp: 0, rotation: 90, csrcs, csrcAudioLevels: csrcs });
    pair.run(200);
    expect(pair.arrivals.map(({ frame }) => frame.csrcs)).toEqual([csrcs]);
    const longest = Math.max(...pair.sent.map(({ length }) => length));
    expect(longest).toBeLessThanOrEqual(MAX_PACKET_LENGTH);
    expect(longest).toBeGreaterThan(MAX_PACKET_LENGTH - 40);
  });
});

test("levels go from hop to hop with the packets that they are of", () => {
  const mixer = pairOf("audio");
  mixer.z.want(1, false, true);
  const passed: MediaPacket[] = [];
  const poll = mixer.z.pollEvent.bind(mixer.z);
  mixer.z.pollEvent = () => {
    const event = poll();
    if (event?.type === "media-packets") passed.push(...event.packets);
    return event;
  };
  mixer.a.sendFrame(0, 1, {
    type: "key",
    data: Uint8Array.of(0x78, 1),
    timestamp: 0,
    csrcs: [7, 8],
    csrcAudioLevels: [12, 34],
  });
  mixer.run(100);
  const next = pairOf("audio");
  next.a.sendPackets(0, 1, passed);
  next.run(100);
  expect(next.arrivals.map(({ frame }) => [frame.csrcs, frame.csrcAudioLevels])).toEqual([
    [
      [7, 8],
      [12, 34],
    ],
  ]);
});

test("whatever a peer says of levels, there are no more than sources, of 0 to 127 each", () => {
  const random = new SeededRandom(5);
  const pair = pairOf("audio");
  const builder = new RtpPacketBuilder();
  let number = 0;
  for (let csrcs = 0; csrcs <= MAX_CSRCS; csrcs++) {
    for (const twoByte of [false, true]) {
      for (let octets = twoByte ? 0 : 1; octets <= 20; octets++) {
        if (!twoByte && octets > 16) continue;
        const out = new Uint8Array(200);
        builder.start(out, 111, false, number, number * 960, 100, twoByte);
        for (let i = 0; i < csrcs; i++) builder.addCsrc(random.uint32());
        builder.addExtension(
          ID,
          Uint8Array.from({ length: octets }, () => random.uint32()),
        );
        const end = builder.endHeader();
        out[end] = 0x78;
        pair.z.handleRtp(pair.now, out.subarray(0, end + 2));
        pair.run(20);
        number++;
        const { csrcAudioLevels } = pair.arrivals.at(-1)!.frame;
        const said = Math.min(csrcs, octets);
        expect(csrcAudioLevels?.length ?? 0).toBe(said);
        for (const level of csrcAudioLevels ?? []) expect(level & ~0x7f).toBe(0);
      }
    }
  }
  expect(pair.arrivals).toHaveLength(number);
});
