// The page's side of hash-worker.js.

/** Batches that may wait in the worker before `update` holds its caller. */
const MAX_WAITING = 8;

/** Has the `update` and `digest` that transfer.js asks for. Bytes given to it are moved to the worker and gone from here. */
export class Hasher {
  #worker = new Worker(new URL("./hash-worker.js", import.meta.url), { type: "module" });
  #waiting = 0;
  #onTaken = () => {};
  #resolve;
  #reject;
  #result = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  constructor() {
    // Whoever asks for the result hears of a failure; if nobody does, it is not an unhandled one.
    this.#result.catch(() => {});
    this.#worker.addEventListener("message", ({ data }) => {
      if (data.taken) {
        this.#waiting -= 1;
        this.#onTaken();
      } else {
        this.#resolve(data);
        this.#worker.terminate();
      }
    });
    this.#worker.addEventListener("error", (event) => {
      this.#reject(new Error(event.message || "the hashing worker failed"));
      this.#onTaken();
    });
  }

  /** Hashes one block. Resolves when the worker is ready for more. */
  update(bytes) {
    return this.#post([bytes.buffer], false);
  }

  /** Hashes and keeps chunks for `finish()`. Resolves when the worker is ready for more. */
  keep(chunks) {
    return this.#post(
      chunks.map((chunk) => chunk.buffer),
      true,
    );
  }

  async digest() {
    return (await this.finish()).sha256;
  }

  /** Ends the message: its hash, and what was kept as a `Blob`. */
  finish() {
    this.#worker.postMessage({ finish: true });
    return this.#result;
  }

  /** Gives up. */
  stop() {
    this.#worker.terminate();
    this.#reject(new Error("stopped"));
    this.#onTaken();
  }

  #post(buffers, keep) {
    this.#worker.postMessage({ chunks: buffers, keep }, buffers);
    this.#waiting += 1;
    if (this.#waiting < MAX_WAITING) return undefined;
    return new Promise((resolve) => {
      this.#onTaken = resolve;
    });
  }
}
