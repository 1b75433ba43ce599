// Runs one measurement between two processes and gives its figures.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openPath } from "./path.mjs";

const PEER = fileURLToPath(new URL("./peer.mjs", import.meta.url));
const SCALE = fileURLToPath(new URL("./scale.mjs", import.meta.url));
/** How long a measurement may take beyond its own time before it counts as failed, ms. */
const GRACE = 30_000;

/**
 * Measures `mode` ("bulk", "small", "rtt", "setup" or "probe") between two peers of one implementation. With `path`
 * ({ rtt, loss, rate }), over a relayed path. Undefined when it comes to no result.
 */
export async function measure({ implementation, mode, seconds = 4, size = 100, count = 30, path }) {
  const network = path && (await openPath(path));
  const sides = {};
  const results = {};
  const outcome = await new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000 + GRACE);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    for (const side of ["a", "b"]) {
      const assignment = { side, implementation, mode, seconds, size, count };
      const child = fork(PEER, [JSON.stringify(assignment)], {
        stdio: ["ignore", "ignore", process.env.BENCH_DEBUG ? "inherit" : "ignore", "ipc"],
      });
      sides[side] = child;
      child.on("exit", () => settle(undefined));
      child.on("message", (message) => {
        if (message.result) {
          results[side] = message.result;
          if (results.a && results.b) settle(results);
          return;
        }
        const forwarded =
          network && message.sdp ? { ...message, sdp: network.rewrite(message.sdp, side) } : message;
        sides[side === "a" ? "b" : "a"].send(forwarded);
      });
    }
  });
  for (const child of Object.values(sides)) child.kill("SIGKILL"); // no teardown: native modules may crash in it
  network?.close();
  return outcome && figures(mode, outcome);
}

function figures(mode, { a, b }) {
  const cpu = a.cpu + b.cpu;
  if (mode === "bulk") return { mbPerSecond: b.bytes / b.wall / 1e6, cpuSecondsPerGb: cpu / (b.bytes / 1e9) };
  if (mode === "small")
    return { messagesPerSecond: b.messages / b.wall, cpuUsPerMessage: (cpu * 1e6) / b.messages };
  return { ...a, cpu };
}

/** Memory and idle cost of many connections in one process. */
export async function measureScale({ implementation, pairs = 50, idleSeconds = 4 }) {
  const child = fork(SCALE, [JSON.stringify({ implementation, pairs, idleSeconds })], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", process.env.BENCH_DEBUG ? "inherit" : "ignore", "ipc"],
  });
  const result = await new Promise((resolve) => {
    const timer = setTimeout(resolve, pairs * 1500 + idleSeconds * 1000 + GRACE);
    const settle = (value) => {
      clearTimeout(timer);
      resolve(value);
    };
    child.on("message", settle);
    child.on("exit", () => settle(undefined));
  });
  child.kill("SIGKILL");
  return result;
}
