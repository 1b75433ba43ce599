// Runs each test in a child process of its own and collects what testharness.js reports.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { countNotPassed } from "./results.mjs";

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** Where a subtest's status is filed in a result. */
const FILED_AS = {
  PASS: "pass",
  FAIL: "fail",
  TIMEOUT: "timeout",
  NOTRUN: "notrun",
  PRECONDITION_FAILED: "precondition",
};

/**
 * Runs `tests` (of lib/tests.mjs), `jobs` at a time, and calls `report(test, result, finished)` after each.
 * `options`: { wpt, impl, jobs, multiplier, messages, verbose }. `multiplier` stretches testharness.js's time limits.
 */
export async function runTests(tests, options, report) {
  let next = 0;
  let finished = 0;
  const lane = async () => {
    while (next < tests.length) {
      const test = tests[next++];
      report(test, await runOne(test, options), ++finished);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, lane));
}

/** One line about one result. */
export function describeResult(test, result) {
  const pass = String(result.pass.length).padStart(3);
  const not = String(countNotPassed(result)).padStart(3);
  const why = result.message && result.status !== "OK" ? `  (${result.message.slice(0, 120)})` : "";
  return `${result.status.padEnd(7)} ${pass} pass ${not} not  ${String(result.ms).padStart(6)} ms  ${test.id}${why}`;
}

function runOne(test, { wpt, impl, multiplier, messages, verbose }) {
  const { promise, resolve } = withResolvers();
  const started = Date.now();
  const { file, url, kind, scripts, title, long } = test;
  const assignment = { wpt, impl, file, url, kind, scripts, title, long, multiplier, verbose };
  const child = fork(CHILD, [JSON.stringify(assignment)], {
    execArgv: ["--expose-gc", "--no-warnings"],
    stdio: ["ignore", verbose ? "inherit" : "ignore", "pipe", "ipc"],
  });
  const seen = new Map();
  const notes = [];
  let done;
  let killed = false;
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr = (stderr + data).slice(-4000);
    if (verbose) process.stderr.write(data);
  });
  const timer = setTimeout(
    () => {
      killed = true;
      child.kill("SIGKILL");
    },
    ((long ? 60 : 10) * multiplier + 5) * 1000,
  );
  child.on("message", (message) => {
    if (message.type === "result") seen.set(message.test.name, message.test);
    else if (message.type === "note") notes.push(message.note);
    else if (message.type === "fatal") {
      console.error(message.message);
      process.exit(1);
    } else if (message.type === "done") {
      done = message;
      child.kill("SIGKILL"); // no teardown: native modules may crash in it
    }
  });
  child.on("exit", (code, signal) => {
    clearTimeout(timer);
    const result = { status: "OK", pass: [], fail: [] };
    if (done) {
      result.status = done.harness.status;
      if (done.harness.message) result.message = String(done.harness.message).slice(0, 300);
    } else if (killed) result.status = "KILLED";
    else {
      result.status = signal ? "CRASH" : "ERROR";
      const tail = stderr.trim().split("\n").slice(-6).join(" | ").slice(0, 600);
      result.message = `child ended: ${signal ?? `code ${code}`}; ${tail}`;
    }
    for (const subtest of done?.tests ?? seen.values()) {
      const to = result.status === "CRASH" ? "fail" : FILED_AS[subtest.status];
      result[to] ??= [];
      result[to].push(subtest.name);
      if (messages && subtest.message && to !== "pass") {
        result.messages ??= {};
        result.messages[subtest.name] = String(subtest.message).slice(0, 300);
      }
    }
    if (notes.length) result.notes = notes;
    result.ms = Date.now() - started;
    resolve(result);
  });
  return promise;
}

/** Promise.withResolvers, which Node has since 22. */
function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
