// Finds the WPT tests in scope and classifies them. Shared by run.mjs, browser.mjs and summary.mjs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const SCOPE = [
  "webrtc",
  "webrtc-extensions",
  "webrtc-encoded-transform",
  "webrtc-stats",
  "webrtc-identity",
  "webrtc-priority",
  "webrtc-svc",
  "webrtc-ice",
  "mediacapture-streams",
  "mst-content-hint",
  "mediacapture-insertable-streams",
  "mediacapture-fromelement",
];

// The values wptserve would substitute in *.sub.* files.
const SUBS = {
  host: "web-platform.test",
  "domains[]": "web-platform.test",
  "domains[www]": "www.web-platform.test",
  "domains[www1]": "www1.web-platform.test",
  "domains[www2]": "www2.web-platform.test",
  "hosts[][www1]": "www1.web-platform.test",
  "hosts[alt][]": "not-web-platform.test",
  "hosts[alt][www2]": "www2.not-web-platform.test",
  "ports[http][0]": "8000",
  "ports[http][1]": "8001",
  "ports[https][0]": "8443",
  "ports[https][1]": "8444",
  "ports[ws][0]": "8666",
  "ports[wss][0]": "8667",
  "location[server]": "https://web-platform.test:8443",
};
export const ORIGIN = "https://web-platform.test:8443";

