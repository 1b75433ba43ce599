// What flows of audio and video, out of the browser's own statistics: bit rate, loss, round trip and frame rate.

import { byId } from "./element.js";
import { formatBitRate, formatMilliseconds } from "./format.js";
import { drawGauge } from "./gauge.js";

/** What the charts show. */
const SPAN_MS = 60_000;

const GAUGES = {
  bits: { floor: 200_000, format: formatBitRate },
  loss: { floor: 2, format: formatPercent },
  trip: { floor: 5, format: formatMilliseconds },
  frames: { floor: 30, format: (value) => `${Math.round(value)} fps` },
};

export class FlowMeter {
  #points = Object.fromEntries(Object.keys(GAUGES).map((name) => [name, { up: [], down: [] }]));
  /** What was counted last, by the id of the statistics. */
  #last = new Map();
  /** Of what comes in: by section. */
  #facts = new Map();

  /** Draws once a second, as often as there is something new. */
  onStats(stats) {
    const now = performance.now();
    const rates = this.#measure([...stats.values()]);
    byId("flow").hidden = rates === undefined && this.#isEmpty(now);
    for (const [name, gauge] of Object.entries(GAUGES)) this.#show(name, gauge, rates?.[name], now);
  }

  /** The connection is new: its counters begin anew. */
  reset() {
    this.#last.clear();
    this.#facts.clear();
  }

  /** "640 × 360", "30 fps", "512 kbit/s", "sound 38 kbit/s"; undefined before anything has come. */
  factsOf({ audio, video }) {
    const [sound, picture] = [this.#facts.get(audio), this.#facts.get(video)];
    const parts = [];
    if (picture?.frameWidth) parts.push(`${picture.frameWidth} × ${picture.frameHeight}`);
    if (picture) parts.push(`${Math.round(picture.frames)} fps`, formatBitRate(picture.bits));
    if (sound) parts.push(`sound ${formatBitRate(sound.bits)}`);
    return parts.length > 0 ? parts : undefined;
  }

  /** Undefined while nothing flows. */
  #measure(all) {
    const out = all.filter(({ type }) => type === "outbound-rtp").map((entry) => this.#differ(entry));
    const come = all.filter(({ type }) => type === "inbound-rtp").map((entry) => this.#differ(entry));
    const reports = all.filter(({ type }) => type === "remote-inbound-rtp");
    this.#facts.clear();
    for (const entry of come) if (entry.packets > 0) this.#facts.set(entry.mid, entry);
    const sent = out.filter(({ packets }) => packets > 0);
    const received = come.filter(({ packets, lost }) => packets + lost > 0);
    if (sent.length === 0 && received.length === 0) return undefined;
    const frameRates = (entries) =>
      entries.filter(({ kind }) => kind === "video").map(({ frames }) => frames);
    const lost = sum(received.map((entry) => entry.lost));
    return {
      bits: { up: total(sent), down: total(received) },
      loss: {
        up:
          sent.length > 0 ? largest(reports.map(({ fractionLost }) => 100 * (fractionLost ?? 0))) : undefined,
        down:
          received.length > 0
            ? (100 * lost) / Math.max(1, lost + sum(received.map(({ packets }) => packets)))
            : undefined,
      },
      trip: { up: largest(reports.map(({ roundTripTime }) => roundTripTime && roundTripTime * 1000)) },
      frames: { up: smallest(frameRates(sent)), down: smallest(frameRates(received)) },
    };
  }

  /** What has happened since the last time, by second. */
  #differ(entry) {
    const { id, timestamp, kind, mid, frameWidth, frameHeight } = entry;
    const counts = {
      timestamp,
      bytes: entry.bytesSent ?? entry.bytesReceived ?? 0,
      packets: entry.packetsSent ?? entry.packetsReceived ?? 0,
      lost: entry.packetsLost ?? 0,
      frames: entry.framesDecoded ?? entry.framesSent ?? entry.framesEncoded ?? 0,
    };
    const before = this.#last.get(id) ?? counts;
    this.#last.set(id, counts);
    const seconds = Math.max(0.1, (counts.timestamp - before.timestamp) / 1000);
    return {
      kind,
      mid,
      frameWidth,
      frameHeight,
      bits: (8 * (counts.bytes - before.bytes)) / seconds,
      packets: counts.packets - before.packets,
      lost: Math.max(0, counts.lost - before.lost),
      frames: (counts.frames - before.frames) / seconds,
    };
  }

  #show(name, { floor, format }, rates, now) {
    const series = this.#points[name];
    for (const way of ["up", "down"]) {
      const value = rates?.[way];
      if (value !== undefined) series[way].push({ at: now, value });
      while (series[way].length > 0 && series[way][0].at < now - SPAN_MS - 2000) series[way].shift();
      const readout = byId(`${name}-${way}`);
      if (readout !== null) readout.textContent = value === undefined ? "–" : format(value);
    }
    const canvas = byId(`${name}-chart`);
    const said = ["up", "down"]
      .map((way) => byId(`${name}-${way}`)?.parentElement.textContent)
      .filter(Boolean);
    canvas.setAttribute("aria-label", `The last minute. Now: ${said.join(", ").replaceAll("\n", " ")}.`);
    drawGauge(canvas, { now, spanMs: SPAN_MS, series, floor, format });
  }

  #isEmpty(now) {
    return (
      this.#points.bits.up.every(({ at }) => at < now - SPAN_MS) &&
      this.#points.bits.down.every(({ at }) => at < now - SPAN_MS)
    );
  }
}

function formatPercent(value) {
  return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Undefined: of nothing. */
function total(entries) {
  return entries.length > 0 ? sum(entries.map(({ bits }) => bits)) : undefined;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function smallest(values) {
  return values.length > 0 ? Math.min(...values) : undefined;
}
