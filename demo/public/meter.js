// Measures: round trips by echoes over an unreliable channel, throughput by the bytes of files that arrived.

import { drawChart } from "./chart.js";
import { byId, showFacts } from "./element.js";
import { formatBytes, formatMilliseconds, formatRate } from "./format.js";

/** Milliseconds between two echoes, and between two points of the chart. */
export const STEP_MS = 250;
/** What the chart shows. */
export const SPAN_MS = 60_000;
/** An echo that takes longer counts as lost. */
const LOST_MS = 2000;

export class Meter {
  #sendPulse;
  #onEcho;
  #sequence = 0;
  #waiting = new Map();
  #roundTrips = [];
  #rates = [];
  #lost = 0;
  #answered = 0;
  #totals = { up: 0, down: 0 };
  #sampled = { up: 0, down: 0, at: performance.now() };
  #peaks = { up: 0, down: 0 };

  /** `sendPulse(bytes)` returns false while there is no connection; `onEcho(milliseconds)` hears of every echo. */
  constructor({ sendPulse, onEcho }) {
    this.#sendPulse = sendPulse;
    this.#onEcho = onEcho;
    setInterval(() => this.#step(), STEP_MS);
    const frame = () => {
      if (!document.hidden) this.#draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** An echo came back. */
  onPulse(data) {
    if (!(data instanceof ArrayBuffer) || data.byteLength !== 4) return;
    const sequence = new DataView(data).getUint32(0);
    const sentAt = this.#waiting.get(sequence);
    if (sentAt === undefined) return;
    this.#waiting.delete(sequence);
    const now = performance.now();
    this.#answered += 1;
    this.#roundTrips.push({ at: now, value: now - sentAt });
    byId("rtt-now").textContent = formatMilliseconds(now - sentAt);
    this.#onEcho(now - sentAt);
  }

  /** So many bytes of files have arrived: "up" at the Node peer, "down" here. */
  onBytes(direction, bytes) {
    this.#totals[direction] += bytes;
  }

  /** Which way files flow at the moment: "up", "down" or "". */
  get flow() {
    const last = this.#rates.at(-1);
    if (last === undefined || last.up + last.down === 0) return "";
    return last.up >= last.down ? "up" : "down";
  }

  /** The connection is new: echoes on the way will not come. */
  reset() {
    this.#waiting.clear();
    byId("rtt-now").textContent = "–";
  }

  #step() {
    const now = performance.now();
    const seconds = (now - this.#sampled.at) / 1000;
    const up = (this.#totals.up - this.#sampled.up) / seconds;
    const down = (this.#totals.down - this.#sampled.down) / seconds;
    this.#sampled = { ...this.#totals, at: now };
    this.#rates.push({ at: now, up, down });
    this.#peaks = { up: Math.max(this.#peaks.up, up), down: Math.max(this.#peaks.down, down) };
    for (const series of [this.#rates, this.#roundTrips]) {
      while (series.length > 0 && series[0].at < now - SPAN_MS - 2 * STEP_MS) series.shift();
    }
    this.#pulse(now);
    this.#show();
  }

  #pulse(now) {
    for (const [sequence, sentAt] of this.#waiting) {
      if (now - sentAt < LOST_MS) break;
      this.#waiting.delete(sequence);
      this.#lost += 1;
    }
    this.#sequence = (this.#sequence + 1) >>> 0;
    const bytes = new DataView(new ArrayBuffer(4));
    bytes.setUint32(0, this.#sequence);
    if (this.#sendPulse(bytes)) this.#waiting.set(this.#sequence, now);
  }

  #show() {
    const sorted = this.#roundTrips.map(({ value }) => value).sort((a, b) => a - b);
    if (sorted.length > 0) {
      showFacts(byId("rtt-detail"), [
        `median ${formatMilliseconds(quantile(sorted, 0.5))}`,
        `95 % ${formatMilliseconds(quantile(sorted, 0.95))}`,
        `lost ${this.#lost} of ${this.#answered + this.#lost}`,
      ]);
    }
    for (const direction of ["up", "down"]) {
      if (this.#totals[direction] === 0) continue;
      const rate = smooth(this.#rates, direction);
      byId(`${direction}-now`).textContent = rate === 0 ? "idle" : formatRate(rate);
      showFacts(byId(`${direction}-detail`), [
        `peak ${formatRate(this.#peaks[direction])}`,
        `${formatBytes(this.#totals[direction])} in all`,
      ]);
    }
    byId("chart").setAttribute(
      "aria-label",
      `Chart of the last minute. Round trip ${byId("rtt-now").textContent}; to Node ${byId("up-now").textContent}; to this tab ${byId("down-now").textContent}.`,
    );
  }

  #draw() {
    drawChart(byId("chart"), {
      now: performance.now() - STEP_MS,
      spanMs: SPAN_MS,
      roundTrips: this.#roundTrips,
      rates: this.#rates,
    });
  }
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The mean of the last second. */
function smooth(rates, direction) {
  const recent = rates.slice(-4);
  return recent.reduce((sum, rate) => sum + rate[direction], 0) / recent.length;
}