/** Reads a server path ("/dir/file?query") below the WPT root, applying *.sub.* substitution. */
export function readServed(root, urlPath) {
  let p = decodeURIComponent(urlPath.split(/[?#]/)[0]);
  if (p === "/resources/WebIDLParser.js") p = "/resources/webidl2/lib/webidl2.js"; // the server's only rewrite we need
  const file = path.join(root, p);
  if (!file.startsWith(path.resolve(root) + path.sep)) throw new Error(`outside the WPT root: ${urlPath}`);
  const text = readFileSync(file, "utf8");
  return /\.sub\./.test(path.basename(p))
    ? text.replace(/\{\{([^}]*)\}\}/g, (m, k) => SUBS[k.trim()] ?? m)
    : text;
}

/** Things a Node process has not got by nature: their tests are outside the "runnable in Node" denominator. */
export const OUTSIDE_NODE = {
  manual: "needs a person",
  crashtest: "no assertions",
  reftest: "compares rendered pixels",
  "service-worker": "service workers",
  "shared-worker": "shared workers",
  iframe: "iframes",
  navigation: "windows, navigation, bfcache",
  module: "module scripts (runner limit)",
  idp: "identity provider realm (browser sandbox)",
  "permissions-policy": "permissions policy (HTTP header, frames)",
  canvas: "canvas pixels",
  webaudio: "Web Audio processing",
  "capture-element": "captureStream() of elements",
  "media-element": "behaviour of HTMLMediaElement itself",
  "display-capture": "getDisplayMedia, user activation",
  dom: "layout, fullscreen",
};
// Of these, the ones the Node runner does not even try.
export const NOT_TRIED = new Set([
  "manual",
  "crashtest",
  "reftest",
  "service-worker",
  "shared-worker",
  "iframe",
  "navigation",
  "module",
]);

// Corrections of the rules in needsOf(), by path: [pattern, needs].
const BY_PATH = [
  [/\/back-forward-cache-/, ["navigation"]],
  [/^webrtc-identity\/RTCPeerConnection-(getIdentityAssertion|peerIdentity)/, ["idp"]],
  [/^mediacapture-streams\/MediaStream(Track)?-MediaElement-/, ["media-element"]],
  [/^mediacapture-streams\/MediaDevices-enumerateDevices-not-allowed|feature-policy/, ["permissions-policy"]],
  [/^mediacapture-fromelement\/|^webrtc\/RTCPeerConnection-capture-video/, ["capture-element"]],
  [/^webrtc\/RTCPeerConnection-(GC|relay-canvas)\./, ["canvas"]],
  [/^mediacapture-streams\/MediaDevices-SecureContext/, ["navigation"]],
];

function needsOf(file, text) {
  const needs = new Set();
  if (/-manual\./.test(file)) needs.add("manual");
  if (/\/crashtests\//.test(file)) needs.add("crashtest");
  if (/<link[^>]+rel=["']?(mis)?match/i.test(text)) needs.add("reftest");
  if (/\.serviceWorker\b|service_worker_unregister|service-worker-helper|serviceWorker\.register/.test(text))
    needs.add("service-worker");
  if (/new SharedWorker/.test(text)) needs.add("shared-worker");
  if (/<iframe|createElement\(["']iframe|with_iframe|appendIframe/i.test(text)) needs.add("iframe");
  if (/window\.open\(/.test(text)) needs.add("navigation");
  if (/<script[^>]+type=["']?module/i.test(text)) needs.add("module");
  if (/OffscreenCanvas|drawImage|getImageData|(^|[^-\w])svc-helper|videoDetectorTest/.test(text + file))
    needs.add("canvas");
  if (/\.getContext\(/.test(text) && /insertable-streams\//.test(file)) needs.add("canvas");
  if (/createMediaStreamSource|createAnalyser/.test(text)) needs.add("webaudio");
  if (/requestVideoFrameCallback/.test(text)) needs.add("media-element");
  if (/getDisplayMedia/.test(text)) needs.add("display-capture");
  if (/requestFullscreen/.test(text)) needs.add("dom");
  for (const [re, list] of BY_PATH) if (re.test(file)) for (const n of list) needs.add(n);
  return [...needs];
}

/** Things a Node implementation can supply, but that need more than the API itself. */
function extrasOf(text) {
  const extras = [];
  if (/trackFactories|AudioContext|\.captureStream\(|\.getContext\(/.test(text)) extras.push("source");
  if (/new Worker\(|createWorker|routines\.js|Worker\.js/.test(text)) extras.push("worker");
  if (/loadedmetadata|\.play\(|onplaying|canplay|videoWidth|simulcast\.js|svc-helper/.test(text))
    extras.push("media-sink");
  return extras;
}

function metaOf(text) {
  const meta = { script: [], variant: [], global: "window,dedicatedworker", long: false, title: undefined };
  for (const line of text.split(/\r?\n/)) {
    const m = /^\/\/\s*META:\s*(\w+)=(.*)$/.exec(line);
    if (!m) {
      if (line.trim() && !line.startsWith("//")) break;
      continue;
    }
    if (m[1] === "script") meta.script.push(m[2].trim());
    else if (m[1] === "variant") meta.variant.push(m[2].trim());
    else if (m[1] === "global") meta.global = m[2].trim();
    else if (m[1] === "timeout") meta.long = m[2].trim() === "long";
    else if (m[1] === "title") meta.title = m[2].trim();
  }
  return meta;
}

function* walk(root, dir) {
  for (const e of readdirSync(path.join(root, dir), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const p = `${dir}/${e.name}`;
    if (e.isDirectory()) {
      if (!/^(resources|support|tools|third_party|coverage)$/.test(e.name)) yield* walk(root, p);
    } else yield p;
  }
}

/**
 * All tests in scope: [{ id, file, url, kind: 'html'|'window'|'worker', long, needs, extras, skip, scripts, title }].
 * id is the server path without the leading slash, including the variant ("webrtc/x.https.html?y").
 */
export function listTests(root, dirs = SCOPE) {
  const tests = [];
  const add = (file, served, kind, text, variants, more) => {
    const needs = needsOf(file, text);
    const skip = needs.find((n) => NOT_TRIED.has(n)) ?? null;
    for (const v of variants.length ? variants : [""]) {
      tests.push({
        id: served + v,
        file,
        url: `/${served}${v}`,
        kind,
        needs,
        extras: extrasOf(text),
        skip,
        ...more,
      });
    }
  };
  for (const dir of dirs) {
    if (!existsSync(path.join(root, dir))) continue;
    for (const file of walk(root, dir)) {
      if (/\.(window|any|worker)\.js$/.test(file)) {
        const text = readFileSync(path.join(root, file), "utf8");
        const meta = metaOf(text);
        const more = { long: meta.long, scripts: meta.script, title: meta.title };
        const base = file.replace(/\.js$/, "");
        if (file.endsWith(".window.js")) add(file, `${base}.html`, "window", text, meta.variant, more);
        else if (file.endsWith(".worker.js")) add(file, `${base}.html`, "worker", text, meta.variant, more);
        else {
          const globals = meta.global.split(",").map((s) => s.trim());
          if (globals.includes("window")) add(file, `${base}.html`, "window", text, meta.variant, more);
          if (globals.some((g) => g === "dedicatedworker" || g === "worker"))
            add(file, `${base}.worker.html`, "worker", text, meta.variant, more);
        }
      } else if (/\.html$/.test(file)) {
        const text = readFileSync(path.join(root, file), "utf8");
        if (!/testharness\.js/.test(text) && !/\/crashtests\//.test(file)) continue; // a frame or support page
        const variants = [...text.matchAll(/<meta\s+name=["']?variant["']?\s+content=(["'])(.*?)\1/gi)].map(
          (m) => m[2],
        );
        add(file, file, "html", text, variants, {
          long: /<meta\s+name=["']?timeout["']?\s+content=["']?long/i.test(text),
          scripts: [],
        });
      }
    }
  }
  return tests;
}

export const runnableInNode = (t) => t.needs.length === 0;
