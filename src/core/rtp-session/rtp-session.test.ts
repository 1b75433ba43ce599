/** One session against packets made by hand: what belongs to what, and what a peer cannot do. */
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import type { ReceivedFrame } from "../base/media-frame.ts";
import { MIN_KEY_FRAME_INTERVAL } from "../media/index.ts";
import {
  decodeCompound,
  NOT_RECEIVED,
  type RtcpPacket,
  type TransportWideFeedback,
  writeBye,
  writeFullIntraRequest,
  writeNack,
  writePictureLoss,
} from "../rtcp/index.ts";
import {
  encodeIdentifier,
  encodeTransportSequenceNumber,
  MID_URI,
  RtpPacketBuilder,
  RtpPacketView,
  TRANSPORT_WIDE_CC_LENGTH,
  TRANSPORT_WIDE_CC_URI,
} from "../rtp/index.ts";
import type { RtpSessionEvent } from "./events.ts";
import { MAX_RECEIVE_STREAMS } from "./limits.ts";
import type { MediaSectionParameters, PayloadFormat } from "./parameters.ts";
import { RtpSession } from "./rtp-session.ts";

const MID_ID = 4;

function format(payloadType: number, mimeType: string, sdpFmtpLine?: string): PayloadFormat {
  const video = mimeType.startsWith("video/");
  return {
    payloadType,
    mimeType,
    clockRate: video ? 90_000 : 48_000,
    channels: undefined,
    sdpFmtpLine,
    rtcpFeedback: video ? ["nack", "nack pli", "ccm fir"] : [],
  };
}

const VIDEO = [format(96, "video/VP8"), format(97, "video/rtx", "apt=96"), format(98, "video/red")];
const AUDIO = [format(111, "audio/opus")];
const EXTENSIONS = [{ uri: MID_URI, id: MID_ID }];

function receiving(media: number, kind: "audio" | "video", formats: PayloadFormat[]): MediaSectionParameters {
  return {
    media,
    kind,
    mid: String(media),
    reducedSize: true,
    extmapAllowMixed: false,
    send: undefined,
    receive: { formats, headerExtensions: EXTENSIONS, sources: [], rids: [] },
  };
}

function sending(media: number): MediaSectionParameters {
  return {
    ...receiving(media, "video", VIDEO),
    receive: undefined,
    send: {
      cname: "us",
      streams: [{ ssrc: 7, rtxSsrc: 8, rid: undefined, active: true }],
      formats: VIDEO,
      headerExtensions: EXTENSIONS,
    },
  };
}

function started(...sections: MediaSectionParameters[]): RtpSession {
  const session = new RtpSession({ random: new SeededRandom(1), timeOrigin: 0 });
  session.configure(0, sections);
  session.start(0);
  for (const { media } of sections) session.want(media, true, false);
  return session;
}

interface PacketInit {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly ssrc?: number;
  readonly timestamp?: number;
  readonly marker?: boolean;
  readonly mid?: string;
  readonly payload?: number[];
}

function packet(init: PacketInit): Uint8Array {
  const { payloadType, sequenceNumber, ssrc = 1, timestamp = 0, marker = true, mid, payload = [1] } = init;
  const out = new Uint8Array(200);
  const builder = new RtpPacketBuilder();
  builder.start(out, payloadType, marker, sequenceNumber, timestamp, ssrc);
  if (mid !== undefined) encodeIdentifier(mid, out, builder.reserveExtension(MID_ID, mid.length));
  const header = builder.endHeader();
  out.set(payload, header);
  return out.slice(0, header + payload.length);
}

function events(session: RtpSession): RtpSessionEvent[] {
  const all: RtpSessionEvent[] = [];
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) all.push(event);
  return all;
}

function frames(session: RtpSession): ReceivedFrame[] {
  return events(session).flatMap((event) => (event.type === "media-frames" ? event.frames : []));
}

function control(session: RtpSession): RtcpPacket[] {
  const out = new Uint8Array(1500);
  const packets: RtcpPacket[] = [];
  for (let length = session.pollControl(out); length > 0; length = session.pollControl(out)) {
    packets.push(...(decodeCompound(out.slice(0, length)) as RtcpPacket[]));
  }
  return packets;
}

function rtcp(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(new Uint8Array(1000));
  write(out);
  return out.written();
}

