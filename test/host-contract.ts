/**
 * The behaviour that every implementation of the Host port must show. Run by `host-contract.test.ts` on the hosts there
 * are; nothing here knows which one it is, and nothing sleeps: a fixture waits for events in its own way.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatIpAddress, parseIpAddress } from "../src/core/base/ip-address.ts";
import type { Host, LocalAddress, UdpHandlers, UdpSocket } from "../src/host/host.ts";

export interface HostFixture {
  readonly host: Host;
  /** Called by the suite whenever something has happened. */
  changed(): void;
  /** Lets the host go on until `condition` holds; rejects or never settles when it does not. */
  until(condition: () => boolean): Promise<void>;
}

interface Received {
  readonly bytes: number[];
  readonly address: string;
  readonly port: number;
}

export function hostContract(name: string, makeFixture: () => HostFixture): void {
  describe(`${name} keeps the Host contract`, () => {
    let fixture: HostFixture;
    let host: Host;
    let open: UdpSocket[];

    beforeEach(() => {
      fixture = makeFixture();
      host = fixture.host;
      open = [];
    });
    afterEach(() => {
      for (const socket of open) socket.close();
    });

    /** Binds and waits for the answer. */
    async function bind(
      local: LocalAddress,
      port: number,
      handlers: Partial<UdpHandlers> = {},
    ): Promise<UdpSocket> {
      const { socket, code } = await tryBind(local, port, handlers);
      if (socket === undefined) throw new Error(`bind ${local.address} failed: ${code}`);
      return socket;
    }

    async function tryBind(
      local: LocalAddress,
      port: number,
      handlers: Partial<UdpHandlers> = {},
    ): Promise<{ socket: UdpSocket | undefined; code: string | undefined }> {
      const answers: { socket: UdpSocket | undefined; code: string | undefined }[] = [];
      host.bindUdp(local, port, { message() {}, error() {}, ...handlers }, (socket, code) => {
        if (socket !== undefined) open.push(socket);
        answers.push({ socket, code });
        fixture.changed();
      });
      await fixture.until(() => answers.length > 0);
      expect(answers).toHaveLength(1);
      return answers[0]!;
    }

    /** A socket that keeps what it gets. */
    async function bindReceiver(local: LocalAddress): Promise<{ socket: UdpSocket; received: Received[] }> {
      const received: Received[] = [];
      const socket = await bind(local, 0, {
        message(datagram, address, port) {
          received.push({ bytes: [...datagram], address, port });
          fixture.changed();
        },
      });
      return { socket, received };
    }

    function loopback(family: 4 | 6): LocalAddress | undefined {
      return host.localAddresses().find((local) => local.loopback && local.family === family);
    }

    function ipv4(): LocalAddress {
      const local = loopback(4);
      if (local === undefined) throw new Error("no IPv4 loopback address");
      return local;
    }

    describe("localAddresses", () => {
      test("are canonical, each once, with loopback marked", () => {
        const locals = host.localAddresses();
        for (const local of locals) {
          const bytes = parseIpAddress(local.address);
          expect(bytes).toBeDefined();
          expect(formatIpAddress(bytes!)).toBe(local.address);
          expect(local.family).toBe(bytes!.length === 4 ? 4 : 6);
          expect(local.interfaceName).not.toBe("");
        }
        const keys = locals.map((local) => `${local.address}%${local.scopeId ?? ""}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(locals.filter((local) => local.loopback).map((local) => local.address)).toContain("127.0.0.1");
      });

      test("name a scope for link-local IPv6 and for nothing else (RFC 4007)", () => {
        for (const local of host.localAddresses()) {
          const linkLocal = local.address.startsWith("fe80:");
          expect(local.scopeId !== undefined).toBe(linkLocal);
        }
      });
    });

    describe("bindUdp", () => {
      test("finds a port when asked for 0", async () => {
        const socket = await bind(ipv4(), 0);
        expect(socket.address).toBe("127.0.0.1");
        expect(socket.port).toBeGreaterThan(0);
        expect(socket.port).toBeLessThan(65_536);
      });

      test("takes the port it is given once it is free", async () => {
        const first = await bind(ipv4(), 0);
        first.close();
        const second = await bind(ipv4(), first.port);
        expect(second.port).toBe(first.port);
      });

      test("answers EADDRINUSE for a port that is taken", async () => {
        const first = await bind(ipv4(), 0);
        const { socket, code } = await tryBind(ipv4(), first.port);
        expect(socket).toBeUndefined();
        expect(code).toBe("EADDRINUSE");
      });

      test("answers EADDRNOTAVAIL for an address that is not here", async () => {
        // 198.51.100.0/24 is for documentation (RFC 5737).
        const elsewhere: LocalAddress = {
          address: "198.51.100.77",
          family: 4,
          interfaceName: "none",
          loopback: false,
        };
        expect((await tryBind(elsewhere, 0)).code).toBe("EADDRNOTAVAIL");
      });

      test("leaves nothing behind when canceled", async () => {
        const port = await freePort();
        let late = 0;
        let returned = false;
        const pending = host.bindUdp(ipv4(), port, { message() {}, error() {} }, () => {
          if (returned) late++;
        });
        returned = true;
        pending.cancel();
        pending.cancel();
        const again = await bind(ipv4(), port);
        expect(again.port).toBe(port);
        expect(late).toBe(0);
      });

      async function freePort(): Promise<number> {
        const socket = await bind(ipv4(), 0);
        socket.close();
        return socket.port;
      }
    });

    describe("datagrams", () => {
      for (const family of [4, 6] as const) {
        test(`arrive with their bytes and their source over IPv${family}`, async ({ skip }) => {
          const local = loopback(family);
          if (local === undefined) return skipWith(skip, `this machine has no IPv${family} loopback address`);
          const { socket: to, received } = await bindReceiver(local);
          const from = await bind(local, 0);
          from.send(Uint8Array.of(1, 2, 3, 9, 9), 3, to.address, to.port);
          await fixture.until(() => received.length === 1);
          expect(received).toEqual([{ bytes: [1, 2, 3], address: from.address, port: from.port }]);
        });
      }

      test("reach link-local IPv6 addresses, whose text has no zone", async ({ skip }) => {
        const local = host.localAddresses().find((one) => one.scopeId !== undefined);
        if (local === undefined) return skipWith(skip, "this machine has no link-local IPv6 address");
        const { socket: to, received } = await bindReceiver(local);
        const from = await bind(local, 0);
        from.send(Uint8Array.of(5), 1, to.address, to.port);
        await fixture.until(() => received.length === 1);
        expect(received).toEqual([{ bytes: [5], address: local.address, port: from.port }]);
      });

      test("may be empty", async () => {
        const { socket: to, received } = await bindReceiver(ipv4());
        const from = await bind(ipv4(), 0);
        from.send(new Uint8Array(4), 0, to.address, to.port);
        await fixture.until(() => received.length === 1);
        expect(received[0]!.bytes).toEqual([]);
      });

      test("are out of the buffer when send returns true", async () => {
        const { socket: to, received } = await bindReceiver(ipv4());
        const from = await bind(ipv4(), 0);
        let buffer = new Uint8Array(1200);
        for (let i = 0; i < 50; i++) {
          buffer.fill(i);
          if (!from.send(buffer, buffer.length, to.address, to.port)) buffer = new Uint8Array(1200);
        }
        buffer.fill(255);
        await fixture.until(() => received.length === 50);
        expect(received.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
        for (const { bytes } of received) expect(new Set(bytes).size).toBe(1);
      });

      test("come from a view into a larger buffer unharmed", async () => {
        const { socket: to, received } = await bindReceiver(ipv4());
        const from = await bind(ipv4(), 0);
        const whole = Uint8Array.of(0, 0, 7, 8, 9, 0);
        from.send(whole.subarray(2), 3, to.address, to.port);
        await fixture.until(() => received.length === 1);
        expect(received[0]!.bytes).toEqual([7, 8, 9]);
      });

      test("may be overwritten by who receives them", async () => {
        const received: number[] = [];
        const to = await bind(ipv4(), 0, {
          message(datagram) {
            received.push(datagram[0]!);
            datagram.fill(0xee);
            fixture.changed();
          },
        });
        const from = await bind(ipv4(), 0);
        const buffer = Uint8Array.of(42);
        from.send(buffer, 1, to.address, to.port);
        from.send(buffer, 1, to.address, to.port);
        await fixture.until(() => received.length === 2);
        expect(received).toEqual([42, 42]);
        expect(buffer[0]).toBe(42);
      });

      test("arrive as plain Uint8Array, whose slice copies, also when a Buffer was sent", async () => {
        const seen: { plain: boolean; copied: boolean }[] = [];
        const to = await bind(ipv4(), 0, {
          message(datagram) {
            const copy = datagram.slice(0, 1);
            copy[0] = 99;
            seen.push({
              plain: Object.getPrototypeOf(datagram) === Uint8Array.prototype,
              copied: datagram[0] === 1,
            });
            fixture.changed();
          },
        });
        const from = await bind(ipv4(), 0);
        const buffer = Buffer.from([1, 2, 3]);
        if (from.send(buffer, 3, to.address, to.port)) buffer.fill(77);
        await fixture.until(() => seen.length === 1);
        expect(seen).toEqual([{ plain: true, copied: true }]);
      });

      test("are never delivered inside send", async () => {
        let sending = false;
        const inside: boolean[] = [];
        const socket: UdpSocket = await bind(ipv4(), 0, {
          message() {
            inside.push(sending);
            fixture.changed();
          },
        });
        sending = true;
        socket.send(Uint8Array.of(1), 1, socket.address, socket.port);
        sending = false;
        await fixture.until(() => inside.length === 1);
        expect(inside).toEqual([false]);
      });

      test("go on arriving after a handler has thrown", async () => {
        let count = 0;
        const to = await bind(ipv4(), 0, {
          message() {
            count++;
            fixture.changed();
            if (count === 1) throw new Error("a broken handler");
          },
        });
        const from = await bind(ipv4(), 0);
        from.send(Uint8Array.of(1), 1, to.address, to.port);
        from.send(Uint8Array.of(2), 1, to.address, to.port);
        await fixture.until(() => count === 2);
      });
    });

    describe("send errors", () => {
      const cases = [
        {
          what: "a datagram too long for UDP",
          length: 65_508,
          address: "127.0.0.1",
          port: 9,
          code: "EMSGSIZE",
        },
        { what: "port 0", length: 1, address: "127.0.0.1", port: 0, code: undefined },
        { what: "an address of the other family", length: 1, address: "::1", port: 9, code: undefined },
        { what: "text that is no address", length: 1, address: "example.invalid", port: 9, code: undefined },
      ];
      for (const { what, length, address, port, code } of cases) {
        test(`are reported later and leave the socket usable: ${what}`, async () => {
          const errors: { code: string; fatal: boolean }[] = [];
          const received: number[] = [];
          const socket = await bind(ipv4(), 0, {
            message(datagram) {
              received.push(datagram[0]!);
              fixture.changed();
            },
            error(errorCode, fatal) {
              errors.push({ code: errorCode, fatal });
              fixture.changed();
            },
          });
          expect(socket.send(new Uint8Array(length), length, address, port)).toBe(true);
          expect(errors).toEqual([]);
          await fixture.until(() => errors.length === 1);
          expect(errors[0]!.fatal).toBe(false);
          if (code !== undefined) expect(errors[0]!.code).toBe(code);
          expect(errors[0]!.code).not.toBe("");
          socket.send(Uint8Array.of(7), 1, socket.address, socket.port);
          await fixture.until(() => received.length === 1);
        });
      }
    });

    describe("close", () => {
      test("stops delivery at once, also of what had arrived", async () => {
        const { socket: closed, received: late } = await bindReceiver(ipv4());
        const { socket: marker, received } = await bindReceiver(ipv4());
        const from = await bind(ipv4(), 0);
        from.send(Uint8Array.of(1), 1, closed.address, closed.port);
        closed.close();
        from.send(Uint8Array.of(2), 1, closed.address, closed.port);
        from.send(Uint8Array.of(3), 1, marker.address, marker.port);
        await fixture.until(() => received.length === 1);
        expect(late).toEqual([]);
      });

      test("inside a handler stops what comes after", async () => {
        let count = 0;
        const to: UdpSocket = await bind(ipv4(), 0, {
          message() {
            count++;
            to.close();
          },
        });
        const { socket: marker, received } = await bindReceiver(ipv4());
        const from = await bind(ipv4(), 0);
        for (let i = 0; i < 3; i++) from.send(Uint8Array.of(i), 1, to.address, to.port);
        for (let i = 0; i < 3; i++) from.send(Uint8Array.of(i), 1, marker.address, marker.port);
        await fixture.until(() => received.length === 3 && count > 0);
        expect(count).toBe(1);
      });

      test("may be repeated, and send does nothing after it", async () => {
        const { socket: to, received } = await bindReceiver(ipv4());
        const errors: string[] = [];
        const from = await bind(ipv4(), 0, { error: (code) => errors.push(code) });
        from.close();
        from.close();
        expect(from.send(Uint8Array.of(1), 1, to.address, to.port)).toBe(true);
        const other = await bind(ipv4(), 0);
        other.send(Uint8Array.of(2), 1, to.address, to.port);
        await fixture.until(() => received.length === 1);
        expect(received[0]!.bytes).toEqual([2]);
        expect(errors).toEqual([]);
      });

      test("silences errors that are under way", async () => {
        const errors: string[] = [];
        const from = await bind(ipv4(), 0, { error: (code) => errors.push(code) });
        from.send(new Uint8Array(1), 1, "127.0.0.1", 0);
        from.close();
        await turn();
        expect(errors).toEqual([]);
      });
    });

    describe("queueTask", () => {
      test("runs tasks later, in order, each after the microtasks of the one before", async () => {
        const order: string[] = [];
        for (const name of ["a", "b", "c"]) {
          host.queueTask(() => {
            order.push(name);
            void Promise.resolve()
              .then(() => order.push(`${name}1`))
              .then(() => order.push(`${name}2`));
            fixture.changed();
          });
        }
        order.push("sync");
        void Promise.resolve().then(() => order.push("micro"));
        await fixture.until(() => order.includes("c"));
        await turn();
        expect(order).toEqual(["sync", "micro", "a", "a1", "a2", "b", "b1", "b2", "c", "c1", "c2"]);
      });

      test("runs a task queued by a task after those that wait already", async () => {
        const order: string[] = [];
        host.queueTask(() => {
          order.push("a");
          host.queueTask(() => {
            order.push("c");
            fixture.changed();
          });
        });
        host.queueTask(() => order.push("b"));
        await fixture.until(() => order.length === 3);
        expect(order).toEqual(["a", "b", "c"]);
      });
    });

    describe("setTimer", () => {
      test("wakes at or after the instant, never inside the call", async () => {
        const start = host.now();
        const woken: number[] = [];
        for (const delay of [3, 1.5, 12, 0, -5]) {
          let returned = false;
          host.setTimer(
            start + delay,
            () => {
              expect(returned).toBe(true);
              expect(host.now()).toBeGreaterThanOrEqual(start + delay);
              woken.push(delay);
              fixture.changed();
            },
            true,
          );
          returned = true;
        }
        await fixture.until(() => woken.length === 5);
        expect(woken.filter((delay) => delay > 0)).toEqual([1.5, 3, 12]);
      });

      test("never wakes when canceled, or at the instant that never comes", async () => {
        const start = host.now();
        const woken: string[] = [];
        const never = host.setTimer(Number.POSITIVE_INFINITY, () => woken.push("never"), true);
        const canceled = host.setTimer(start + 2, () => woken.push("canceled"), true);
        const past = host.setTimer(start - 1, () => woken.push("past"), true);
        canceled.cancel();
        canceled.cancel();
        past.cancel();
        let done = false;
        host.setTimer(
          start + 8,
          () => {
            done = true;
            fixture.changed();
          },
          true,
        );
        await fixture.until(() => done);
        never.cancel();
        expect(woken).toEqual([]);
      });

      test("takes an instant weeks away without waking now", async () => {
        const woken: string[] = [];
        const far = host.setTimer(host.now() + 2 ** 32, () => woken.push("far"), true);
        host.setTimer(
          host.now() + 5,
          () => {
            woken.push("near");
            fixture.changed();
          },
          true,
        );
        await fixture.until(() => woken.length > 0);
        far.cancel();
        expect(woken).toEqual(["near"]);
      });

      test("may be canceled from inside another wake-up", async () => {
        const at = host.now() + 2;
        const woken: string[] = [];
        host.setTimer(
          at,
          () => {
            woken.push("first");
            second.cancel();
          },
          true,
        );
        const second = host.setTimer(at, () => woken.push("second"), true);
        let done = false;
        host.setTimer(
          at + 4,
          () => {
            done = true;
            fixture.changed();
          },
          true,
        );
        await fixture.until(() => done);
        expect(woken).toEqual(["first"]);
      });
    });

    describe("names", () => {
      test("that are addresses resolve to themselves, canonical, in their own family only", async () => {
        const cases = [
          { name: "192.0.2.1", family: 4, addresses: ["192.0.2.1"] },
          { name: "192.0.2.1", family: 6, addresses: [] },
          { name: "2001:DB8:0::1", family: 6, addresses: ["2001:db8::1"] },
          { name: "2001:db8::1", family: 4, addresses: [] },
        ] as const;
        for (const { name, family, addresses } of cases) {
          const answers: (readonly string[])[] = [];
          host.resolve(name, family, (found) => {
            answers.push(found);
            fixture.changed();
          });
          expect(answers).toEqual([]);
          await fixture.until(() => answers.length > 0);
          expect(answers).toEqual([addresses]);
        }
      });

      test("are not answered after cancel", async () => {
        const answers: unknown[] = [];
        const pending = [
          host.resolve("192.0.2.1", 4, (found) => answers.push(found)),
          host.resolveMdns("7b3b1e2c-0000-4000-8000-000000000001.local", (found) => answers.push(found)),
          host.resolveMdns("no-candidate.local", (found) => answers.push(found)),
        ];
        for (const one of pending) {
          one.cancel();
          one.cancel();
        }
        await turn();
        expect(answers).toEqual([]);
      });

      test("of multicast DNS that no candidate can have are answered with nothing, not inside the call", async () => {
        const answers: (readonly string[])[] = [];
        host.resolveMdns("printer.local", (found) => {
          answers.push(found);
          fixture.changed();
        });
        expect(answers).toEqual([]);
        await fixture.until(() => answers.length > 0);
        expect(answers).toEqual([[]]);
      });
    });

    test("now never goes back, and wallClock is milliseconds since 1970", () => {
      let last = host.now();
      for (let i = 0; i < 1000; i++) {
        const now = host.now();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
      expect(host.wallClock()).toBeGreaterThan(1_577_836_800_000); // 2020
    });

    test("crypto fills buffers with bytes that differ", () => {
      const a = new Uint8Array(32);
      const b = new Uint8Array(32);
      host.crypto.fill(a);
      host.crypto.fill(b);
      expect(a).not.toEqual(b);
      expect(new Set(a).size).toBeGreaterThan(8);
    });

    /** Everything that was due when it was called has happened when it is fulfilled. */
    async function turn(): Promise<void> {
      for (let i = 0; i < 3; i++) {
        let done = false;
        host.setTimer(
          host.now() + 1,
          () => {
            done = true;
            fixture.changed();
          },
          true,
        );
        await fixture.until(() => done);
      }
    }
  });
}

function skipWith(skip: (note?: string) => void, reason: string): void {
  console.log(`skipped: ${reason}`);
  skip(reason);
}
