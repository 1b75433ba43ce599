// The Chromium of the development dependency `@sparticuz/chromium`, for machines without a browser.
//
// The package is made for a cloud's functions: it unpacks into the system's temporary folder, and its own copies of the
// libraries that a bare system lacks (libnss3 and what it needs) only there. Here the parts are unpacked side by side below
// node_modules/.cache, libraries always included; they are used only where the system has none.

import { execFile, execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createBrotliDecompress } from "node:zlib";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Unpacks it, unless that was done before, and resolves to `{ executablePath, env, source }`. */
export async function unpackChromium() {
  const packageFolder = findPackage();
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      "the Chromium of @sparticuz/chromium is for Linux on x64: install one, or set CHROMIUM_PATH",
    );
  }
  const { version } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  const folder = join(ROOT, "node_modules", ".cache", `chromium-${version}`);
  if (!existsSync(folder)) await unpackInto(folder, join(packageFolder, "bin"));

  const executablePath = join(folder, "chromium");
  const env = { FONTCONFIG_PATH: join(folder, "fonts") };
  if (lacksLibraries(executablePath)) {
    env.LD_LIBRARY_PATH = [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH]
      .filter(Boolean)
      .join(":");
  }
  return { executablePath, env, source: `@sparticuz/chromium ${version}` };
}

function findPackage() {
  try {
    return fileURLToPath(new URL("../../", import.meta.resolve("@sparticuz/chromium")));
  } catch {
    throw new Error(
      "no Chromium: neither CHROMIUM_PATH, nor one of the system, nor the package @sparticuz/chromium",
    );
  }
}

/** In a folder of its own first, so that an interrupted or a second run finds all or nothing. */
async function unpackInto(folder, bin) {
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}-`);
  try {
    const executable = join(staging, "chromium");
    await Promise.all([
      pipeline(
        createReadStream(join(bin, "chromium.br")),
        createBrotliDecompress(),
        createWriteStream(executable),
      ),
      extractTar(join(bin, "fonts.tar.br"), join(staging, "fonts")),
      extractTar(join(bin, "swiftshader.tar.br"), staging),
      extractTar(join(bin, "al2023.tar.br"), join(staging, "al2023")),
    ]);
    await chmod(executable, 0o700);
    await writeFile(join(staging, "fonts", "fonts.conf"), fontConfiguration(folder));
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}

/** The package's own names folders of its cloud. Without any font a page has no text, not even an invisible one. */
function fontConfiguration(folder) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
}

async function extractTar(archive, folder) {
  await mkdir(folder, { recursive: true });
  // Through a file: tar closes a pipe at the archive's end mark, before the padding that follows it.
  const tarFile = join(folder, basename(archive, ".br"));
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(tarFile));
  await run("tar", ["-x", "-f", tarFile, "-C", folder]);
  await rm(tarFile);
}

function lacksLibraries(executablePath) {
  try {
    return execFileSync("ldd", [executablePath], { encoding: "utf8" }).includes("not found");
  } catch {
    // No ldd, or no glibc: then the package's libraries are the better bet.
    return true;
  }
}
