import { createSocket, type Socket } from "node:dgram";
import { afterEach, expect, test, vi } from "vitest";
import type { Log, LogFields } from "../core/base/log.ts";
import { SILENT } from "../core/base/log.ts";
import type { LocalAddress, UdpHandlers, UdpSocket } from "../host/host.ts";
import {
  bindUdp,
  MAX_RECEIVE_ERRORS,
  NodeUdpSocket,
  SENDS_PER_QUESTION,
  SOCKET_BUFFER_SIZE,
} from "./udp-socket.ts";

const LOOPBACK: LocalAddress = { address: "127.0.0.1", family: 4, interfaceName: "lo", loopback: true };
const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function bind(handlers: Partial<UdpHandlers> = {}, log: Log = SILENT): UdpSocket {
  let bound: UdpSocket | undefined;
  bindUdp(LOOPBACK, 0, { message() {}, error() {}, ...handlers }, log, (socket) => {
    bound = socket;
  });
  if (bound === undefined) throw new Error("bind deferred or failed");
  open.push(bound);
  return bound;
}

/** A socket of ours around one that the test can make fail. */
async function wrap(handlers: Partial<UdpHandlers>): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  open.push(new NodeUdpSocket(socket, LOOPBACK, { message() {}, error() {}, ...handlers }, SILENT));
  return socket;
}

test("binds before it returns, so that nothing is ever deferred", () => {
  expect(bind().port).toBeGreaterThan(0);
});

test("loses nothing of a burst while the event loop is busy", async ({ skip }) => {
  const COUNT = 1500;
  let received = 0;
  let finish = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const to = bind({
    message() {
      if (++received === COUNT) finish();
    },
  });
  const probe = createSocket("udp4");
  open.push(probe);
  await new Promise<void>((resolve) => probe.bind(0, "127.0.0.1", resolve));
  probe.setRecvBufferSize(SOCKET_BUFFER_SIZE);
  if (probe.getRecvBufferSize() < SOCKET_BUFFER_SIZE) {
    const reason = `this system allows receive buffers of ${probe.getRecvBufferSize()} bytes only`;
    process.stdout.write(`skipped: ${reason}\n`);
    return skip(reason);
  }
  const from = bind();
  const datagram = new Uint8Array(1200);
  for (let i = 0; i < COUNT; i++) from.send(datagram, datagram.length, to.address, to.port);
  await all;
});

test("reports the first refusal of an address, and one of so many of a run to the same", async () => {
  const errors: string[] = [];
  let reported = () => {};
  const from = bind({
    error(code) {
      errors.push(code);
      reported();
    },
  });
  const tooLong = new Uint8Array(70_000);
  const count = async (wanted: number) => {
    while (errors.length < wanted) await new Promise<void>((resolve) => (reported = resolve));
  };
  for (let i = 0; i < 2 * SENDS_PER_QUESTION; i++) from.send(tooLong, tooLong.length, "127.0.0.1", 9);
  from.send(tooLong, tooLong.length, "127.0.0.1", 10);
  from.send(tooLong, tooLong.length, "127.0.0.2", 10);
  await count(4);
  expect(errors).toEqual(new Array(4).fill("EMSGSIZE"));
});

test("reports receive errors and gives up only when there is nothing else", async () => {
  const errors: { code: string; fatal: boolean }[] = [];
  const socket = await wrap({ error: (code, fatal) => errors.push({ code, fatal }) });
  const refused = Object.assign(new Error("recvmsg ECONNREFUSED"), { code: "ECONNREFUSED" });
  for (let i = 1; i < MAX_RECEIVE_ERRORS; i++) socket.emit("error", refused);
  expect(errors).toHaveLength(MAX_RECEIVE_ERRORS - 1);
  expect(errors.every(({ code, fatal }) => code === "ECONNREFUSED" && !fatal)).toBe(true);
  socket.emit("error", refused);
  expect(errors.at(-1)).toEqual({ code: "ECONNREFUSED", fatal: true });
  socket.emit("error", refused);
  expect(errors).toHaveLength(MAX_RECEIVE_ERRORS);
});

test("counts receive errors anew after every datagram", async () => {
  const errors: boolean[] = [];
  let deliver = () => {};
  const socket = await wrap({ error: (_code, fatal) => errors.push(fatal), message: () => deliver() });
  const fail = () => {
    for (let i = 1; i < MAX_RECEIVE_ERRORS; i++) socket.emit("error", new Error("no code"));
  };
  fail();
  const delivered = new Promise<void>((resolve) => {
    deliver = resolve;
  });
  socket.send(new Uint8Array(1), socket.address().port, "127.0.0.1");
  await delivered;
  fail();
  expect(errors).toHaveLength(2 * (MAX_RECEIVE_ERRORS - 1));
  expect(errors).not.toContain(true);
});

test("says false while the system still holds a datagram, true when it has left", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  let queued = 0;
  socket.getSendQueueCount = () => queued;
  const wrapped = new NodeUdpSocket(socket, LOOPBACK, { message() {}, error() {} }, SILENT);
  open.push(wrapped);
  expect(wrapped.send(new Uint8Array(1), 1, "127.0.0.1", wrapped.port)).toBe(true);
  queued = 1;
  expect(wrapped.send(new Uint8Array(1), 1, "127.0.0.1", wrapped.port)).toBe(false);
});

test("reports what a handler throws, once for each socket, and goes on", async () => {
  const events: { name: string; fields: LogFields | undefined }[] = [];
  let count = 0;
  let finish = () => {};
  const delivered = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const log: Log = { enabled: true, event: (name, fields) => void events.push({ name, fields }) };
  const message = () => {
    if (++count === 3) finish();
    throw new Error("broken handler");
  };
  const socket = bind({ message }, log);
  for (let i = 0; i < 3; i++) socket.send(new Uint8Array(1), 1, socket.address, socket.port);
  await delivered;
  expect(events).toEqual([
    { name: "internal-error", fields: { where: "udp", error: "Error: broken handler" } },
  ]);
});

test("warns about what a handler throws when nobody listens to the log", async () => {
  const emitWarning = vi.spyOn(process, "emitWarning");
  const warned = new Promise<unknown[]>((resolve) => {
    emitWarning.mockImplementation((...warning: unknown[]) => resolve(warning));
  });
  const error = () => {
    throw new Error("broken error handler");
  };
  bind({ error }).send(new Uint8Array(1), 1, "127.0.0.1", 0);
  const detail = expect.stringContaining("broken error handler");
  expect(await warned).toEqual(["internal error (udp)", { type: "SkywaveWarning", detail }]);
  emitWarning.mockRestore();
});

/** Sockets that hold the process; those being closed are gone after a turn of the event loop. */
async function sockets(): Promise<number> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length;
}

test("holds the process while open and lets it go when closed", async () => {
  const before = await sockets();
  const socket = bind();
  expect(await sockets()).toBe(before + 1);
  socket.close();
  expect(await sockets()).toBe(before);
});
