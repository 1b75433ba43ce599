#!/usr/bin/env node
// Holds the project to the Web Platform Tests in scope (scope.mjs): every subtest passes or stands in expectations.json
// with a reason. That file may only shrink: an entry whose subtest passes is an error too, until it is removed.
//   npm run wpt -- --wpt DIR [--filter SUBSTR]...    compare
//   … --prune                                        remove the entries that pass now
//   … --accept REASON                                add what fails, with a reason a reader understands
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { better, notPassed, writeResults } from "./lib/results.mjs";
import { describeResult, runTests } from "./lib/runner.mjs";
import { testsInScope } from "./scope.mjs";

const EXPECTATIONS = fileURLToPath(new URL("./expectations.json", import.meta.url));
const BASELINE = fileURLToPath(new URL("./baseline.json", import.meta.url));
/** Of a test that is not run: it waits for what does not exist yet until its time is over. */
const NOT_RUN = "(not run)";
/** Stands for a whole test: it did not end in order, so that its subtests cannot be counted. */
const WHOLE_TEST = "(the test as a whole)";

const { values: options } = parseArgs({
  options: {
    wpt: { type: "string" },
    filter: { type: "string", multiple: true },
    jobs: { type: "string", default: "2" },
    timeout: { type: "string", default: "15" },
    json: { type: "string" },
    prune: { type: "boolean", default: false },
    accept: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
if (!options.wpt) {
  console.error(
    "usage: npm run wpt -- --wpt DIR [--filter SUBSTR]... [--json OUT] [--jobs 2] [--timeout 15] [--prune] " +
      "[--accept REASON] [--verbose]\nDIR is a checkout of https://github.com/web-platform-tests/wpt",
  );
  process.exit(2);
}
const expectations = JSON.parse(readFileSync(EXPECTATIONS, "utf8"));
const baseline = JSON.parse(readFileSync(BASELINE, "utf8"));
const wpt = path.resolve(options.wpt);
const chosen = testsInScope(wpt).filter(
  ({ id }) => !options.filter || options.filter.some((part) => id.includes(part)),
);
const tests = chosen.filter(({ id }) => expectations[id]?.[NOT_RUN] === undefined);
const settings = {
  wpt,
  impl: fileURLToPath(new URL("./adapters/skywave.mjs", import.meta.url)),
  jobs: Number(options.jobs),
  multiplier: Number(options.timeout) / 15,
  messages: true,
  verbose: options.verbose,
};

const results = {};
await runTests(tests, settings, (test, result, finished) => {
  results[test.id] = result;
  console.log(`[${finished}/${tests.length}] ${describeResult(test, result)}`);
});
// A busy machine can make a test with time limits fail: what is unexpected gets one more try, alone.
const again = tests.filter(({ id }) => compare(id).failures.length > 0);
await runTests(again, { ...settings, jobs: 1 }, (test, result, finished) => {
  results[test.id] = better(results[test.id], result);
  console.log(`again [${finished}/${again.length}] ${describeResult(test, result)}`);
});

const failures = tests.flatMap(({ id }) => compare(id).failures.map((name) => ({ id, name })));
const surprises = tests.flatMap(({ id }) => compare(id).surprises.map((name) => ({ id, name })));
report();
if (options.json) writeResults(options.json, results);
if (options.prune) prune();
if (options.accept) accept(options.accept);
if (options.prune || options.accept) writeExpectations();
process.exitCode =
  (failures.length > 0 && !options.accept) ||
  (surprises.length > 0 && !options.prune) ||
  unexplained().length > 0
    ? 1
    : 0;

/** How one test's result differs from what is expected of it. */
function compare(id) {
  const expected = expectations[id] ?? {};
  const result = results[id];
  const lost = new Set(notPassed(result));
  // A subtest that a browser passes and that was never reported is lost as well.
  for (const name of baseline[id] ?? []) if (!result.pass.includes(name)) lost.add(name);
  if (result.status !== "OK") lost.add(WHOLE_TEST);
  return {
    failures: [...lost].filter((name) => !(name in expected)),
    surprises: Object.keys(expected).filter((name) => !lost.has(name)),
  };
}

function report() {
  for (const { id, name } of failures)
    console.log(`FAILS       ${id}\n            ${name}\n            ${reasonOf(id, name)}`);
  for (const { id, name } of surprises)
    console.log(`PASSES NOW  ${id}\n            ${name}\n            (remove it with --prune)`);
  for (const { id, name } of unexplained()) console.log(`NO REASON   ${id}\n            ${name}`);
  const passed = tests.reduce((sum, { id }) => sum + results[id].pass.length, 0);
  const total = tests.reduce(
    (sum, { id }) => sum + results[id].pass.length + notPassed(results[id]).length,
    0,
  );
  const wanted = chosen.flatMap(({ id }) => (baseline[id] ?? []).map((name) => ({ id, name })));
  const reached = wanted.filter(({ id, name }) => results[id]?.pass.includes(name));
  const left = chosen.length - tests.length;
  console.log(
    `\n${tests.length} tests, ${passed} of ${total} subtests pass; of the ${wanted.length} that Chromium or Firefox passes, ` +
      `${reached.length}. ${left} tests were not run, for the reasons in expectations.json. Unexpected: ${failures.length} failures, ${surprises.length} passes.`,
  );
}

function reasonOf(id, name) {
  const result = results[id];
  return name === WHOLE_TEST
    ? `${result.status} ${result.message ?? ""}`
    : (result.messages?.[name] ?? "(never reported)");
}

/** Entries without a reason, or for tests that no longer exist. */
function unexplained() {
  const known = new Set(testsInScope(wpt).map(({ id }) => id));
  return Object.entries(expectations).flatMap(([id, entries]) =>
    Object.entries(entries)
      .filter(([, reason]) => !known.has(id) || typeof reason !== "string" || reason.trim() === "")
      .map(([name]) => ({ id, name })),
  );
}

function prune() {
  for (const { id, name } of surprises) {
    delete expectations[id][name];
    if (Object.keys(expectations[id]).length === 0) delete expectations[id];
  }
}

function accept(reason) {
  for (const { id, name } of failures) {
    expectations[id] ??= {};
    expectations[id][name] = reason;
  }
}

function writeExpectations() {
  const sorted = Object.fromEntries(Object.entries(expectations).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(EXPECTATIONS, `${JSON.stringify(sorted, undefined, 2)}\n`);
}