/** A VP8 key frame in one packet (RFC 7741 §4.2, §4.3), and what goes on from it. */
const KEY = [0x10, 0x00, 1, 2, 3];
const DELTA = [0x10, 0x01, 1, 2, 3];

describe("which section a packet belongs to (RFC 9143 §9.2)", () => {
  test("its mid says so, and the SSRC is remembered", () => {
    const session = started(receiving(1, "audio", AUDIO), receiving(2, "audio", AUDIO));
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1, mid: "2" }));
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 2 }));
    const all = events(session).filter(({ type }) => type === "media-frames");
    expect(all.map(({ media }) => media)).toEqual([2, 2]);
  });

  test("without one a payload type that only one section has will do; one of several will not", () => {
    const session = started(
      receiving(1, "audio", AUDIO),
      receiving(2, "audio", AUDIO),
      receiving(3, "video", VIDEO),
    );
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1 }));
    expect(session.drops.unknownStream).toBe(1);
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 1, payload: KEY }));
    expect(frames(session)).toHaveLength(1);
  });

  test("a mid of no section, and a payload type that was not agreed on, are dropped and counted", () => {
    const session = started(receiving(1, "audio", AUDIO));
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1, mid: "9" }));
    session.handleRtp(0, packet({ payloadType: 50, sequenceNumber: 2, mid: "1" }));
    session.handleRtp(0, new Uint8Array(5));
    expect(session.drops).toMatchObject({ unknownStream: 1, unknownFormat: 1, malformed: 1 });
    expect(events(session)).toEqual([]);
  });

  test("a source whose packets name another section moves there", () => {
    const session = started(receiving(1, "audio", AUDIO), receiving(2, "audio", AUDIO));
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1, mid: "1" }));
    session.handleRtp(1, packet({ payloadType: 111, sequenceNumber: 2, mid: "2" }));
    session.handleRtp(2, packet({ payloadType: 111, sequenceNumber: 3 }));
    const all = events(session).filter(({ type }) => type === "media-frames");
    expect(all.map(({ media }) => media)).toEqual([1, 2, 2]);
    expect(session.snapshot(0).inbound).toHaveLength(1);
  });

  test("a source that changes its SSRC late goes on as another stream of the section (RFC 3550 §8.2)", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 1, mid: "1", payload: KEY }));
    session.handleRtp(40, packet({ payloadType: 96, sequenceNumber: 500, ssrc: 77, mid: "1", payload: KEY }));
    session.handleRtp(
      80,
      packet({ payloadType: 96, sequenceNumber: 501, ssrc: 77, timestamp: 3600, payload: DELTA }),
    );
    const all = events(session);
    expect(all.flatMap((event) => (event.type === "media-frames" ? event.frames : []))).toHaveLength(3);
    expect(all.filter(({ type }) => type === "media-flowing")).toHaveLength(1);
    for (let now = 100; now < 27_000; now += 100) {
      session.handleRtp(
        now,
        packet({ payloadType: 96, sequenceNumber: 501, ssrc: 77, timestamp: 3600, payload: DELTA }),
      );
      session.handleTimeout(now);
    }
    expect(session.snapshot(0).inbound.map(({ ssrc }) => ssrc)).toEqual([77]);
  });

  test("a peer with more SSRCs than there may be gets no state for them", () => {
    const session = started(receiving(1, "audio", AUDIO));
    for (let ssrc = 1; ssrc <= MAX_RECEIVE_STREAMS + 2; ssrc++) {
      session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1, ssrc }));
    }
    expect(session.drops.tooManyStreams).toBe(2);
    expect(session.snapshot(0).inbound).toHaveLength(MAX_RECEIVE_STREAMS);
  });
});

