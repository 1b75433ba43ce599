import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LocalAddress } from "../host/host.ts";
import { ADDRESS_POLL_INTERVAL, AddressWatch } from "./address-watch.ts";

const LAN: LocalAddress = { address: "192.0.2.1", family: 4, interfaceName: "eth0", loopback: false };
const WIFI: LocalAddress = { address: "192.0.2.2", family: 4, interfaceName: "wlan0", loopback: false };

let addresses: LocalAddress[];
let reads: number;
let watch: AddressWatch;

beforeEach(() => {
  vi.useFakeTimers();
  addresses = [LAN];
  reads = 0;
  watch = new AddressWatch(() => {
    reads++;
    return addresses;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

test("tells all who watch, once per change, and not whoever has cancelled", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  watch.watch(first);
  const other = watch.watch(second);
  addresses = [LAN, WIFI];
  vi.advanceTimersByTime(ADDRESS_POLL_INTERVAL);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  other.cancel();
  addresses = [WIFI];
  vi.advanceTimersByTime(3 * ADDRESS_POLL_INTERVAL);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 1]);
});

test("another order of the same addresses is no change", () => {
  addresses = [LAN, WIFI];
  const changed = vi.fn();
  watch.watch(changed);
  addresses = [WIFI, LAN];
  vi.advanceTimersByTime(2 * ADDRESS_POLL_INTERVAL);
  expect(changed).not.toHaveBeenCalled();
});

test("looks at the interfaces only while somebody watches, however many they are", () => {
  vi.advanceTimersByTime(5 * ADDRESS_POLL_INTERVAL);
  expect(reads).toBe(0);
  const watches = [watch.watch(() => undefined), watch.watch(() => undefined)];
  vi.advanceTimersByTime(5 * ADDRESS_POLL_INTERVAL);
  expect(reads).toBe(6);
  for (const one of watches) one.cancel();
  vi.advanceTimersByTime(5 * ADDRESS_POLL_INTERVAL);
  expect(reads).toBe(6);
});

test("one that cancels another while it is told spares it the news", () => {
  const never = vi.fn();
  watch.watch(() => other.cancel());
  const other = watch.watch(never);
  addresses = [];
  vi.advanceTimersByTime(ADDRESS_POLL_INTERVAL);
  expect(never).not.toHaveBeenCalled();
});
