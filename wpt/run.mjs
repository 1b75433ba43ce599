#!/usr/bin/env node
// Runs WPT tests against a Node implementation: node run.mjs --wpt DIR --impl ADAPTER.mjs  (see README.md)
import path from "node:path";
import { parseArgs } from "node:util";
import { better, endedBadly, readResults, writeResults } from "./lib/results.mjs";
import { describeResult, runTests } from "./lib/runner.mjs";
import { listTests, OUTSIDE_NODE, SCOPE } from "./lib/tests.mjs";

const { values: options } = parseArgs({
  options: {
    wpt: { type: "string" },
    impl: { type: "string" },
    modules: { type: "string" },
    filter: { type: "string", multiple: true },
    dir: { type: "string", multiple: true },
    json: { type: "string" },
    jobs: { type: "string", default: "2" },
    timeout: { type: "string", default: "15" },
    messages: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    rerun: { type: "string" },
  },
});
if (!options.wpt || (!options.impl && !options.list)) {
  console.error(
    "usage: run.mjs --wpt DIR --impl ADAPTER.mjs [--modules DIR] [--filter SUBSTR]... [--dir WPTDIR]... " +
      "[--json OUT] [--rerun RESULTS] [--messages] [--jobs 2] [--timeout 15] [--list] [--verbose]",
  );
  process.exit(2);
}
if (options.modules) process.env.PEERS = path.resolve(options.modules);
const wpt = path.resolve(options.wpt);
const results = options.rerun ? readResults(options.rerun) : {};
const tests = listTests(wpt, options.dir ?? SCOPE)
  .filter(({ id }) => !options.filter || options.filter.some((part) => id.includes(part)))
  .filter(({ id }) => !options.rerun || endedBadly(results[id]));

if (options.list) {
  for (const { id, skip, needs, extras, long } of tests)
    console.log(
      [id, skip ? `SKIP ${skip}` : "run", `needs=${needs}`, `extras=${extras}`, long ? "long" : ""].join(
        "\t",
      ),
    );
  process.exit(0);
}

for (const { id, skip } of tests)
  if (skip) results[id] = { status: "SKIP", reason: `${skip}: ${OUTSIDE_NODE[skip]}`, pass: [], fail: [] };
const toRun = tests.filter(({ skip }) => !skip);
const settings = {
  wpt,
  impl: options.impl,
  jobs: Number(options.jobs),
  multiplier: Number(options.timeout) / 15, // testharness.js: 10 s, or 60 s for a long test, times this
  messages: options.messages || options.verbose,
  verbose: options.verbose,
};
await runTests(toRun, settings, (test, result, finished) => {
  results[test.id] = better(results[test.id], result);
  console.log(`[${finished}/${toRun.length}] ${describeResult(test, result)}`);
  if (options.verbose)
    for (const [name, message] of Object.entries(result.messages ?? {}))
      console.log(`      - ${name}: ${message}`);
});

const sum = (list) =>
  Object.values(results).reduce((total, result) => total + (result[list]?.length ?? 0), 0);
console.log(
  `\n${toRun.length} tests run, ${tests.length - toRun.length} skipped. Subtests: ${sum("pass")} pass, ${sum("fail")} fail, ` +
    `${sum("timeout")} timeout, ${sum("notrun")} not run, ${sum("precondition")} precondition failed.`,
);
const odd = Object.entries(results).filter(([, { status }]) => ["CRASH", "ERROR", "KILLED"].includes(status));
if (odd.length)
  console.log(
    `Harness errors, crashes, kills: ${odd.map(([id, { status }]) => `${status} ${id}`).join("; ")}`,
  );
if (options.json ?? options.rerun) writeResults(options.json ?? options.rerun, results);
