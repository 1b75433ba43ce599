#!/usr/bin/env node
// Runs the same WPT tests in a real browser: node browser.mjs --wpt DIR --browser chromium|firefox --modules DIR  (see README.md)
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { better, endedBadly, readResults, writeResults } from "./lib/results.mjs";
import { listTests, OUTSIDE_NODE, SCOPE } from "./lib/tests.mjs";

const { values: a } = parseArgs({
  options: {
    wpt: { type: "string" },
    browser: { type: "string", default: "chromium" },
    executable: { type: "string" },
    modules: { type: "string" },
    filter: { type: "string", multiple: true },
    dir: { type: "string", multiple: true },
    json: { type: "string" },
    messages: { type: "boolean", default: false },
    jobs: { type: "string", default: "1" },
    rerun: { type: "string" },
  },
});
if (!a.wpt || !a.modules) {
  console.error(
    "usage: browser.mjs --wpt DIR --modules DIR-with-puppeteer-core [--browser chromium|firefox] [--executable PATH] [--filter SUBSTR]... [--dir WPTDIR]... [--json OUT] [--rerun RESULTS] [--messages] [--jobs 1]",
  );
  process.exit(2);
}
const wpt = path.resolve(a.wpt);
const { default: puppeteer } = await import(
  createRequire(path.resolve(a.modules, "x.js")).resolve("puppeteer-core")
);
const work = mkdtempSync(path.join(tmpdir(), "wpt-browser-"));
for (const sig of ["SIGINT", "SIGTERM"])
  process.on(sig, async () => {
    await quit();
    try {
      process.kill(-server.pid, "SIGKILL");
    } catch {
      /* gone */
    }
    process.exit(1);
  });
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// wptserve on the loopback address; the browsers map its host names themselves, so no hosts file is needed.
writeFileSync(
  path.join(work, "config.json"),
  JSON.stringify({
    browser_host: "web-platform.test",
    check_subdomains: false,
    server_host: "127.0.0.1",
    bind_address: true,
    ports: {
      http: [8000, 8001],
      https: [8443, 8444],
      ws: [8666],
      wss: [8667],
      h2: [],
      "http-local": [],
      "http-public": [],
      "https-local": [],
      "https-public": [],
      "webtransport-h3": [],
      dns: [],
    },
  }),
);
const server = spawn("python3", ["./wpt", "serve", "--no-h2", "--config", path.join(work, "config.json")], {
  cwd: wpt,
  stdio: "ignore",
  detached: true,
});
const up = () =>
  new Promise((r) => {
    const q = https.get(
      { host: "127.0.0.1", port: 8443, path: "/resources/testharness.js", rejectUnauthorized: false },
      (s) => {
        s.resume();
        r(s.statusCode === 200);
      },
    );
    q.on("error", () => r(false));
  });
for (let i = 0; !(await up()); i++) {
  if (i > 60) throw new Error("wpt serve did not start");
  await sleep(500);
}

// Runs in every page before its scripts: picks up results, and does WebDriver's part of testdriver.js.
function inPage() {
  const trap = (name, seen) => {
    let v;
    Object.defineProperty(window, name, {
      configurable: true,
      get: () => v,
      set(x) {
        v = x;
        seen(x);
      },
    });
  };
  trap("test_driver_internal", (td) => {
    td.set_permission = (p) => window.__wptPermission(p.descriptor.name, p.state);
    td.click = (el) => {
      el.scrollIntoView();
      const b = el.getBoundingClientRect();
      return window.__wptClick(b.x + b.width / 2, b.y + b.height / 2);
    };
  });
  if (window !== window.top) return;
  const names = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
  const one = (t) => ({ name: t.name, status: names[t.status], message: t.message ?? undefined });
  const partial = [];
  window.__wptPartial = partial;
  trap("add_result_callback", (fn) => Promise.resolve().then(() => fn((t) => partial.push(one(t)))));
  trap("add_completion_callback", (fn) =>
    Promise.resolve().then(() =>
      fn((tests, s) => {
        window.__wptResult = {
          tests: tests.map(one),
          harness: {
            status: ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"][s.status],
            message: s.message ?? undefined,
          },
        };
      }),
    ),
  );
}

let browser;
let cdp;
let starting;
function launched() {
  if (browser?.connected) return undefined;
  starting ??= launch().finally(() => {
    starting = null;
  });
  return starting;
}
async function launch() {
  const userDataDir = mkdtempSync(path.join(work, "profile-"));
  if (a.browser === "firefox") {
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: a.executable ?? "/usr/bin/firefox-esr",
      headless: true,
      acceptInsecureCerts: true,
      userDataDir,
      extraPrefsFirefox: {
        "media.navigator.streams.fake": true,
        "media.navigator.permission.disabled": true,
        "media.autoplay.default": 0,
        "media.autoplay.block-webaudio": false,
        "network.dns.localDomains":
          "web-platform.test,www.web-platform.test,www1.web-platform.test,www2.web-platform.test,not-web-platform.test",
        "media.peerconnection.ice.obfuscate_host_addresses": false,
        "app.update.enabled": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "media.gmp-manager.updateEnabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
      },
    });
  } else {
    browser = await puppeteer.launch({
      browser: "chrome",
      executablePath: a.executable ?? "/usr/bin/chromium",
      acceptInsecureCerts: true,
      userDataDir,
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        "--ignore-certificate-errors",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--js-flags=--expose-gc",
        "--host-resolver-rules=MAP *.test 127.0.0.1",
      ],
    });
    cdp = await browser.target().createCDPSession();
  }
}
async function quit() {
  const p = browser?.process();
  await Promise.race([browser?.close().catch(() => {}), sleep(5000)]);
  try {
    if (p?.exitCode === null) process.kill(p.pid, "SIGKILL");
  } catch {
    /* gone */
  }
  browser = cdp = null;
}