describe("losses", () => {
  test("are asked for, and filled by retransmissions (RFC 4585 §6.2.1, RFC 4588 §4)", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 10, payload: KEY }));
    session.handleRtp(40, packet({ payloadType: 96, sequenceNumber: 12, timestamp: 6000, payload: DELTA }));
    session.handleTimeout(45);
    const nack = control(session).find(({ type }) => type === "nack");
    expect(nack).toMatchObject({ mediaSsrc: 1, sequenceNumbers: [11] });
    expect(frames(session)).toHaveLength(1);
    session.handleRtp(
      60,
      packet({ payloadType: 97, sequenceNumber: 1, ssrc: 2, timestamp: 3000, payload: [0, 11, ...DELTA] }),
    );
    expect(frames(session).map(({ rtpTimestamp }) => rtpTimestamp)).toEqual([3000, 6000]);
  });

  test("what stays lost ends in a request for a key frame, which is not repeated at once (RFC 4585 §6.3.1)", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 10, payload: KEY }));
    session.handleRtp(40, packet({ payloadType: 96, sequenceNumber: 12, timestamp: 6000, payload: DELTA }));
    for (let now = 45; now < 1500; now += 5) session.handleTimeout(now);
    const plis = control(session).filter(({ type }) => type === "picture-loss");
    expect(plis.length).toBeGreaterThan(0);
    expect(plis.length).toBeLessThanOrEqual(3);
    expect(frames(session)).toHaveLength(1);
    session.handleRtp(1500, packet({ payloadType: 96, sequenceNumber: 13, timestamp: 9000, payload: KEY }));
    expect(frames(session)).toHaveLength(1);
  });

  test("padding, comfort noise and events fill their places: nothing is asked for, and frames flow (RFC 3550 §5.1)", () => {
    const video = started(receiving(1, "video", VIDEO));
    video.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 10, payload: KEY }));
    const padding = packet({ payloadType: 96, sequenceNumber: 11, marker: false, payload: [0, 0, 0, 4] });
    padding[0]! |= 0x20;
    video.handleRtp(10, padding);
    video.handleRtp(33, packet({ payloadType: 96, sequenceNumber: 12, timestamp: 3000, payload: DELTA }));
    video.handleTimeout(100);
    expect(control(video).map(({ type }) => type)).not.toContain("nack");
    expect(frames(video)).toHaveLength(2);
    const events = format(110, "audio/telephone-event");
    const audio = started(receiving(1, "audio", [...AUDIO, events]));
    audio.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1 }));
    audio.handleRtp(20, packet({ payloadType: 110, sequenceNumber: 2, timestamp: 960 }));
    audio.handleRtp(40, packet({ payloadType: 111, sequenceNumber: 3, timestamp: 1920 }));
    expect(frames(audio).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 3]);
  });

  test("packets that are passed on close up where padding was, for who receives them would ask for it in vain", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.want(1, false, true);
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 10, payload: KEY }));
    session.handleRtp(1, packet({ payloadType: 96, sequenceNumber: 11, payload: [] }));
    session.handleRtp(2, packet({ payloadType: 96, sequenceNumber: 12, timestamp: 3000, payload: DELTA }));
    session.handleRtp(3, packet({ payloadType: 96, sequenceNumber: 14, timestamp: 6000, payload: DELTA }));
    const passed = events(session).flatMap((event) => (event.type === "media-packets" ? event.packets : []));
    const first = passed[0]!.sequenceNumber;
    expect(passed.map(({ sequenceNumber }) => sequenceNumber - first)).toEqual([0, 1, 3]);
  });

  test("a retransmission of what is there is no second frame", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 10, payload: KEY }));
    session.handleRtp(1, packet({ payloadType: 97, sequenceNumber: 1, ssrc: 2, payload: [0, 10, ...KEY] }));
    expect(frames(session)).toHaveLength(1);
  });
});

describe("redundancy (RFC 2198)", () => {
  test("the primary block of RED is the packet's media", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 98, sequenceNumber: 1, payload: [96, ...KEY] }));
    expect(frames(session)).toMatchObject([{ mimeType: "video/VP8", type: "key" }]);
  });

  test("blocks that overrun the packet are dropped", () => {
    const session = started(receiving(1, "video", VIDEO));
    session.handleRtp(0, packet({ payloadType: 98, sequenceNumber: 1, payload: [0xe0, 0, 3, 0xff, 96, 1] }));
    session.handleRtp(0, packet({ payloadType: 98, sequenceNumber: 2, payload: [0xe0, 0] }));
    expect([frames(session), session.drops.unknownFormat]).toEqual([[], 2]);
  });
});

