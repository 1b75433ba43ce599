// Sending one file to the Node peer, or fetching one back. The protocol is described in transfer.js.

import { Hasher } from "./hasher.js";
import { FileReceiver, FileSender, parseControl, STALL_MS, sendControl, TransferError } from "./transfer.js";

const STEERING = new Set(["ready", "ack", "end", "done"]);

/**
 * Sends `file` on a new channel; resolves to its SHA-256 once both ends agree on it. `onProgress(bytes)` counts what the Node
 * peer has stored. Aborting `signal` makes the Node peer discard what it has.
 */
export function sendFile(channel, file, { onProgress, signal }) {
  const hasher = new Hasher();
  return run(channel, signal, hasher, (settle) => {
    let sender;
    let mine;
    return {
      open: () => sendControl(channel, { type: "put", name: file.name, size: file.size, mime: file.type }),
      ready: async () => {
        sender = new FileSender(channel, {
          size: file.size,
          read: async (offset, length) =>
            new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
          hash: hasher,
          onProgress,
        });
        mine = await sender.send();
      },
      ack: ({ bytes }) => sender?.acknowledge(bytes),
      done: ({ sha256 }) => {
        if (sha256 === mine) settle(mine);
        else throw new TransferError(`the hashes differ: ${mine} here, ${sha256} there`);
      },
      fail: (error) => sender?.fail(error),
    };
  });
}

/**
 * Fetches the file `id` on a new channel; resolves to `{ blob, sha256 }` once both ends agree on the hash. `onProgress(bytes)`
 * counts what has arrived here.
 */
export function fetchFile(channel, id, { onProgress, signal }) {
  const hasher = new Hasher();
  return run(channel, signal, hasher, (settle) => {
    let receiver;
    let finished;
    return {
      open: () => sendControl(channel, { type: "get", id }),
      ready: ({ size }) => {
        receiver = new FileReceiver(channel, {
          size,
          // Hashing and keeping are one step in the worker.
          write: (chunks) => hasher.keep(chunks),
          hash: {
            update: () => {},
            digest: async () => {
              finished = await hasher.finish();
              return finished.sha256;
            },
          },
          onProgress,
        });
      },
      bytes: (buffer) => {
        if (receiver === undefined) throw new TransferError("bytes came before the file was agreed on");
        receiver.take(buffer);
      },
      end: async ({ sha256 }) => {
        if (receiver === undefined) throw new TransferError("the end came before the file was agreed on");
        await receiver.end(sha256);
        sendControl(channel, { type: "done", sha256 });
        settle(finished);
      },
      fail: () => {},
    };
  });
}

/** Runs the `steps` of one transfer: each is called with the steering message of its name. */
function run(channel, signal, hasher, makeSteps) {
  return new Promise((resolve, reject) => {
    let ended = false;
    let lastHeard = performance.now();
    const end = (settle, value) => {
      if (ended) return;
      ended = true;
      clearInterval(watchdog);
      signal.removeEventListener("abort", onAbort);
      settle(value);
      hasher.stop();
      closeWhenSent(channel);
    };
    const steps = makeSteps((value) => end(resolve, value));
    const fail = (error) => {
      steps.fail(error);
      end(reject, error);
    };
    const step = async (name, argument) => {
      lastHeard = performance.now();
      try {
        if (steps[name] === undefined) throw new TransferError("the Node peer sent something out of turn");
        await steps[name](argument);
      } catch (error) {
        if (ended) return;
        sendControl(channel, { type: "refuse" });
        fail(error);
      }
    };
    const onAbort = () => {
      sendControl(channel, { type: "refuse" });
      fail(new TransferError("cancelled"));
    };
    const watchdog = setInterval(() => {
      if (performance.now() - lastHeard > STALL_MS) fail(new TransferError("the Node peer fell silent"));
    }, 1000);

    signal.addEventListener("abort", onAbort);
    channel.addEventListener("open", () => void step("open"));
    channel.addEventListener("close", () =>
      fail(new TransferError("the connection to the Node peer was lost")),
    );
    channel.addEventListener("message", ({ data }) => {
      if (ended) return;
      if (typeof data !== "string") {
        void step("bytes", data);
        return;
      }
      const message = parseControl(data);
      if (message?.type === "refuse")
        fail(new TransferError(String(message.reason ?? "the Node peer refused")));
      else if (STEERING.has(message?.type)) void step(message.type, message);
      else fail(new TransferError("the Node peer sent something malformed"));
    });
  });
}

/** close() would be enough by the standard; waiting for an empty buffer is kinder to a last message. */
function closeWhenSent(channel) {
  if (channel.readyState !== "open" || channel.bufferedAmount === 0) {
    channel.close();
    return;
  }
  channel.bufferedAmountLowThreshold = 0;
  channel.addEventListener("bufferedamountlow", () => channel.close(), { once: true });
}
