// Joins the connection to what the page shows.

import { Cameras } from "./cameras.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { ConnectionView } from "./connection-view.js";
import { appendAndFollow, byId, element } from "./element.js";
import { Files } from "./files.js";
import { FlowMeter } from "./flow-meter.js";
import { formatMilliseconds } from "./format.js";
import { Meter } from "./meter.js";
import { Tiles } from "./tiles.js";

const KEPT_ACTIVITY = 100;
const STATS_EVERY_MS = 1000;
const SPARK_EVERY_MS = 900;

const offer = new URLSearchParams(location.search).get("offer") === "node" ? "node" : "page";
const connection = new Connection(offer);
const view = new ConnectionView();
const chat = new Chat((text) => connection.sendChat(text));
const meter = new Meter({ sendPulse: (bytes) => connection.sendPulse(bytes), onEcho: spark });
const files = new Files(connection, (direction, bytes) => meter.onBytes(direction, bytes));
const flowMeter = new FlowMeter();
const tiles = new Tiles((mid) => connection.trackOf(mid));
const cameras = new Cameras(connection, (stream, { camera }) => tiles.showOwn(stream, camera));

for (const link of document.querySelectorAll("[data-offer]")) {
  if (link.dataset.offer === offer) link.setAttribute("aria-current", "page");
}
byId("browser-name").textContent = browserName();

on("phase", showPhase);
on("states", (states) => view.onStates(states));
on("milestone", (milestone) => view.onMilestone(milestone));
on("channels", (count) => view.onChannels(count));
on("chat", (text) => chat.onAnswer(text));
on("pulse", (data) => meter.onPulse(data));
on("lobby", (message) => LOBBY[message.type]?.(message));

const LOBBY = {
  welcome: ({ name, activity, limits, files: list, usedBytes }) => {
    chat.name = name;
    byId("tab-name").textContent = `${name} (this tab)`;
    document.title = `${name} · Skywave`;
    files.limits = limits;
    files.onList(list, usedBytes);
    byId("activity").replaceChildren();
    for (const entry of activity) showActivity(entry);
  },
  files: ({ files: list, usedBytes }) => files.onList(list, usedBytes),
  tabs: ({ tabs }) => {
    byId("tabs").textContent = tabs.length === 1 ? "only this tab" : `${tabs.length} tabs connected`;
    byId("tabs").title = tabs.join(", ");
  },
  activity: ({ entry }) => showActivity(entry),
  say: ({ from, text }) => chat.onSay(from, text),
  stage: ({ acts, refused }) => {
    tiles.showActs(acts);
    byId("stage-full").hidden = !refused;
  },
};

let countdown;
let lastSpark = 0;

connection.start();
setInterval(async () => {
  byId("stream").dataset.flow = meter.flow;
  const stats = await connection.getStats();
  if (stats === undefined) return;
  view.onStats(stats, connection.sctp);
  flowMeter.onStats(stats);
  tiles.showFacts((mids) => flowMeter.factsOf(mids));
}, STATS_EVERY_MS);

function on(name, listener) {
  connection.addEventListener(name, ({ detail }) => listener(detail));
}

function showPhase({ name, retryInMs, reason }) {
  clearInterval(countdown);
  byId("status").dataset.phase = name;
  document.querySelector(".sky").dataset.phase = name;
  for (const control of document.querySelectorAll("#stored button")) control.disabled = name !== "connected";
  if (name === "connected") {
    byId("banner").hidden = true;
    setStatus("Connected");
    cameras.resume();
  } else if (name === "connecting") {
    meter.reset();
    flowMeter.reset();
    tiles.showActs([]);
    view.reset();
    setStatus(byId("banner").hidden ? "Connecting" : "Reconnecting");
  } else {
    byId("banner").textContent = `${sentence(reason)} This page keeps trying.`;
    byId("banner").hidden = false;
    byId("tabs").textContent = "";
    countDown(retryInMs);
  }
}

function countDown(milliseconds) {
  const until = performance.now() + milliseconds;
  const show = () =>
    setStatus(`Reconnecting in ${Math.max(0, (until - performance.now()) / 1000).toFixed(0)} s`);
  show();
  countdown = setInterval(show, 500);
}

function sentence(text) {
  const capitalized = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}

function setStatus(text) {
  if (byId("status-text").textContent !== text) byId("status-text").textContent = text;
}

function showActivity({ at, level, text }) {
  byId("activity-empty").hidden = true;
  const when = new Date(at);
  const time = element(
    "time",
    { dateTime: when.toISOString() },
    when.toLocaleTimeString([], { hour12: false }),
  );
  appendAndFollow(
    byId("activity"),
    element("li", { dataset: { level } }, time, element("span", {}, text)),
    KEPT_ACTIVITY,
  );
}

/** An echo, as light on the wave: there and back. */
function spark(milliseconds) {
  byId("hop").title = `echo after ${formatMilliseconds(milliseconds)}`;
  const now = performance.now();
  if (now - lastSpark < SPARK_EVERY_MS || document.hidden) return;
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  lastSpark = now;
  const frames = { strokeDashoffset: ["14", "-1000"], opacity: [1, 1] };
  byId("spark-out").animate(frames, { duration: 430, easing: "ease-in-out" });
  byId("spark-back").animate(frames, { duration: 430, delay: 430, easing: "ease-in-out" });
}

function browserName() {
  const brand = navigator.userAgentData?.brands.find(
    ({ brand }) => !/not.?a.?brand/i.test(brand) && brand !== "Chromium",
  );
  if (brand !== undefined) return `${brand.brand} ${brand.version}`;
  const [, name, version] = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(navigator.userAgent) ?? [];
  const names = { Version: "Safari", Edg: "Edge", OPR: "Opera", Chrome: "Chromium" };
  return name === undefined ? "browser" : `${names[name] ?? name} ${version}`;
}
