#!/usr/bin/env node
// Tables from result files.
//   node summary.mjs --wpt DIR --browsers chromium.json,firefox.json [NAME=RESULT.json ...]   the tables (markdown)
//   node summary.mjs --wpt DIR --browsers ... --missing MINE.json [--filter SUBSTR]            what a browser passes and MINE does not
import path from "node:path";
import { parseArgs } from "node:util";
import { endedBadly, notPassed, readResults } from "./lib/results.mjs";
import { listTests, OUTSIDE_NODE, runnableInNode, SCOPE } from "./lib/tests.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wpt: { type: "string" },
    browsers: { type: "string" },
    missing: { type: "string" },
    filter: { type: "string" },
  },
});
if (!options.wpt || !options.browsers) {
  console.error(
    "usage: summary.mjs --wpt DIR --browsers A.json,B.json [NAME=RESULT.json]... | --missing MINE.json [--filter SUBSTR]",
  );
  process.exit(2);
}
const browsers = options.browsers.split(",").map((f) => [path.basename(f, ".json"), readResults(f)]);
const impls = positionals.map((p) => {
  const [n, f] = p.split("=");
  return [n, readResults(f)];
});
const tests = listTests(path.resolve(options.wpt));

const passed = (res, id) => new Set(res[id]?.pass ?? []);
const seen = (res, id) => [...(res[id]?.pass ?? []), ...notPassed(res[id])];
const groupOf = (t) => {
  const d = path.posix.dirname(t.file);
  return t.file.startsWith("webrtc/") ? (d === "webrtc" ? "webrtc/ (top)" : `${d}/`) : `${d.split("/")[0]}/`;
};

if (options.missing) {
  const mine = readResults(options.missing);
  for (const t of tests) {
    if (!runnableInNode(t) || (options.filter && !t.id.includes(options.filter))) continue;
    const ok = passed(mine, t.id);
    const lost = [...new Set(browsers.flatMap(([, r]) => [...passed(r, t.id)]))].filter((n) => !ok.has(n));
    if (lost.length)
      console.log(`${t.id} (${mine[t.id]?.status ?? "not run"})\n${lost.map((n) => `    ${n}`).join("\n")}`);
  }
  process.exit(0);
}

function table(title, pick) {
  const rows = new Map();
  const columns = [...browsers.map(([n]) => n), "either", "both", ...impls.map(([n]) => n)];
  for (const t of tests.filter(pick)) {
    const names = new Set(browsers.flatMap(([, r]) => seen(r, t.id)));
    const row = rows.get(groupOf(t)) ?? { files: 0, n: 0, ...Object.fromEntries(columns.map((c) => [c, 0])) };
    rows.set(groupOf(t), row);
    row.files++;
    row.n += names.size;
    const b = browsers.map(([, r]) => passed(r, t.id));
    browsers.forEach(([n], i) => {
      row[n] += b[i].size;
    });
    row.either += new Set(b.flatMap((s) => [...s])).size;
    row.both += [...b[0]].filter((x) => b.every((s) => s.has(x))).length;
    for (const [n, r] of impls) row[n] += [...passed(r, t.id)].filter((x) => names.has(x)).length;
  }
  const order = [...rows.keys()].sort(
    (x, y) => SCOPE.indexOf(x.split("/")[0]) - SCOPE.indexOf(y.split("/")[0]) || (x < y ? -1 : 1),
  );
  const total = { files: 0, n: 0, ...Object.fromEntries(columns.map((c) => [c, 0])) };
  for (const r of rows.values()) for (const k of Object.keys(total)) total[k] += r[k];
  const line = (name, r) => `| ${name} | ${r.files} | ${r.n} | ${columns.map((c) => r[c]).join(" | ")} |`;
  const percentages = `| % of subtests | | | ${columns.map((c) => ((100 * total[c]) / total.n).toFixed(1)).join(" | ")} |`;
  console.log(
    `### ${title}\n\n| directory | tests | subtests | ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length + 3)}\n${order.map((g) => line(g, rows.get(g))).join("\n")}\n${line("**total**", total)}\n${percentages}\n`,
  );
}
table("All", () => true);
table("Runnable in Node", runnableInNode);

console.log("### Tests that ended badly\n");
for (const [name, results] of [...browsers, ...impls]) {
  const bad = Object.entries(results).filter(([, { status }]) => endedBadly({ status }));
  const statuses = [...new Set(bad.map(([, { status }]) => status))];
  const counts = statuses.map((status) => {
    const ids = bad.filter(([, result]) => result.status === status).map(([id]) => id);
    return `${ids.length} ${status}${status === "CRASH" || status === "KILLED" ? ` (${ids.join(", ")})` : ""}`;
  });
  console.log(`- ${name}: ${counts.join(", ") || "none"}`);
}
console.log('\n### Outside the "runnable in Node" denominator\n');
const byNeed = new Map();
for (const t of tests)
  if (!runnableInNode(t)) {
    const k = t.needs[0];
    byNeed.set(k, [...(byNeed.get(k) ?? []), t.id]);
  }
for (const [k, ids] of byNeed) console.log(`- ${OUTSIDE_NODE[k]} (${ids.length}): ${ids.join(", ")}`);
