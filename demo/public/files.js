// Sending and fetching files, and the list of those on the Node peer.

import { byId, element } from "./element.js";
import { fetchFile, sendFile } from "./file-transfer.js";
import { formatBytes, formatDuration, formatRate, shortHash } from "./format.js";

const KEPT_TRANSFERS = 8;
/** Transfers of one tab at the same time; the others wait for their turn. */
const PARALLEL = 3;

export class Files {
  #connection;
  #onBytes;
  #running = 0;
  #waiting = [];
  #limits = { maxTotalBytes: 0 };

  /** `onBytes(direction, bytes)` hears of all progress. */
  constructor(connection, onBytes) {
    this.#connection = connection;
    this.#onBytes = onBytes;
    const input = byId("file-input");
    input.addEventListener("change", () => {
      this.#sendAll(input.files);
      input.value = "";
    });
    for (const button of document.querySelectorAll("[data-make]")) {
      button.addEventListener("click", () => this.#sendAll([randomFile(Number(button.dataset.make))]));
    }
    this.#acceptDrops();
  }

  set limits(limits) {
    this.#limits = limits;
  }

  /** The files on the Node peer have changed. */
  onList(files, usedBytes) {
    // Items that stay keep their elements: a button replaced between press and release would swallow the click.
    const known = new Map([...byId("stored").children].map((item) => [item.dataset.id, item]));
    const items = files.toReversed().map((file) => known.get(file.id) ?? this.#storedItem(file));
    for (const item of known.values()) if (!items.includes(item)) item.remove();
    for (const [index, item] of items.entries()) {
      const place = byId("stored").children[index] ?? null;
      if (place !== item) byId("stored").insertBefore(item, place);
    }
    byId("stored-empty").hidden = files.length > 0;
    const { maxTotalBytes } = this.#limits;
    byId("files-used").textContent =
      usedBytes === 0 ? "" : `${formatBytes(usedBytes)} of ${formatBytes(maxTotalBytes)} used`;
  }

  #storedItem(file) {
    const facts = `${formatBytes(file.size)} · from ${file.from} · `;
    const fetchButton = element("button", { type: "button", className: "small" }, "Fetch back");
    fetchButton.setAttribute("aria-label", `Fetch ${file.name} back`);
    fetchButton.addEventListener("click", () => this.#fetch(file));
    const removeButton = element("button", { type: "button", className: "small" }, "Remove");
    removeButton.setAttribute("aria-label", `Remove ${file.name} from the Node peer`);
    removeButton.addEventListener("click", () => this.#connection.removeFile(file.id));
    return element(
      "li",
      { dataset: { id: file.id } },
      element("span", { className: "file-name", title: file.name }, file.name),
      element("span", { className: "actions" }, fetchButton, removeButton),
      element("span", { className: "file-facts" }, facts, hashElement(file.sha256)),
    );
  }

  #sendAll(files) {
    for (const file of files) {
      this.#enqueue(file.name, file.size, "up", async (channel, options) => {
        const sha256 = await sendFile(channel, file, options);
        return { sha256 };
      });
    }
  }

  #fetch(file) {
    this.#enqueue(file.name, file.size, "down", async (channel, options) => {
      const { blob, sha256 } = await fetchFile(channel, file.id, options);
      const link = element(
        "a",
        { href: URL.createObjectURL(blob), download: file.name, className: "small" },
        "Save again",
      );
      link.click();
      return { sha256, link };
    });
  }

  #enqueue(name, size, direction, transfer) {
    const row = new TransferRow(name, size, direction);
    const list = byId("transfers");
    list.prepend(row.item);
    const finished = [...list.children].filter((item) => item.dataset.outcome !== undefined);
    for (const item of finished.slice(KEPT_TRANSFERS - 1)) discardRow(item);
    this.#waiting.push(() => this.#run(row, direction, transfer));
    this.#startWaiting();
  }

  #startWaiting() {
    while (this.#running < PARALLEL && this.#waiting.length > 0) {
      this.#running += 1;
      this.#waiting
        .shift()()
        .finally(() => {
          this.#running -= 1;
          this.#startWaiting();
        });
    }
  }

  async #run(row, direction, transfer) {
    if (row.signal.aborted) {
      row.fail("cancelled");
      return;
    }
    const channel = this.#connection.openFileChannel();
    if (channel === undefined) {
      row.fail("there is no connection to the Node peer");
      return;
    }
    let counted = 0;
    const onProgress = (bytes) => {
      this.#onBytes(direction, bytes - counted);
      counted = bytes;
      row.progress(bytes);
    };
    try {
      row.start();
      row.succeed(await transfer(channel, { onProgress, signal: row.signal }));
    } catch (error) {
      row.fail(error.message);
    }
  }

  #acceptDrops() {
    const veil = byId("drop-veil");
    const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
    let depth = 0;
    window.addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      depth += 1;
      veil.hidden = false;
    });
    window.addEventListener("dragleave", (event) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      veil.hidden = depth > 0;
    });
    window.addEventListener("dragover", (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    window.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      veil.hidden = true;
      this.#sendAll(event.dataTransfer.files);
    });
  }
}

