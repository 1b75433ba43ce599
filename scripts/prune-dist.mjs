#!/usr/bin/env node
// Removes from dist/ what no source file stands behind any more: the compiler only ever adds.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

for (const name of readdirSync(join(ROOT, "dist"), { recursive: true })) {
  const source = /^(.+)\.(?:js|js\.map|d\.ts)$/.exec(name)?.[1];
  if (source && !existsSync(join(ROOT, "src", `${source}.ts`))) rmSync(join(ROOT, "dist", name));
}
