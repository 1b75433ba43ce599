import { describe, expect, test } from "vitest";
import type { DataChannelParameters } from "../core/session/protocol.ts";
import { MessageEventConstructor } from "../webidl/event-target.ts";
import { FakeRealm, negotiated, record } from "./fake-realm.testing.ts";
import { MAX_NAME_BYTES } from "./open-channel.ts";
import { RTCDataChannel } from "./RTCDataChannel.ts";
import type { RTCErrorEvent } from "./RTCErrorEvent.ts";
import { MAX_BUFFERED_AMOUNT } from "./RTCSctpTransport.ts";

const EVENTS = ["open", "message", "bufferedamountlow", "closing", "error", "close"];
const named = (name: string) => expect.objectContaining({ name });

/** A connection with one open channel: the engine's channel 1. */
async function open() {
  let channel: RTCDataChannel | undefined;
  const { realm, pc } = await negotiated((offerer) => {
    channel = offerer.createDataChannel("chat");
  });
  const first = realm.commands.find((command) => command.type === "open-channel" && command.channel === 3);
  if (first === undefined || channel === undefined) throw new Error("the channel was not opened");
  realm.report({ type: "sctp-connected", transport: 1, maxChannels: 65_535 });
  realm.report({ type: "channel-open", channel: 3 });
  await realm.settle();
  realm.commands.length = 0;
  return { realm, pc, channel };
}

const PARAMETERS: DataChannelParameters = {
  label: "theirs",
  protocol: "chat",
  ordered: false,
  maxPacketLifeTime: undefined,
  maxRetransmits: 3,
  priority: 512,
};

describe("createDataChannel (webrtc-pc §6.1)", () => {
  test("takes the defaults of the standard", () => {
    const channel = new FakeRealm().connection().createDataChannel("");
    expect(channel).toMatchObject({
      label: "",
      protocol: "",
      ordered: true,
      negotiated: false,
      id: null,
      maxPacketLifeTime: null,
      maxRetransmits: null,
      priority: "low",
      readyState: "connecting",
      bufferedAmount: 0,
      bufferedAmountLowThreshold: 0,
      binaryType: "arraybuffer",
    });
  });

  test("refuses what the standard refuses, with its exceptions", () => {
    const pc = new FakeRealm().connection();
    const create = (init: object) => () => pc.createDataChannel("a", init);
    expect(create({ maxRetransmits: 1, maxPacketLifeTime: 1 })).toThrow(TypeError);
    expect(create({ negotiated: true })).toThrow(TypeError);
    expect(create({ negotiated: true, id: 65_535 })).toThrow(TypeError);
    expect(create({ negotiated: true, id: 65_536 })).toThrow(TypeError);
    expect(create({ maxRetransmits: -1 })).toThrow(TypeError);
    expect(create({ priority: "urgent" })).toThrow(TypeError);
    expect(() => Reflect.apply(pc.createDataChannel, pc, [])).toThrow(TypeError);
    pc.createDataChannel("a", { negotiated: true, id: 65_534 });
    expect(create({ negotiated: true, id: 65_534 })).toThrow(named("OperationError"));
    pc.close();
    expect(create({})).toThrow(named("InvalidStateError"));
  });

  test("counts labels and protocols in UTF-8 bytes, 65535 at most", () => {
    const pc = new FakeRealm().connection();
    const longest = "é".repeat((MAX_NAME_BYTES - 1) / 2);
    expect(pc.createDataChannel(`${longest}a`, { protocol: `${longest}a` }).label).toHaveLength(32_768);
    expect(() => pc.createDataChannel(`${longest}aa`)).toThrow(TypeError);
    expect(() => pc.createDataChannel("a", { protocol: `${longest}aa` })).toThrow(TypeError);
  });

  test("ignores the id of a channel that is negotiated in-band", () => {
    expect(new FakeRealm().connection().createDataChannel("a", { id: 7 }).id).toBeNull();
  });

  test("ids follow the DTLS role, and are known when the answer is set (RFC 8832 §6)", async () => {
    const channels: RTCDataChannel[] = [];
    const { realm, pc, peer } = await negotiated((offerer) => {
      channels.push(offerer.createDataChannel("a"));
      channels.push(offerer.createDataChannel("b", { negotiated: true, id: 3 }));
      channels.push(offerer.createDataChannel("c"));
    });
    // The answerer is the DTLS client: its ids are even, the offerer's odd. "first" has taken 1.
    expect(channels.map((channel) => channel.id)).toEqual([5, 3, 7]);
    expect(peer.createDataChannel("d").id).toBe(0);
    expect(pc.createDataChannel("e").id).toBe(9);
    expect(realm.commands.filter((command) => command.type === "open-channel")).toMatchObject([
      { channel: 1, streamId: 1, negotiated: false },
      { channel: 3, streamId: 5, negotiated: false },
      { channel: 5, streamId: 3, negotiated: true },
      { channel: 7, streamId: 7, negotiated: false },
      { channel: 9, streamId: 9, negotiated: false },
    ]);
  });

  test("an id at or beyond maxChannels is an OperationError once SCTP is connected", async () => {
    const { realm, pc } = await negotiated();
    realm.report({ type: "sctp-connected", transport: 1, maxChannels: 10 });
    await realm.settle();
    pc.createDataChannel("a", { negotiated: true, id: 9 });
    expect(() => pc.createDataChannel("a", { negotiated: true, id: 10 })).toThrow(named("OperationError"));
  });
});