describe("transport-wide feedback", () => {
  const PROBED: MediaSectionParameters = {
    ...receiving(1, "video", VIDEO),
    receive: {
      formats: VIDEO,
      headerExtensions: [...EXTENSIONS, { uri: TRANSPORT_WIDE_CC_URI, id: 5 }],
      sources: [],
      rids: [],
    },
  };

  function numbered(number: number, init: PacketInit): Uint8Array {
    const out = new Uint8Array(200);
    const { payloadType, sequenceNumber, ssrc = 1, mid = "1", payload = [] } = init;
    const builder = new RtpPacketBuilder();
    builder.start(out, payloadType, false, sequenceNumber, 0, ssrc);
    encodeIdentifier(mid, out, builder.reserveExtension(MID_ID, mid.length));
    encodeTransportSequenceNumber(number, out, builder.reserveExtension(5, TRANSPORT_WIDE_CC_LENGTH));
    const header = builder.endHeader();
    out.set(payload, header);
    return out.slice(0, header + payload.length);
  }

  /** Padding alone, as libwebrtc probes a path. */
  function probe(number: number, sequenceNumber: number): Uint8Array {
    const packet = numbered(number, { payloadType: 97, sequenceNumber, ssrc: 2, payload: [0, 0, 0, 0, 5] });
    packet[0]! |= 0x20;
    return packet;
  }

  test("tells of every packet: padding that probes the path, before and after media, and what is of no use", () => {
    const session = started(PROBED);
    session.handleRtp(0, probe(7, 1));
    session.handleRtp(1, numbered(8, { payloadType: 96, sequenceNumber: 1, payload: KEY }));
    session.handleRtp(2, probe(9, 2));
    session.handleRtp(3, probe(10, 3));
    session.handleRtp(4, numbered(12, { payloadType: 50, sequenceNumber: 2, payload: [1] }));
    session.handleTimeout(200);
    const feedback = control(session).find(({ type }) => type === "transport-wide-feedback");
    expect(feedback).toMatchObject({ baseSequenceNumber: 7, feedbackCount: 0 });
    expect([...(feedback as TransportWideFeedback).deltas]).toEqual([0, 4, 4, 4, NOT_RECEIVED, 4]);
    expect(session.drops).toMatchObject({ unknownStream: 0, unknownFormat: 1 });
  });

  test("does not make media of padding: the track stays mute", () => {
    const session = started(PROBED);
    session.handleRtp(0, probe(7, 1));
    expect(events(session)).toEqual([]);
  });

  test("goes on with its count and its numbers when sections are negotiated anew", () => {
    const session = started(PROBED);
    session.handleRtp(0, numbered(7, { payloadType: 96, sequenceNumber: 1, payload: KEY }));
    session.handleTimeout(150);
    session.configure(160, [PROBED, receiving(2, "audio", AUDIO)]);
    session.handleRtp(170, numbered(9, { payloadType: 96, sequenceNumber: 2, payload: DELTA }));
    session.handleTimeout(300);
    const told = control(session).filter(({ type }) => type === "transport-wide-feedback");
    expect(told).toMatchObject([
      { baseSequenceNumber: 7, feedbackCount: 0, deltas: { length: 1 } },
      { baseSequenceNumber: 8, feedbackCount: 1, deltas: { length: 2 } },
    ]);
  });
});

function drainPackets(session: RtpSession, now: number): RtpPacketView[] {
  const out = new Uint8Array(1500);
  const views: RtpPacketView[] = [];
  for (let length = session.pollPacket(now, out); length > 0; length = session.pollPacket(now, out)) {
    const view = new RtpPacketView();
    expect(view.parse(out.slice(0, length))).toBeUndefined();
    views.push(view);
  }
  return views;
}

