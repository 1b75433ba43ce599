/** What a peer may do with DATA_CHANNEL_OPEN (RFC 8832 §5.1, §6), against an association that only takes notes. */
import { describe, expect, test } from "vitest";
import { Fifo } from "../base/fifo.ts";
import { encodeDataChannelOpen, PPID_DCEP, PPID_STRING } from "../dcep/index.ts";
import type { SctpAssociation } from "../sctp/index.ts";
import { ANNOUNCED_BYTES, DataChannels } from "./data-channels.ts";
import { RELIABLE } from "./pair.testing.ts";
import type { EngineEvent } from "./protocol.ts";

class Stage {
  readonly events = new Fifo<EngineEvent>();
  readonly sent: { streamId: number; ppid: number }[] = [];
  readonly reset: number[] = [];
  readonly channels: DataChannels;

  constructor(role: "client" | "server" = "server", maxChannels = 65_535) {
    this.channels = new DataChannels(this.events);
    const association = {
      send: (_now: number, streamId: number, ppid: number) => this.sent.push({ streamId, ppid }) > 0,
      resetStreams: (_now: number, streamIds: readonly number[]) => this.reset.push(...streamIds),
      setStreamPriority: () => {},
    };
    this.channels.attach(association as unknown as SctpAssociation);
    this.channels.setDtlsRole(role);
    this.channels.connected(0, maxChannels);
  }

  receive(streamId: number, ppid: number, data: Uint8Array): void {
    this.channels.handleSctpEvent(0, { type: "message", streamId, ppid, data });
  }

  /** The peer opens a channel; returns the bytes of its message. */
  open(streamId: number, label = "x"): number {
    const message = encodeDataChannelOpen({ ...RELIABLE, label });
    this.receive(streamId, PPID_DCEP, message);
    return message.length;
  }

  /** The peer closes it, and our own reset is performed. */
  close(streamId: number): void {
    this.channels.handleSctpEvent(0, { type: "streams-reset-incoming", streamIds: [streamId] });
    this.channels.handleSctpEvent(0, { type: "streams-reset-outgoing", streamIds: [streamId] });
  }

  take(): EngineEvent[] {
    const taken: EngineEvent[] = [];
    for (let event = this.events.shift(); event; event = this.events.shift()) taken.push(event);
    return taken;
  }

  get announced(): number {
    return this.take().filter(({ type }) => type === "channel-announced").length;
  }
}

describe("DATA_CHANNEL_OPEN", () => {
  test("is answered on a free stream of the peer's parity (RFC 8832 §6)", () => {
    const stage = new Stage("server");
    stage.open(0);
    expect(stage.sent).toEqual([{ streamId: 0, ppid: PPID_DCEP }]);
    expect(stage.announced).toBe(1);
  });

  test.each(["client", "server"] as const)(
    "on a stream of our own parity is refused: no ACK, and the stream is reset (RFC 8832 §6; we are the %s)",
    (role) => {
      const stage = new Stage(role);
      const ours = role === "client" ? 2 : 3;
      stage.open(ours);
      expect([stage.sent, stage.announced, stage.reset]).toEqual([[], 0, [ours]]);
      expect(stage.channels.drops.refusedOpen).toBe(1);
      expect(stage.channels.count).toBe(0);
    },
  );

  test("on a stream in use changes nothing", () => {
    const stage = new Stage();
    stage.open(0, "first");
    stage.take();
    stage.open(0, "second");
    expect([stage.announced, stage.reset, stage.sent.length]).toEqual([0, [], 1]);
    expect(stage.channels.drops.refusedOpen).toBe(1);
  });

  test("for every stream there is makes that many channels, and closing them leaves none", () => {
    const stage = new Stage("server");
    for (let streamId = 0; streamId < 65_535; streamId++) stage.open(streamId);
    expect(stage.channels.count).toBe(32_768);
    for (let streamId = 0; streamId < 65_535; streamId += 2) stage.close(streamId);
    expect(stage.channels.count).toBe(0);
  });

  test("labels and protocols of the peer's channels have 4 MiB together; closing a channel gives its part back", () => {
    const stage = new Stage();
    const label = "x".repeat(65_535);
    let bytes = 0;
    let streamId = 0;
    while (stage.channels.drops.refusedOpen === 0) {
      const length = stage.open(streamId, label);
      streamId += 2;
      if (stage.channels.drops.refusedOpen === 0) bytes += length;
    }
    expect(bytes).toBeLessThanOrEqual(ANNOUNCED_BYTES);
    expect(bytes + 65_535 + 12).toBeGreaterThan(ANNOUNCED_BYTES);
    expect(stage.reset).toEqual([streamId - 2]);
    stage.close(0);
    stage.take();
    stage.open(0, label);
    expect(stage.announced).toBe(1);
    for (let i = 0; i < 100; i++) {
      stage.close(0);
      stage.open(0, label);
    }
    expect(stage.announced).toBe(100);
  });
});

describe("stream ids", () => {
  const negotiated = { type: "open-channel", channel: 1, parameters: RELIABLE, negotiated: true } as const;

  test("a negotiated channel whose id the peer has just taken fails, and the peer's goes on", () => {
    const stage = new Stage();
    stage.open(0);
    stage.take();
    stage.channels.open(0, { ...negotiated, streamId: 0 });
    expect(stage.take()).toMatchObject([
      { type: "channel-closed", channel: 1, error: { detail: "data-channel-failure" } },
    ]);
    stage.receive(0, PPID_STRING, Uint8Array.of(65));
    expect(stage.take()).toMatchObject([{ type: "channel-message" }]);
    stage.close(0);
    expect(stage.channels.count).toBe(0);
  });

  test("messages for a stream that the peer resets before anybody has claimed it are not those of the next channel", () => {
    const stage = new Stage();
    stage.receive(5, PPID_STRING, Uint8Array.of(65));
    stage.channels.handleSctpEvent(0, { type: "streams-reset-incoming", streamIds: [5] });
    stage.channels.open(0, { ...negotiated, streamId: 5 });
    expect(stage.take().map(({ type }) => type)).toEqual(["channel-open"]);
  });

  test("one whose reset was refused is not used again before another association", () => {
    const stage = new Stage("server");
    stage.channels.open(0, { ...negotiated, negotiated: false, streamId: undefined });
    stage.channels.close(0, 1);
    stage.channels.handleSctpEvent(0, { type: "streams-reset-failed", streamIds: [1] });
    stage.take();
    const next = (channel: number) => {
      stage.channels.open(0, { ...negotiated, channel, negotiated: false, streamId: undefined });
      return stage.take().find((event) => event.type === "channel-id")?.streamId;
    };
    expect(next(3)).toBe(3);
    stage.channels.restart({ detail: "sctp-failure", message: "renegotiated" });
    stage.take();
    expect(next(5)).toBe(1);
  });
});
