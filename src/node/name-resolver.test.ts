import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Lookup,
  MAX_NAME_LENGTH,
  MAX_RESOLVED_ADDRESSES,
  RESOLVE_TIMEOUT,
  resolveName,
} from "./name-resolver.ts";

describe("resolveName", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  type Answer = Parameters<Parameters<Lookup>[2]>;

  function controlled() {
    const asked: { name: string; family: number; answer: (...answer: Answer) => void }[] = [];
    const lookup: Lookup = (name, family, done) => asked.push({ name, family, answer: done });
    return { asked, lookup };
  }

  test("gives all addresses of the family, canonical, each once", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    resolveName("stun.example", 6, done, lookup);
    expect(asked[0]).toMatchObject({ name: "stun.example", family: 6 });
    const addresses = ["2001:DB8::1", "2001:db8:0::1", "::ffff:192.0.2.1", "fe80::1%eth0", "nonsense"];
    asked[0]!.answer(
      null,
      addresses.map((address) => ({ address })),
    );
    expect(done.mock.calls).toEqual([[["2001:db8::1", "fe80::1"]]]);
  });

  test("a bare number has no address, whatever the system makes of it (RFC 1122 §3.2.1.3)", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    resolveName("123", 4, done, lookup);
    asked[0]!.answer(null, [{ address: "0.0.0.123" }]);
    expect(done.mock.calls).toEqual([[[]]]);
  });

  test("takes at most so many addresses", () => {
    for (const count of [MAX_RESOLVED_ADDRESSES - 1, MAX_RESOLVED_ADDRESSES, MAX_RESOLVED_ADDRESSES + 1]) {
      const { asked, lookup } = controlled();
      const done = vi.fn();
      resolveName("many.example", 4, done, lookup);
      asked[0]!.answer(
        null,
        Array.from({ length: count }, (_, i) => ({ address: `192.0.2.${i}` })),
      );
      expect(done.mock.calls[0]![0]).toHaveLength(Math.min(count, MAX_RESOLVED_ADDRESSES));
    }
  });

  test("answers with nothing when the system knows nothing", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    resolveName("unknown.example", 4, done, lookup);
    asked[0]!.answer(new Error("ENOTFOUND"), undefined);
    expect(done.mock.calls).toEqual([[[]]]);
  });

  test("gives up at the deadline and ignores what comes later", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    resolveName("slow.example", 4, done, lookup);
    vi.advanceTimersByTime(RESOLVE_TIMEOUT - 1);
    expect(done).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(done.mock.calls).toEqual([[[]]]);
    asked[0]!.answer(null, [{ address: "192.0.2.1" }]);
    expect(done).toHaveBeenCalledTimes(1);
  });

  test("asks nobody about addresses, no name and names longer than the DNS allows (RFC 1035 §2.3.4)", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    for (const name of ["192.0.2.1", "2001:db8::1", "", "a".repeat(MAX_NAME_LENGTH + 1)]) {
      resolveName(name, 4, done, lookup);
    }
    vi.runAllTimers();
    expect(asked).toEqual([]);
    expect(done.mock.calls).toEqual([[["192.0.2.1"]], [[]], [[]], [[]]]);
    resolveName("a".repeat(MAX_NAME_LENGTH), 4, done, lookup).cancel();
    expect(asked).toHaveLength(1);
  });

  test("is silent after cancel", () => {
    const { asked, lookup } = controlled();
    const done = vi.fn();
    resolveName("stun.example", 4, done, lookup).cancel();
    asked[0]!.answer(null, [{ address: "192.0.2.1" }]);
    vi.runAllTimers();
    expect(done).not.toHaveBeenCalled();
  });
});

test("resolves localhost with the system's resolver", async () => {
  const addresses = await new Promise<readonly string[]>((resolve) => resolveName("localhost", 4, resolve));
  expect(addresses).toContain("127.0.0.1");
});