describe("what the peer asks for", () => {
  function frame(session: RtpSession, now: number): void {
    session.sendFrame(now, 1, { type: "key", data: new Uint8Array(3000), timestamp: now * 1000 });
  }

  test("packets again: as RTX, each not twice within half a round trip (RFC 4588 §4)", () => {
    const session = started(sending(1));
    frame(session, 0);
    const [first] = drainPackets(session, 0);
    const ask = rtcp((out) =>
      writeNack(out, 1, 7, [first!.sequenceNumber, (first!.sequenceNumber + 999) & 0xffff]),
    );
    session.handleRtcp(20, ask);
    session.handleRtcp(21, ask);
    const [again, ...none] = drainPackets(session, 22);
    expect(none).toEqual([]);
    expect([again!.ssrc, again!.payloadType, again!.timestamp]).toEqual([8, 97, first!.timestamp]);
    const payload = again!.payload();
    expect((payload[0]! << 8) | payload[1]!).toBe(first!.sequenceNumber);
    expect(payload.slice(2)).toEqual(first!.payload());
  });

  test("a key frame by PLI; by FIR once for each number (RFC 5104 §4.3.1.2); not for others' streams", () => {
    const session = started(sending(1));
    events(session);
    session.handleRtcp(
      0,
      rtcp((out) => writePictureLoss(out, 1, 7)),
    );
    session.handleRtcp(
      0,
      rtcp((out) => writePictureLoss(out, 1, 99)),
    );
    expect(events(session)).toEqual([{ type: "key-frame-wanted", media: 1, rid: undefined }]);
    const fir = rtcp((out) => writeFullIntraRequest(out, 1, [{ ssrc: 7, commandNumber: 5 }]));
    session.handleRtcp(MIN_KEY_FRAME_INTERVAL, fir);
    session.handleRtcp(2 * MIN_KEY_FRAME_INTERVAL, fir);
    expect(events(session)).toHaveLength(1);
  });

  test("a flood of PLI and FIR is passed on three times a second, the last of them too", () => {
    const session = started(sending(1));
    events(session);
    const loss = rtcp((out) => writePictureLoss(out, 1, 7));
    let wanted = 0;
    for (let now = 0; now < 1000; now++) {
      session.handleRtcp(now, loss);
      const fir = rtcp((out) => writeFullIntraRequest(out, 1, [{ ssrc: 7, commandNumber: now & 0xff }]));
      session.handleRtcp(now, fir);
      if (session.nextTimeout() <= now) session.handleTimeout(now);
      wanted += events(session).length;
    }
    expect(wanted).toBe(4);
    session.handleTimeout(4 * MIN_KEY_FRAME_INTERVAL);
    expect(events(session)).toEqual([{ type: "key-frame-wanted", media: 1, rid: undefined }]);
  });

  test("what is no RTCP is counted and changes nothing", () => {
    const session = started(sending(1));
    session.handleRtcp(0, Uint8Array.of(0x80, 205, 0xff, 0xff));
    expect(session.malformedRtcp).toBe(1);
  });
});

