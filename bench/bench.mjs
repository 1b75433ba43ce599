#!/usr/bin/env node
// Compares this project with other WebRTC stacks for Node in one run, and prints a Markdown table of medians and ratios.
//   npm run bench -- [--only bulk,setup] [--with werift] [--rounds 3] [--seconds 4]
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureForward } from "./forward.mjs";
import { IMPLEMENTATIONS, PEERS_FOLDER } from "./implementations.mjs";
import { measure, measureScale } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    with: { type: "string", default: IMPLEMENTATIONS.join() },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    pairs: { type: "string", default: "50" },
  },
});
const seconds = Number(options.seconds);
const BULK = { mode: "bulk", size: 65_536, seconds };
/** Of the video that is passed on. */
const RECEIVERS = [10, 50, 100];
const MB_PER_SECOND = { key: "mbPerSecond", label: "MB/s", better: "more" };

/** What is measured; each gives one or more rows. `better` says which way is good. */
const BENCHMARKS = {
  bulk: {
    title: "bulk, 64 KiB messages",
    run: (implementation) => measure({ implementation, ...BULK }),
    rows: [MB_PER_SECOND, { key: "cpuSecondsPerGb", label: "CPU s per GB, both ends", better: "less" }],
  },
  small: {
    title: "100-byte messages",
    run: (implementation) => measure({ implementation, mode: "small", size: 100, seconds }),
    rows: [{ key: "messagesPerSecond", label: "per second", better: "more" }],
  },
  rtt: {
    title: "round trip",
    run: (implementation) => measure({ implementation, mode: "rtt", size: 100, seconds }),
    rows: [
      { key: "p50us", label: "median, µs", better: "less" },
      { key: "p99us", label: "99th percentile, µs", better: "less" },
    ],
  },
  setup: {
    title: "set-up to open channel, no trickle",
    run: (implementation) => measure({ implementation, mode: "setup", seconds: 60 }),
    rows: [
      { key: "p50ms", label: "median, ms", better: "less" },
      { key: "p95ms", label: "95th percentile, ms", better: "less" },
    ],
  },
  path: {
    title: "bulk at 50 ms RTT",
    run: (implementation) => measure({ implementation, ...BULK, path: { rtt: 50 } }),
    rows: [MB_PER_SECOND],
  },
  loss: {
    title: "bulk at 50 ms RTT, 0.5 % loss",
    run: (implementation) => measure({ implementation, ...BULK, path: { rtt: 50, loss: 0.5 } }),
    rows: [MB_PER_SECOND],
  },
  bottleneck: {
    title: "bulk at 100 ms RTT, 12.5 MB/s",
    run: (implementation) => measure({ implementation, ...BULK, path: { rtt: 100, rate: 12.5 } }),
    rows: [MB_PER_SECOND],
  },
  forward: {
    title: "one video of 2 Mbit/s",
    implementations: ["skywave", "werift"],
    run: async (implementation) => {
      const figures = {};
      for (const receivers of RECEIVERS) {
        const result = await measureForward({ implementation, receivers, seconds });
        if (result === undefined) return undefined;
        figures[receivers] = result.packetsPerCpuSecond;
      }
      return figures;
    },
    rows: RECEIVERS.map((count) => ({
      key: count,
      label: `${count} receivers, packets per CPU second of the forwarder`,
      better: "more",
    })),
  },
  scale: {
    title: `${options.pairs} pairs in one process`,
    run: (implementation) => measureScale({ implementation, pairs: Number(options.pairs) }),
    rows: [
      { key: "kbPerConnection", label: "resident KB per connection", better: "less" },
      { key: "connectCpuMs", label: "CPU ms to connect a pair", better: "less" },
      { key: "idleCpuMs", label: "idle CPU ms per connection and second", better: "less" },
    ],
  },
};

const wanted = options.only?.split(",") ?? Object.keys(BENCHMARKS);
for (const name of wanted)
  if (!BENCHMARKS[name]) {
    console.error(`no benchmark ${name}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
    process.exit(2);
  }
const named = options.with.split(",");
const present = [];
for (const name of named)
  if (await measure({ implementation: name, mode: "probe", seconds: 1 })) present.push(name);

const table = [];
for (const name of wanted) table.push(...(await rowsOf(BENCHMARKS[name])));
print(table);

/** Runs one benchmark: round by round, the implementations in turn, so that a busy moment meets all of them. */
async function rowsOf({ title, run, rows, implementations = present }) {
  const able = present.filter((name) => implementations.includes(name));
  const results = new Map(able.map((name) => [name, []]));
  for (let round = 1; round <= Number(options.rounds); round++)
    for (const name of able) {
      process.stderr.write(`${title}: round ${round}, ${name}\n`);
      const result = await run(name);
      if (result) results.get(name).push(result);
    }
  return rows.map(({ key, label, better }) => ({
    what: `${title}: ${label}`,
    better,
    medians: new Map(able.map((name) => [name, median(results.get(name).map((result) => result[key]))])),
  }));
}

function print(table) {
  const [subject] = named;
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}.`);
  console.log(
    `Medians of ${options.rounds} rounds. In brackets: how many times better ${subject} is (below 1: worse).\n`,
  );
  console.log(`| | ${named.join(" | ")} |\n|${" --- |".repeat(named.length + 1)}`);
  for (const { what, better, medians } of table) {
    const cells = named.map((name) =>
      cell(medians.get(subject), medians.get(name), name === subject, better),
    );
    console.log(`| ${what} | ${cells.join(" | ")} |`);
  }
  for (const name of named)
    if (!present.includes(name))
      console.log(`\n${name} is not available here (peers are looked for in ${PEERS_FOLDER}).`);
}

function cell(ours, value, isSubject, better) {
  if (value === undefined) return "–";
  if (isSubject || ours === undefined) return format(value);
  return `${format(value)} (${format(better === "more" ? ours / value : value / ours)}×)`;
}

function format(value) {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
