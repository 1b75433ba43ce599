/** Runs a suite of tests in a page of a real browser: one browser per file, one page for all of its tests. */
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import type { Browser, Page } from "puppeteer-core";
import typescript from "typescript";
import { afterAll, beforeAll, describe, type TestContext } from "vitest";
import { findFirefox } from "../../scripts/browser/find.mjs";
import { type LaunchedBrowser, launchChromium, launchFirefox } from "../../scripts/browser/launch.mjs";
import { PATIENCE } from "../until.testing.ts";

/** Skips the rest of a test, and says why where it is read. */
export function skipIf(context: TestContext, condition: boolean, reason: string): void {
  if (!condition) return;
  console.log(`Skipped: ${context.task.name}: ${reason}`);
  context.skip(reason);
}

/** Of this machine on its network: browsers keep away from loopback unless there is nothing else. */
export const NETWORK_ADDRESS = Object.values(networkInterfaces())
  .flatMap((infos) => infos ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;
export const NO_NETWORK = NETWORK_ADDRESS === undefined ? "this machine has no network" : undefined;

/** The browsers of these tests. */
export type BrowserName = "Chromium" | "Firefox";

/** Declares tests that use one browser; Firefox's are skipped where it is not installed. `browser()`: in tests and hooks. */
export function describeWith(
  name: BrowserName,
  { devices = false }: { devices?: boolean },
  declare: (browser: () => Browser) => void,
): void {
  const installed = name === "Chromium" || findFirefox() !== undefined;
  if (!installed)
    console.log("Skipped: Firefox is not installed (apt-get install firefox-esr, or set FIREFOX_PATH).");

  describe.skipIf(!installed)(`with ${name}`, () => {
    let launched: LaunchedBrowser | undefined;

    beforeAll(async () => {
      launched = await (name === "Chromium" ? launchChromium({ devices }) : launchFirefox({ devices }));
      console.log(launched!.version);
    });

    afterAll(async () => {
      await launched?.close();
    });

    declare(() => launched!.browser);
  });
}

/**
 * Declares the tests of `declare` for one browser; without Firefox its tests are skipped. `script`: the module of this
 * folder that the page runs. `page()` can be called in tests and hooks.
 */
export function describeInBrowser(
  name: BrowserName,
  script: string,
  declare: (page: () => Page, name: BrowserName) => void,
): void {
  describeWith(name, {}, (browser) => {
    let page: Page;
    let server: Awaited<ReturnType<typeof servePage>> | undefined;

    beforeAll(async () => {
      server = await servePage(script);
      page = await browser().newPage();
      await page.goto(server.url, { timeout: PATIENCE });
    });

    afterAll(() => server?.close());

    declare(() => page, name);
  });
}

/** Serves a page that runs `script`, and the modules of this folder, on a free port of 127.0.0.1. */
export async function servePage(script: string): Promise<{ url: string; close: () => void }> {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Interop</title>
<script type="module" src="/${script}"></script>`;
  const server = createServer(({ url = "/" }, response) => {
    if (url === "/") respond(response, "text/html", html);
    else if (/^\/[\w-]+\.(js|ts)$/.test(url)) respond(response, "text/javascript", moduleText(url.slice(1)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function respond(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
  response.end(body);
}

/** A module of this folder, without its types. */
function moduleText(name: string): string {
  const source = readFileSync(new URL(name, import.meta.url), "utf8");
  if (name.endsWith(".js")) return source;
  const { ESNext } = typescript.ModuleKind;
  const compilerOptions = { target: typescript.ScriptTarget.ES2022, module: ESNext };
  return typescript.transpileModule(source, { compilerOptions }).outputText;
}
