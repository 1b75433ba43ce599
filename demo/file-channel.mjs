// The Node peer's end of a file channel: takes a file into the store, or sends one from it. The protocol is described in
// public/transfer.js.

import { open } from "node:fs/promises";
import { formatBytes, formatDuration, formatRate, shortHash } from "./public/format.js";
import {
  FileReceiver,
  FileSender,
  parseControl,
  STALL_MS,
  sendControl,
  TransferError,
} from "./public/transfer.js";
import { nodeHash } from "./store.mjs";

const CLOSED = "its channel was closed";

/**
 * Serves one channel until it closes. `report(level, text)` tells all pages what happened; `count(direction, bytes)` counts
 * the bytes of files that passed.
 */
export class FileChannel {
  #channel;
  #store;
  #from;
  #report;
  #count;
  // One of: waiting for put or get; opening the file; receiving; sending; closed.
  #state = { name: "idle" };
  #idleTimer;
  #progress = 0;

  constructor(channel, { store, from, report, count }) {
    this.#channel = channel;
    this.#store = store;
    this.#from = from;
    this.#report = report;
    this.#count = count;
    channel.binaryType = "arraybuffer";
    channel.addEventListener("message", ({ data }) => this.#onMessage(data));
    channel.addEventListener("close", () => this.close());
    // A channel that never says what it wants, or a receiver that falls silent, is closed.
    this.#idleTimer = setInterval(() => this.#closeIfStalled(), STALL_MS);
    this.#idleTimer.unref();
  }

  /** The channel has closed, or its connection has: `RTCPeerConnection.close()` fires no `close` event on channels. */
  close(reason = CLOSED) {
    clearInterval(this.#idleTimer);
    const state = this.#state;
    this.#state = { name: "closed" };
    this.#abandon(state, reason);
  }

  #onMessage(data) {
    if (typeof data !== "string") {
      this.#guard(() => {
        if (this.#state.name !== "receiving")
          throw new TransferError("bytes came before the file was agreed on");
        this.#state.receiver.take(data);
      });
      return;
    }
    const message = parseControl(data);
    const state = this.#state;
    if (message === undefined) this.#fail(new TransferError("a steering message is malformed"));
    else if (message.type === "put" && state.name === "idle") void this.#guard(() => this.#receive(message));
    else if (message.type === "get" && state.name === "idle") void this.#guard(() => this.#send(message.id));
    else if (message.type === "end" && state.name === "receiving")
      void this.#guard(() => this.#finish(message.sha256));
    else if (message.type === "ack" && state.name === "sending") state.sender.acknowledge(message.bytes);
    else if (message.type === "done" && state.name === "sending") this.#delivered(message.sha256);
    else if (message.type === "refuse") this.#fail(new TransferError("the page gave up"));
    else this.#fail(new TransferError("a steering message came out of turn"));
  }

  async #receive(announcement) {
    this.#state = { name: "opening" };
    const file = await this.#store.receive(announcement, this.#from);
    if (this.#state.name !== "opening") {
      await file.discard();
      return;
    }
    const receiver = new FileReceiver(this.#channel, {
      size: file.size,
      write: (chunks) => file.write(chunks),
      hash: file.hash,
      onProgress: (bytes) => this.#advance("in", bytes),
    });
    this.#state = { name: "receiving", receiver, file, startedAt: performance.now() };
    sendControl(this.#channel, { type: "ready", name: file.name, size: file.size });
  }

  async #finish(claimed) {
    const { receiver, file, startedAt } = this.#state;
    const sha256 = await receiver.end(claimed);
    if (this.#state.name !== "receiving") return;
    this.#state = { name: "done" };
    await file.commit(sha256);
    sendControl(this.#channel, { type: "done", id: file.id, sha256 });
    this.#report(
      "good",
      `${this.#from} sent ${file.name} (${summary(file.size, startedAt)}); both ends hashed ${shortHash(sha256)}.`,
    );
  }

  async #send(id) {
    const file = this.#store.get(id);
    if (file === undefined) throw new TransferError("this file is no longer on the Node peer");
    this.#state = { name: "opening" };
    const handle = await open(this.#store.pathOf(file.id), "r");
    try {
      const sender = new FileSender(this.#channel, {
        size: file.size,
        read: async (offset, length) => {
          const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        },
        hash: nodeHash(),
        onProgress: (bytes) => this.#advance("out", bytes),
      });
      if (this.#state.name !== "opening") return;
      this.#state = { name: "sending", sender, file, startedAt: performance.now(), sha256: undefined };
      sendControl(this.#channel, { type: "ready", name: file.name, size: file.size, mime: file.mime });
      const sha256 = await sender.send();
      if (this.#state.name === "sending") this.#state.sha256 = sha256;
    } finally {
      await handle.close();
    }
  }

  #delivered(sha256) {
    const { file, startedAt, sha256: mine } = this.#state;
    if (mine === undefined || sha256 !== mine) {
      this.#fail(new TransferError("the page confirmed another file"));
      return;
    }
    this.#state = { name: "done" };
    this.#report(
      "good",
      `${this.#from} fetched ${file.name} (${summary(file.size, startedAt)}); both ends hashed ${shortHash(mine)}.`,
    );
  }

  #advance(direction, bytes) {
    this.#count(direction, bytes - this.#progress);
    this.#progress = bytes;
  }

  #closeIfStalled() {
    if (this.#state.name === "done" || this.#state.seen === this.#progress) this.#channel.close();
    this.#state.seen = this.#progress;
  }

  async #guard(step) {
    try {
      await step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    const state = this.#state;
    if (state.name === "closed" || state.name === "failed") return;
    this.#state = { name: "failed" };
    const reason = error instanceof TransferError ? error.message : `the Node peer failed: ${error.message}`;
    sendControl(this.#channel, { type: "refuse", reason });
    if (state.name === "opening") this.#report("bad", `A transfer of ${this.#from} was refused: ${reason}.`);
    this.#abandon(state, reason);
  }

  #abandon(state, reason) {
    if (state.name === "sending") {
      state.sender.fail(new TransferError(reason));
      this.#report(
        "bad",
        `${this.#from} stopped fetching ${state.file.name} at ${formatBytes(this.#progress)}: ${reason}.`,
      );
    } else if (state.name === "receiving") {
      const share = `${formatBytes(this.#progress)} of ${formatBytes(state.file.size)}`;
      void this.#guard(async () => {
        await state.file.discard(); // said to be gone only when it is
        this.#report(
          "bad",
          `${state.file.name} from ${this.#from} was cut off at ${share} and discarded: ${reason}.`,
        );
      });
    }
  }
}

function summary(size, startedAt) {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${formatBytes(size)} in ${formatDuration(seconds)}, ${formatRate(size / Math.max(seconds, 0.001))}`;
}
