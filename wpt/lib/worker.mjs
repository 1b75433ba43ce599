// The inside of the window's Worker: a dedicated worker scope on a worker thread, with the adapter loaded.

import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { installScope, workerScopeClasses } from "./scope.mjs";
import { runScript } from "./scripts.mjs";

const g = globalThis;
/** The platform's, which reads `blob:` and `data:`. */
const ownFetch = g.fetch;
const adapter = workerData.impl ? await import(pathToFileURL(workerData.impl).href) : {};
await adapter.prepare?.();
installScope({ root: workerData.root, url: workerData.href }, adapter, true);
Object.assign(g, {
  ...workerScopeClasses(),
  postMessage: (data, transfer) =>
    parentPort.postMessage(data, Array.isArray(transfer) ? transfer : transfer?.transfer),
  close: () => process.exit(0),
  importScripts: (...urls) => {
    for (const u of urls) runScript(workerData.root, u);
  },
});
const inline = /^(blob|data):/.test(workerData.href);
const text = inline ? await (await ownFetch(workerData.href)).text() : undefined;
// Nothing may come between the adapter, which may take messages from here on, and the script that has the handlers.
await adapter.setup?.(g, { parentPort });
runScript(workerData.root, inline ? g.location.href : workerData.href, text);
parentPort.on("message", (data) => g.dispatchEvent(new MessageEvent("message", { data })));