describe("telephone events (RFC 4733)", () => {
  const TONES = { ...format(110, "audio/telephone-event"), clockRate: 48_000 };

  function audioSender(formats: PayloadFormat[]): RtpSession {
    const { send } = sending(1);
    return started({
      ...sending(1),
      kind: "audio",
      send: { ...send!, formats },
    });
  }

  function playTones(session: RtpSession, from: number, to: number): RtpPacketView[] {
    const views: RtpPacketView[] = [];
    for (let now = from; now < to; now += 10) {
      if (now % 20 === 0)
        session.sendFrame(now, 1, { type: "key", data: new Uint8Array(50), timestamp: now * 1000 });
      session.handleTimeout(now);
      views.push(...drainPackets(session, now));
    }
    return views;
  }

  test("a tone goes out beside the audio, under its numbers and its clock, and takes its place", () => {
    const session = audioSender([...AUDIO, TONES]);
    const before = playTones(session, 0, 200);
    session.sendTone(200, 1, 11, 100);
    const packets = playTones(session, 200, 500);
    const numbers = [...before, ...packets].map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0]! + i) & 0xffff));
    const tone = packets.filter(({ payloadType }) => payloadType === 110);
    expect(tone).toHaveLength(8);
    expect(new Set(tone.map(({ timestamp }) => timestamp))).toEqual(
      new Set([(before.at(-1)!.timestamp + 20 * 48) % 2 ** 32]),
    );
    expect(tone.map(({ marker }) => marker)).toEqual([true, ...Array(7).fill(false)]);
    expect(tone[0]!.payload()[0]).toBe(11);
    // Audio again when the tone is over.
    expect(packets.at(-1)!.payloadType).toBe(111);
    expect(packets).toHaveLength(8 + (500 - 320) / 20 - 1);
  });

  test("where no audio has been sent the clock starts with the first of them (RFC 4733 §2.1)", () => {
    const session = audioSender([...AUDIO, TONES]);
    const timestamps: number[] = [];
    for (let now = 0; now < 600; now += 10) {
      if (now % 200 === 0) session.sendTone(now, 1, now / 200, 100);
      session.handleTimeout(now);
      for (const { timestamp } of drainPackets(session, now)) timestamps.push(timestamp);
    }
    const [first = 0] = timestamps;
    const own = [0, 200, 400].map((at) => (first + at * 48) % 2 ** 32);
    expect(timestamps).toEqual(own.flatMap((timestamp) => Array(8).fill(timestamp)));
  });

  /** Audio that is passed on, with an event of two packets in its midst. */
  const PASSED = [1, 2, 3, 4, 5, 6].map((sequenceNumber) => {
    const isTone = sequenceNumber === 3 || sequenceNumber === 4;
    return {
      mimeType: isTone ? "audio/telephone-event" : "audio/opus",
      payloadType: 1,
      marker: sequenceNumber === 3,
      sequenceNumber,
      timestamp: 960 * (isTone ? 3 : sequenceNumber),
      ssrc: 77,
      csrcs: [],
      payload: isTone ? Uint8Array.of(5, 10, 0, 100 * sequenceNumber) : Uint8Array.of(0x78, sequenceNumber),
      extensions: [],
    };
  });

  test("those that come along with audio that is passed on are passed on, in their place and at their time", () => {
    const session = audioSender([...AUDIO, TONES]);
    session.sendPackets(0, 1, PASSED);
    const packets = drainPackets(session, 0);
    expect(packets.map(({ payloadType }) => payloadType)).toEqual([111, 111, 110, 110, 111, 111]);
    const [first] = packets;
    packets.forEach(({ sequenceNumber, timestamp, marker }, i) => {
      expect(sequenceNumber).toBe(first!.sequenceNumber + i);
      expect((timestamp - first!.timestamp) >>> 0).toBe(PASSED[i]!.timestamp - 960);
      expect(marker).toBe(PASSED[i]!.marker);
    });
    expect(packets.map((view) => view.payload())).toEqual(PASSED.map(({ payload }) => payload));
  });

  test("where they were not agreed on they leave no gap behind", () => {
    const session = audioSender(AUDIO);
    session.sendPackets(0, 1, PASSED);
    const packets = drainPackets(session, 0);
    expect(packets.map(({ payloadType }) => payloadType)).toEqual([111, 111, 111, 111]);
    expect(packets.map(({ sequenceNumber }) => sequenceNumber - packets[0]!.sequenceNumber)).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test("those that come are among the packets for who passes them on, and make no frames", () => {
    const session = started(receiving(1, "audio", [...AUDIO, TONES]));
    session.want(1, true, true);
    session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1 }));
    session.handleRtp(
      20,
      packet({ payloadType: 110, sequenceNumber: 2, timestamp: 960, payload: [5, 10, 1, 0] }),
    );
    session.handleRtp(40, packet({ payloadType: 111, sequenceNumber: 3, timestamp: 1920 }));
    const told = events(session);
    const passed = told.flatMap((event) => (event.type === "media-packets" ? event.packets : []));
    expect(passed.map(({ mimeType }) => mimeType)).toEqual([
      "audio/opus",
      "audio/telephone-event",
      "audio/opus",
    ]);
    expect(passed[1]!.payload).toEqual(Uint8Array.of(5, 10, 1, 0));
    const first = passed[0]!.sequenceNumber;
    expect(passed.map(({ sequenceNumber }) => sequenceNumber - first)).toEqual([0, 1, 2]);
    expect(told.filter(({ type }) => type === "media-frames")).toHaveLength(2);
  });

  test("none is sent where they were not agreed on", () => {
    const session = audioSender(AUDIO);
    session.sendTone(0, 1, 5, 100);
    expect(playTones(session, 0, 200)).toHaveLength(10);
  });

  test("at another clock rate than the audio's, as Firefox has them, they keep its timestamps and tell durations in their own", () => {
    const session = audioSender([...AUDIO, { ...TONES, clockRate: 8000 }]);
    const before = playTones(session, 0, 200);
    session.sendTone(200, 1, 11, 100);
    const tone = playTones(session, 200, 500).filter(({ payloadType }) => payloadType === 110);
    expect(tone).toHaveLength(8);
    const { timestamp } = before.at(-1)!;
    expect(new Set(tone.map((view) => (view.timestamp - timestamp) >>> 0))).toEqual(new Set([20 * 48]));
    const payload = tone.at(-1)!.payload();
    expect((payload[2]! << 8) | payload[3]!).toBe(800);
  });

  test("comfort noise is passed on in its place, and leaves no gap where it was not agreed on (RFC 3389)", () => {
    const g711 = [{ ...format(0, "audio/PCMU"), clockRate: 8000 }];
    const noise = { ...format(13, "audio/CN"), clockRate: 8000 };
    const receiver = started(receiving(1, "audio", [...g711, noise]));
    receiver.want(1, true, true);
    receiver.handleRtp(0, packet({ payloadType: 0, sequenceNumber: 1 }));
    receiver.handleRtp(20, packet({ payloadType: 13, sequenceNumber: 2, timestamp: 160, payload: [78] }));
    receiver.handleRtp(200, packet({ payloadType: 0, sequenceNumber: 3, timestamp: 1600 }));
    const told = events(receiver);
    expect(told.filter(({ type }) => type === "media-frames")).toHaveLength(2);
    const passed = told.flatMap((event) => (event.type === "media-packets" ? event.packets : []));
    expect(passed.map(({ mimeType }) => mimeType)).toEqual(["audio/PCMU", "audio/CN", "audio/PCMU"]);
    for (const [formats, payloadTypes] of [
      [
        [...g711, noise],
        [0, 13, 0],
      ],
      [g711, [0, 0]],
    ] as const) {
      const sender = audioSender([...formats]);
      sender.sendPackets(0, 1, passed);
      const packets = drainPackets(sender, 0);
      expect(packets.map(({ payloadType }) => payloadType)).toEqual(payloadTypes);
      const numbers = packets.map(
        ({ sequenceNumber }) => (sequenceNumber - packets[0]!.sequenceNumber) & 0xffff,
      );
      expect(numbers).toEqual([...payloadTypes.keys()]);
    }
  });
});

