/** Servers on real sockets that stop at each step of the way to an allocation. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import {
  MAX_MESSAGE_LENGTH,
  NONCE,
  REALM,
  StunMessage,
  StunMessageBuilder,
} from "../../src/core/stun/index.ts";
import { RTCPeerConnection } from "../../src/index.ts";

/** What comes after the length of a long success response never comes. */
const HALF_HEADER = Uint8Array.of(0x01, 0x03, 0x00, 0x40, 0x21, 0x12, 0xa4, 0x42);

/** A ServerHello of TLS 1.2 with renegotiation_info (RFC 5746), and nothing behind it. */
const SERVER_HELLO = Uint8Array.of(
  ...[22, 3, 3, 0, 49],
  ...[2, 0, 0, 45, 3, 3],
  ...new Uint8Array(32).fill(7),
  ...[0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0],
);

/** 401 to the request in `bytes`. */
function challenge(bytes: Uint8Array): Uint8Array {
  const request = StunMessage.parse(bytes, MAX_MESSAGE_LENGTH);
  if (!(request instanceof StunMessage)) throw new Error(request.reason);
  const out = new Uint8Array(256);
  const builder = new StunMessageBuilder(out, "error", request.method, request.transactionId);
  builder.errorCode(401, "Unauthorized").text(REALM, "realm").text(NONCE, "nonce");
  return out.subarray(0, builder.fingerprint().finish());
}

/** Does `answer` for the first piece that comes, and reads on. */
function first(answer: (socket: Socket, bytes: Uint8Array) => void): (socket: Socket) => void {
  return (socket) => {
    socket.once("data", (bytes) => answer(socket, new Uint8Array(bytes)));
    socket.resume();
  };
}

/** Does `answer` for the second piece. */
function second(answer: (socket: Socket) => void): (socket: Socket) => void {
  return first((socket, bytes) => {
    socket.write(challenge(bytes));
    socket.once("data", () => answer(socket));
  });
}

/** What has been told when gathering from that server has ended; afterwards the connection is closed. */
async function gather(urls: string): Promise<{ readonly errorCode: number; readonly errorText: string }[]> {
  const iceServers = [{ urls, username: "user", credential: "secret" }];
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  const errors: { readonly errorCode: number; readonly errorText: string }[] = [];
  connection.addEventListener("icecandidateerror", ({ url, address, port, errorCode, errorText }) => {
    errors.push({ errorCode, errorText });
    // What goes to relays only is nobody's business.
    expect([url, address, port]).toEqual([urls, null, null]);
  });
  const complete = new Promise<void>((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
  });
  connection.createDataChannel("x");
  await connection.setLocalDescription();
  await complete;
  connection.close();
  return errors;
}

describe.concurrent("a server that stops", () => {
  const silent = (socket: Socket) => void socket.resume();
  test.each([
    ["tcp", "accepts and says nothing", silent],
    ["tcp", "accepts and reads nothing", (socket: Socket) => void socket.pause()],
    ["tcp", "accepts and closes", (socket: Socket) => void socket.end()],
    ["tcp", "accepts and resets", (socket: Socket) => void socket.resetAndDestroy()],
    ["tcp", "says half a STUN header", first((socket) => void socket.write(HALF_HEADER))],
    [
      "tcp",
      "speaks another language",
      first((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
    ],
    ["tcp", "closes instead of an answer", first((socket) => void socket.end())],
    ["tcp", "says 401, then nothing", second(() => undefined)],
    ["tcp", "says 401, then half a STUN header", second((socket) => void socket.write(HALF_HEADER))],
    ["tcp", "says 401, then closes", second((socket) => void socket.end())],
    ["tls", "says nothing to the ClientHello", silent],
    ["tls", "accepts and closes", (socket: Socket) => void socket.end()],
    ["tls", "closes at the ClientHello", first((socket) => void socket.end())],
    ["tls", "resets at the ClientHello", first((socket) => void socket.resetAndDestroy())],
    [
      "tls",
      "speaks another language",
      first((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
    ],
    ["tls", "stops after ServerHello", first((socket) => void socket.write(SERVER_HELLO))],
    ["tls", "stops within ServerHello", first((socket) => void socket.write(SERVER_HELLO.subarray(0, 20)))],
    ["tls", "closes after ServerHello", first((socket) => void socket.end(SERVER_HELLO))],
  ])("over %s and %s", { timeout: 60_000 }, async (kind, _, serve) => {
    const sockets: Promise<unknown>[] = [];
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      socket.on("error", () => undefined);
      sockets.push(new Promise((resolve) => socket.once("close", resolve)));
      // Whoever reads nothing sees no end either, until it looks.
      server.once("done", () => socket.resume());
      serve(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const urls = kind === "tls" ? `turns:127.0.0.1:${port}` : `turn:127.0.0.1:${port}?transport=tcp`;
    const errors = await gather(urls);
    expect(errors).toHaveLength(1);
    expect(errors[0]!.errorCode).toBe(701);
    expect(errors[0]!.errorText).not.toBe("");
    server.emit("done");
    // Nothing of ours is left.
    await Promise.all(sockets);
    expect(sockets).toHaveLength(1);
    server.close();
  });

  // Elsewhere the system does not tell: then it is silence.
  test.runIf(process.platform === "linux")("over udp and is not there", { timeout: 60_000 }, async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const errors = await gather(`turn:127.0.0.1:${port}`);
    expect(errors).toEqual([{ errorCode: 701, errorText: "nobody listens there: ECONNREFUSED" }]);
  });

  test.each([
    ["says nothing", () => undefined],
    ["says 401, then nothing", challenge],
    ["says what is no answer", () => Uint8Array.of(1, 2, 3, 4)],
  ])("over udp and %s", { timeout: 60_000 }, async (_, answer) => {
    const server = createSocket("udp4");
    let answered = false;
    server.on("message", (bytes, { address, port }) => {
      const reply = answered ? undefined : answer(new Uint8Array(bytes));
      answered = true;
      if (reply !== undefined) server.send(reply, port, address);
    });
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    const errors = await gather(`turn:127.0.0.1:${server.address().port}`);
    expect(errors).toEqual([{ errorCode: 701, errorText: "the server does not answer" }]);
    server.close();
  });
});
