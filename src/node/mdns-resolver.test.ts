import { encode } from "dns-packet";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SILENT } from "../core/base/log.ts";
import {
  isMdnsCandidateName,
  MAX_MDNS_ADDRESSES,
  MAX_MDNS_CACHE,
  MAX_MDNS_QUERIES,
  MDNS_CACHE_TIME,
  MDNS_TIMEOUT,
  MdnsResolver,
} from "./mdns-resolver.ts";

function candidateName(number: number): string {
  return `7b3b1e2c-0000-4000-8000-${number.toString(16).padStart(12, "0")}.local`;
}

function answer(name: string, addresses: readonly string[], ttl = 120): Uint8Array {
  return encode({
    type: "response",
    answers: addresses.map((data) => ({ type: data.includes(":") ? "AAAA" : "A", name, ttl, data })),
  });
}

/** A network that answers when the test says so. */
class FakeNetwork {
  readonly asked: string[] = [];
  opened = 0;
  closed = 0;
  receive: (datagram: Uint8Array) => void = () => {};

  open = (receive: (datagram: Uint8Array) => void) => {
    this.opened++;
    this.receive = receive;
    return {
      send: (name: string) => void this.asked.push(name),
      close: () => void this.closed++,
    };
  };
}

describe("MdnsResolver", () => {
  let network: FakeNetwork;
  let resolver: MdnsResolver;
  let done: ReturnType<typeof vi.fn<(addresses: readonly string[]) => void>>;
  const name = candidateName(1);

  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"],
    });
    network = new FakeNetwork();
    resolver = new MdnsResolver(network.open, SILENT);
    done = vi.fn();
  });
  afterEach(() => {
    vi.runAllTimers();
    expect(network.closed, "every transport is closed").toBe(network.opened);
    vi.useRealTimers();
  });

  test("asks at 0, 250 and 1000 ms and gives up after 3 s", () => {
    resolver.resolve(name, done);
    const counts = [0, 249, 250, 999, 1000, 2999].map((at, i, all) => {
      vi.advanceTimersByTime(at - (all[i - 1] ?? 0));
      return network.asked.length;
    });
    expect(counts).toEqual([1, 1, 2, 2, 3, 3]);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(done.mock.calls).toEqual([[[]]]);
    expect(network.closed).toBe(1);
  });

  test("answers everybody who waits for a name from one query, and stops asking", () => {
    const other = vi.fn();
    resolver.resolve(name, done);
    resolver.resolve(name.toUpperCase(), other);
    vi.advanceTimersByTime(10);
    expect(network.asked).toEqual([name]);
    network.receive(answer(name, ["192.0.2.1", "2001:db8::1"]));
    expect(done.mock.calls).toEqual([[["192.0.2.1", "2001:db8::1"]]]);
    expect(other.mock.calls).toEqual(done.mock.calls);
    expect(network.closed).toBe(1);
    vi.advanceTimersByTime(MDNS_TIMEOUT);
    expect(network.asked).toHaveLength(1);
    expect(done).toHaveBeenCalledTimes(1);
  });

  test("remembers an answer for a short time, and not beyond its time to live", () => {
    const ask = () => {
      const again = vi.fn();
      resolver.resolve(name, again).cancel();
      vi.advanceTimersByTime(0);
      return network.opened;
    };
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    network.receive(answer(name, ["192.0.2.1"], 2));
    const again = vi.fn();
    resolver.resolve(name, again);
    expect(again).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1999);
    expect(again.mock.calls).toEqual([[["192.0.2.1"]]]);
    expect(ask()).toBe(1);
    vi.advanceTimersByTime(1);
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    expect(network.opened).toBe(2);
    network.receive(answer(name, ["192.0.2.1"], 1_000_000));
    vi.advanceTimersByTime(MDNS_CACHE_TIME);
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    expect(network.opened).toBe(3);
  });

  test("keeps at most so many answers, the newest", () => {
    for (let i = 0; i <= MAX_MDNS_CACHE; i++) {
      resolver.resolve(candidateName(i), done);
      vi.advanceTimersByTime(0);
      network.receive(answer(candidateName(i), ["192.0.2.1"]));
    }
    const before = network.opened;
    resolver.resolve(candidateName(MAX_MDNS_CACHE), done);
    resolver.resolve(candidateName(1), done);
    vi.advanceTimersByTime(0);
    expect(network.opened).toBe(before);
    resolver.resolve(candidateName(0), done);
    vi.advanceTimersByTime(0);
    expect(network.opened).toBe(before + 1);
  });

  test("asks for so many names at once and no more", () => {
    for (let i = 0; i < MAX_MDNS_QUERIES + 1; i++) {
      expect(done).not.toHaveBeenCalled();
      resolver.resolve(candidateName(i), done);
    }
    vi.advanceTimersByTime(0);
    expect(new Set(network.asked).size).toBe(MAX_MDNS_QUERIES);
    expect(done.mock.calls).toEqual([[[]]]);
  });

  test("stays silent about names that no candidate can have", () => {
    const names = [
      "printer.local",
      "example.com",
      `${name}.`,
      `x${name}`,
      name.replace(".local", ".lan"),
      "",
      ".local",
    ];
    for (const one of names) resolver.resolve(one, done);
    vi.runAllTimers();
    expect(network.opened).toBe(0);
    expect(done.mock.calls).toEqual(names.map(() => [[]]));
  });

  test("takes nothing for names it has not asked for, and nothing that is taken back (TTL 0, RFC 6762 §10.1)", () => {
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    network.receive(answer(candidateName(2), ["192.0.2.66"]));
    network.receive(answer(name, ["192.0.2.66"], 0));
    expect(done).not.toHaveBeenCalled();
    network.receive(answer(name, ["192.0.2.1"]));
    expect(done.mock.calls).toEqual([[["192.0.2.1"]]]);
  });

  test("takes at most so many addresses for a name", () => {
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    network.receive(
      answer(name, ["192.0.2.1", "192.0.2.1", ...Array.from({ length: 9 }, (_, i) => `192.0.2.${i + 2}`)]),
    );
    expect(done.mock.calls[0]![0]).toHaveLength(MAX_MDNS_ADDRESSES);
    expect(new Set(done.mock.calls[0]![0]).size).toBe(MAX_MDNS_ADDRESSES);
  });

  test("counts and drops what is malformed", () => {
    resolver.resolve(name, done);
    vi.advanceTimersByTime(0);
    network.receive(new Uint8Array(3));
    network.receive(answer(name, ["192.0.2.1"]).subarray(0, 20));
    expect(resolver.malformedCount).toBe(2);
    expect(done).not.toHaveBeenCalled();
  });

  test("releases everything when the last one who waits cancels, and never calls back", () => {
    const other = vi.fn();
    const first = resolver.resolve(name, done);
    const second = resolver.resolve(name, other);
    vi.advanceTimersByTime(0);
    first.cancel();
    first.cancel();
    expect(network.closed).toBe(0);
    second.cancel();
    expect(network.closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    network.receive(answer(name, ["192.0.2.1"]));
    expect(done).not.toHaveBeenCalled();
    expect(other).not.toHaveBeenCalled();
  });

  test("answers the others when one of them throws", () => {
    const other = vi.fn();
    const events: string[] = [];
    resolver = new MdnsResolver(network.open, { enabled: true, event: (event) => void events.push(event) });
    resolver.resolve(name, () => {
      throw new Error("a broken waiter");
    });
    resolver.resolve(name, other);
    vi.advanceTimersByTime(0);
    network.receive(answer(name, ["192.0.2.1"]));
    expect(other).toHaveBeenCalledTimes(1);
    expect(events).toContain("internal-error");
  });

  test("does not answer one who is canceled by another's answer", () => {
    const second = { cancel() {} };
    resolver.resolve(name, () => second.cancel());
    second.cancel = resolver.resolve(name, done).cancel;
    vi.advanceTimersByTime(0);
    network.receive(answer(name, ["192.0.2.1"]));
    expect(done).not.toHaveBeenCalled();
  });
});

test("recognises candidates' names in upper and lower case", () => {
  expect(isMdnsCandidateName(candidateName(0xabc))).toBe(true);
  expect(isMdnsCandidateName(candidateName(0xabc).toUpperCase())).toBe(true);
  expect(isMdnsCandidateName(candidateName(1).replace("-", ""))).toBe(false);
  expect(isMdnsCandidateName(`${candidateName(1)}\n`)).toBe(false);
});