test.each([false, true])(
  "extensions that are passed on go as far as the header can say them; mixed forms: %s (RFC 8285 §4)",
  (extmapAllowMixed) => {
    const [short, long, foreign] = ["urn:short", "urn:long", "urn:foreign"];
    const section = { ...sending(1), extmapAllowMixed };
    const headerExtensions = [...EXTENSIONS, { uri: short!, id: 5 }, { uri: long!, id: 6 }];
    const session = started({ ...section, send: { ...section.send!, headerExtensions } });
    const data = (length: number) => Uint8Array.from({ length }, (_, i) => i);
    const extensions = [
      { uri: long!, data: data(17) },
      { uri: foreign!, data: data(1) },
      { uri: short!, data: data(16) },
    ];
    const media = { mimeType: "video/VP8", payloadType: 96, ssrc: 9, csrcs: [], timestamp: 0, extensions };
    session.sendPackets(0, 1, [
      { ...media, sequenceNumber: 1, marker: true, payload: Uint8Array.of(...KEY) },
    ]);
    const [sent] = drainPackets(session, 0);
    expect(sent!.extension(5)).toEqual(data(16));
    expect(sent!.extension(6)).toEqual(extmapAllowMixed ? data(17) : undefined);
    expect(sent!.payload()).toEqual(Uint8Array.of(...KEY));
    expect(session.snapshot(0).outbound[0]!.video).toMatchObject({ framesSent: 1, framesPerSecond: 1 });
  },
);

test("a queue that is full refuses a frame whole, counts it, and asks for a key frame", () => {
  const session = started(sending(1));
  events(session);
  const write = (now = 0) =>
    session.sendFrame(now, 1, { type: "key", data: new Uint8Array(1_000_000), timestamp: 0 });
  for (let i = 0; i < 4; i++) write();
  expect(events(session)).toEqual([]);
  write();
  expect(events(session)).toEqual([{ type: "key-frame-wanted", media: 1, rid: undefined }]);
  let sent = 0;
  for (let now = 0; now < 2000; now += 5) {
    session.handleTimeout(now);
    sent += drainPackets(session, now).length;
  }
  expect(session.snapshot(0).outbound[0]!.video!.framesSent).toBe(4);
  expect(sent).toBe(session.snapshot(0).outbound[0]!.counters.packetsSent);
  expect(sent).toBeGreaterThan(4 * 800);
  write(2000);
  expect(drainPackets(session, 2000).length).toBeGreaterThan(0);
});

