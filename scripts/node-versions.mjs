#!/usr/bin/env node
// Runs the tests that need no browser, and an import of every entry point, on each supported version of Node. The versions
// come from the npm package `node` and live outside the project.
//   npm run node-versions [-- 22 24]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SUPPORTED = ["20", "22", "24", "26"];

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const specifiers = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== "./package.json")
  .map((subpath) => manifest.name + subpath.slice(1));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : SUPPORTED;

const outcomes = wanted.map((version) => [version, check(version)]);
for (const [version, outcome] of outcomes) console.log(`Node ${version}: ${outcome}`);
if (outcomes.some(([, outcome]) => outcome !== "passes")) process.exitCode = 1;

function check(version) {
  const node = binaryOf(version);
  if (node === undefined) return "not available here";
  if (!run(node, "--input-type=module", "--eval", importProgram())) return "fails to import an entry point";
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  return run(node, vitest, "run", "--project", "unit", "--project", "scenarios") ? "passes" : "fails tests";
}

/** The program of that version, installed when it is not there yet. */
function binaryOf(version) {
  const folder = join(tmpdir(), "skywave-node-versions", version);
  const node = join(folder, "node_modules/node/bin/node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const install = ["install", "--no-audit", "--no-fund", "--loglevel=error", `node@${version}`];
  spawnSync("npm", install, { cwd: folder, stdio: "inherit" });
  return existsSync(node) ? node : undefined;
}

function importProgram() {
  const imports = specifiers.map((specifier) => `await import(${JSON.stringify(specifier)});`);
  return `${imports.join("\n")}\nconsole.log(process.version, "imports all ${specifiers.length} entry points");`;
}

/** Runs in the project's folder, with that version of Node first on the path. */
function run(node, ...parameters) {
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`;
  const { status } = spawnSync(node, parameters, {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PATH },
  });
  return status === 0;
}
