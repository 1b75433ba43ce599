// Measures a forwarder of video: a process of one implementation passes one track on to many receivers. The source and the
// receivers are ours, in another process, whatever is measured.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const FORWARDER = fileURLToPath(new URL("./forwarder.mjs", import.meta.url));
const LOAD = fileURLToPath(new URL("./forward-load.mjs", import.meta.url));
/** How long a measurement may take beyond its own time before it counts as failed, ms. */
const GRACE = 180_000;

/** Bits per second of the video that is forwarded. */
export const BIT_RATE = 2_000_000;

/** One video to `receivers`, for some seconds; undefined when it comes to no result. */
export async function measureForward({ implementation, receivers, seconds = 4 }) {
  const stdio = ["ignore", "ignore", process.env.BENCH_DEBUG ? "inherit" : "ignore", "ipc"];
  const forwarder = fork(FORWARDER, [JSON.stringify({ implementation })], { stdio });
  const load = fork(LOAD, [JSON.stringify({ receivers, seconds, bitRate: BIT_RATE })], { stdio });
  const result = await new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000 + GRACE);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    forwarder.on("exit", () => settle(undefined));
    load.on("exit", () => settle(undefined));
    forwarder.on("message", (message) => load.connected && load.send(message));
    load.on("message", (message) => {
      if (message.result) settle(message.result);
      else if (forwarder.connected) forwarder.send(message);
    });
  });
  for (const child of [forwarder, load]) child.kill("SIGKILL");
  return result;
}
