// Data channels between Node and browsers: one reliable, ordered channel, as fast as it goes, one way. After `npm run build`:
//   node bench/browser-data.mjs [--ways chromium-node,node-chromium,…] [--rounds 3] [--seconds 5] [--size 65536] [--dist a,b]
// An end is "node", "chromium" or "firefox"; two ends of one browser are two of its tabs. Several builds of this project
// (`--dist`) take turns.
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launchChromium, launchFirefox } from "../scripts/browser/launch.mjs";

const { values: options } = parseArgs({
  options: {
    ways: { type: "string", default: "chromium-chromium,chromium-node,node-chromium,node-node" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    "warm-up": { type: "string", default: "2" },
    size: { type: "string", default: "65536" },
    dist: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
  },
});
const ways = options.ways.split(",").map((way) => way.split("-"));
const dists = options.dist.split(",").map((path) => resolve(path));
const script = await readFile(new URL("./data-end.mjs", import.meta.url), "utf8");
const browsers = {};
const results = new Map();

try {
  for (const name of new Set(ways.flat())) {
    if (name === "chromium") browsers[name] = await launchChromium();
    else if (name === "firefox") browsers[name] = await launchFirefox();
    else continue;
    console.log(browsers[name].version);
  }
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const [from, to] of ways) {
      for (const dist of from === "node" || to === "node" ? dists : [""]) {
        const row = `${from} → ${to}${dists.length > 1 && dist ? ` (${dist})` : ""}`;
        const result = await measure(from, to, dist);
        console.error(round, row, result);
        results.set(row, [...(results.get(row) ?? []), result]);
      }
    }
  }
} finally {
  for (const { close } of Object.values(browsers)) await close();
}

console.log(`\nMedians of ${options.rounds} rounds; the CPU is that of the Node process.\n`);
console.log(
  "| way | MB/s | all rounds | Node: CPU seconds per GB, sending; receiving |\n| --- | --- | --- | --- |",
);
for (const [row, rounds] of results) {
  const rates = rounds.map(({ rate }) => rate);
  const costs = ["sending", "receiving"].map((side) => median(rounds.map(({ cpu }) => cpu[side])));
  console.log(
    `| ${row} | ${median(rates)} | ${rates.join(" ")} | ${costs.map((cost) => cost ?? "–").join("; ")} |`,
  );
}

async function measure(from, to, dist) {
  const seconds = Number(options.seconds);
  const ends = [];
  try {
    for (const name of [from, to]) ends.push(name === "node" ? nodeEnd(dist) : await pageEnd(name));
    const [sender, receiver] = ends;
    await Promise.all(ends.map((end) => end.call("open")));
    const answer = await receiver.call("answer", await sender.call("offer"));
    await sender.call("accept", answer);
    await Promise.all(ends.map((end) => end.call("opened")));
    const measured = receiver.call("receive", Number(options["warm-up"]), seconds);
    await sender.call("send", Number(options.size));
    const sendingSince = performance.now();
    const rate = await measured;
    const sent = (rate * (performance.now() - sendingSince)) / 1e6;
    const cpu = {
      sending: cost(await sender.cpu(), sent),
      receiving: cost(await receiver.cpu(), (rate * seconds) / 1000),
    };
    await sender.call("stop");
    return { rate: rounded(rate), cpu };
  } finally {
    for (const end of ends) await end.close();
  }
}

function nodeEnd(dist) {
  const module = pathToFileURL(resolve(dist, "register.js")).href;
  const child = fork(fileURLToPath(new URL("./browser-data-node.mjs", import.meta.url)), [module]);
  const waiting = new Map();
  child.on("message", ({ id, value }) => {
    waiting.get(id)(value);
    waiting.delete(id);
  });
  let next = 0;
  const call = (name, ...parameters) =>
    new Promise((settle) => {
      waiting.set(next, settle);
      child.send({ id: next++, name, parameters });
    });
  return {
    call,
    cpu: () => call("cpu"),
    close: () => child.disconnect(),
  };
}

async function pageEnd(name) {
  const page = await browsers[name].browser.newPage();
  await page.addScriptTag({ content: script });
  return {
    call: (command, ...parameters) =>
      page.evaluate((end, rest) => globalThis.dataEnd[end](...rest), command, parameters),
    cpu: () => undefined,
    close: async () => {
      await page.evaluate(() => globalThis.dataEnd.close());
      await page.close();
    },
  };
}

/** CPU seconds for a gigabyte. */
function cost(usage, gigabytes) {
  return usage && rounded((usage.user + usage.system) / 1e6 / gigabytes);
}

function median(values) {
  const known = values.filter((value) => value !== undefined).sort((x, y) => x - y);
  return known[(known.length - 1) >> 1];
}

function rounded(value) {
  return Math.round(value * 10) / 10;
}