describe("a frame that goes on from one that was not sent waits for a key frame, which is asked for", () => {
  const frame = (type: "key" | "delta", now: number, octets = 1000) =>
    ({ type, data: new Uint8Array(octets).fill(7), timestamp: now * 1000 }) as const;
  const wanted = { type: "key-frame-wanted", media: 1, rid: undefined };

  /** Deltas are held, a key frame opens the way. */
  function expectWaiting(session: RtpSession, now: number): void {
    drainPackets(session, now);
    events(session);
    session.sendFrame(now, 1, frame("delta", now));
    expect(drainPackets(session, now)).toEqual([]);
    expect(events(session)).toEqual([wanted]);
    session.sendFrame(now + 10, 1, frame("delta", now + 10));
    expect([drainPackets(session, now + 10), events(session)]).toEqual([[], []]);
    for (const type of ["key", "delta"] as const) {
      session.sendFrame(now + 20, 1, frame(type, now + 20));
      expect(drainPackets(session, now + 20)).toHaveLength(1);
    }
    expect(events(session)).toEqual([]);
  }

  test("after an encoding that was not active (webrtc-pc §5.2.10)", () => {
    const section = sending(1);
    const inactive = {
      ...section,
      send: { ...section.send!, streams: [{ ...section.send!.streams[0]!, active: false }] },
    };
    const session = started(section);
    session.sendFrame(0, 1, frame("key", 0));
    session.configure(100, [inactive]);
    session.sendFrame(110, 1, frame("delta", 110));
    expect(drainPackets(session, 110)).toHaveLength(1);
    session.configure(5000, [section]);
    expectWaiting(session, 5010);
  });

  test("after a direction that did not send", () => {
    const session = started(sending(1));
    session.sendFrame(0, 1, frame("key", 0));
    expect(drainPackets(session, 0)).toHaveLength(1);
    session.configure(100, []);
    session.configure(5000, [sending(1)]);
    expectWaiting(session, 5010);
  });

  test("after one that found the queue full", () => {
    const session = started(sending(1));
    for (let i = 0; i < 5; i++) session.sendFrame(0, 1, frame("key", 0, 1_000_000));
    events(session);
    for (let now = 0; now < 2000; now += 5) {
      session.handleTimeout(now);
      drainPackets(session, now);
    }
    expectWaiting(session, 2000);
  });
});

test("a section that sends again goes on with its numbers: an SSRC never begins anew under one key (RFC 3711 §9.1)", () => {
  const session = started(sending(1));
  const out = new Uint8Array(1500);
  const view = new RtpPacketView();
  const send = (now: number) => {
    session.sendFrame(now, 1, { type: "key", data: new Uint8Array(100), timestamp: 0 });
    const length = session.pollPacket(now, out);
    return length === 0 || view.parse(out.slice(0, length)) !== undefined ? -1 : view.sequenceNumber;
  };
  const first = send(0);
  session.configure(1, [{ ...sending(1), send: undefined }]);
  expect(send(1)).toBe(-1);
  expect(session.snapshot(0).outbound).toHaveLength(1);
  session.configure(2, [sending(1)]);
  expect(send(2)).toBe(first + 1);
});

test("BYE ends what flows, and what comes after it begins anew (RFC 3550 §6.6)", () => {
  const session = started(receiving(1, "audio", AUDIO));
  session.handleRtp(0, packet({ payloadType: 111, sequenceNumber: 1 }));
  session.handleRtcp(
    1,
    rtcp((out) => writeBye(out, [1])),
  );
  session.handleRtp(2, packet({ payloadType: 111, sequenceNumber: 40_000 }));
  const flowing = events(session).flatMap((event) => (event.type === "media-flowing" ? [event.flowing] : []));
  expect(flowing).toEqual([true, false, true]);
});

test("feedback stands behind a report where the peer has not agreed to reduced size (RFC 5506 §4)", () => {
  const session = started({ ...receiving(1, "video", VIDEO), reducedSize: false });
  session.handleRtp(0, packet({ payloadType: 96, sequenceNumber: 1, payload: DELTA }));
  session.requestKeyFrame(0, 1, undefined);
  expect(control(session).map(({ type }) => type)).toEqual([
    "receiver-report",
    "source-description",
    "picture-loss",
  ]);
});

test("reports come a second apart, more or less, for video (RFC 3550 §6.3.5), and nothing after stop", () => {
  const session = started(sending(1));
  let reports = 0;
  for (let now = 0; now <= 20_000; now += 10) {
    session.handleTimeout(now);
    reports += control(session).length / 2;
  }
  expect(reports).toBeGreaterThan(15);
  expect(reports).toBeLessThan(27);
  session.stop();
  expect(session.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});
