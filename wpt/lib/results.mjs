// Result files: { testId: { status, pass: [names], fail: [names], timeout?, notrun?, precondition?, message?, reason?,
// messages?, ms } }, one line per test.
import { readFileSync, writeFileSync } from "node:fs";

/** The lists of a result that hold subtests which did not pass. */
const NOT_PASSED = ["fail", "timeout", "notrun", "precondition"];

/** The names of all subtests of a result that did not pass. */
export const notPassed = (result) => NOT_PASSED.flatMap((list) => result?.[list] ?? []);

export const countNotPassed = (result) => notPassed(result).length;

export function writeResults(file, results) {
  const lines = Object.keys(results)
    .sort()
    .map((id) => `${JSON.stringify(id)}: ${JSON.stringify(results[id])}`);
  writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
}

export const readResults = (file) => JSON.parse(readFileSync(file, "utf8"));

/** Tests of a result file that did not end OK, to be run again. */
export const endedBadly = (result) => ["TIMEOUT", "ERROR", "KILLED", "CRASH"].includes(result?.status);

/** The better of two runs of one test. */
export const better = (old, result) => (old && old.pass.length > result.pass.length ? old : result);
