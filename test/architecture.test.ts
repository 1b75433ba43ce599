/** Holds the source tree to docs/architecture.md; each rule is also shown a snippet that breaks it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  ambientNames,
  emptyNames,
  forbiddenImports,
  IMPORTS,
  reExports,
  riskyRegularExpressions,
  type Source,
  tooLong,
  undocumentedExports,
  unfinishedNotes,
  uninitialisedMemory,
  type Violation,
} from "./architecture.testing.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A file's bound, and the bound of those that compose many others. */
const MAX_LINES = 400;
const MAX_ORCHESTRATOR_LINES = 600;
const ORCHESTRATORS = new Set([
  "src/core/dtls/endpoint.ts",
  "src/core/ice/ice-agent.ts",
  "src/core/rtp-session/rtp-session.ts",
  "src/core/turn/turn-client.ts",
  "src/core/sctp/association/association.ts",
]);

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const sources = readSources("src");
const production = sources.filter(({ path }) => !/\.(test|testing)\.ts$/.test(path));
const core = production.filter(({ path }) => path.startsWith("src/core/"));

/** What the package's entry points re-export, as `path#name` or `path#*`. */
const published = new Set(sources.filter(({ path }) => isEntry(path)).flatMap(reExports));

function isEntry(path: string): boolean {
  const built = `./${path.replace(/^src\//, "dist/").replace(/\.ts$/, ".js")}`;
  return Object.values<{ default?: string } | string>(manifest.exports).some(
    (target) => typeof target === "object" && target.default === built,
  );
}

/** All TypeScript files below `folder`, with paths relative to the repository. */
function readSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

function snippet(path: string, text: string): Source {
  return { path, text };
}

function all(rule: (source: Source) => Violation[], over: readonly Source[]): Violation[] {
  return over.flatMap(rule);
}