describe("opening (webrtc-pc §6.2.2, §6.2.3)", () => {
  test("a channel of ours opens with the association", async () => {
    const { channel } = await open();
    expect(channel.readyState).toBe("open");
  });

  test("a channel of the peer is open inside the datachannel event, and open fires after it", async () => {
    const { realm, pc } = await open();
    const log: string[] = [];
    pc.ondatachannel = ({ channel }) => {
      log.push(
        `datachannel ${channel.readyState} ${channel.id} ${channel.priority} ${channel.maxRetransmits}`,
      );
      record(channel, EVENTS, log);
      channel.send("early");
    };
    realm.report(
      { type: "channel-announced", channel: 2, streamId: 4, parameters: PARAMETERS },
      { type: "channel-message", channel: 2, binary: false, data: new TextEncoder().encode("hello") },
    );
    await realm.settle();
    expect(log).toEqual(["datachannel open 4 medium 3", "open", "message"]);
    expect(realm.commands).toMatchObject([{ type: "send", channel: 2, binary: false }]);
  });

  test("messages are tasks: code that awaits one can listen for the next", async () => {
    const { realm, channel } = await open();
    const next = () =>
      new Promise<unknown>((resolve) => {
        channel.onmessage = ({ data }) => resolve(data);
      });
    const both = (async () => [await next(), await next()])();
    const message = (text: string) =>
      ({
        type: "channel-message",
        channel: 3,
        binary: false,
        data: new TextEncoder().encode(text),
      }) as const;
    realm.report(message("one"), message("two"));
    expect(await realm.settled(both)).toEqual(["one", "two"]);
  });
});

describe("send() (webrtc-pc §6.2)", () => {
  test("InvalidStateError before open and after close()", async () => {
    const pc = new FakeRealm().connection();
    expect(() => pc.createDataChannel("a").send("x")).toThrow(named("InvalidStateError"));
    const { channel } = await open();
    channel.close();
    expect(() => channel.send("x")).toThrow(named("InvalidStateError"));
  });

  test("takes strings, buffers, views and anything with a string form", async () => {
    const { realm, channel } = await open();
    const bytes = Uint8Array.of(0, 1, 2, 3);
    channel.send("hé\ud800");
    channel.send(bytes.subarray(1, 3));
    channel.send(new DataView(bytes.buffer, 2));
    channel.send(bytes.buffer);
    channel.send(null as unknown as string);
    channel.send({ toString: () => "object" } as unknown as string);
    bytes.fill(9);
    const sent = realm.commands.map(
      (command) => command.type === "send" && [command.binary, [...command.data]],
    );
    const utf8 = (text: string) => [...new TextEncoder().encode(text)];
    expect(sent).toEqual([
      [false, utf8("hé\ufffd")],
      [true, [1, 2]],
      [true, [2, 3]],
      [true, [0, 1, 2, 3]],
      [false, utf8("null")],
      [false, utf8("object")],
    ]);
    expect(() => Reflect.apply(channel.send, channel, [])).toThrow(TypeError);
    expect(() => channel.send(Symbol("s") as unknown as string)).toThrow(TypeError);
  });

  test("keeps the order of calls when Blobs have to be read first", async () => {
    const { realm, channel } = await open();
    channel.send(new Blob(["blob one"]));
    channel.send("text");
    channel.send(new Blob(["blob two"]));
    expect(realm.commands).toEqual([]);
    expect(channel.bufferedAmount).toBe(20);
    channel.close();
    await expect.poll(() => realm.settle().then(() => realm.commands.length)).toBe(4);
    const texts = realm.commands.map((command) =>
      command.type === "send" ? new TextDecoder().decode(command.data) : command.type,
    );
    expect(texts).toEqual(["blob one", "text", "blob two", "close-channel"]);
  });

  test("a Blob that cannot be read fails the channel, because what was accepted cannot be sent", async () => {
    const { realm, channel } = await open();
    const log = record(channel, EVENTS, []);
    const blob = new Blob(["x"]);
    blob.arrayBuffer = () => Promise.reject(new Error("gone"));
    channel.send(blob);
    await expect.poll(() => realm.settle().then(() => realm.commands.length)).toBe(1);
    expect(log).toEqual(["error"]);
    expect(realm.commands).toEqual([{ type: "close-channel", channel: 3 }]);
  });

  test("TypeError above maxMessageSize, at the limit it goes", async () => {
    const { pc, channel } = await open();
    const max = pc.sctp!.maxMessageSize;
    channel.send(new Uint8Array(max));
    channel.send(new Uint8Array(max - 1));
    expect(() => channel.send(new Uint8Array(max + 1))).toThrow(TypeError);
  });

  test("OperationError when the buffer would hold more than 16 MiB", async () => {
    const { pc, channel } = await open();
    const chunk = new Uint8Array(pc.sctp!.maxMessageSize);
    for (let sent = 0; sent < MAX_BUFFERED_AMOUNT; sent += chunk.length) channel.send(chunk);
    expect(channel.bufferedAmount).toBe(MAX_BUFFERED_AMOUNT);
    expect(() => channel.send("x")).toThrow(named("OperationError"));
    channel.send("");
    expect(channel.bufferedAmount).toBe(MAX_BUFFERED_AMOUNT);
  });
});

