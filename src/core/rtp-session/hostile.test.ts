/** What peers send that is wrong, or too much, with all formats agreed on. */
import { expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { everyInput } from "../rtp/vectors.testing.ts";
import { FIRST_FEEDBACK } from "./feedback-budget.ts";
import { MAX_RECEIVE_STREAMS } from "./limits.ts";
import { RtpSession } from "./rtp-session.ts";
import { format, oneWay } from "./session-pair.testing.ts";

const VIDEO = [
  format(96, "video/VP8", ["nack", "nack pli", "ccm fir", "ack ccfb"]),
  format(97, "video/rtx", [], "apt=96"),
  format(98, "video/red"),
  format(99, "video/ulpfec"),
  format(100, "video/flexfec-03"),
  format(101, "video/VP9", ["nack", "nack pli"]),
  format(102, "video/H264", ["nack", "nack pli"]),
  format(103, "video/AV1", ["nack", "nack pli"]),
  format(104, "video/H265", ["nack", "nack pli"]),
  format(105, "video/rtx", [], "apt=98"),
];
const AUDIO = [
  format(111, "audio/opus", ["nack"]),
  format(63, "audio/red", [], "111/111"),
  format(110, "audio/telephone-event"),
];

function session(): RtpSession {
  const video = oneWay("video", VIDEO, 1);
  const audio = oneWay("audio", AUDIO, 2);
  const made = new RtpSession({ random: new SeededRandom(1), timeOrigin: 0 });
  made.configure(0, [
    { ...video.sender, receive: video.receiver.receive },
    { ...audio.sender, receive: audio.receiver.receive },
  ]);
  made.start(0);
  for (const media of [1, 2]) made.want(media, true, true);
  return made;
}

/** Takes all that it wants to say; returns how many octets that was. */
function drain(from: RtpSession, now: number): number {
  const out = new Uint8Array(1500);
  let octets = 0;
  for (let length = from.pollControl(out); length > 0; length = from.pollControl(out)) octets += length;
  for (let length = from.pollPacket(now, out); length > 0; length = from.pollPacket(now, out))
    octets += length;
  while (from.pollEvent() !== undefined);
  return octets;
}

test("no input of any corpus makes it throw, as it is or under any of its payload types and SSRCs", () => {
  const random = new SeededRandom(21);
  const types = [...VIDEO, ...AUDIO].map(({ payloadType }) => payloadType);
  const target = session();
  let now = 0;
  for (const input of everyInput()) {
    if (input.length > 1500) continue;
    target.handleRtcp(now, input.slice());
    target.handleRtp(now, input.slice());
    for (let i = 0; i < 3; i++) {
      const packet = new Uint8Array(12 + input.length);
      packet.set(input, 12);
      packet[0] = 0x80;
      packet[1] = (random.uint32() & 0x80) | types[random.uint32() % types.length]!;
      packet[2] = now >>> 8;
      packet[3] = now;
      packet[11] = [100, 101, 102, 200][random.uint32() % 4]!;
      target.handleRtp(now, packet);
    }
    now++;
    if (target.nextTimeout() <= now) target.handleTimeout(now);
    drain(target, now);
  }
  expect(target.snapshot(0).inbound.length).toBeLessThanOrEqual(MAX_RECEIVE_STREAMS);
});

test("random packets of its formats, lost, late and twice, leave memory flat and no wake-up in the past for ever", () => {
  const seed = 22;
  const random = new SeededRandom(seed);
  const types = [...VIDEO, ...AUDIO].map(({ payloadType }) => payloadType);
  const target = session();
  let wakeUps = 0;
  for (let now = 0; now < 20_000; now++) {
    const packet = new Uint8Array(12 + (random.uint32() % 60));
    random.fill(packet);
    packet[0] = 0x80;
    packet[1] = (random.uint32() & 0x80) | types[random.uint32() % types.length]!;
    packet[2] = now >>> 8;
    packet[3] = now + (random.uint32() % 8);
    packet.fill(0, 8, 11);
    packet[11] = [100, 101, 102, 200][random.uint32() % 4]!;
    target.handleRtp(now, packet);
    if (target.nextTimeout() <= now) {
      wakeUps++;
      target.handleTimeout(now);
      drain(target, now);
      expect(target.nextTimeout(), `seed ${seed}, ${now}: ${target.nextTimeout()}`).toBeGreaterThan(now);
    }
    drain(target, now);
  }
  expect(wakeUps).toBeGreaterThan(10);
});

/** The beginning of a frame of VP8. */
function vp8(ssrc: number, sequenceNumber: number): Uint8Array {
  const [high, low] = [sequenceNumber >>> 8, sequenceNumber & 0xff];
  return Uint8Array.of(0x80, 96, high, low, 0, 0, 0, 0, 0, 0, ssrc >>> 8, ssrc, 0x10, 0x11);
}

test.each([
  {
    name: "many sources that never send a key frame",
    packets: (now: number) => [vp8(1000 + (now % 200), 5)],
  },
  { name: "gaps of 900 packets", packets: (now: number) => [vp8(1000, (now * 900) & 0xffff)] },
  {
    name: "gaps under many sources",
    packets: (now: number) => (now < 200 ? [vp8(1000 + now, 5), vp8(1000 + now, 905)] : []),
  },
])("a peer gets no more requests for its packets than they were octets: $name", ({ packets }) => {
  const target = session();
  const out = new Uint8Array(1500);
  let incoming = 0;
  let asked = 0;
  for (let now = 0; now < 10_000; now++) {
    for (const packet of now % 20 === 0 || now < 200 ? packets(now) : []) {
      incoming += packet.length;
      target.handleRtp(now, packet);
    }
    if (target.nextTimeout() <= now) target.handleTimeout(now);
    for (let length = target.pollControl(out); length > 0; length = target.pollControl(out)) {
      // RTPFB and PSFB: what is not a regular report.
      if (out[1] === 205 || out[1] === 206) asked += length;
    }
    while (target.pollEvent() !== undefined);
  }
  expect(asked).toBeGreaterThan(1000);
  // One message may go beyond it.
  expect(asked).toBeLessThanOrEqual(FIRST_FEEDBACK + incoming + out.length);
});
