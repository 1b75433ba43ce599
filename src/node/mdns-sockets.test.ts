import { createSocket, type Socket } from "node:dgram";
import { decode, encode, type Packet } from "dns-packet";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SILENT } from "../core/base/log.ts";
import type { LocalAddress } from "../host/host.ts";
import { MdnsResolver } from "./mdns-resolver.ts";
import { MDNS_GROUP_IPV4 } from "./mdns-socket.ts";
import { openMdnsSockets } from "./mdns-sockets.ts";

const NAME = "7b3b1e2c-0000-4000-8000-0000000000aa.local";
const LOOPBACK: LocalAddress = { address: "127.0.0.1", family: 4, interfaceName: "lo", loopback: true };

interface Query {
  readonly packet: Packet;
  readonly address: string;
  readonly port: number;
}

let responder: Socket;
let port: number;
let onQuery: (query: Query) => void;

beforeEach(async () => {
  onQuery = () => {};
  // Any free port stands for 5353, so that no real responder and no other test hears us.
  responder = createSocket({ type: "udp4", reuseAddr: true });
  await new Promise<void>((resolve) => responder.bind(0, resolve));
  port = responder.address().port;
  responder.addMembership(MDNS_GROUP_IPV4, "127.0.0.1");
  responder.setMulticastInterface("127.0.0.1");
  responder.on("message", (datagram, source) => {
    const packet = decode(datagram);
    if (packet.type === "query") onQuery({ packet, address: source.address, port: source.port });
  });
});
afterEach(() => {
  vi.useRealTimers();
  responder.close();
});

/** Asks once, and waits for the answer however long the machine takes. */
function resolve(): Promise<readonly string[]> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const resolver = new MdnsResolver(
    openMdnsSockets(() => [LOOPBACK], SILENT, port),
    SILENT,
  );
  const answered = new Promise<readonly string[]>((done) => resolver.resolve(NAME, done));
  vi.advanceTimersByTime(0);
  return answered;
}

function answer(id = 0): Uint8Array {
  return encode({ type: "response", id, answers: [{ type: "A", name: NAME, ttl: 120, data: "192.0.2.44" }] });
}

test("takes an answer that was sent to everybody (RFC 6762 §6)", async () => {
  onQuery = ({ port: from }) => {
    if (from === port) responder.send(answer(), port, MDNS_GROUP_IPV4);
  };
  expect(await resolve()).toEqual(["192.0.2.44"]);
});

test("takes an answer that was sent to its ephemeral port (RFC 6762 §6.7)", async () => {
  onQuery = ({ packet, address, port: from }) => {
    if (from !== port) responder.send(answer(packet.id), from, address);
  };
  expect(await resolve()).toEqual(["192.0.2.44"]);
});

test("asks one question per message, for A and AAAA, with id 0 only from the shared port", async () => {
  const seen = new Set<string>();
  onQuery = ({ packet, port: from }) => {
    expect(packet.questions).toHaveLength(1);
    expect(packet.questions![0]!.name).toBe(NAME);
    expect(packet.id === 0).toBe(from === port);
    seen.add(`${packet.questions![0]!.type} ${from === port ? "shared" : "one-shot"}`);
    if (seen.size === 4) responder.send(answer(), port, MDNS_GROUP_IPV4);
  };
  expect(await resolve()).toEqual(["192.0.2.44"]);
  expect([...seen].sort()).toEqual(["A one-shot", "A shared", "AAAA one-shot", "AAAA shared"]);
});

test("ignores an answer from any other port (RFC 6762 §6)", async () => {
  const impostor = createSocket("udp4");
  let lied = false;
  onQuery = ({ packet, address, port: from }) => {
    if (from === port) return;
    if (!lied) {
      lied = true;
      const lie = encode({
        type: "response",
        id: packet.id ?? 0,
        answers: [{ type: "A", name: NAME, ttl: 1, data: "192.0.2.66" }],
      });
      impostor.send(lie, from, address, () => responder.send(answer(packet.id), from, address));
    }
  };
  expect(await resolve()).toEqual(["192.0.2.44"]);
  impostor.close();
});

/** Sockets that hold the process; those being closed are gone after a turn of the event loop. */
async function sockets(): Promise<number> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length;
}

test("holds no socket before and after a query", async () => {
  const before = await sockets();
  const resolver = new MdnsResolver(
    openMdnsSockets(() => [LOOPBACK], SILENT, port),
    SILENT,
  );
  expect(await sockets()).toBe(before);
  const heard = new Promise<void>((done) => {
    onQuery = () => done();
  });
  const pending = resolver.resolve(NAME, () => {});
  await heard;
  expect(await sockets()).toBeGreaterThan(before);
  pending.cancel();
  expect(await sockets()).toBe(before);
});
