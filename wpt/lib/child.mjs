// Runs one test in this process and reports to the parent over IPC. Started by runner.mjs.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ErrorEvent } from "./events.mjs";
import { rememberPlatform } from "./frames.mjs";
import { parseInto } from "./html-parser.mjs";
import "./iterator-helpers.mjs";
import { installScope, workerScopeClasses } from "./scope.mjs";
import { runScript } from "./scripts.mjs";
import { readServed } from "./tests.mjs";
import { installWindow } from "./window.mjs";

const o = JSON.parse(process.argv[2]);
const send = (m) => new Promise((r) => process.send(m, r));
process.on("disconnect", () => process.exit(0));
if (!o.verbose) for (const k of ["log", "info", "debug", "warn", "error"]) console[k] = () => {};

const adapter = await import(pathToFileURL(path.resolve(o.impl)).href).catch(async (e) => {
  await send({ type: "fatal", message: `adapter: ${e.stack}` });
  process.exit(1);
});
await adapter.prepare?.();
const scope = { root: o.wpt, url: o.url, impl: path.resolve(o.impl), verbose: o.verbose };

// Installed right after testharness.js.
function hookHarness() {
  const g = globalThis;
  g.setup({ output: false, timeout_multiplier: o.multiplier });
  const names = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
  const one = (t) => ({ name: t.name, status: names[t.status], message: t.message ?? undefined });
  g.add_result_callback((t) => send({ type: "result", test: one(t) }));
  g.add_completion_callback((tests, status) =>
    send({
      type: "done",
      tests: tests.map(one),
      harness: {
        status: ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"][status.status],
        message: status.message ?? undefined,
      },
    }),
  );
}
// What WebDriver would do. Permissions are granted unless the adapter can do more.
function hookTestdriver() {
  const td = globalThis.test_driver_internal;
  td.set_permission = async (p) => {
    await adapter.setPermission?.(p.descriptor?.name ?? p.name, p.state);
  };
  td.click = async (el) => el.click();
  globalThis.test_driver.bless = async (_intent, action) => action?.();
}

const reportSyncError = (error) =>
  globalThis.dispatchEvent(new ErrorEvent("error", { error, message: String(error?.message ?? error) }));
const turn = () => new Promise((r) => setImmediate(r));

function load(url, text) {
  const name = new URL(url, location.href).pathname;
  if (name === "/resources/testharnessreport.js" || name === "/resources/testdriver-vendor.js") return;
  try {
    runScript(o.wpt, url, text);
  } catch (error) {
    if (error.code === "ENOENT") send({ type: "note", note: `script not found: ${name}` });
    else reportSyncError(error);
    return;
  }
  if (name === "/resources/testharness.js") hookHarness();
  if (name === "/resources/testdriver.js") hookTestdriver();
}

// An error of the runner's own must not become a window event: nobody listens yet, and the test would wait for ever.
(o.kind === "worker" ? runInWorkerScope() : runInWindow()).catch((error) =>
  send({ type: "done", tests: [], harness: { status: "ERROR", message: `runner: ${error.stack}` } }),
);

async function runInWorkerScope() {
  installScope(scope, adapter, true);
  const g = globalThis;
  Object.assign(g, {
    ...workerScopeClasses(),
    postMessage: () => {},
    close: () => {},
    importScripts: (...urls) => {
      for (const u of urls) load(u);
    },
  });
  delete g.window;
  await adapter.setup?.(g, { file: o.file });
  if (o.file.endsWith(".any.js")) {
    g.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
    if (o.title) g.META_TITLE = o.title;
    importScripts("/resources/testharness.js", ...o.scripts);
    load(`/${o.file}`);
    g.done();
  } else load(`/${o.file}`);
}

async function runInWindow() {
  const document = installWindow(scope, adapter);
  await adapter.setup?.(globalThis, { file: o.file });
  rememberPlatform();
  const attr = (s) => s.replace(/"/g, "&quot;");
  const html =
    o.kind === "html"
      ? readServed(o.wpt, o.url)
      : `<!doctype html><meta charset=utf-8>${o.title ? `<title>${o.title}</title>` : ""}${o.long ? '<meta name="timeout" content="long">' : ""}
<script>self.GLOBAL = { isWindow: () => true, isWorker: () => false, isShadowRealm: () => false };</script>
<script src="/resources/testharness.js"></script><script src="/resources/testharnessreport.js"></script>
${o.scripts.map((s) => `<script src="${attr(s)}"></script>`).join("\n")}<div id=log></div><script src="/${o.file}"></script>`;
  await parseInto(document, html, async (el) => {
    const type = (el.getAttribute("type") ?? "").trim();
    if (type && !/^(text|application)\/(java|ecma)script$/i.test(type)) return;
    document.currentScript = el;
    if (el.getAttribute("src")) load(el.src);
    else load(location.href, el.textContent);
    document.currentScript = null;
    await turn();
  });
  document.readyState = "interactive";
  document.dispatchEvent(new Event("DOMContentLoaded"));
  await turn();
  document.readyState = "complete";
  dispatchEvent(new Event("load"));
  if (typeof globalThis.add_completion_callback !== "function")
    await send({
      type: "done",
      tests: [],
      harness: { status: "ERROR", message: "testharness.js did not load" },
    });
}
