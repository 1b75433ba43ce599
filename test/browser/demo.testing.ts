/** Runs the demo as `npm start` does, and looks at its page. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { PATIENCE } from "../until.testing.ts";

const ENTRY = fileURLToPath(new URL("../../demo/server.mjs", import.meta.url));
const BUILD = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** A running demo server. */
export class Demo {
  readonly port: number;
  /** Where it keeps the files. */
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number, folder: string) {
    this.#process = process;
    this.port = port;
    this.folder = folder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts it on a free port, or on the one of an earlier server. */
  static async start(port = 0): Promise<Demo> {
    if (!existsSync(BUILD)) throw new Error("the demo runs on the build: npm run build");
    const child = spawn(process.execPath, [ENTRY], {
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    const deadline = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    for await (const text of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      output += text;
      const [, url, folder] = /http:\/\/localhost:(\d+)\/\s+Files go to (\S+) and/.exec(output) ?? [];
      if (url === undefined || folder === undefined) continue;
      clearTimeout(deadline);
      child.stdout.resume();
      return new Demo(child, Number(url), folder);
    }
    clearTimeout(deadline);
    throw new Error(`the demo did not start: ${output}`);
  }

  /** Stops it as Ctrl+C does; resolves to the exit code. */
  async stop(): Promise<number | null> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGINT");
    const [code] = (await exit) as [number | null];
    return code;
  }
}

/** One tab with the demo's page. */
export class Tab {
  readonly page: Page;
  /** What went wrong in the page: uncaught errors and violations of its security policy. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
    });
  }

  /** Opens the page and waits until it says that it is connected. */
  static async open(browser: Browser, url: string): Promise<Tab> {
    const tab = new Tab(await browser.newPage());
    await tab.page.setViewport({ width: 1280, height: 1000 });
    await tab.page.goto(url, { timeout: PATIENCE });
    await tab.connected();
    return tab;
  }

  /** Resolves when the page says that it is connected, and all of its channels are open: that of the chat may be the last. */
  async connected(): Promise<void> {
    await this.shows("#status-text", "Connected");
    await this.shows("#layers", "3 open");
  }

  /** The visible text of an element. */
  text(selector: string): Promise<string> {
    return this.page.evaluate(
      `document.querySelector(${JSON.stringify(selector)}).innerText`,
    ) as Promise<string>;
  }

  /** Resolves when the element's text contains this. */
  async shows(selector: string, text: string): Promise<void> {
    await this.becomes(
      `document.querySelector(${JSON.stringify(selector)})?.innerText.includes(${JSON.stringify(text)})`,
      `${selector} never showed "${text}"`,
    );
  }

  /** Resolves when an expression is true in the page; `otherwise`: what the error says. */
  async becomes(expression: string, otherwise: string): Promise<void> {
    try {
      // Not with animation frames, which a tab behind another one does not get.
      await this.page.waitForFunction(expression, { timeout: PATIENCE, polling: 50 });
    } catch (error) {
      throw new Error(`${otherwise} (${error}); the page says:\n${await this.text("body")}`);
    }
  }

  /** Resolves when the topmost transfer has come beyond its first megabyte. */
  async isTransferring(): Promise<void> {
    await this.becomes(
      "document.querySelector('#transfers li:first-child progress')?.value > 1e6",
      "the transfer did not begin",
    );
  }

  /** Says something in the chat. */
  async say(text: string): Promise<void> {
    await this.page.type("#chat-text", text);
    await this.page.keyboard.press("Enter");
  }

  /** Chooses a file for sending. */
  async choose(path: string): Promise<void> {
    const input = await this.page.$("#file-input");
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
  }

  /** Presses a button on a stored file, once it is there. */
  async press(fileName: string, button: "Fetch" | "Remove"): Promise<void> {
    await this.click(`#stored button[aria-label^="${button} ${fileName}"]`);
  }

  /**
   * Clicks an element, once it is there and enabled. Not at its coordinates, as Puppeteer would: a list that
   * grows above it moves the element away between the measuring and the click.
   */
  async click(selector: string): Promise<void> {
    const clicked = `(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (element === null || element.disabled) return false;
      element.click();
      return true;
    })()`;
    await this.becomes(clicked, `${selector} was not there, or disabled`);
  }

  /** The SHA-256 that the topmost transfer, which is number `count` of this tab, shows once it has succeeded. */
  async agreedHash(count = 1): Promise<string> {
    await this.becomes(
      `document.querySelectorAll("#transfers > li").length === ${count} &&
        document.querySelector("#transfers li:first-child[data-outcome]") !== null`,
      "the transfer did not end",
    );
    const hash = await this.page.$("#transfers li:first-child[data-outcome=good] code");
    if (hash === null) throw new Error(`the transfer failed: ${await this.text("#transfers")}`);
    return hash.evaluate((code) => (code as unknown as { dataset: { sha256: string } }).dataset.sha256);
  }

  close(): Promise<void> {
    return this.page.close();
  }

  /** What the whole page looks like, for people: `<name>light.png` and `<name>dark.png`. */
  async keepScreenshots(name = ""): Promise<void> {
    const shots = join(tmpdir(), "skywave-demo-screenshots");
    await mkdir(shots, { recursive: true });
    for (const scheme of ["light", "dark"]) {
      await this.page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: scheme },
        { name: "prefers-reduced-motion", value: "reduce" },
      ]);
      await this.page.screenshot({ path: join(shots, `${name}${scheme}.png`), fullPage: true });
    }
    console.log(`Screenshots: ${shots}`);
  }
}

/** The SHA-256 of a file on disk, by node:crypto. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
