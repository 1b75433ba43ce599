/** What our RTCPeerConnection must do with any browser. Run by chromium.test.ts and firefox.test.ts. */
import { createHash } from "node:crypto";
import type { Page } from "puppeteer-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RTCDataChannel } from "../../src/index.ts";
import { until } from "../until.testing.ts";
import { skipIf } from "./in-browser.testing.ts";
import { type ChannelFacts, inbox, opened, Session } from "./session.testing.ts";

const MESSAGE_SIZES = [1, 1199, 1200, 16_384, 65_535, 65_536, 262_144];
const MANY_CHANNELS = 100;

/** Declares the tests. `page()` is the page in which page.js runs; `bulkBytes` goes there and back. */
export function describeInterop({ page, bulkBytes }: { page: () => Page; bulkBytes: number }): void {
  let session: Session;

  beforeEach(async () => {
    session = await Session.open(page());
  });

  afterEach(async () => {
    await session.close();
  });

  describe.each(["browser", "node"] as const)("when the offer comes from the %s", (offerer) => {
    test("all states of both ends arrive", async () => {
      session.connection.createDataChannel("any");
      await session.call("createChannel", "any-too");
      await session.offerFrom(offerer);
      const theirs = await session.connected();
      expect(theirs).toMatchObject({
        connection: "connected",
        signaling: "stable",
        dtls: "connected",
        sctp: "connected",
      });

      const { connection } = session;
      await until(() => connection.iceGatheringState === "complete", "gathering to complete");
      expect(connection.signalingState).toBe("stable");
      expect(["connected", "completed"]).toContain(connection.iceConnectionState);
      await until(() => connection.sctp?.state === "connected", "our SCTP to be connected");
      expect(connection.sctp?.transport.state).toBe("connected");
      const pair = connection.sctp?.transport.iceTransport.getSelectedCandidatePair();
      expect(pair?.local.port).toBeGreaterThan(0);
      expect(pair?.remote.port).toBeGreaterThan(0);
    });

    test("strings, bytes and empty messages come back as they were sent", async () => {
      const channel = await channelWithEcho(session, offerer);
      const box = inbox(channel);
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      channel.send("text");
      channel.send("");
      channel.send("snow ☃, rocket 🚀, nul \0 and line\r\n");
      channel.send(bytes);
      channel.send(new ArrayBuffer(0));
      channel.send(bytes.subarray(3, 7));
      channel.send("last");

      const messages = await box.take(7);
      expect(messages.slice(0, 3)).toEqual(["text", "", "snow ☃, rocket 🚀, nul \0 and line\r\n"]);
      expect(new Uint8Array(messages[3] as ArrayBuffer)).toEqual(bytes);
      expect((messages[4] as ArrayBuffer).byteLength).toBe(0);
      expect([...new Uint8Array(messages[5] as ArrayBuffer)]).toEqual([3, 4, 5, 6]);
      expect(messages[6]).toBe("last");
    });

    test("messages up to 256 KiB keep their borders", async () => {
      const channel = await channelWithEcho(session, offerer);
      const box = inbox(channel);
      for (const size of MESSAGE_SIZES) channel.send(new Uint8Array(size).fill(size & 0xff));
      const messages = (await box.take(MESSAGE_SIZES.length)) as ArrayBuffer[];
      expect(messages.map(({ byteLength }) => byteLength)).toEqual(MESSAGE_SIZES);
      for (const message of messages) {
        const expected = Buffer.alloc(message.byteLength, message.byteLength & 0xff);
        expect(Buffer.from(message).equals(expected)).toBe(true);
      }
    });

    test("a negotiated channel opens at both ends without a message on the wire", async () => {
      const channel = session.connection.createDataChannel("agreed", { negotiated: true, id: 7 });
      await session.call("createChannel", "agreed", { negotiated: true, id: 7 });
      await session.offerFrom(offerer);
      await opened(channel);
      expect(await session.call<ChannelFacts>("opened", "agreed")).toMatchObject({ id: 7, negotiated: true });
      const box = inbox(channel);
      await session.call("echo", "agreed");
      channel.send("both know");
      expect(await box.take(1)).toEqual(["both know"]);
      expect(session.arrivals).toEqual([]);
      expect(await session.call("arrivals")).toEqual([]);
    });

    test("the properties of a channel reach the other end, from either side", async () => {
      await connect(session, offerer);
      const variants = [
        { label: "plain", options: {} },
        { label: "unordered", options: { ordered: false } },
        { label: "no-repeat", options: { ordered: false, maxRetransmits: 0 } },
        { label: "three-tries", options: { maxRetransmits: 3 } },
        { label: "brief", options: { maxPacketLifeTime: 150 } },
        { label: "protocol ⚙", options: { protocol: "größe/1" } },
      ];
      for (const { label, options } of variants) {
        session.connection.createDataChannel(`n ${label}`, options);
        const theirs = await session.call<ChannelFacts>("opened", `n ${label}`);
        expect(theirs).toMatchObject(expectedFacts(`n ${label}`, options));

        await session.call("createChannel", `b ${label}`, options);
        const ours = await session.arrival(`b ${label}`);
        expect(factsOf(ours)).toMatchObject(expectedFacts(`b ${label}`, options));
      }
    });

    test("an unreliable, unordered channel carries messages both ways", async () => {
      await connect(session, offerer);
      const channel = session.connection.createDataChannel("loose", { ordered: false, maxRetransmits: 0 });
      await opened(channel);
      const box = inbox(channel);
      await session.call("echo", "loose");
      for (let index = 0; index < 50; index++) channel.send(`message ${index}`);
      // Nothing is lost on a loopback path, but nothing promises the order.
      const messages = await box.take(50);
      expect(new Set(messages).size).toBe(50);
    });

    test(`${MANY_CHANNELS} channels of each side live side by side`, async () => {
      await connect(session, offerer);
      const channels: RTCDataChannel[] = [];
      for (let index = 0; index < MANY_CHANNELS; index++) {
        channels.push(session.connection.createDataChannel(`ours ${index}`));
        await session.call("createChannel", `theirs ${index}`);
      }
      for (let index = 0; index < MANY_CHANNELS; index++) {
        await session.call("echo", `ours ${index}`);
        await session.call("echo", `theirs ${index}`);
        channels.push(await session.arrival(`theirs ${index}`));
      }
      const boxes = channels.map(inbox);
      for (const channel of channels) (await opened(channel)).send(`to ${channel.label}`);
      for (const [index, box] of boxes.entries())
        expect(await box.take(1)).toEqual([`to ${channels[index]!.label}`]);
      expect(new Set(channels.map(({ id }) => id)).size).toBe(2 * MANY_CHANNELS);
    });

    test("a channel closed by either side closes at the other, and its stream can serve again", async () => {
      await connect(session, offerer);
      const mine = session.connection.createDataChannel("mine");
      await opened(mine);
      const id = mine.id;
      await session.call("opened", "mine");
      mine.send("before the end");
      mine.close();
      expect(mine.readyState).toBe("closing");
      await until(() => mine.readyState === "closed", "our channel to close");
      expect(await session.call("closed", "mine")).toMatchObject({ readyState: "closed" });
      expect(await session.call("received", "mine", 1)).toEqual(["before the end"]);

      await session.call("createChannel", "theirs");
      const theirs = await opened(await session.arrival("theirs"));
      const log: string[] = [];
      for (const name of ["closing", "close", "error"]) theirs.addEventListener(name, () => log.push(name));
      await session.call("opened", "theirs");
      await session.call("close", "theirs");
      await until(() => theirs.readyState === "closed", "the page's channel to close here");
      await until(() => log.includes("close"), "its close event");
      expect(log).toEqual(["closing", "close"]);
      await session.call("closed", "theirs");

      const again = session.connection.createDataChannel("again");
      await opened(again);
      expect(again.id).toBe(id);
      const box = inbox(again);
      await session.call("echo", "again");
      again.send("still here");
      expect(await box.take(1)).toEqual(["still here"]);
    });

    test(`${bulkBytes / 1e6} MB go browser → Node → browser with equal hashes`, async () => {
      await connect(session, offerer);
      await session.call("createChannel", "bulk");
      const channel = await opened(await session.arrival("bulk"));
      await session.call("opened", "bulk");
      const hash = createHash("sha256");
      const relay = new Relay(channel, (bytes) => hash.update(bytes));
      const result = await session.call<BulkResult>("bulk", "bulk", bulkBytes);
      expect(result.received).toBe(result.sent);
      expect(hash.digest("hex")).toBe(result.sent);
      expect(relay.maxBufferedAmount).toBeGreaterThan(0);
      console.log(
        `offer from ${offerer}: ${bulkBytes / 1e6} MB there and back in ${result.seconds.toFixed(1)} s ` +
          `(${(bulkBytes / 1e6 / result.seconds).toFixed(1)} MB/s each way)`,
      );
      // At one megabyte a second, which a machine with much other work was seen to reach, it takes three minutes and more.
    }, 600_000);
  });

  test("a Blob from the page arrives as its bytes", async () => {
    await session.call("createChannel", "blob");
    await session.offerFrom("browser");
    const channel = await opened(await session.arrival("blob"));
    const box = inbox(channel);
    await session.call("opened", "blob");
    await session.call("sendBlob", "blob", 5000);
    const [message] = (await box.take(1)) as [ArrayBuffer];
    expect([...new Uint8Array(message)]).toEqual(Array.from({ length: 5000 }, (_, index) => index & 0xff));
  });

  test("the page's candidates are mDNS names, and are resolved: the page never learns ours", async (context) => {
    session.hideOurCandidates = true;
    session.connection.createDataChannel("any");
    await session.offerFrom("node");
    await until(() => session.pageCandidates.length > 0, "a candidate of the page");
    skipIf(
      context,
      !session.pageCandidates.some((candidate) => candidate.includes(".local")),
      `this browser publishes no mDNS candidates: ${session.pageCandidates.join("; ")}`,
    );
    await session.connected();
  });

  test("a message larger than the page accepts is a TypeError, and the channel lives on", async (context) => {
    const channel = await channelWithEcho(session, "node");
    const limit = session.connection.sctp!.maxMessageSize;
    skipIf(context, limit > 2 ** 20, `this browser accepts ${limit} bytes`);
    expect(() => channel.send(new Uint8Array(limit + 1))).toThrow(TypeError);
    const box = inbox(channel);
    channel.send("small");
    expect(await box.take(1)).toEqual(["small"]);
  });

  test("when the page closes its connection, our channels close", async () => {
    const channel = await channelWithEcho(session, "browser");
    session.endSignalling();
    await session.call("closeConnection");
    await until(() => channel.readyState === "closed", "our channel to close");
  });

  test("when we close our connection, the page's channels close", async () => {
    await channelWithEcho(session, "node");
    session.endSignalling();
    session.connection.close();
    expect(await session.call("closed", "echo")).toMatchObject({ readyState: "closed" });
  });
}

