/** webrtc-pc §7: tones in virtual time, and the telephone events (RFC 4733) on the wire. */
import { expect, test } from "vitest";
import type { RTCDTMFSender } from "../../src/index.ts";
import { type ReceivedTone, subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { end, negotiate, stage } from "./peers.ts";

/** A sender of tones on a connection that is up. What it does is written down with the time since `insert`. */
async function toneSender(seed: number) {
  const play = await stage(seed, { latency: 20 });
  const { a, z, world } = play;
  const source = new TrackSource("audio");
  const sender = a.connection.addTrack(trackFrom(source));
  await negotiate(play);
  await world.runUntilAsync(
    () => a.connection.connectionState === "connected" && z.connection.connectionState === "connected",
    10_000,
  );
  const payloadType = Number(
    /^a=rtpmap:(\d+) telephone-event\/48000/m.exec(a.connection.localDescription!.sdp)![1],
  );
  const changes: [number, string, string][] = [];
  /** By tone: when its first packet left, and how many there were. */
  const events = new Map<number, { at: number; packets: number }>();
  let begin = 0;
  const dtmf = sender.dtmf!;
  dtmf.ontonechange = ({ tone }) => changes.push([Math.round(world.now - begin), tone, dtmf.toneBuffer]);
  world.tap(({ what, packet: { payload }, time }) => {
    // The headers of SRTP are in the clear (RFC 3711 §3.1).
    if (what !== "sent" || payload.length < 12 || payload[0]! >> 6 !== 2) return;
    if ((payload[1]! & 0x7f) !== payloadType) return;
    const timestamp = new DataView(payload.buffer, payload.byteOffset).getUint32(4);
    const event = events.get(timestamp);
    if (event === undefined) events.set(timestamp, { at: Math.round(time - begin), packets: 1 });
    else event.packets++;
  });
  return {
    play,
    sender,
    dtmf,
    changes,
    events: () => [...events.values()],
    insert: (...parameters: Parameters<RTCDTMFSender["insertDTMF"]>) => {
      begin = world.now;
      dtmf.insertDTMF(...parameters);
    },
    run: (milliseconds: number) => world.runAsync(milliseconds),
  };
}

test("tones follow each other after duration and gap, a comma waits two seconds, and the end is told", async () => {
  const { play, changes, events, insert, run } = await toneSender(1);
  insert("1a,#", 100, 70);
  await run(5000);
  expect(changes).toEqual([
    [0, "1", "A,#"],
    [170, "A", ",#"],
    [340, ",", "#"],
    [2340, "#", ""],
    [2510, "", ""],
  ]);
  // Five packets of 20 ms, and the end three times (RFC 4733 §2.5.1.4); nothing for the comma.
  expect(events()).toEqual([
    { at: 0, packets: 8 },
    { at: 170, packets: 8 },
    { at: 2340, packets: 8 },
  ]);
  end(play);
});

test("durations and gaps are kept within 40 to 6000 and 30 to 6000 ms (§7.2 steps 11 to 15)", async () => {
  const { play, changes, insert, run } = await toneSender(2);
  insert("12", 1, 1);
  await run(1000);
  expect(changes.map(([at]) => at)).toEqual([0, 70, 140]);
  changes.length = 0;
  insert("34", 60_000, 60_000);
  await run(30_000);
  expect(changes.map(([at]) => at)).toEqual([0, 12_000, 24_000]);
  end(play);
});

test("tones that are inserted while others play take their place after the one that plays (§7.2 step 9)", async () => {
  const { play, dtmf, changes, events, insert, run } = await toneSender(3);
  insert("123", 100, 100);
  await run(50);
  dtmf.insertDTMF("9", 200, 100);
  expect(dtmf.toneBuffer).toBe("9");
  await run(3000);
  expect(changes).toEqual([
    [0, "1", "23"],
    [200, "9", ""],
    [500, "", ""],
  ]);
  expect(events()).toHaveLength(2);
  dtmf.insertDTMF("5");
  dtmf.insertDTMF("");
  expect(dtmf.toneBuffer).toBe("");
  end(play);
});

test("nothing more happens when tones cannot be sent any more", async () => {
  const { play, sender, dtmf, changes, insert, run } = await toneSender(4);
  expect(dtmf.canInsertDTMF).toBe(true);
  insert("123");
  await run(50);
  await play.world.runUntilSettled(sender.replaceTrack(null), 1000);
  expect(dtmf.canInsertDTMF).toBe(false);
  expect(() => dtmf.insertDTMF("1")).toThrow(expect.objectContaining({ name: "InvalidStateError" }));
  await run(2000);
  expect(changes).toHaveLength(1);
  end(play);
});

test("characters that are no tones are refused, and change nothing (§7.2 step 8)", async () => {
  const { play, dtmf, changes, insert, run } = await toneSender(5);
  insert("12");
  await run(10);
  for (const tones of ["1e", "E", "1 2", "é"]) {
    expect(() => dtmf.insertDTMF(tones)).toThrow(expect.objectContaining({ name: "InvalidCharacterError" }));
  }
  expect(dtmf.toneBuffer).toBe("2");
  await run(1000);
  expect(changes.map(([, tone]) => tone)).toEqual(["1", "2", ""]);
  end(play);
});

test("tones go through a node that passes the track on (RFC 4733)", async () => {
  const { play, insert, run } = await toneSender(7);
  const { a, z, world } = play;
  const heard: ReceivedTone[] = [];
  a.connection.ontrack = ({ track }) => {
    subscribe(track, { tone: (tone) => heard.push(tone) });
  };
  z.connection.addTrack(z.connection.getReceivers()[0]!.track);
  await negotiate({ world, a: z, z: a });
  insert("19*#", 200, 50);
  await run(3000);
  expect(heard.map(({ tone }) => tone)).toEqual(["1", "9", "*", "#"]);
  for (const { duration } of heard) expect(Math.abs(duration - 200)).toBeLessThanOrEqual(20);
  await end(play);
});

test("tones that come are told to whoever has subscribed, each once, with its duration", async () => {
  const { play, insert, run } = await toneSender(6);
  const heard: ReceivedTone[] = [];
  const [receiver] = play.z.connection.getReceivers();
  const subscription = subscribe(receiver!.track, { tone: (tone) => heard.push(tone) });
  insert("19*#", 200, 50);
  await run(3000);
  expect(heard.map(({ tone, event }) => [tone, event])).toEqual([
    ["1", 1],
    ["9", 9],
    ["*", 10],
    ["#", 11],
  ]);
  for (const { duration } of heard) expect(Math.abs(duration - 200)).toBeLessThanOrEqual(20);
  subscription.close();
  insert("5", 200, 50);
  await run(1000);
  expect(heard).toHaveLength(4);
  await end(play);
});
