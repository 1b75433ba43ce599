import { describe, expect, test } from "vitest";
import {
  MediaStream,
  type MediaStreamTrack,
  type RTCConfiguration,
  type RTCPeerConnection,
} from "../../src/index.ts";
import type { MediaPacket, ReceivedFrame } from "../../src/media/index.ts";
import { PacketSwitch, subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { end, negotiate, pattern, type Stage, stage } from "./peers.ts";

/** Writes a frame of `size` bytes every `interval` ms of the world's time, `count` times. */
function writeFrames(
  { world, a }: Stage,
  source: TrackSource,
  { count, interval, size }: { count: number; interval: number; size: number },
): void {
  const begin = world.now;
  for (let i = 0; i < count; i++) {
    // In a task of the host, as anything that an application does.
    world.at(begin + i * interval, () =>
      a.host.queueTask(() =>
        source.writeFrame({ type: "key", data: pattern(size, i), timestamp: i * interval * 1000 }),
      ),
    );
  }
}

/** An audio track from `a` to `z`, flowing. */
async function audio(play: Stage): Promise<{ source: TrackSource; frames: ReceivedFrame[]; log: string[] }> {
  const source = new TrackSource("audio");
  const frames: ReceivedFrame[] = [];
  const log: string[] = [];
  play.a.connection.addTrack(trackFrom(source));
  play.z.connection.ontrack = ({ track }) => {
    track.onunmute = () => log.push("unmute");
    track.onmute = () => log.push("mute");
    subscribe(track, { frame: (frame) => frames.push(frame as ReceivedFrame) });
  };
  await negotiate(play);
  const { a, z } = play;
  await play.world.runUntilAsync(
    () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
    10_000,
  );
  return { source, frames, log };
}

describe("audio in encoded frames", () => {
  test("arrives in order and whole, and the track unmutes with the first packet (webrtc-pc §5.3)", async () => {
    const play = await stage(1, { latency: 20 });
    const { source, frames, log } = await audio(play);
    expect(log).toEqual([]);
    writeFrames(play, source, { count: 50, interval: 20, size: 80 });
    await play.world.runUntilAsync(() => frames.length === 50, 5000);
    expect(log).toEqual(["unmute"]);
    frames.forEach(({ data, mimeType, type }, i) => {
      expect([mimeType, type, data]).toEqual(["audio/opus", "key", pattern(80, i)]);
    });
    const first = frames[0]!.timestamp;
    expect(frames.map(({ timestamp }) => timestamp - first)).toEqual(frames.map((_, i) => i * 20_000));
    end(play);
  });

  test("a loss is skipped after a short wait, and the others are there", async () => {
    const play = await stage(2, { latency: 20 });
    const { source, frames } = await audio(play);
    play.world.link(play.a.host, play.z.host, { loss: 0.1 });
    writeFrames(play, source, { count: 500, interval: 20, size: 80 });
    await play.world.runAsync(12_000);
    expect(frames.length).toBeGreaterThan(420);
    expect(frames.length).toBeLessThan(490);
    const numbers = frames.map(({ timestamp }) => timestamp);
    expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
    end(play);
  });

  test("header extensions are encrypted where that is required (RFC 9335)", async () => {
    for (const encrypted of [true, false]) {
      const play = await stage(
        4,
        { latency: 20 },
        { rtpHeaderEncryptionPolicy: encrypted ? "require" : "negotiate" },
      );
      const profiles = new Set<number>();
      play.world.tap(({ packet: { payload } }) => {
        // RTP with a header extension and without CSRCs.
        if (payload[0] === 0x90) profiles.add((payload[12]! << 8) | payload[13]!);
      });
      const { source, frames } = await audio(play);
      writeFrames(play, source, { count: 10, interval: 20, size: 80 });
      await play.world.runUntilAsync(() => frames.length === 10, 5000);
      expect([...profiles]).toEqual([encrypted ? 0xc0de : 0xbede]);
      for (const { connection } of [play.a, play.z]) {
        expect(connection.getTransceivers()[0]!.rtpHeaderEncryptionNegotiated).toBe(encrypted);
      }
      end(play);
    }
  });

  test("nothing flows any more after close, and nothing is left to happen", async () => {
    const play = await stage(3, { latency: 20 });
    const { source, frames } = await audio(play);
    writeFrames(play, source, { count: 10, interval: 20, size: 80 });
    await play.world.runUntilAsync(() => frames.length === 10, 5000);
    end(play);
    source.writeFrame({ type: "key", data: pattern(80, 0), timestamp: 0 });
    expect(frames).toHaveLength(10);
  });
});

/** Something that a VP8 depacketizer takes for a frame (RFC 7741 §4.3: P is 0 on key frames). */
function vp8(key: boolean, size: number, seed: number): Uint8Array {
  const data = pattern(size, seed);
  data[0] = key ? 0x10 : 0x11;
  return data;
}

/** A video track from `a` to `z`, flowing; a key frame of 20 KB when one is asked for, else frames of 4 KB, 30 a second. */
async function video(play: Stage, seconds: number, signalled?: (sdp: string) => string) {
  const source = new TrackSource("video");
  const sent: { data: Uint8Array; at: number }[] = [];
  const received: { data: Uint8Array; at: number; key: boolean }[] = [];
  let keyFrameWanted = true;
  let requests = 0;
  source.onkeyframerequest = () => {
    requests++;
    keyFrameWanted = true;
  };
  const { a, z, world } = play;
  a.connection.addTrack(trackFrom(source));
  z.connection.ontrack = ({ track }) => {
    subscribe(track, {
      frame: ({ data, type }) => received.push({ data, at: world.now, key: type === "key" }),
    });
  };
  await negotiate(play, signalled);
  await world.runUntilAsync(
    () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
    30_000,
  );
  const begin = world.now;
  for (let i = 0; i < seconds * 30; i++) {
    const write = () => {
      const data = vp8(keyFrameWanted, keyFrameWanted ? 20_000 : 4000, i);
      sent.push({ data, at: world.now });
      source.writeFrame({ type: keyFrameWanted ? "key" : "delta", data, timestamp: (i * 1e6) / 30 });
      keyFrameWanted = false;
    };
    world.at(begin + (i * 1000) / 30, () => a.host.queueTask(write));
  }
  await world.runAsync(seconds * 1000 + 2000);
  return { sent, received, requests: () => requests };
}

describe("video in encoded frames", () => {
  test("arrives whole and in order, from a key frame on", async () => {
    const play = await stage(5, { latency: 20 });
    const { sent, received } = await video(play, 3);
    expect(received.map(({ data }) => data)).toEqual(sent.map(({ data }) => data));
    expect(received[0]!.key).toBe(true);
    end(play);
  });

  test("both ends count what has flowed (webrtc-stats §8)", async () => {
    const play = await stage(10, { latency: 20 });
    const { sent } = await video(play, 3);
    const of = async (connection: RTCPeerConnection, type: string) => {
      const report = await connection.getStats();
      return [...report.values()].find((stats) => stats.type === type) as unknown as Record<string, number>;
    };
    const [outbound, inbound, remoteInbound, remoteOutbound] = await play.world.runUntilSettled(
      Promise.all([
        of(play.a.connection, "outbound-rtp"),
        of(play.z.connection, "inbound-rtp"),
        of(play.a.connection, "remote-inbound-rtp"),
        of(play.z.connection, "remote-outbound-rtp"),
      ]),
      5000,
    );
    expect(outbound).toMatchObject({ framesSent: sent.length, nackCount: 0 });
    expect(inbound).toMatchObject({
      framesReceived: sent.length,
      packetsReceived: outbound!.packetsSent,
      bytesReceived: outbound!.bytesSent,
      headerBytesReceived: outbound!.headerBytesSent,
      packetsLost: 0,
      ssrc: outbound!.ssrc,
    });
    expect(remoteInbound!.roundTripTime).toBeCloseTo(0.04, 2);
    expect(remoteInbound).toMatchObject({ packetsReceived: outbound!.packetsSent, fractionLost: 0 });
    expect(remoteOutbound).toMatchObject({
      packetsSent: outbound!.packetsSent,
      bytesSent: outbound!.bytesSent,
    });
    end(play);
  });

  test("the frames of a track that takes another one's place begin with a key frame, which is asked for", async () => {
    const play = await stage(13, { latency: 20 });
    const { a, z, world } = play;
    const sources = [new TrackSource("video"), new TrackSource("video")] as const;
    let asked = 0;
    sources[1].onkeyframerequest = () => asked++;
    const received: ReceivedFrame[] = [];
    const sender = a.connection.addTrack(trackFrom(sources[0]));
    z.connection.ontrack = ({ track }) =>
      subscribe(track, { frame: (frame) => received.push(frame as ReceivedFrame) });
    await negotiate(play);
    await world.runUntilAsync(() => a.connection.connectionState === "connected", 10_000);
    let sent = 0;
    const write = (source: TrackSource, type: "key" | "delta") => {
      const data = vp8(type === "key", 500, sent);
      a.host.queueTask(() => source.writeFrame({ type, data, timestamp: sent++ * 33_000 }));
      return world.runAsync(33);
    };
    await write(sources[0], "key");
    await write(sources[0], "delta");
    await world.runUntilSettled(sender.replaceTrack(trackFrom(sources[1])), 1000);
    const before = asked;
    for (const type of ["delta", "delta", "key", "delta"] as const) await write(sources[1], type);
    await world.runAsync(1000);
    expect(received.map(({ type }) => type)).toEqual(["key", "delta", "key", "delta"]);
    expect(asked - before).toBe(1);
    end(play);
  });

  test("RTP and RTCP on components of their own: losses are asked for and reports come back (RFC 5761 §5.1.1)", async () => {
    const play = await stage(12, { latency: 25, loss: 0.05 }, {
      rtcpMuxPolicy: "negotiate",
    } as unknown as RTCConfiguration);
    /** Where RTP and where RTCP goes to (RFC 5761 §4 tells them apart). */
    const ports = { rtp: new Set<number>(), rtcp: new Set<number>() };
    play.world.tap(({ packet: { payload, destinationPort } }) => {
      const [first, second] = [payload[0]!, payload[1]!];
      if (first < 128 || first > 191) return;
      ports[second >= 192 && second <= 223 ? "rtcp" : "rtp"].add(destinationPort);
    });
    const withoutMux = (sdp: string) => sdp.replaceAll("a=rtcp-mux\r\n", "");
    const { sent, received } = await video(play, 10, withoutMux);
    expect(received.length / sent.length).toBeGreaterThan(0.98);
    const both = [...ports.rtp].filter((port) => ports.rtcp.has(port));
    expect([ports.rtp.size, ports.rtcp.size, both]).toEqual([1, 2, []]);
    const report = await play.world.runUntilSettled(play.a.connection.getStats(), 1000);
    const counted = [...report.values()] as unknown as Record<string, number | string>[];
    const of = (type: string) => counted.filter((stats) => stats.type === type);
    expect(of("transport")).toHaveLength(2);
    expect(of("outbound-rtp")[0]!.nackCount).toBeGreaterThan(0);
    expect(of("remote-inbound-rtp")[0]!.roundTripTime).toBeCloseTo(0.05, 2);
    end(play);
  });

  test("at 10 % loss and 50 ms round trip, 99 % of the frames are whole within 250 ms (RFC 4585, RFC 4588)", async () => {
    for (const seed of [6, 7, 8]) {
      const play = await stage(seed, { latency: 25, loss: 0.1 });
      const { sent, received } = await video(play, 20);
      const inTime = received.filter(({ data, at }) => {
        const of = sent.find((frame) => frame.data === data || Buffer.compare(frame.data, data) === 0);
        return of !== undefined && at - of.at <= 250;
      });
      expect(inTime.length / sent.length, `seed ${seed}`).toBeGreaterThan(0.99);
      end(play);
    }
  });

  test("at 30 % loss nothing stands still for two seconds, with key frames on request", async () => {
    const play = await stage(9, { latency: 25, loss: 0.3 });
    const { received } = await video(play, 20);
    const times = received.map(({ at }) => at);
    const longest = Math.max(...times.slice(1).map((at, i) => at - times[i]!));
    expect(longest).toBeLessThan(2000);
    expect(received.length).toBeGreaterThan(400);
    end(play);
  });
});

describe("audio and video of one stream", () => {
  /** Milliseconds that video takes once the audio's `jitterBufferTarget` is 300, in streams of these names. */
  async function videoDelay(seed: number, sameStream: boolean): Promise<number> {
    const play = await stage(seed, { latency: 20 });
    const { a, z, world } = play;
    const sources = [new TrackSource("audio"), new TrackSource("video")] as const;
    const stream = new MediaStream();
    for (const source of sources)
      a.connection.addTrack(trackFrom(source), sameStream ? stream : new MediaStream());
    const delays: number[] = [];
    z.connection.ontrack = ({ track, receiver }) => {
      if (track.kind === "audio") receiver.jitterBufferTarget = 300;
      subscribe(track, {
        frame: ({ data }) => {
          if (track.kind === "video")
            delays.push(world.now - new DataView(data.buffer, data.byteOffset).getFloat64(8));
        },
      });
    };
    await negotiate(play);
    await world.runUntilAsync(
      () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
      10_000,
    );
    const begin = world.now;
    for (let i = 0; i < 100; i++) {
      const write = () => {
        const timestamp = i * 40_000;
        const data = vp8(true, 100, i);
        new DataView(data.buffer).setFloat64(8, world.now);
        sources[0].writeFrame({ type: "key", data: pattern(80, i), timestamp });
        sources[1].writeFrame({ type: "key", data, timestamp });
      };
      world.at(begin + i * 40, () => a.host.queueTask(write));
    }
    await world.runAsync(5000);
    end(play);
    return delays.slice(-25).reduce((sum, delay) => sum + delay / 25, 0);
  }

  test("are played in step: the larger jitterBufferTarget counts for both (webrtc-pc §5.3)", async () => {
    expect(await videoDelay(11, true)).toBeCloseTo(320, -1);
    expect(await videoDelay(12, false)).toBeLessThan(40);
  });
});

describe("sources of a track", () => {
  /** What `z` is told of those of a track of `a`, whose frames say when they were captured, and of whom they are mixed. */
  async function sources(seed: number, extension: string, direction: "sendrecv" | "stopped") {
    const play = await stage(seed, { latency: 20 });
    const { a, z, world } = play;
    const source = new TrackSource("audio");
    a.connection.addTrack(trackFrom(source));
    const [transceiver] = a.connection.getTransceivers();
    transceiver!.setHeaderExtensionsToNegotiate!(
      transceiver!.getHeaderExtensionsToNegotiate!().map((each) =>
        each.uri.endsWith(extension) ? { ...each, direction } : each,
      ),
    );
    await negotiate(play);
    const [receiver] = z.connection.getReceivers();
    receiver!.getSynchronizationSources();
    await world.runUntilAsync(
      () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
      10_000,
    );
    const begin = world.now;
    for (let i = 0; i < 100; i++) {
      const absoluteCaptureTime = { timestamp: 1_700_000_000_000 + i * 20, clockOffset: 0 };
      const frame = {
        type: "key",
        data: pattern(80, i),
        timestamp: i * 20_000,
        absoluteCaptureTime,
        csrcs: [7, 8],
        csrcAudioLevels: [20, 127],
      } as const;
      world.at(begin + i * 20, () => a.host.queueTask(() => source.writeFrame(frame)));
    }
    await world.runAsync(2500);
    const told = receiver!.getSynchronizationSources();
    const contributors = receiver!.getContributingSources();
    const accepted = z.connection.getTransceivers()[0]!.getNegotiatedHeaderExtensions!();
    end(play);
    return { told, contributors, accepted: accepted.find(({ uri }) => uri.endsWith(extension))!.direction };
  }

  test("tell when they were captured where the header extension was asked for (webrtc-extensions §7.1)", async () => {
    const { told, accepted } = await sources(13, "abs-capture-time", "sendrecv");
    expect(accepted).toBe("sendrecv");
    expect(told).toHaveLength(1);
    expect(told[0]!.captureTimestamp).toBeCloseTo(1_700_000_000_000 + 1980 + 2_208_988_800_000, 1);
    expect(told[0]!.senderCaptureTimeOffset).toBe(0);
  });

  test("do not where it was not", async () => {
    const { told, accepted } = await sources(14, "abs-capture-time", "stopped");
    expect(accepted).toBe("stopped");
    expect(told).toHaveLength(1);
    expect(told[0]).not.toHaveProperty("captureTimestamp");
  });

  test("tell how loud each of a mixer's is where that was asked for (webrtc-pc §5.3.1, RFC 6465)", async () => {
    const levels = (contributors: readonly { source: number; audioLevel?: number }[]) =>
      Object.fromEntries(contributors.map(({ source, audioLevel }) => [source, audioLevel]));
    const { contributors, accepted } = await sources(16, "csrc-audio-level", "sendrecv");
    expect(accepted).toBe("sendrecv");
    expect(levels(contributors)).toEqual({ 7: 0.1, 8: 0 });
    const without = await sources(17, "csrc-audio-level", "stopped");
    expect(levels(without.contributors)).toEqual({ 7: undefined, 8: undefined });
  });
});

describe("layers of a simulcast, passed on one at a time", () => {
  test("are switched at key frames, under one numbering: nothing is missing, nothing comes twice", async () => {
    const play = await stage(15, { latency: 20 });
    const { a, z, world } = play;
    const camera = new TrackSource("video");
    const keyFrameWanted = new Set(["q", "h"]);
    camera.onkeyframerequest = (rid) => {
      for (const layer of rid === undefined ? ["q", "h"] : [rid]) keyFrameWanted.add(layer);
    };
    a.connection.addTransceiver(trackFrom(camera), { sendEncodings: [{ rid: "q" }, { rid: "h" }] });
    const layers = new PacketSwitch();
    let remote: MediaStreamTrack | undefined;
    z.connection.ontrack = ({ track }) => {
      remote = track;
      z.connection.addTrack(trackFrom(layers));
    };
    const frames: ReceivedFrame[] = [];
    const packets: MediaPacket[] = [];
    a.connection.ontrack = ({ track }) => {
      subscribe(track, { frame: (frame) => frames.push(frame as ReceivedFrame) });
      subscribe(track, { packets: (some) => packets.push(...some) });
    };
    await negotiate(play);
    await negotiate({ world, a: z, z: a });
    await world.runUntilAsync(
      () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
      10_000,
    );
    const begin = world.now;
    for (let i = 0; i < 180; i++) {
      const write = () => {
        for (const rid of ["q", "h"]) {
          const key = keyFrameWanted.delete(rid);
          const data = vp8(key, rid === "q" ? 500 : 3000, i);
          camera.writeFrame({ type: key ? "key" : "delta", data, timestamp: i * 33_333, rid });
        }
      };
      world.at(begin + i * 33, () => a.host.queueTask(write));
    }
    const select = (rid: string) => layers.select(remote!, rid);
    select("q");
    await world.runAsync(2000);
    const size = () => frames.at(-1)!.data.length;
    expect(size()).toBe(500);
    select("h");
    await world.runAsync(2000);
    expect(size()).toBe(3000);
    select("q");
    await world.runAsync(3000);
    expect(size()).toBe(500);

    const changes = frames.filter(({ data }, i) => i > 0 && data.length !== frames[i - 1]!.data.length);
    expect(changes.map(({ type }) => type)).toEqual(["key", "key"]);
    const intervals = frames.slice(1).map(({ timestamp }, i) => timestamp - frames[i]!.timestamp);
    expect(Math.max(...intervals)).toBeLessThan(100_000);
    expect(Math.min(...intervals)).toBeGreaterThan(0);
    expect(packets.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      packets.map((_, i) => packets[0]!.sequenceNumber + i),
    );
    // RFC 7741 §4.2: 15 bits, behind X and I.
    const ids = packets.map(({ payload }) => ((payload[2]! & 0x7f) << 8) | payload[3]!);
    const steps = ids.slice(1).map((id, i) => (id - ids[i]!) & 0x7fff);
    expect(steps.filter((step) => step > 1)).toEqual([]);
    end(play);
  });
});

describe("video passed on as packets", () => {
  test("goes through a node in between without being taken apart", async () => {
    const play = await stage(4, { latency: 20 });
    const { source, frames } = await audio(play);
    // z sends what it gets back to a.
    const back: ReceivedFrame[] = [];
    play.a.connection.ontrack = ({ track }) => {
      subscribe(track, { frame: (frame) => back.push(frame as ReceivedFrame) });
    };
    play.z.connection.addTrack(play.z.connection.getReceivers()[0]!.track);
    const { a, z, world } = play;
    await negotiate({ world, a: z, z: a });
    writeFrames(play, source, { count: 50, interval: 20, size: 80 });
    await world.runUntilAsync(() => back.length === 50, 5000);
    expect(frames.length).toBe(50);
    expect(back.map(({ data }) => data)).toEqual(frames.map(({ data }) => data));
    end(play);
  });

  test("says when it was captured, and not when it was passed on (RFC 3550 §6.4.1)", async () => {
    const play = await stage(18, { latency: 60 });
    const { a, z, world } = play;
    const camera = new TrackSource("video");
    let keyFrameWanted = true;
    camera.onkeyframerequest = () => {
      keyFrameWanted = true;
    };
    a.connection.addTrack(trackFrom(camera));
    z.connection.ontrack = ({ track }) => z.connection.addTrack(track);
    const back: ReceivedFrame[] = [];
    a.connection.ontrack = ({ track }) =>
      subscribe(track, { frame: (frame) => back.push(frame as ReceivedFrame) });
    await negotiate(play);
    await negotiate({ world, a: z, z: a });
    await world.runUntilAsync(
      () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
      10_000,
    );
    const begin = world.now;
    const written: number[] = [];
    for (let i = 0; i < 80; i++) {
      world.at(begin + i * 100, () =>
        a.host.queueTask(() => {
          // On the clock of who passes it on.
          written[i] = z.host.wallClock();
          const data = vp8(keyFrameWanted, 500, i);
          camera.writeFrame({ type: keyFrameWanted ? "key" : "delta", data, timestamp: i * 100_000 });
          keyFrameWanted = false;
        }),
      );
    }
    await world.runAsync(9000);
    const last = back.at(-1)!;
    expect(back.length).toBeGreaterThan(70);
    // Half a round trip is measured, and not told.
    expect(Math.abs(last.captureTime! - written.at(-1)!)).toBeLessThan(10);
    end(play);
  });
});