async function setPermission(context, origin, name, state) {
  if (cdp)
    await cdp.send("Browser.setPermission", {
      permission: { name },
      setting: state,
      origin,
      browserContextId: context.id,
    });
  // Firefox: its fake-device prefs grant; it cannot be told to deny.
}

// Each test gets its own context and window, so that it is isolated and never a throttled background tab.
async function runOne(t) {
  const started = Date.now();
  const origin = /\.https\./.test(t.id) ? "https://web-platform.test:8443" : "http://web-platform.test:8000";
  await launched();
  const context = await browser.createBrowserContext();
  const page = await context.newPage({ type: "window" });
  let result;
  const r = { status: "OK", pass: [], fail: [] };
  try {
    await page.exposeFunction("__wptPermission", (name, state) =>
      setPermission(context, origin, name, state),
    );
    await page.exposeFunction("__wptClick", (x, y) => page.mouse.click(x, y));
    await page.evaluateOnNewDocument(inPage);
    await page.goto(origin + t.url, { waitUntil: "domcontentloaded", timeout: 20000 }).catch((e) => {
      if (!/timeout/i.test(e.message)) throw e;
    });
    const limit = Date.now() + (t.long ? 70000 : 20000);
    while (!result && Date.now() < limit) {
      result = await Promise.race([page.evaluate(() => window.__wptResult), sleep(10000)]);
      if (!result) await sleep(100);
    }
    if (!result) {
      r.status = "KILLED";
      const tests = await Promise.race([page.evaluate(() => window.__wptPartial), sleep(3000)]);
      result = { tests: tests ?? [], harness: {} };
    } else r.status = result.harness.status;
  } catch (e) {
    r.status = "ERROR";
    r.message = `browser: ${e.message}`.slice(0, 300);
    result ??= { tests: [], harness: {} };
  }
  if (result.harness.message) r.message = result.harness.message.slice(0, 300);
  for (const s of result.tests) {
    const to = {
      PASS: "pass",
      FAIL: "fail",
      TIMEOUT: "timeout",
      NOTRUN: "notrun",
      PRECONDITION_FAILED: "precondition",
    }[s.status];
    r[to] ??= [];
    r[to].push(s.name);
    if (a.messages && s.message && to !== "pass") {
      r.messages ??= {};
      r.messages[s.name] = s.message.slice(0, 300);
    }
  }
  await Promise.race([context.close().catch(() => {}), sleep(5000)]);
  r.ms = Date.now() - started;
  return r;
}

const results = a.rerun ? readResults(a.rerun) : {};
let next = 0;
let tests = listTests(wpt, a.dir ?? SCOPE);
if (a.filter) tests = tests.filter((t) => a.filter.some((f) => t.id.includes(f)));
if (a.rerun) tests = tests.filter((t) => endedBadly(results[t.id]));
const RESTART = 60; // a fresh browser every so many tests
async function lane(end) {
  while (next < end) {
    const i = next++;
    const t = tests[i];
    if (["manual", "crashtest", "reftest"].includes(t.skip)) {
      results[t.id] = { status: "SKIP", reason: `${t.skip}: ${OUTSIDE_NODE[t.skip]}`, pass: [], fail: [] };
      continue;
    }
    const r = await runOne(t).catch((e) => ({
      status: "ERROR",
      message: `browser: ${e.message}`,
      pass: [],
      fail: [],
      ms: 0,
    }));
    results[t.id] = better(results[t.id], r);
    const not = ["fail", "timeout", "notrun", "precondition"].reduce((n, k) => n + (r[k]?.length ?? 0), 0);
    console.log(
      `[${i + 1}/${tests.length}] ${r.status.padEnd(7)} ${String(r.pass.length).padStart(3)} pass ${String(not).padStart(3)} not  ${String(r.ms).padStart(6)} ms  ${t.id}${r.message ? `  (${r.message.slice(0, 120)})` : ""}`,
    );
  }
}
try {
  while (next < tests.length) {
    const end = Math.min(tests.length, next + RESTART);
    await Promise.all(Array.from({ length: Number(a.jobs) }, () => lane(end)));
    await quit();
    if (a.json ?? a.rerun) writeResults(a.json ?? a.rerun, results);
  }
} finally {
  await quit();
  try {
    process.kill(-server.pid, "SIGTERM");
  } catch {
    /* gone */
  }
  rmSync(work, { recursive: true, force: true });
}
process.exit(0);
