/** The part of the Host contract that is about sockets. */
import { describe, expect, test } from "vitest";
import { type LocalAddress, PROBE_SENDS, type UdpSocket } from "../src/host/host.ts";
import { type ContractContext, skipWith } from "./host-contract-context.ts";

/** Opening sockets. */
export function bindContract(context: ContractContext): void {
  describe("bindUdp", () => {
    test("finds a port when asked for 0", async () => {
      const socket = await context.bind(context.ipv4(), 0);
      expect(socket.address).toBe("127.0.0.1");
      expect(socket.port).toBeGreaterThan(0);
      expect(socket.port).toBeLessThan(65_536);
    });

    test("takes the port it is given once it is free", async () => {
      const first = await context.bind(context.ipv4(), 0);
      first.close();
      const second = await context.bind(context.ipv4(), first.port);
      expect(second.port).toBe(first.port);
    });

    test("answers EADDRINUSE for a port that is taken", async () => {
      const first = await context.bind(context.ipv4(), 0);
      const { socket, code } = await context.tryBind(context.ipv4(), first.port);
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
      expect((await context.tryBind(elsewhere, 0)).code).toBe("EADDRNOTAVAIL");
    });

    test("leaves nothing behind when canceled", async () => {
      const port = await freePort();
      let late = 0;
      let returned = false;
      const pending = context.host.bindUdp(context.ipv4(), port, { message() {}, error() {} }, () => {
        if (returned) late++;
      });
      returned = true;
      pending.cancel();
      pending.cancel();
      const again = await context.bind(context.ipv4(), port);
      expect(again.port).toBe(port);
      expect(late).toBe(0);
    });

    async function freePort(): Promise<number> {
      const socket = await context.bind(context.ipv4(), 0);
      socket.close();
      return socket.port;
    }
  });
}

