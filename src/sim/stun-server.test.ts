import { expect, test } from "vitest";
import { formatIpAddress } from "../core/base/ip-address.ts";
import { BINDING, StunMessage, StunMessageBuilder, XOR_MAPPED_ADDRESS } from "../core/stun/index.ts";
import type { UdpSocket } from "../host/host.ts";
import { STUN_PORT, startStunServer, World } from "./index.ts";

const TRANSACTION = Uint8Array.from({ length: 12 }, (_, i) => i);

test("tells clients where they came from over IPv4 and IPv6 (RFC 8489 §12)", () => {
  const { world, exchange, server } = setUp();
  for (const family of [4, 6] as const) {
    const { socket, answer } = exchange(family, (out) =>
      new StunMessageBuilder(out, "request", BINDING, TRANSACTION).fingerprint().finish(),
    );
    const message = parse(answer());
    expect(message.messageClass).toBe("success");
    expect([...message.transactionId]).toEqual([...TRANSACTION]);
    const mapped = message.address(XOR_MAPPED_ADDRESS)!;
    expect(formatIpAddress(mapped.address)).toBe(socket.address);
    expect(mapped.port).toBe(socket.port);
    expect(message.hasFingerprint).toBe(true);
  }
  expect(server.answered).toBe(2);
  expect(world.counters.delivered).toBe(4);
});

test("refuses attributes that it must understand and does not (RFC 8489 §6.3.1)", () => {
  const { exchange } = setUp();
  const { answer } = exchange(4, (out) =>
    new StunMessageBuilder(out, "request", BINDING, TRANSACTION)
      .attribute(0x7ff0, new Uint8Array(4))
      .finish(),
  );
  const message = parse(answer());
  expect(message.errorCode?.code).toBe(420);
  expect(message.unknownAttributes).toEqual([0x7ff0]);
});

test("is silent about everything else, and after close", () => {
  const { world, exchange, server } = setUp();
  const indication = exchange(4, (out) =>
    new StunMessageBuilder(out, "indication", BINDING, TRANSACTION).finish(),
  );
  expect(indication.answer()).toBeUndefined();
  expect(exchange(4, (out) => out.fill(7).length).answer()).toBeUndefined();
  server.close();
  const late = exchange(4, (out) => new StunMessageBuilder(out, "request", BINDING, TRANSACTION).finish());
  expect(late.answer()).toBeUndefined();
  expect(world.counters.droppedBy["no-socket"]).toBe(1);
});

function setUp() {
  const world = new World({ seed: 1 });
  const serverHost = world.host("stun");
  const client = world.host("client");
  const server = startStunServer(serverHost);
  world.run(0);

  function exchange(family: 4 | 6, write: (out: Uint8Array) => number) {
    const [from, to] = [client, serverHost].map(
      (host) => host.localAddresses().find((local) => !local.loopback && local.family === family)!,
    );
    let socket: UdpSocket | undefined;
    let received: Uint8Array | undefined;
    const message = (datagram: Uint8Array) => {
      received = datagram.slice();
    };
    client.bindUdp(from!, 0, { message, error() {} }, (bound) => {
      socket = bound;
    });
    world.run(0);
    const out = new Uint8Array(100);
    socket!.send(out, write(out), to!.address, STUN_PORT);
    world.run(100);
    return { socket: socket!, answer: () => received };
  }
  return { world, server, exchange };
}

function parse(datagram: Uint8Array | undefined): StunMessage {
  if (datagram === undefined) throw new Error("no answer");
  const message = StunMessage.parse(datagram);
  if (!(message instanceof StunMessage)) throw new Error(message.reason);
  return message;
}
