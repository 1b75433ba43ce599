/** What a user of the npm package gets: packs it, installs it without a network, and uses it from outside. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
const specifiers = subpaths.map((subpath) => manifest.name + subpath.slice(1));

let folder: string;
let tarball: string;
let packed: string[];

beforeAll(async () => {
  expect(existsSync(join(ROOT, "dist/index.js")), "npm run build comes first").toBe(true);
  folder = mkdtempSync(join(tmpdir(), "skywave-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
    maxBuffer: 1 << 26,
  });
  const [description] = JSON.parse(stdout);
  tarball = join(folder, description.filename);
  packed = description.files.map((file: { path: string }) => file.path);
  await install();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What npm would put into node_modules, without asking a registry: the tarball, and its dependencies as we have them. */
async function install(): Promise<void> {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, manifest.name), { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, manifest.name)]);
  const wanted = Object.keys(manifest.dependencies);
  for (const name of wanted) {
    const source = join(ROOT, "node_modules", name);
    cpSync(source, join(modules, name), { recursive: true });
    wanted.push(
      ...Object.keys(JSON.parse(readFileSync(join(source, "package.json"), "utf8")).dependencies ?? {}),
    );
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
}

/** Runs a module from outside; fails when it is not over after `deadline` milliseconds. */
function runModule(source: string, deadline = 60_000): Promise<{ code: number | null; output: string }> {
  const file = join(folder, `program-${readdirSync(folder).length}.mjs`);
  writeFileSync(file, source);
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [file], { cwd: folder });
    let output = "";
    child.stdout?.on("data", (data) => {
      output += data;
    });
    child.stderr?.on("data", (data) => {
      output += data;
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`still running after ${deadline} ms:\n${output}`));
    }, deadline);
    // Not "exit": there may be output to come.
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

describe("the packed package", () => {
  test("holds what is built, the sources it maps to, and the papers; no tests and no vectors", () => {
    expect(packed).toContain("dist/index.js");
    expect(packed).toContain("src/index.ts");
    for (const name of ["README.md", "LICENSE", "CHANGELOG.md", "package.json"])
      expect(packed).toContain(name);
    const foreign = packed.filter(
      (path) =>
        !/^(dist|src)\/.+\.(js|d\.ts|ts|js\.map)$/.test(path) &&
        !/^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(path),
    );
    expect(foreign).toEqual([]);
    expect(packed.filter((path) => /\.(test|testing)\./.test(path))).toEqual([]);
  });

  test("has a source file for every source map", () => {
    for (const path of packed.filter((name) => name.endsWith(".js.map")))
      expect(packed, path).toContain(path.replace(/^dist\//, "src/").replace(/\.js\.map$/, ".ts"));
  });

  test("installs without scripts of its own or of its dependencies", () => {
    for (const name of readdirSync(join(folder, "node_modules"))) {
      const path = join(folder, "node_modules", name, "package.json");
      const scripts = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")).scripts ?? {}) : {};
      for (const hook of ["preinstall", "install", "postinstall"])
        expect(scripts, name).not.toHaveProperty(hook);
    }
  });

  test("satisfies publint", async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(folder, "node_modules", manifest.name),
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("gives every module resolution its types", async () => {
    const archive = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)));
    const result = await checkPackage(archive);
    const problems = result.types === false ? ["no types"] : result.problems;
    // Two limits of the package, not faults: it has ES modules only, and `exports` only (unknown to resolution "node10").
    const meant = (problem: unknown) => {
      const { kind, resolutionKind } = problem as { kind: string; resolutionKind?: string };
      return kind === "CJSResolvesToESM" || (kind === "NoResolution" && resolutionKind === "node10");
    };
    expect(problems.filter((problem) => !meant(problem))).toEqual([]);
  });
});

describe("from outside", () => {
  test.each(specifiers)("import %s works, keeps nothing open and ends at once", async (specifier) => {
    const { code, output } = await runModule(`
      const names = Object.keys(await import(${JSON.stringify(specifier)}));
      console.log(process.getActiveResourcesInfo().filter((name) => !/^(TTYWrap|PipeWrap|FSReqPromise|CloseReq)$/.test(name)));
    `);
    expect(output).toBe("[]\n");
    expect(code).toBe(0);
  });

  test("import of the package alone leaves globalThis as it was", async () => {
    const { output } = await runModule(`
      const before = Object.getOwnPropertyNames(globalThis).sort().join();
      await import("${manifest.name}");
      console.log(Object.getOwnPropertyNames(globalThis).sort().join() === before);
    `);
    expect(output).toBe("true\n");
  });

  test("register puts the same classes on globalThis", async () => {
    const { output } = await runModule(`
      import * as skywave from "${manifest.name}";
      import "${manifest.name}/register";
      const classes = Object.keys(skywave).filter((name) => name.startsWith("RTC"));
      console.log(classes.length > 10, classes.filter((name) => globalThis[name] !== skywave[name]));
    `);
    expect(output).toBe("true []\n");
  });

  test("what no subpath exports cannot be reached", async () => {
    const { output } = await runModule(`
      await import("${manifest.name}/dist/index.js").catch(({ code }) => console.log(code));
    `);
    expect(output).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
  });

  test("the first program of README.md prints its greetings and ends by itself", async () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const program = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
    expect(program).toContain("createDataChannel");
    const { code, output } = await runModule(program);
    expect(output).toBe("Bob got: Hello, Bob\nAlice got: Hello, Alice\n");
    expect(code).toBe(0);
  });
});