interface BulkResult {
  readonly sent: string;
  readonly received: string;
  readonly seconds: number;
}

/** Sends back what comes, and holds what the channel cannot take yet. */
class Relay {
  maxBufferedAmount = 0;
  readonly #channel: RTCDataChannel;
  readonly #waiting: ArrayBuffer[] = [];

  constructor(channel: RTCDataChannel, onBytes: (bytes: Uint8Array) => void) {
    this.#channel = channel;
    channel.bufferedAmountLowThreshold = 1 << 20;
    channel.addEventListener("bufferedamountlow", () => this.#flush());
    channel.addEventListener("message", (event) => {
      const { data } = event as unknown as { data: ArrayBuffer };
      onBytes(new Uint8Array(data));
      this.#waiting.push(data);
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#channel.bufferedAmount < 4 << 20) {
      this.#channel.send(this.#waiting.shift()!);
      this.maxBufferedAmount = Math.max(this.maxBufferedAmount, this.#channel.bufferedAmount);
    }
  }
}

/** Connects with a channel from the start, and returns when both ends are connected. */
async function connect(session: Session, offerer: "browser" | "node"): Promise<void> {
  if (offerer === "node") session.connection.createDataChannel("first");
  else await session.call("createChannel", "first");
  await session.offerFrom(offerer);
  await session.connected();
}

/** A channel made before the offer by whoever offers, whose other end the page echoes. */
async function channelWithEcho(session: Session, offerer: "browser" | "node"): Promise<RTCDataChannel> {
  let channel: RTCDataChannel;
  if (offerer === "node") {
    channel = session.connection.createDataChannel("echo");
    await session.offerFrom("node");
  } else {
    await session.call("createChannel", "echo");
    await session.offerFrom("browser");
    channel = await session.arrival("echo");
  }
  await opened(channel);
  await session.call("opened", "echo");
  await session.call("echo", "echo");
  return channel;
}

function expectedFacts(label: string, options: Partial<ChannelFacts>): Partial<ChannelFacts> {
  return {
    label,
    protocol: options.protocol ?? "",
    ordered: options.ordered ?? true,
    maxRetransmits: options.maxRetransmits ?? null,
    maxPacketLifeTime: options.maxPacketLifeTime ?? null,
    negotiated: false,
  };
}

function factsOf(channel: RTCDataChannel): Partial<ChannelFacts> {
  const { label, protocol, ordered, maxRetransmits, maxPacketLifeTime, negotiated } = channel;
  return { label, protocol, ordered, maxRetransmits, maxPacketLifeTime, negotiated };
}