/** Sending and receiving. */
export function datagramContract(context: ContractContext): void {
  describe("datagrams", () => {
    for (const family of [4, 6] as const) {
      test(`arrive with their bytes and their source over IPv${family}`, async ({ skip }) => {
        const local = context.loopback(family);
        if (local === undefined) return skipWith(skip, `this machine has no IPv${family} loopback address`);
        const { socket: to, received } = await context.bindReceiver(local);
        const from = await context.bind(local, 0);
        from.send(Uint8Array.of(1, 2, 3, 9, 9), 3, to.address, to.port);
        await context.fixture.until(() => received.length === 1);
        expect(received).toEqual([{ bytes: [1, 2, 3], address: from.address, port: from.port }]);
      });
    }

    test("reach link-local IPv6 addresses, whose text has no zone", async ({ skip }) => {
      const local = context.host.localAddresses().find((one) => one.scopeId !== undefined);
      if (local === undefined) return skipWith(skip, "this machine has no link-local IPv6 address");
      const { socket: to, received } = await context.bindReceiver(local);
      const from = await context.bind(local, 0);
      from.send(Uint8Array.of(5), 1, to.address, to.port);
      await context.fixture.until(() => received.length === 1);
      expect(received).toEqual([{ bytes: [5], address: local.address, port: from.port }]);
    });

    test("may be empty", async () => {
      const { socket: to, received } = await context.bindReceiver(context.ipv4());
      const from = await context.bind(context.ipv4(), 0);
      from.send(new Uint8Array(4), 0, to.address, to.port);
      await context.fixture.until(() => received.length === 1);
      expect(received[0]!.bytes).toEqual([]);
    });

    test("are out of the buffer when send returns true", async () => {
      const { socket: to, received } = await context.bindReceiver(context.ipv4());
      const from = await context.bind(context.ipv4(), 0);
      let buffer = new Uint8Array(1200);
      for (let i = 0; i < 50; i++) {
        buffer.fill(i);
        if (!from.send(buffer, buffer.length, to.address, to.port)) buffer = new Uint8Array(1200);
      }
      buffer.fill(255);
      await context.fixture.until(() => received.length === 50);
      expect(received.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
      for (const { bytes } of received) expect(new Set(bytes).size).toBe(1);
    });

    test("come from a view into a larger buffer unharmed", async () => {
      const { socket: to, received } = await context.bindReceiver(context.ipv4());
      const from = await context.bind(context.ipv4(), 0);
      const whole = Uint8Array.of(0, 0, 7, 8, 9, 0);
      from.send(whole.subarray(2), 3, to.address, to.port);
      await context.fixture.until(() => received.length === 1);
      expect(received[0]!.bytes).toEqual([7, 8, 9]);
    });

    test("may be overwritten by who receives them", async () => {
      const received: number[] = [];
      const to = await context.bind(context.ipv4(), 0, {
        message(datagram) {
          received.push(datagram[0]!);
          datagram.fill(0xee);
          context.fixture.changed();
        },
      });
      const from = await context.bind(context.ipv4(), 0);
      const buffer = Uint8Array.of(42);
      from.send(buffer, 1, to.address, to.port);
      from.send(buffer, 1, to.address, to.port);
      await context.fixture.until(() => received.length === 2);
      expect(received).toEqual([42, 42]);
      expect(buffer[0]).toBe(42);
    });

    test("arrive as plain Uint8Array, whose slice copies, also when a Buffer was sent", async () => {
      const seen: { plain: boolean; copied: boolean }[] = [];
      const to = await context.bind(context.ipv4(), 0, {
        message(datagram) {
          const copy = datagram.slice(0, 1);
          copy[0] = 99;
          seen.push({
            plain: Object.getPrototypeOf(datagram) === Uint8Array.prototype,
            copied: datagram[0] === 1,
          });
          context.fixture.changed();
        },
      });
      const from = await context.bind(context.ipv4(), 0);
      const buffer = Buffer.from([1, 2, 3]);
      if (from.send(buffer, 3, to.address, to.port)) buffer.fill(77);
      await context.fixture.until(() => seen.length === 1);
      expect(seen).toEqual([{ plain: true, copied: true }]);
    });

    test("are never delivered inside send", async () => {
      let sending = false;
      const inside: boolean[] = [];
      const socket: UdpSocket = await context.bind(context.ipv4(), 0, {
        message() {
          inside.push(sending);
          context.fixture.changed();
        },
      });
      sending = true;
      socket.send(Uint8Array.of(1), 1, socket.address, socket.port);
      sending = false;
      await context.fixture.until(() => inside.length === 1);
      expect(inside).toEqual([false]);
    });

    test("go on arriving after a handler has thrown", async () => {
      let count = 0;
      const to = await context.bind(context.ipv4(), 0, {
        message() {
          count++;
          context.fixture.changed();
          if (count === 1) throw new Error("a broken handler");
        },
      });
      const from = await context.bind(context.ipv4(), 0);
      from.send(Uint8Array.of(1), 1, to.address, to.port);
      from.send(Uint8Array.of(2), 1, to.address, to.port);
      await context.fixture.until(() => count === 2);
    });
  });
}

/** What the system refuses to send. */
export function sendErrorContract(context: ContractContext): void {
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
        const socket = await context.bind(context.ipv4(), 0, {
          message(datagram) {
            received.push(datagram[0]!);
            context.fixture.changed();
          },
          error(errorCode, fatal) {
            errors.push({ code: errorCode, fatal });
            context.fixture.changed();
          },
        });
        expect(socket.send(new Uint8Array(length), length, address, port)).toBe(true);
        expect(errors).toEqual([]);
        await context.fixture.until(() => errors.length === 1);
        expect(errors[0]!.fatal).toBe(false);
        if (code !== undefined) expect(errors[0]!.code).toBe(code);
        expect(errors[0]!.code).not.toBe("");
        socket.send(Uint8Array.of(7), 1, socket.address, socket.port);
        await context.fixture.until(() => received.length === 1);
      });
    }
  });
}

