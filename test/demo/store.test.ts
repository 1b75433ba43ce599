import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanFileName, FileStore, MAX_NAME_LENGTH } from "./demo.testing.ts";

const LIMITS = { maxFileBytes: 100, maxTotalBytes: 250, maxFiles: 4 };

describe("the file store", () => {
  let store: FileStore;
  /** Those that may still be arriving at the end of a test: each holds its file open. */
  let files: Awaited<ReturnType<FileStore["receive"]>>[];

  beforeEach(() => {
    store = new FileStore(LIMITS);
    files = [];
  });

  afterEach(async () => {
    for (const file of files) await file.discard();
    store.close();
  });

  async function receive(file: Parameters<FileStore["receive"]>[0]) {
    const arriving = await store.receive(file, "Alfa");
    files.push(arriving);
    return arriving;
  }

  test("lists a file once it is complete", async () => {
    const file = await receive({ name: "a.txt", size: 3, mime: "text/plain" });
    expect(store.list()).toEqual([]);
    await file.write([new Uint8Array([1]), new Uint8Array([2, 3])]);
    await file.commit("abcd");
    expect(store.list()).toMatchObject([
      { name: "a.txt", size: 3, mime: "text/plain", sha256: "abcd", from: "Alfa" },
    ]);
    expect(statSync(`${store.directory}/${file.id}`).size).toBe(3);
  });

  test("a discarded file leaves nothing, neither on disk nor in the count", async () => {
    const file = await receive({ name: "a", size: 90 });
    await file.write([new Uint8Array(50)]);
    expect(store.usedBytes).toBe(90);
    await file.discard();
    expect(store.usedBytes).toBe(0);
    expect(await readdir(store.directory)).toEqual([]);
    await file.commit("too late");
    expect(store.list()).toEqual([]);
  });

  test("takes a file of the largest size and refuses one byte more", async () => {
    await expect(receive({ name: "a", size: 100 })).resolves.toBeDefined();
    await expect(receive({ name: "a", size: 101 })).rejects.toThrow(
      "101 bytes is too large: a file may have 100 bytes",
    );
  });

  test("counts files that are still arriving against the total", async () => {
    await receive({ name: "a", size: 100 });
    await receive({ name: "b", size: 100 });
    await expect(receive({ name: "c", size: 51 })).rejects.toThrow(
      "no room for 51 bytes: 200 bytes of 250 bytes are taken",
    );
    await expect(receive({ name: "c", size: 50 })).resolves.toBeDefined();
  });

  test("bounds the number of files", async () => {
    for (let count = 0; count < LIMITS.maxFiles; count++) await receive({ name: "a", size: 0 });
    await expect(receive({ name: "a", size: 0 })).rejects.toThrow("4 files are the limit");
  });

  test.each([-1, 0.5, Number.NaN, "9", undefined, 2 ** 60])("refuses the size %s", async (size) => {
    await expect(receive({ name: "a", size })).rejects.toThrow();
  });

  test("a type that is none becomes application/octet-stream", async () => {
    const file = await receive({ name: "a", size: 0, mime: "text/html\r\nx: y" });
    await file.commit("");
    expect(store.list()[0]!.mime).toBe("application/octet-stream");
  });

  test("its folder is for its owner only, and goes away with it", () => {
    expect(statSync(store.directory).mode & 0o777).toBe(0o700);
    store.close();
    expect(existsSync(store.directory)).toBe(false);
  });
});

describe("a file's name", () => {
  test.each([
    ["report.pdf", "report.pdf"],
    ["Füße und 🚀.txt", "Füße und 🚀.txt"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\photo.jpg", "photo.jpg"],
    ["..", "unnamed"],
    ["", "unnamed"],
    ["a\u0000b\r\nc", "abc"],
    ["invoice\u202Egpj.exe", "invoicegpj.exe"],
    ['<img src="x">', "img src=x"],
    ["lone \uD800 half", "lone  half"],
    [undefined, "unnamed"],
    [["array"], "unnamed"],
  ])("%j becomes %j", (name, expected) => {
    expect(cleanFileName(name)).toBe(expected);
  });

  test("is shortened in front of its extension", () => {
    const exact = `${"x".repeat(MAX_NAME_LENGTH - 4)}.txt`;
    expect(cleanFileName(exact)).toBe(exact);
    const shortened = cleanFileName(`x${exact}`);
    expect(shortened).toHaveLength(MAX_NAME_LENGTH);
    expect(shortened.endsWith("….txt")).toBe(true);
  });
});
