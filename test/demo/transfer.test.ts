import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ACK_BYTES,
  BUFFER_HIGH_BYTES,
  type Channel,
  FileReceiver,
  FileSender,
  nodeHash,
  parseControl,
  Sha256,
  WINDOW_BYTES,
} from "./demo.testing.ts";

/** A channel whose buffer empties only when the test says so. */
class StuckChannel extends EventTarget implements Channel {
  readyState = "open";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readonly texts: Record<string, unknown>[] = [];
  readonly chunks: Uint8Array[] = [];

  send(data: string | Uint8Array): void {
    if (typeof data === "string") {
      this.texts.push(JSON.parse(data) as Record<string, unknown>);
    } else {
      this.chunks.push(data.slice());
      this.bufferedAmount += data.byteLength;
    }
  }

  drain(): void {
    this.bufferedAmount = 0;
    this.dispatchEvent(new Event("bufferedamountlow"));
  }

  get sentBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }
}

function patternRead(offset: number, length: number): Promise<Uint8Array> {
  return Promise.resolve(Uint8Array.from({ length }, (_, index) => (offset + index) % 251));
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

const zeros = (_offset: number, length: number) => Promise.resolve(new Uint8Array(length));

describe("sending a file", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("stops at the high mark of bufferedAmount, and goes on at bufferedamountlow", async () => {
    const channel = new StuckChannel();
    const sender = new FileSender(channel, { size: 4 * BUFFER_HIGH_BYTES, read: zeros, hash: nodeHash() });
    const sending = sender.send();
    await settle();
    expect(channel.sentBytes).toBe(BUFFER_HIGH_BYTES);
    for (let round = 2; round <= 4; round++) {
      channel.drain();
      await settle();
      expect(channel.sentBytes).toBe(round * BUFFER_HIGH_BYTES);
    }
    await sending;
    expect(channel.texts.at(-1)).toMatchObject({ type: "end" });
  });

  test("stops at the window of unacknowledged bytes, and goes on with an acknowledgement", async () => {
    const channel = new StuckChannel();
    const sender = new FileSender(channel, { size: WINDOW_BYTES + 1, read: zeros, hash: nodeHash() });
    const sending = sender.send();
    for (let round = 0; round < 40; round++) {
      channel.drain();
      await settle();
    }
    expect(channel.sentBytes).toBe(WINDOW_BYTES);
    sender.acknowledge(ACK_BYTES);
    await sending;
    expect(channel.sentBytes).toBe(WINDOW_BYTES + 1);
  });

  test("fails when nothing moves for half a minute", async () => {
    const sender = new FileSender(new StuckChannel(), { size: 1e8, read: zeros, hash: nodeHash() });
    const outcome = expect(sender.send()).rejects.toThrow("stopped taking bytes");
    await vi.advanceTimersByTimeAsync(30_001);
    await outcome;
  });

  test.each([-1, 1.5, 1e12, "many", null])("fails on the acknowledgement %s", async (bytes) => {
    const sender = new FileSender(new StuckChannel(), { size: 1e8, read: zeros, hash: nodeHash() });
    const outcome = expect(sender.send()).rejects.toThrow("never sent");
    sender.acknowledge(bytes);
    await outcome;
  });

  test("fails when the file shrinks under it", async () => {
    const read = (_offset: number, length: number) => Promise.resolve(new Uint8Array(length - 1));
    const sender = new FileSender(new StuckChannel(), { size: 10, read, hash: nodeHash() });
    await expect(sender.send()).rejects.toThrow("changed while it was being read");
  });
});

describe("receiving a file", () => {
  function receiver(size: number, write = async (_chunks: Uint8Array[]) => {}) {
    const channel = new StuckChannel();
    return { channel, receiver: new FileReceiver(channel, { size, write, hash: nodeHash() }) };
  }

  test("what one end sends is what the other stores, and the hashes agree between both implementations", async () => {
    const size = 300_001;
    const channel = new StuckChannel();
    const sent = await new FileSender(channel, { size, read: patternRead, hash: new Sha256() }).send();
    const stored: Uint8Array[] = [];
    const { receiver: end } = receiver(size, async (chunks) => void stored.push(...chunks));
    for (const chunk of channel.chunks) end.take(chunk.buffer as ArrayBuffer);
    expect(await end.end(sent)).toBe(sent);
    expect(Buffer.concat(stored).equals(await patternRead(0, size))).toBe(true);
  });

  test("acknowledges only what is stored", async () => {
    let finishWrite = () => {};
    const { channel, receiver: end } = receiver(
      ACK_BYTES,
      () => new Promise((resolve) => (finishWrite = resolve)),
    );
    end.take(new ArrayBuffer(ACK_BYTES));
    await settle();
    expect(channel.texts).toEqual([]);
    finishWrite();
    await settle();
    expect(channel.texts).toEqual([{ type: "ack", bytes: ACK_BYTES }]);
  });

  test("throws on more bytes than were announced", () => {
    expect(() => receiver(10).receiver.take(new ArrayBuffer(11))).toThrow("more bytes came");
  });

  test("throws when the sender ignores the window, so that memory stays bounded", () => {
    const { receiver: end } = receiver(1e9, () => new Promise(() => {}));
    end.take(new ArrayBuffer(WINDOW_BYTES + ACK_BYTES));
    expect(() => end.take(new ArrayBuffer(1))).toThrow("does not wait");
  });

  test("rejects a file that ends early, and one whose hash differs", async () => {
    const short = receiver(10).receiver;
    short.take(new ArrayBuffer(9));
    await expect(short.end("00")).rejects.toThrow("10 bytes were announced, 9 came");
    const changed = receiver(1).receiver;
    changed.take(new ArrayBuffer(1));
    await expect(changed.end("00")).rejects.toThrow("the hashes differ");
  });

  test("rejects with the reason when storing fails", async () => {
    const { receiver: end } = receiver(1, () => Promise.reject(new Error("disk full")));
    end.take(new ArrayBuffer(1));
    await expect(end.end("00")).rejects.toThrow("disk full");
  });
});

test.each(["", "{", "[]", "null", "7", '{"type":7}', "x".repeat(5000), undefined])(
  "%j is no steering message",
  (text) => {
    expect(parseControl(text)).toBeUndefined();
  },
);