describe("imports run one way", () => {
  test("every file imports only what the table in docs/architecture.md allows", () => {
    expect(all(forbiddenImports, production)).toEqual([]);
  });

  test("the table has one row for each folder in src", () => {
    const folders = new Set(
      production.map(({ path }) => path.split("/").slice(1, -1)).filter((p) => p.length > 0),
    );
    for (const [first, second] of folders) {
      const folder = first === "core" ? `core/${second}` : first;
      expect(Object.keys(IMPORTS)).toContain(folder);
    }
  });

  test("the table is the one that docs/architecture.md prints", () => {
    const document = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    const firstCells = document.split("\n").filter((line) => line.startsWith("| `"));
    const printed = firstCells.flatMap((line) =>
      [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((m) => m[1]),
    );
    expect(printed.filter((name) => !name?.endsWith(".ts")).sort()).toEqual(Object.keys(IMPORTS).sort());
  });

  test.each([
    ["a machine that imports another machine", "src/core/ice/agent.ts", "../dtls/index.ts"],
    ["core that imports the host", "src/core/session/engine.ts", "../../host/host.ts"],
    ["session that imports descriptions", "src/core/session/engine.ts", "../sdp/index.ts"],
    ["api that imports node", "src/api/RTCPeerConnection.ts", "../node/udp.ts"],
    ["node that imports api", "src/node/udp.ts", "../api/RTCPeerConnection.ts"],
    ["node that imports sim", "src/node/udp.ts", "../sim/index.ts"],
    ["core that imports a built-in module", "src/core/stun/message.ts", "node:crypto"],
    ["core that imports a package", "src/core/sdp/parse.ts", "sdp-transform"],
    ["anything that imports the package's own entry", "src/api/RTCPeerConnection.ts", "../index.ts"],
    ["a folder nobody knows", "src/misc/x.ts", "../host/host.ts"],
  ])("refuses %s", (_, path, specifier) => {
    for (const statement of [
      `import { x } from "${specifier}";`,
      `export * from "${specifier}";`,
      `import("${specifier}");`,
    ])
      expect(forbiddenImports(snippet(path, statement))).toHaveLength(1);
  });

  test("refuses an import without its extension", () => {
    expect(forbiddenImports(snippet("src/core/ice/agent.ts", 'import "./pair";'))).toHaveLength(1);
  });
});

describe("core is pure", () => {
  test("core uses no clock, randomness, promise or platform", () => {
    expect(all(ambientNames, core)).toEqual([]);
  });

  test("core is compiled without the names of Node and the DOM", () => {
    const config = JSON.parse(readFileSync(join(ROOT, "src/core/tsconfig.json"), "utf8"));
    expect(config.compilerOptions).toMatchObject({ lib: ["ES2023"], types: [] });
  });

  test("core matches text with anchored regular expressions of linear time only", () => {
    expect(all(riskyRegularExpressions, core)).toEqual([]);
  });

  test.each([
    "const t = Date.now();",
    "const r = Math.random();",
    "async function f() {}",
    "const f = async () => 1;",
    "function f(): Promise<void> {}",
    "setTimeout(f, 1);",
    "performance.now();",
    'Buffer.from("");',
    "process.exit();",
    'new TextEncoder().encode("");',
    "globalThis.crypto;",
  ])("refuses %s", (text) => {
    expect(ambientNames(snippet("src/core/base/x.ts", text))).not.toEqual([]);
  });

  test("accepts members and comments that only share such a name", () => {
    const text = "/* Date */ interface A { process(): void } const a: A = { process() {} }; a.process();";
    expect(ambientNames(snippet("src/core/base/x.ts", text))).toEqual([]);
  });

  test.each([
    "/^(a+)+$/",
    "/^(?:a|b*)*$/",
    "/^\\d+\\d*$/",
    "/^.*.*$/",
    "/a/",
    "/^[a-z]{2,}[a-z]+$/",
    'new RegExp("^a")',
  ])("refuses %s", (pattern) => {
    expect(riskyRegularExpressions(snippet("src/core/sdp/x.ts", `f(${pattern});`))).toHaveLength(1);
  });

  test.each([
    "/^[0-9a-f]+$/",
    "/^(\\d+) (\\d+)$/",
    "/^a=(?:x|y):([!-~]*)$/",
    "/[+*]x*/y",
    "/^(?:\\d{1,3})+$/",
  ])("accepts %s", (pattern) => {
    expect(riskyRegularExpressions(snippet("src/core/sdp/x.ts", `f(${pattern});`))).toEqual([]);
  });
});

describe("files are for readers", () => {
  test("no file is longer than 400 lines, no orchestrator longer than 600", () => {
    const limitOf = (path: string) => (ORCHESTRATORS.has(path) ? MAX_ORCHESTRATOR_LINES : MAX_LINES);
    expect(all((source) => tooLong(source, limitOf(source.path)), production)).toEqual([]);
  });

  test("the list of orchestrators is short and names files that need it", () => {
    expect(ORCHESTRATORS.size).toBeLessThanOrEqual(8);
    for (const path of ORCHESTRATORS) {
      const source = production.find((candidate) => candidate.path === path);
      expect(source && tooLong(source, MAX_LINES), path).toHaveLength(1);
    }
  });

  test("every exported declaration has a doc comment, or its file has, if no entry point exports it", () => {
    const isPublic = (path: string, name: string) =>
      published.has(`${path}#*`) || published.has(`${path}#${name}`);
    const rule = (source: Source) => undocumentedExports(source, (name) => isPublic(source.path, name));
    expect(all(rule, production)).toEqual([]);
  });

  test("no file name says nothing", () => {
    expect(all(emptyNames, sources)).toEqual([]);
  });

  test("no file holds a note to self", () => {
    expect(all(unfinishedNotes, sources)).toEqual([]);
  });

  test("nothing allocates uninitialised memory", () => {
    expect(all(uninitialisedMemory, production)).toEqual([]);
  });

  test("each of these rules can fail", () => {
    expect(tooLong(snippet("src/core/a.ts", "\n".repeat(401)), 400)).toHaveLength(1);
    expect(tooLong(snippet("src/core/a.ts", "\n".repeat(400)), 400)).toHaveLength(0);
    const undocumented = (text: string, isPublic: boolean) =>
      undocumentedExports(snippet("src/core/a.ts", text), () => isPublic);
    expect(undocumented("export const a = 1;", false)).toHaveLength(1);
    expect(undocumented("// why\nexport function a() {}", false)).toHaveLength(1);
    expect(undocumented("/** why */\nexport function a() {}", true)).toEqual([]);
    expect(undocumented("/** both */\nexport const a = 1;\nexport const b = 2;", true)).toEqual([]);
    expect(undocumented("/** a */\nexport const a = 1;\n\nexport const b = 2;", true)).toHaveLength(1);
    expect(undocumented('/** file */\nimport "./b.ts";\nexport class A {}', true)).toHaveLength(1);
    expect(undocumented('/** file */\nimport "./b.ts";\nexport class A {}', false)).toEqual([]);
    for (const path of [
      "src/core/utils.ts",
      "src/api/ChannelManager.ts",
      "src/node/helpers/x.ts",
      "src/api/socket-util.ts",
    ])
      expect(emptyNames(snippet(path, "")), path).toHaveLength(1);
    expect(unfinishedNotes(snippet("src/a.ts", "// TODO: later"))).toHaveLength(1);
    expect(uninitialisedMemory(snippet("src/a.ts", "Buffer.allocUnsafe(1)"))).toHaveLength(1);
  });
});

describe("the package's surface", () => {
  test("every subpath of package.json is built from a source file that exists", () => {
    const paths = new Set(sources.map(({ path }) => path));
    for (const [subpath, target] of Object.entries<string | { types: string; default: string }>(
      manifest.exports,
    )) {
      if (typeof target === "string") continue;
      const source = target.default.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
      expect(paths, subpath).toContain(source);
      expect(target.types, subpath).toBe(target.default.replace(/\.js$/, ".d.ts"));
    }
  });

  test("only what binds the host, sets globals or adds members is marked as having side effects", () => {
    expect(manifest.sideEffects).toEqual([
      "./dist/index.js",
      "./dist/register.js",
      "./dist/worker-entry.js",
      "./dist/legacy-entry.js",
    ]);
  });
});
