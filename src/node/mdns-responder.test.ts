import { createSocket, type Socket } from "node:dgram";
import { decode, type Packet } from "dns-packet";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SILENT } from "../core/base/log.ts";
import { Malformed } from "../core/base/malformed.ts";
import type { LocalAddress } from "../host/host.ts";
import { SeededRandom } from "../sim/seeded-random.ts";
import { decodeMdnsQuery, LEGACY_TTL, MDNS_TTL } from "./mdns-answer.ts";
import { encodeMdnsQuery } from "./mdns-message.ts";
import { MdnsResolver } from "./mdns-resolver.ts";
import {
  MAX_LEGACY_ANSWERS,
  MAX_PUBLISHED_NAMES,
  MdnsResponder,
  type MdnsSource,
  MULTICAST_INTERVAL,
} from "./mdns-responder.ts";
import { openResponderSockets } from "./mdns-responder-sockets.ts";
import { openMdnsSockets } from "./mdns-sockets.ts";

const NAME = "7b3b1e2c-0000-4000-8000-0000000000bb.local";

/** A responder whose link is the test. */
class Stage {
  readonly said: Packet[] = [];
  readonly replies: { packet: Packet; to: MdnsSource }[] = [];
  open = 0;
  hear: (datagram: Uint8Array, source: MdnsSource, legacy: boolean) => void = () => undefined;
  readonly responder = new MdnsResponder((receive) => {
    this.open++;
    this.hear = receive;
    return {
      announce: (message) => void this.said.push(decode(Buffer.from(message))),
      reply: (message, to) => void this.replies.push({ packet: decode(Buffer.from(message)), to }),
      close: () => void this.open--,
    };
  }, SILENT);

  ask(name: string, type: "A" | "AAAA" = "A", source = { address: "192.0.2.9", port: 5353 }): void {
    this.hear(encodeMdnsQuery(name, type, 7, false), source, source.port !== 5353);
  }
}

describe("a responder for names of ours (RFC 6762)", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("announces a name twice, answers for it, and takes it back (§8.3, §10.1)", () => {
    const stage = new Stage();
    const published = stage.responder.publish(NAME, "192.0.2.1");
    vi.advanceTimersByTime(5000);
    expect(stage.said).toHaveLength(2);
    stage.ask(NAME.toUpperCase());
    expect(stage.said.at(-1)).toMatchObject({
      type: "response",
      id: 0,
      flag_aa: true,
      answers: [{ name: NAME, type: "A", data: "192.0.2.1", ttl: MDNS_TTL, flush: true }],
    });
    published.cancel();
    expect(stage.said.at(-1)?.answers).toMatchObject([{ name: NAME, ttl: 0 }]);
    expect(stage.open).toBe(0);
  });

  test("says that there is no address of the other family, so that nobody waits for it (§6.1)", () => {
    const stage = new Stage();
    stage.responder.publish(NAME, "192.0.2.1");
    vi.advanceTimersByTime(5000);
    stage.ask(NAME, "AAAA");
    expect(stage.said.at(-1)?.additionals).toMatchObject([
      { name: NAME, type: "NSEC", data: { nextDomain: NAME, rrtypes: ["A"] } },
    ]);
  });

  test("answers everybody at most once a second about one name (§6)", () => {
    const stage = new Stage();
    stage.responder.publish(NAME, "192.0.2.1");
    vi.advanceTimersByTime(5000);
    const before = stage.said.length;
    for (let i = 0; i < 100; i++) stage.ask(NAME);
    expect(stage.said.length).toBe(before + 1);
    vi.advanceTimersByTime(MULTICAST_INTERVAL);
    stage.ask(NAME);
    expect(stage.said.length).toBe(before + 2);
  });

  test("answers a querier of plain DNS by itself, with its id and a short life; so many a second (§6.7)", () => {
    const stage = new Stage();
    stage.responder.publish(NAME, "192.0.2.1");
    const source = { address: "192.0.2.9", port: 40_000 };
    for (let i = 0; i < 10 * MAX_LEGACY_ANSWERS; i++) stage.ask(NAME, "A", source);
    expect(stage.replies).toHaveLength(MAX_LEGACY_ANSWERS);
    expect(stage.replies[0]).toMatchObject({
      to: source,
      packet: {
        id: 7,
        questions: [{ name: NAME }],
        answers: [{ data: "192.0.2.1", ttl: LEGACY_TTL, flush: false }],
      },
    });
  });

  test("is silent about every other name, and about answers and malformed queries", () => {
    const stage = new Stage();
    stage.responder.publish(NAME, "192.0.2.1");
    vi.advanceTimersByTime(5000);
    const before = stage.said.length;
    stage.ask("printer.local");
    const query = encodeMdnsQuery(NAME, "A", 7, false);
    for (let length = 0; length < query.length; length++) {
      stage.hear(query.subarray(0, length), { address: "192.0.2.9", port: 5353 }, false);
    }
    const response = query.slice();
    response[2] = response[2]! | 0x80;
    stage.hear(response, { address: "192.0.2.9", port: 5353 }, false);
    expect(stage.said.length).toBe(before);
  });

  test(`has ${MAX_PUBLISHED_NAMES} names at most`, () => {
    const stage = new Stage();
    for (let i = 0; i <= MAX_PUBLISHED_NAMES; i++) stage.responder.publish(`${i}.local`, "192.0.2.1");
    vi.advanceTimersByTime(5000);
    expect(new Set(stage.said.map(({ answers }) => answers![0]!.name)).size).toBe(MAX_PUBLISHED_NAMES);
  });
});

test("no input makes the decoder throw", () => {
  const random = new SeededRandom(11);
  const valid = encodeMdnsQuery(NAME, "A", 7, false);
  for (let round = 0; round < 5000; round++) {
    const bytes = valid.slice(0, 1 + random.below(valid.length));
    for (let i = 0; i < 3; i++) bytes[random.below(bytes.length)] = random.below(256);
    const query = decodeMdnsQuery(bytes);
    expect(query instanceof Malformed || Array.isArray(query.names)).toBe(true);
  }
});

describe("on real sockets", () => {
  const LOOPBACK: LocalAddress = { address: "127.0.0.1", family: 4, interfaceName: "lo", loopback: true };
  let keeper: Socket;

  beforeEach(() => {
    keeper = createSocket({ type: "udp4", reuseAddr: true });
  });
  afterEach(() => {
    keeper.close();
  });

  test("our own resolver finds the name, and nothing any more when it is taken back", async () => {
    // Any free port stands for 5353, so that no real responder and no other test hears us.
    await new Promise<void>((resolve) => keeper.bind(0, resolve));
    const { port } = keeper.address();
    const responder = new MdnsResponder(
      openResponderSockets(() => [LOOPBACK], SILENT, port),
      SILENT,
    );
    const published = responder.publish(NAME, "127.0.0.1");
    const resolve = () =>
      new Promise<readonly string[]>((done) => {
        new MdnsResolver(
          openMdnsSockets(() => [LOOPBACK], SILENT, port),
          SILENT,
        ).resolve(NAME, done);
      });
    // It asks once, and waits for the answer however long the machine takes.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const found = resolve();
    vi.advanceTimersByTime(0);
    expect(await found).toEqual(["127.0.0.1"]);
    vi.useRealTimers();
    published.cancel();
    expect(await resolve()).toEqual([]);
  });
});
