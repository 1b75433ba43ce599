#!/usr/bin/env node
// Writes baseline.json: for each test in scope the subtests that at least one browser passes.
//   node browser.mjs --wpt DIR --browser chromium --modules .. --filter webrtc/RTC --json chromium.json   (and firefox)
//   node baseline.mjs --wpt DIR chromium.json firefox.json
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { readResults } from "./lib/results.mjs";
import { testsInScope } from "./scope.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { wpt: { type: "string" } },
});
if (!options.wpt || positionals.length === 0) {
  console.error("usage: baseline.mjs --wpt DIR RESULTS.json...");
  process.exit(2);
}
const browsers = positionals.map(readResults);
const lines = testsInScope(path.resolve(options.wpt)).map(({ id }) => {
  const passed = new Set(browsers.flatMap((results) => results[id]?.pass ?? []));
  return `  ${JSON.stringify(id)}: ${JSON.stringify([...passed].sort())}`;
});
writeFileSync(new URL("./baseline.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
