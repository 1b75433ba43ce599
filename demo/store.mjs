// The files that tabs have sent: in one temporary folder, made at start and removed at exit, each under a random name.

import { createHash, randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanFileName } from "./file-name.mjs";
import { formatBytes } from "./public/format.js";
import { TransferError } from "./public/transfer.js";

/** Bounds of a store; `maxFiles` counts those still arriving as well. */
export const DEFAULT_LIMITS = { maxFileBytes: 1e9, maxTotalBytes: 2e9, maxFiles: 256 };

/** Emits `change` whenever `list()` changes. */
export class FileStore extends EventEmitter {
  #directory = mkdtempSync(join(tmpdir(), "skywave-demo-"));
  #limits;
  #files = new Map();
  #arriving = new Set();

  constructor(limits = {}) {
    super();
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get directory() {
    return this.#directory;
  }

  get limits() {
    return this.#limits;
  }

  /** Bytes stored, and promised to files that are still arriving. */
  get usedBytes() {
    let bytes = 0;
    for (const file of this.#files.values()) bytes += file.size;
    for (const file of this.#arriving) bytes += file.size;
    return bytes;
  }

  /** The complete files, oldest first, as the page lists them. */
  list() {
    return [...this.#files.values()].map(({ id, name, size, mime, sha256, from, at }) => {
      return { id, name, size, mime, sha256, from, at };
    });
  }

  get(id) {
    return this.#files.get(id);
  }

  /** Makes room for a file, or throws a `TransferError` that says why not. */
  async receive({ name, size, mime }, from) {
    if (!Number.isSafeInteger(size) || size < 0) throw new TransferError("the file has no size");
    const { maxFileBytes, maxTotalBytes, maxFiles } = this.#limits;
    if (size > maxFileBytes) {
      throw new TransferError(
        `${formatBytes(size)} is too large: a file may have ${formatBytes(maxFileBytes)}`,
      );
    }
    if (this.usedBytes + size > maxTotalBytes) {
      throw new TransferError(
        `no room for ${formatBytes(size)}: ${formatBytes(this.usedBytes)} of ${formatBytes(maxTotalBytes)} are taken`,
      );
    }
    if (this.#files.size + this.#arriving.size >= maxFiles)
      throw new TransferError(`${maxFiles} files are the limit`);
    const file = {
      id: randomUUID(),
      name: cleanFileName(name),
      size,
      mime:
        typeof mime === "string" && /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(mime)
          ? mime
          : "application/octet-stream",
      from,
    };
    this.#arriving.add(file);
    try {
      const handle = await open(this.pathOf(file.id), "wx", 0o600);
      return new ArrivingFile(file, handle, (complete) => this.#settle(file, complete));
    } catch (error) {
      this.#arriving.delete(file);
      throw new TransferError(`the Node peer cannot write the file: ${error.code ?? error.message}`);
    }
  }

  /** Removes a file; false if there is none of this id. */
  async remove(id) {
    if (!this.#files.delete(id)) return false;
    this.emit("change");
    await rm(this.pathOf(id), { force: true });
    return true;
  }

  /** Removes the folder; synchronous, so that it also works in an `exit` handler. */
  close() {
    this.#files.clear();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  pathOf(id) {
    return join(this.#directory, id);
  }

  async #settle(file, complete) {
    if (complete !== undefined) this.#files.set(file.id, { ...file, ...complete });
    else await rm(this.pathOf(file.id), { force: true });
    this.#arriving.delete(file);
    if (complete !== undefined) this.emit("change");
  }
}

/** A file on its way in. Ends in exactly one of `commit()` and `discard()`. */
class ArrivingFile {
  #handle;
  #settle;
  #ended = false;
  /** node:crypto's SHA-256 in the shape that `FileReceiver` takes. */
  hash = nodeHash();

  constructor({ id, name, size }, handle, settle) {
    this.id = id;
    this.name = name;
    this.size = size;
    this.#handle = handle;
    this.#settle = settle;
  }

  /** Appends; resolves when the operating system has it. */
  async write(chunks) {
    let bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    let rest = chunks;
    while (bytes > 0) {
      const { bytesWritten } = await this.#handle.writev(rest);
      bytes -= bytesWritten;
      if (bytes > 0) rest = [Buffer.concat(rest).subarray(bytesWritten)];
    }
  }

  async commit(sha256) {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close();
    await this.#settle({ sha256, at: Date.now() });
  }

  async discard() {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close();
    await this.#settle(undefined);
  }
}

/** node:crypto's SHA-256 with the `update` and `digest` of `Sha256`. */
export function nodeHash() {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest("hex"),
  };
}
