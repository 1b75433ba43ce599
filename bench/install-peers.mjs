#!/usr/bin/env node
// Installs the stacks that bench.mjs compares with into a folder of their own (PEERS, or one below the system's folder for
// temporary files). They are native modules in part, so they may not be had on every machine.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { IMPLEMENTATIONS, PEERS_FOLDER } from "./implementations.mjs";

const peers = IMPLEMENTATIONS.filter((name) => name !== "skywave");
mkdirSync(PEERS_FOLDER, { recursive: true });
writeFileSync(path.join(PEERS_FOLDER, "package.json"), '{ "private": true }\n');
for (const name of peers) {
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", name], {
    cwd: PEERS_FOLDER,
    stdio: "inherit",
  });
  console.log(`${name}: ${status === 0 ? `installed into ${PEERS_FOLDER}` : "not available here"}`);
}