describe("bufferedAmount (webrtc-pc §6.2)", () => {
  test("grows at once, shrinks in a task, and fires bufferedamountlow on the way down only", async () => {
    const { realm, channel } = await open();
    const log = record(channel, ["bufferedamountlow"], [], () => `low ${channel.bufferedAmount}`);
    channel.bufferedAmountLowThreshold = 4;
    channel.send("0123456789");
    expect(channel.bufferedAmount).toBe(10);
    for (const bytes of [5, 1, 2]) realm.report({ type: "buffered-amount-decrease", channel: 3, bytes });
    expect(channel.bufferedAmount).toBe(10);
    await realm.settle();
    expect(channel.bufferedAmount).toBe(2);
    expect(log).toEqual(["low 4"]);
  });

  test("does not go back to zero when the channel closes", async () => {
    const { realm, pc, channel } = await open();
    channel.send("0123456789");
    pc.close();
    await realm.settle();
    expect(channel.bufferedAmount).toBe(10);
  });

  test("the threshold is an [EnforceRange] unsigned long", async () => {
    const { channel } = await open();
    channel.bufferedAmountLowThreshold = 4_294_967_295;
    for (const value of [-1, 4_294_967_296, Number.NaN]) {
      expect(() => {
        channel.bufferedAmountLowThreshold = value;
      }).toThrow(TypeError);
    }
    expect(channel.bufferedAmountLowThreshold).toBe(4_294_967_295);
  });
});

describe("receiving (webrtc-pc §6.2.8)", () => {
  async function received(binaryType: "blob" | "arraybuffer", binary: boolean, data: Uint8Array) {
    const { realm, channel } = await open();
    channel.binaryType = binaryType;
    let event: { data: unknown; origin: string } | undefined;
    channel.onmessage = (message) => {
      event = message;
    };
    realm.report({ type: "channel-message", channel: 3, binary, data });
    await realm.settle();
    return event!;
  }

  test("strings are decoded as UTF-8, broken sequences replaced, a byte order mark kept", async () => {
    expect((await received("arraybuffer", false, new TextEncoder().encode("\ufeffhé"))).data).toBe(
      "\ufeffhé",
    );
    expect((await received("arraybuffer", false, Uint8Array.of(0xff, 0x61))).data).toBe("\ufffda");
    expect((await received("arraybuffer", false, new Uint8Array(0))).data).toBe("");
  });

  test("binary messages become what binaryType asks for", async () => {
    const wide = Uint8Array.of(9, 1, 2, 9);
    const buffer = (await received("arraybuffer", true, wide.subarray(1, 3))).data;
    expect(buffer).toEqual(Uint8Array.of(1, 2).buffer);
    const blob = (await received("blob", true, wide.subarray(1, 3))).data as Blob;
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(Uint8Array.of(1, 2));
  });

  test("binaryType ignores other strings (WebIDL enum attribute)", async () => {
    const { channel } = await open();
    (channel as { binaryType: string }).binaryType = "nonsense";
    expect(channel.binaryType).toBe("arraybuffer");
  });

  test("the event is a MessageEvent of an opaque origin", async () => {
    const event = await received("arraybuffer", true, new Uint8Array(1));
    expect(event).toBeInstanceOf(MessageEventConstructor);
    expect(event.origin).toBe("null");
  });

  test("messages for a channel that is not open are discarded", async () => {
    const { realm, channel } = await open();
    const log = record(channel, EVENTS, []);
    channel.close();
    realm.report({ type: "channel-message", channel: 3, binary: true, data: new Uint8Array(1) });
    await realm.settle();
    expect(log).toEqual([]);
  });
});

