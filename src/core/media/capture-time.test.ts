import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CAPTURE_TIME_INTERVAL,
  CaptureTimeSender,
  CaptureTimes,
  MAX_INTERPOLATION,
  passedOnCaptureTime,
} from "./capture-time.ts";

const VIDEO = 90_000;
/** 2026, and in the era after 2036. */
const EPOCHS = [1_790_000_000_000, 2_200_000_000_000];

function hear(times: CaptureTimes, data: Uint8Array | undefined, rtpTimestamp: number, source = 0): void {
  if (data !== undefined) times.told(source, rtpTimestamp, data, 0, data.length);
}

describe("who sends", () => {
  test("tells the first time, then once a second: receivers calculate the rest", () => {
    const sender = new CaptureTimeSender();
    let told = 0;
    for (let now = 0; now < 10_000; now += 40) {
      const captured = { timestamp: EPOCHS[0]! + now, clockOffset: 0 };
      if (sender.take(now, captured, now * 90, VIDEO) !== undefined) told++;
    }
    expect(told).toBe(10_000 / CAPTURE_TIME_INTERVAL);
  });

  test("tells at once when what receivers would calculate is wrong, or the clocks' difference changes", () => {
    const sender = new CaptureTimeSender();
    const take = (timestamp: number, rtp: number, clockOffset?: number) =>
      sender.take(0, clockOffset === undefined ? { timestamp } : { timestamp, clockOffset }, rtp, VIDEO);
    expect(take(EPOCHS[0]!, 0)).toHaveLength(8);
    expect(take(EPOCHS[0]! + 40, 3600)).toBeUndefined();
    expect(take(EPOCHS[0]! + 100, 7200)).toHaveLength(8);
    expect(take(EPOCHS[0]! + 140, 10_800, -3)).toHaveLength(16);
    expect(take(EPOCHS[0]! + 180, 14_400, -3)).toBeUndefined();
  });
});

test("who passes it on tells the clocks' difference from where it is, or nothing of it", () => {
  const captured = { timestamp: EPOCHS[0]!, clockOffset: 30 };
  const data = new CaptureTimeSender().take(0, captured, 0, VIDEO)!;
  const passedOn = (ahead: number | undefined) => {
    const times = new CaptureTimes();
    hear(times, passedOnCaptureTime(data, ahead), 0);
    return times.at(0, 0, VIDEO)!;
  };
  expect(passedOn(undefined)).toEqual({ timestamp: EPOCHS[0]! });
  expect(passedOn(-500).clockOffset).toBeCloseTo(-470, 3);
  const short = new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]! }, 0, VIDEO)!;
  expect(passedOnCaptureTime(short, 20)).toEqual(short);
});

describe("who receives", () => {
  test("knows the time of every frame, across the wrap of RTP timestamps and of NTP", () => {
    for (const epoch of EPOCHS) {
      const sender = new CaptureTimeSender();
      const times = new CaptureTimes();
      for (let now = 0; now < 5000; now += 40) {
        const rtp = (0xffff_ffff - 90_000 + now * 90) >>> 0;
        hear(times, sender.take(now, { timestamp: epoch + now, clockOffset: 12.5 }, rtp, VIDEO), rtp);
        const { timestamp, clockOffset } = times.at(0, rtp, VIDEO)!;
        expect(timestamp).toBeCloseTo(epoch + now, 2);
        expect(clockOffset).toBeCloseTo(12.5, 3);
      }
    }
  });

  test("calculates nothing before it was told, for another source, or too far away", () => {
    const times = new CaptureTimes();
    expect(times.at(0, 0, VIDEO)).toBeUndefined();
    hear(times, new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]! }, 0, VIDEO), 0);
    expect(times.at(7, 0, VIDEO)).toBeUndefined();
    expect(times.at(0, MAX_INTERPOLATION * 90, VIDEO)).toEqual({ timestamp: EPOCHS[0]! + MAX_INTERPOLATION });
    expect(times.at(0, MAX_INTERPOLATION * 90 + 90, VIDEO)).toBeUndefined();
    hear(times, new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]! + 50 }, 0, VIDEO), 0, 7);
    expect(times.at(7, 0, VIDEO)!.timestamp).toBe(EPOCHS[0]! + 50);
    expect(times.at(0, 0, VIDEO)).toBeUndefined();
  });

  test("keeps the last difference of clocks that was told, and what is newer against what comes late", () => {
    const times = new CaptureTimes();
    hear(times, new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]!, clockOffset: -250 }, 0, VIDEO), 0);
    hear(times, new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]! + 1005 }, 90_000, VIDEO), 90_000);
    expect(times.at(0, 90_000, VIDEO)).toEqual({ timestamp: EPOCHS[0]! + 1005, clockOffset: -250 });
    hear(times, new CaptureTimeSender().take(0, { timestamp: EPOCHS[0]! + 500 }, 45_000, VIDEO), 45_000);
    expect(times.at(0, 90_000, VIDEO)!.timestamp).toBe(EPOCHS[0]! + 1005);
  });

  test("no data make it throw, or tell a time that is no number", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(), fc.nat(), (data, told, asked) => {
        const times = new CaptureTimes();
        hear(times, data, told);
        const captured = times.at(0, asked, VIDEO);
        if (captured !== undefined) expect(Number.isFinite(captured.timestamp)).toBe(true);
      }),
    );
  });
});