/** One transfer in the list. */
class TransferRow {
  #size;
  #direction;
  #bar;
  #facts;
  #actions;
  #abort = new AbortController();
  #startedAt = performance.now();
  #shownAt = 0;

  constructor(name, size, direction) {
    this.#size = size;
    this.#direction = direction;
    const verb = direction === "up" ? "Sending" : "Fetching";
    this.#bar = element("progress", { max: Math.max(size, 1), value: 0 });
    this.#bar.setAttribute("aria-label", `${verb} ${name}`);
    this.#facts = element("span", { className: "file-facts" }, "waiting");
    const cancel = element("button", { type: "button", className: "small" }, "Cancel");
    cancel.setAttribute("aria-label", `Cancel ${verb.toLowerCase()} ${name}`);
    cancel.addEventListener("click", () => this.#abort.abort());
    this.#actions = element("span", { className: "actions" }, cancel);
    const title = element(
      "span",
      { className: "file-name", title: name },
      `${direction === "up" ? "↑" : "↓"} ${name}`,
    );
    this.item = element("li", { dataset: { direction } }, title, this.#actions, this.#bar, this.#facts);
  }

  get signal() {
    return this.#abort.signal;
  }

  start() {
    this.#startedAt = performance.now();
    this.#facts.textContent = "starting";
  }

  progress(bytes) {
    const now = performance.now();
    if (now - this.#shownAt < 100 && bytes < this.#size) return;
    this.#shownAt = now;
    const seconds = Math.max((now - this.#startedAt) / 1000, 0.001);
    const rate = bytes / seconds;
    this.#bar.value = bytes;
    const left =
      rate > 0 && bytes < this.#size ? `, ${formatDuration((this.#size - bytes) / rate)} left` : "";
    const state = bytes < this.#size ? left : ", comparing hashes";
    this.#facts.textContent = `${formatBytes(bytes)} of ${formatBytes(this.#size)}, ${formatRate(rate)}${state}`;
  }

  succeed({ sha256, link }) {
    const seconds = Math.max((performance.now() - this.#startedAt) / 1000, 0.001);
    this.#bar.value = this.#bar.max;
    this.item.dataset.outcome = "good";
    const verb = this.#direction === "up" ? "sent" : "fetched";
    this.#facts.replaceChildren(
      `${formatBytes(this.#size)} ${verb} in ${formatDuration(seconds)}, ${formatRate(this.#size / seconds)} · both ends agree on `,
      hashElement(sha256),
    );
    this.#actions.replaceChildren(...(link === undefined ? [] : [link]), this.#dismissButton());
  }

  fail(reason) {
    this.item.dataset.outcome = "bad";
    this.#facts.textContent = `${this.#direction === "up" ? "Not sent" : "Not fetched"}: ${reason}.`;
    this.#actions.replaceChildren(this.#dismissButton());
  }

  #dismissButton() {
    const button = element("button", { type: "button", className: "small" }, "Dismiss");
    button.addEventListener("click", () => discardRow(this.item));
    return button;
  }
}

function discardRow(item) {
  const link = item.querySelector("a[href]");
  if (link !== null) URL.revokeObjectURL(link.href);
  item.remove();
}

function hashElement(sha256) {
  return element("code", { title: `SHA-256 ${sha256}`, dataset: { sha256 } }, shortHash(sha256));
}

function randomFile(megabytes) {
  const parts = Array.from({ length: megabytes }, () => {
    const part = new Uint8Array(1_000_000);
    for (let at = 0; at < part.length; at += 50_000) crypto.getRandomValues(part.subarray(at, at + 50_000));
    return part;
  });
  return new File(parts, `random-${megabytes}-MB.bin`, { type: "application/octet-stream" });
}
