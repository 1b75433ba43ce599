/** Media under SRTP across the wraps of its numbers, with loss and reordering. */
import { expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { RtpPacketView } from "../rtp/index.ts";
import { SRTP_PROFILE, SrtpReceiver, SrtpSender, srtpProfile } from "../srtp/index.ts";
import { LAST_SRTCP_INDEX } from "../srtp/srtp-sender.ts";
import { format, type Guard, oneWay, SessionPair } from "./session-pair.testing.ts";

function guards(
  initialRtcpIndex = 0,
  profileId: number = SRTP_PROFILE.AES128_CM_HMAC_SHA1_80,
): { a: Guard; z: Guard } {
  const profile = srtpProfile(profileId)!;
  const master = (fill: number) => ({
    key: new Uint8Array(profile.keyLength).fill(fill),
    salt: new Uint8Array(profile.saltLength).fill(fill),
  });
  const guard = (out: number, back: number): Guard => {
    const sender = new SrtpSender(nodeCrypto, profile, master(out), { initialRtcpIndex });
    const receiver = new SrtpReceiver(nodeCrypto, profile, master(back));
    return {
      protect: (packet, length, control) =>
        control ? sender.protectRtcp(packet, length) : sender.protectRtp(packet, length),
      unprotect: (packet, control) =>
        control ? receiver.unprotectRtcp(packet) : receiver.unprotectRtp(packet),
    };
  };
  return { a: guard(1, 2), z: guard(2, 1) };
}

test.each([
  { name: "with RTX", withRtx: true, profile: SRTP_PROFILE.AES128_CM_HMAC_SHA1_80 },
  { name: "without RTX", withRtx: false, profile: SRTP_PROFILE.AES128_CM_HMAC_SHA1_32 },
  { name: "with RTX and GCM", withRtx: true, profile: SRTP_PROFILE.AEAD_AES_128_GCM },
  { name: "without RTX and with GCM", withRtx: false, profile: SRTP_PROFILE.AEAD_AES_256_GCM },
])(
  "sequence number, rollover counter and timestamp wrap under loss and reordering, $name, and frames go on whole",
  ({ withRtx, profile }) => {
    const vp8 = format(96, "video/VP8", ["nack", "nack pli"]);
    const { sender, receiver } = oneWay(
      "video",
      withRtx ? [vp8, format(97, "video/rtx", [], "apt=96")] : [vp8],
    );
    const pair = new SessionPair(sender, receiver, { seed: 12, jitter: 10, guards: guards(0, profile) });
    pair.sendVideo(1, 1, 1000);
    const first = new RtpPacketView();
    expect(first.parse(pair.sent[0]!)).toBeUndefined();
    // Near to the wraps in two jumps, as a source whose packets are passed on may have them.
    const jump = Math.floor((65_536 - first.sequenceNumber - 600) / 2);
    pair.clockOffset = ((2 ** 32 - first.timestamp) / 90_000 - 5) * 1e6;
    for (const sequenceNumber of [0, jump, jump + 1, 2 * jump, 2 * jump + 1]) {
      const timestamp = first.timestamp + 90_000;
      const payload = Uint8Array.of(0x10, 0x10);
      const media = { mimeType: "video/VP8", payloadType: 96, ssrc: 9, csrcs: [], extensions: [], timestamp };
      pair.a.sendPackets(pair.now, 1, [
        { ...media, sequenceNumber: sequenceNumber + 1, marker: true, payload },
      ]);
      pair.run(10);
    }
    pair.keyFrameWanted = true;
    pair.sendVideo(1, 1, 10 * 1130);
    pair.loss = 0.05;
    const before = pair.arrivals.length;
    pair.sendVideo(1, 6, 10 * 1130);
    pair.loss = 0;
    pair.run(1000);
    const frames = pair.arrivals.slice(before - 1).map(({ frame }) => frame);
    const numbers = frames.map(({ sequenceNumber }) => sequenceNumber!);
    expect(Math.max(...numbers) - Math.min(...numbers)).toBeGreaterThan(60_000);
    const ticks = frames.map(({ rtpTimestamp }) => rtpTimestamp);
    expect(Math.max(...ticks) - Math.min(...ticks)).toBeGreaterThan(2 ** 31);
    const steps = frames
      .slice(1)
      .map(({ timestamp }, i) => Math.round(((timestamp - frames[i]!.timestamp) * 30) / 1e6));
    expect(frames.length).toBeGreaterThan(6 * 30 * 0.97);
    // Frames that were lost leave gaps; none comes twice or out of order.
    expect(Math.min(...steps)).toBe(1);
    for (const { data } of frames) expect(new Set(data.subarray(1)).size).toBe(1);
    // Answers to requests for what was only overtaken: repetitions, where they are the same octets.
    expect(pair.refused).toBeLessThan(withRtx ? 1 : pair.sent.length * 0.1);
  },
);

test("SRTCP ends with its last index, 2^31 - 1, under loss and reordering, and media goes on (RFC 3711 §3.2.1, §9.2)", () => {
  const vp8 = format(96, "video/VP8", ["nack", "nack pli"]);
  const { sender, receiver } = oneWay("video", [vp8, format(97, "video/rtx", [], "apt=96")]);
  const pair = new SessionPair(sender, receiver, {
    seed: 13,
    jitter: 30,
    loss: 0.05,
    guards: guards(LAST_SRTCP_INDEX - 8),
  });
  pair.sendVideo(1, 4, 1000);
  // Not a word is taken for a repetition, or refused for its index, up to the last one.
  expect(pair.refused).toBe(0);
  expect(pair.a.snapshot(pair.now).outbound[0]!.remote).toBeDefined();
  expect(pair.z.snapshot(pair.now).inbound[0]!.remote).toBeDefined();
  pair.sendVideo(1, 20, 1000);
  expect(pair.unprotected).toBeGreaterThan(0);
  expect(pair.refused).toBe(0);
  pair.loss = 0;
  pair.keyFrameWanted = true;
  const before = pair.arrivals.length;
  pair.sendVideo(1, 2, 1000);
  pair.run(1000);
  expect(pair.arrivals.length - before).toBeGreaterThanOrEqual(60);
});