/** The end of a socket. */
export function closeContract(context: ContractContext): void {
  describe("close", () => {
    test("stops delivery at once, also of what had arrived", async () => {
      const { socket: closed, received: late } = await context.bindReceiver(context.ipv4());
      const { socket: marker, received } = await context.bindReceiver(context.ipv4());
      const from = await context.bind(context.ipv4(), 0);
      from.send(Uint8Array.of(1), 1, closed.address, closed.port);
      closed.close();
      from.send(Uint8Array.of(2), 1, closed.address, closed.port);
      from.send(Uint8Array.of(3), 1, marker.address, marker.port);
      await context.fixture.until(() => received.length === 1);
      expect(late).toEqual([]);
    });

    test("inside a handler stops what comes after", async () => {
      let count = 0;
      const to: UdpSocket = await context.bind(context.ipv4(), 0, {
        message() {
          count++;
          to.close();
        },
      });
      const { socket: marker, received } = await context.bindReceiver(context.ipv4());
      const from = await context.bind(context.ipv4(), 0);
      for (let i = 0; i < 3; i++) from.send(Uint8Array.of(i), 1, to.address, to.port);
      for (let i = 0; i < 3; i++) from.send(Uint8Array.of(i), 1, marker.address, marker.port);
      await context.fixture.until(() => received.length === 3 && count > 0);
      expect(count).toBe(1);
    });

    test("may be repeated, and send does nothing after it", async () => {
      const { socket: to, received } = await context.bindReceiver(context.ipv4());
      const errors: string[] = [];
      const from = await context.bind(context.ipv4(), 0, { error: (code) => errors.push(code) });
      from.close();
      from.close();
      expect(from.send(Uint8Array.of(1), 1, to.address, to.port)).toBe(true);
      const other = await context.bind(context.ipv4(), 0);
      other.send(Uint8Array.of(2), 1, to.address, to.port);
      await context.fixture.until(() => received.length === 1);
      expect(received[0]!.bytes).toEqual([2]);
      expect(errors).toEqual([]);
    });

    test("silences errors that are under way", async () => {
      const errors: string[] = [];
      const from = await context.bind(context.ipv4(), 0, { error: (code) => errors.push(code) });
      from.send(new Uint8Array(1), 1, "127.0.0.1", 0);
      from.close();
      await context.turn();
      expect(errors).toEqual([]);
    });
  });
}

/** Finding out that nobody listens. */
export function probeContract(context: ContractContext): void {
  const probe = (port: number): Promise<string | undefined> => {
    const answers: (string | undefined)[] = [];
    context.host.probeUdp?.(context.ipv4(), "127.0.0.1", port, Uint8Array.of(0, 1), (errorCode) => {
      answers.push(errorCode);
      context.fixture.changed();
    });
    expect(answers).toEqual([]);
    return context.fixture.until(() => answers.length > 0).then(() => answers[0]);
  };

  describe("probeUdp", () => {
    test("tells of a port where nobody listens", async () => {
      const socket = await context.bind(context.ipv4(), 0);
      socket.close();
      expect(await probe(socket.port)).toBe("ECONNREFUSED");
    });

    test("tells of nothing where somebody listens, whether he answers or not", async () => {
      let heard = 0;
      const silent = await context.bind(context.ipv4(), 0, { message: () => heard++ });
      expect(await probe(silent.port)).toBeUndefined();
      expect(heard).toBe(PROBE_SENDS);
      const answering = await context.bind(context.ipv4(), 0, {
        message: (bytes, address, port) => void answering.send(bytes, bytes.length, address, port),
      });
      expect(await probe(answering.port)).toBeUndefined();
    });

    test("tells nothing once it is canceled", async () => {
      const socket = await context.bind(context.ipv4(), 0);
      socket.close();
      let told = 0;
      const pending = context.host.probeUdp?.(
        context.ipv4(),
        "127.0.0.1",
        socket.port,
        Uint8Array.of(1),
        () => told++,
      );
      pending?.cancel();
      pending?.cancel();
      expect(await probe(socket.port)).toBe("ECONNREFUSED");
      expect(told).toBe(0);
    });

    test("tells nothing of a port that there is not", async () => {
      expect(await probe(0)).toBeUndefined();
    });
  });
}