describe("closing (webrtc-pc §6.2.4, §6.2.5)", () => {
  test("close() at this end: closing at once and without event, then close", async () => {
    const { realm, channel } = await open();
    const log = record(channel, EVENTS, []);
    channel.close();
    channel.close();
    expect(channel.readyState).toBe("closing");
    await realm.settle();
    expect(realm.commands).toEqual([{ type: "close-channel", channel: 3 }]);
    realm.report(
      { type: "channel-closing", channel: 3 },
      { type: "channel-closed", channel: 3, error: undefined },
    );
    await realm.settle();
    expect(log).toEqual(["close"]);
    expect(channel.readyState).toBe("closed");
  });

  test("closed by the peer: closing, then close", async () => {
    const { realm, channel } = await open();
    const log = record(channel, EVENTS, [], (event) => `${event.type} ${channel.readyState}`);
    realm.report(
      { type: "channel-closing", channel: 3 },
      { type: "channel-closed", channel: 3, error: undefined },
    );
    await realm.settle();
    expect(log).toEqual(["closing closing", "close closed"]);
  });

  test("closed with an error: error with the SCTP cause, then close", async () => {
    const { realm, channel } = await open();
    const log = record(channel, EVENTS, []);
    let error: RTCErrorEvent["error"] | undefined;
    channel.onerror = (event) => {
      error = event.error;
    };
    const failure = { detail: "sctp-failure", message: "Close called", sctpCauseCode: 12 } as const;
    realm.report({ type: "channel-closed", channel: 3, error: failure });
    await realm.settle();
    expect(log).toEqual(["error", "close"]);
    expect(error).toMatchObject({ errorDetail: "sctp-failure", sctpCauseCode: 12, message: "Close called" });
  });

  test("a channel that never had a transport closes by itself", async () => {
    const realm = new FakeRealm();
    const channel = realm.connection().createDataChannel("a");
    const log = record(channel, EVENTS, []);
    channel.close();
    await realm.settle();
    expect(log).toEqual(["close"]);
  });

  test("the id of a closed channel can be used again, that of a closing one cannot", async () => {
    const { realm, pc, channel } = await open();
    const { id } = channel;
    channel.close();
    await realm.settle();
    expect(pc.createDataChannel("b").id).not.toBe(id);
    realm.report({ type: "channel-closed", channel: 3, error: undefined });
    await realm.settle();
    expect(pc.createDataChannel("c").id).toBe(id);
  });
});

test("an answer that refuses data fails the channels and takes the transport away (webrtc-pc §4.4.1.5, §6.2.7)", async () => {
  const realm = new FakeRealm();
  const peerRealm = new FakeRealm();
  const pc = realm.connection();
  const peer = peerRealm.connection();
  const channel = pc.createDataChannel("a");
  const log = record(channel, EVENTS, []);
  await realm.settled(pc.setLocalDescription());
  const { sctp } = pc;
  const { iceTransport } = sctp!.transport;
  record(sctp!, ["statechange"], log, () => `sctp ${sctp!.state}`);
  record(iceTransport, ["statechange"], log, () => `ice ${iceTransport.state}`);
  let detail: string | undefined;
  channel.onerror = ({ error }) => {
    detail = error.errorDetail;
  };
  await peerRealm.settled(peer.setRemoteDescription(pc.localDescription!));
  const answer = await peerRealm.settled(peer.createAnswer());
  const refused = answer.sdp
    .replace("m=application 9", "m=application 0")
    .replace("a=group:BUNDLE 0", "a=group:BUNDLE");
  const refusal = pc.setRemoteDescription({ type: "answer", sdp: refused });
  await realm.settled(refusal);
  expect(pc.sctp).toBeNull();
  expect([...log].sort()).toEqual(["close", "error", "ice closed", "sctp closed"]);
  expect(detail).toBe("data-channel-failure");
  expect([pc.iceGatheringState, pc.iceConnectionState, pc.connectionState]).toEqual(["new", "new", "new"]);
  expect(realm.commands.at(-1)).toEqual({ type: "remove-transport", transport: 1 });
});

test("scripts cannot construct channels", () => {
  expect(() => new RTCDataChannel()).toThrow(new TypeError("Illegal constructor"));
});
