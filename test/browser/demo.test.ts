import { randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "../until.testing.ts";
import { Demo, hashOfFile, Tab } from "./demo.testing.ts";
import { describeWith } from "./in-browser.testing.ts";

const FILE_BYTES = 20_000_000;

let folder: string;
let randomFile: string;
let demo: Demo;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skywave-demo-test-"));
  randomFile = join(folder, "random.bin");
  await writeFile(randomFile, randomFillSync(new Uint8Array(FILE_BYTES)));
});

// A server for each test: what one leaves behind fails that one only.
beforeEach(async () => {
  demo = await Demo.start();
});

afterEach(async () => {
  await demo.stop();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describeWith("Chromium", {}, (browser) => {
  const tabs: Tab[] = [];

  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close().catch(() => {});
  });

  async function openTab(query = ""): Promise<Tab> {
    const tab = await Tab.open(browser(), demo.url + query);
    tabs.push(tab);
    return tab;
  }

  test.each(["page", "node"])(
    "the page connects when the offer comes from the %s, and shows it",
    async (offer) => {
      const tab = await openTab(`?offer=${offer}`);
      await tab.becomes(
        `document.querySelector("#states").innerText.match(/\\bconnected\\b/g)?.length >= 6`,
        "not all states of both ends were shown as connected",
      );
      await tab.shows("#pair", "round trip");
      await tab.becomes(
        `/Node\\s+\\S*:\\d+/.test(document.querySelector("#pair").innerText)`,
        "the address of Node was not shown",
      );
      await tab.shows("#rtt-now", "ms");
      expect(await tab.page.$$eval("#layers [data-lit]", (lit) => lit.length)).toBe(5);
      expect(tab.errors).toEqual([]);
    },
  );

  test("Node answers in the chat", async () => {
    const tab = await openTab();
    await tab.say("/echo over and out");
    await tab.shows("#talk li:last-child", "over and out");
    await tab.say("/help");
    await tab.shows("#talk li:last-child", "/stats");
    await tab.say("<img src=x onerror=alert(1)>");
    await tab.shows("#talk", "<img src=x");
    expect(tab.errors).toEqual([]);
  });

  test("a file goes to Node and comes back, and every hash agrees", async () => {
    const tab = await openTab();
    const expected = await hashOfFile(randomFile);
    await tab.choose(randomFile);
    expect(await tab.agreedHash()).toBe(expected);
    await tab.shows("#stored", "random.bin");

    const downloads = join(folder, "downloads");
    const devTools = await tab.page.createCDPSession();
    await devTools.send("Browser.setDownloadBehavior", {
      behavior: "allow",
      downloadPath: downloads,
      eventsEnabled: true,
    });
    // The file's name is there, with nothing in it, before the file is.
    const saved = new Promise<void>((resolve) => {
      devTools.on("Browser.downloadProgress", ({ state }) => {
        if (state === "completed") resolve();
      });
    });
    await tab.press("random.bin", "Fetch");
    expect(await tab.agreedHash(2)).toBe(expected);
    await saved;
    expect(await hashOfFile(join(downloads, "random.bin"))).toBe(expected);
    await tab.keepScreenshots();

    await remove(tab, "random.bin");
    await tab.shows("#activity", "removed random.bin");
    expect(tab.errors).toEqual([]);
  });

  test("an empty file goes there and back", async () => {
    const tab = await openTab();
    const empty = join(folder, "empty.txt");
    await writeFile(empty, "");
    await tab.choose(empty);
    const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(await tab.agreedHash()).toBe(hashOfNothing);
    await tab.press("empty.txt", "Fetch");
    expect(await tab.agreedHash(2)).toBe(hashOfNothing);
    await tab.shows("#transfers li:first-child", "fetched");
    await remove(tab, "empty.txt");
  });

  test("a second tab is told apart, and can fetch what the first one sent", async () => {
    const first = await openTab();
    const second = await openTab();
    const names = [await first.text("#tab-name"), await second.text("#tab-name")];
    expect(new Set(names).size).toBe(2);
    await first.shows("#tabs", "2 tabs");
    await first.choose(randomFile);
    const hash = await first.agreedHash();
    await second.shows("#stored", "random.bin");
    await second.press("random.bin", "Fetch");
    expect(await second.agreedHash()).toBe(hash);
    await second.say("/all hello there");
    await first.shows("#talk", "hello there");
    await remove(second, "random.bin");
    await second.close();
    await first.shows("#tabs", "only this tab");
  });

  test("a tab closed in the middle of a transfer: Node discards the partial file and tells the others", async () => {
    const witness = await openTab();
    const sender = await openTab();
    await sender.choose(await sparseFile("film.mp4", 900_000_000));
    await sender.isTransferring();
    expect(await readdir(demo.folder)).toHaveLength(1);
    await sender.close();
    await witness.shows("#activity", "film.mp4");
    await witness.shows("#activity", "discarded");
    await nothingIsStored();
  });

  test("a cancelled transfer is discarded, and the connection lives on", async () => {
    const tab = await openTab();
    await tab.choose(await sparseFile("long.iso", 900_000_000));
    await tab.isTransferring();
    await tab.click("#transfers button");
    await tab.shows("#transfers", "Not sent: cancelled");
    await tab.shows("#activity", "long.iso");
    await tab.say("/echo still there");
    await tab.shows("#talk li:last-child", "still there");
    await nothingIsStored();
  });

  test("a file that is too large is refused, with the reason", async () => {
    const tab = await openTab();
    await tab.choose(await sparseFile("huge.img", 1_100_000_000));
    await tab.shows("#transfers", "Not sent: 1.10 GB is too large: a file may have 1.00 GB.");
    await tab.shows("#status-text", "Connected");
  });

  test("when the server goes, the page says so, and connects again when it is back", async () => {
    const tab = await openTab();
    const { port, folder: files } = demo;
    expect(await demo.stop()).toBe(0);
    expect(existsSync(files)).toBe(false);
    await tab.shows("#status-text", "Reconnecting");
    await tab.shows("#banner", "keeps trying");
    demo = await Demo.start(port);
    await tab.connected();
    await tab.say("/echo back again");
    await tab.shows("#talk li:last-child", "back again");
  });
});

/** Leaves the demo's folder as the next test expects it: empty. */
async function remove(tab: Tab, fileName: string): Promise<void> {
  await tab.press(fileName, "Remove");
  await nothingIsStored();
}

function nothingIsStored(): Promise<void> {
  return until(async () => (await readdir(demo.folder)).length === 0, "Node to delete every file");
}

/** Of zeros, and without using the disk. */
async function sparseFile(name: string, size: number): Promise<string> {
  const path = join(folder, name);
  const handle = await open(path, "w");
  await handle.truncate(size);
  await handle.close();
  return path;
}

describeWith("Firefox", {}, (browser) => {
  test.each(["page", "node"])(
    "the page connects with an offer from the %s, chats, and sends a file",
    async (offer) => {
      const tab = await Tab.open(browser(), `${demo.url}?offer=${offer}`);
      await tab.say("/echo from Firefox");
      await tab.shows("#talk li:last-child", "from Firefox");
      await tab.choose(randomFile);
      expect(await tab.agreedHash()).toBe(await hashOfFile(randomFile));
      await remove(tab, "random.bin");
      await tab.close();
    },
  );
});
