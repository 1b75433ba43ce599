// How a file crosses a data channel. The page and the Node peer run this same module: both ends have the same RTCDataChannel.
//
// One reliable, ordered channel per file. Text messages are JSON and steer, binary messages are the file's bytes:
//
//   page                              Node peer
//   put {name, size, mime}   ───▶                          to send a file …
//                            ◀───   ready {size}  |  refuse {reason}
//   bytes … end {sha256}     ───▶
//                            ◀───   ack {bytes} …  done {sha256, id}  |  refuse {reason}
//
//   get {id}                 ───▶                          … and to fetch one back
//                            ◀───   ready {name, size, mime}  |  refuse {reason}
//                            ◀───   bytes … end {sha256}
//   ack {bytes} …  done {sha256}  |  refuse {reason}  ───▶
//
// Two brakes hold the sender: the channel's own `bufferedAmount`, and the window of bytes that the other end has not yet
// acknowledged as stored, because a receiving data channel cannot push back by itself.

/** The `protocol` of a channel that carries one file. */
export const FILE_PROTOCOL = "skywave.file.1";
/** Bytes of the file in one message; small enough for every WebRTC stack. */
export const CHUNK_BYTES = 64 * 1024;
/** Bytes read from the file, and given to the hash, at a time. */
export const BLOCK_BYTES = 1024 * 1024;
/** Above this `bufferedAmount` the sender waits for `bufferedamountlow` … */
export const BUFFER_HIGH_BYTES = 1024 * 1024;
/** … which fires at this level. */
export const BUFFER_LOW_BYTES = 256 * 1024;
/** Bytes that may be on their way without an acknowledgement. */
export const WINDOW_BYTES = 16 * 1024 * 1024;
/** The receiver acknowledges at least this often. */
export const ACK_BYTES = 512 * 1024;
/** A transfer without any progress for so many milliseconds has failed. */
export const STALL_MS = 30_000;
/** Characters in a steering message. */
export const MAX_CONTROL_LENGTH = 4096;

/** A transfer that ended badly, with a sentence for the person who waits for it. */
export class TransferError extends Error {
  name = "TransferError";
}

/** Reads a steering message; `undefined` for anything that is not a JSON object with a `type`. */
export function parseControl(text) {
  if (typeof text !== "string" || text.length > MAX_CONTROL_LENGTH) return undefined;
  try {
    const message = JSON.parse(text);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a steering message, unless the channel has gone. */
export function sendControl(channel, message) {
  if (channel.readyState === "open") channel.send(JSON.stringify(message));
}

/**
 * The sending end. `read(offset, length)` resolves to exactly `length` bytes; `hash.update` takes each block after it was sent
 * and may keep it (a worker does), so blocks are never touched again; if it returns a promise, that holds the sender too.
 */
export class FileSender {
  #channel;
  #size;
  #read;
  #hash;
  #onProgress;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #failure;
  #wake = () => {};

  constructor(channel, { size, read, hash, onProgress = () => {} }) {
    this.#channel = channel;
    this.#size = size;
    this.#read = read;
    this.#hash = hash;
    this.#onProgress = onProgress;
    channel.bufferedAmountLowThreshold = BUFFER_LOW_BYTES;
    channel.addEventListener("bufferedamountlow", () => this.#wake());
  }

  /** Sends the whole file and the `end` message; resolves to the hash of what was sent. */
  async send() {
    for (let offset = 0; offset < this.#size; offset += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, this.#size - offset);
      const block = await this.#read(offset, length);
      if (block.byteLength !== length) throw new TransferError("the file changed while it was being read");
      for (let at = 0; at < length; at += CHUNK_BYTES) {
        await this.#room();
        const chunk = block.subarray(at, Math.min(at + CHUNK_BYTES, length));
        this.#channel.send(chunk);
        this.#sentBytes += chunk.byteLength;
      }
      await this.#hash.update(block);
    }
    const sha256 = await this.#hash.digest();
    this.#throwIfFailed();
    sendControl(this.#channel, { type: "end", sha256 });
    return sha256;
  }

  /** The other end has stored so many bytes. */
  acknowledge(bytes) {
    if (!Number.isSafeInteger(bytes) || bytes < this.#acknowledgedBytes || bytes > this.#sentBytes) {
      this.fail(new TransferError("the other end acknowledged bytes that were never sent"));
      return;
    }
    this.#acknowledgedBytes = bytes;
    this.#onProgress(bytes);
    this.#wake();
  }

  /** Ends the transfer: `send()` rejects with this error. */
  fail(error) {
    this.#failure ??= error;
    this.#wake();
  }

  async #room() {
    this.#throwIfFailed();
    while (
      this.#channel.bufferedAmount + CHUNK_BYTES > BUFFER_HIGH_BYTES ||
      this.#sentBytes + CHUNK_BYTES - this.#acknowledgedBytes > WINDOW_BYTES
    ) {
      const woken = await this.#wakeOrStall();
      this.#throwIfFailed();
      if (!woken) throw new TransferError("the other end stopped taking bytes");
    }
  }

  #wakeOrStall() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, STALL_MS, false);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #throwIfFailed() {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** The receiving end. `write(chunks)` resolves when the bytes are stored; acknowledgements follow it. */
export class FileReceiver {
  #channel;
  #size;
  #write;
  #hash;
  #onProgress;
  #receivedBytes = 0;
  #storedBytes = 0;
  #acknowledgedBytes = 0;
  #queue = [];
  #pumping = Promise.resolve();
  #running = false;
  #failure;

  constructor(channel, { size, write, hash, onProgress = () => {} }) {
    this.#channel = channel;
    this.#size = size;
    this.#write = write;
    this.#hash = hash;
    this.#onProgress = onProgress;
  }

  /** Takes one binary message. Throws a `TransferError` if the sender breaks the rules. */
  take(buffer) {
    if (this.#failure !== undefined) throw this.#failure;
    this.#receivedBytes += buffer.byteLength;
    if (this.#receivedBytes > this.#size) throw new TransferError("more bytes came than were announced");
    if (this.#receivedBytes - this.#acknowledgedBytes > WINDOW_BYTES + ACK_BYTES) {
      throw new TransferError("the sender does not wait for acknowledgements");
    }
    this.#queue.push(new Uint8Array(buffer));
    if (!this.#running) {
      this.#running = true;
      this.#pumping = this.#pump();
    }
  }

  /** The sender is done: waits until all is stored, and resolves to the hash if both ends agree on it. */
  async end(sha256) {
    await this.#pumping;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#storedBytes !== this.#size) {
      throw new TransferError(`${this.#size} bytes were announced, ${this.#storedBytes} came`);
    }
    const mine = await this.#hash.digest();
    if (mine !== sha256) throw new TransferError(`the hashes differ: ${mine} here, ${sha256} there`);
    return mine;
  }

  async #pump() {
    try {
      while (this.#queue.length > 0) {
        const chunks = this.#queue;
        this.#queue = [];
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
        // Hash first: `write` may hand the memory on.
        for (const chunk of chunks) this.#hash.update(chunk);
        await this.#write(chunks);
        this.#storedBytes += bytes;
        this.#acknowledge();
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#running = false;
    }
  }

  #acknowledge() {
    this.#onProgress(this.#storedBytes);
    if (this.#storedBytes - this.#acknowledgedBytes < ACK_BYTES && this.#storedBytes < this.#size) return;
    this.#acknowledgedBytes = this.#storedBytes;
    sendControl(this.#channel, { type: "ack", bytes: this.#storedBytes });
  }
}
