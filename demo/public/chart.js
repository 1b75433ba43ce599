// Two plots above each other with one time axis: round trip as a line, throughput as areas.

import { formatBytes } from "./format.js";

const LEFT = 4;
const RIGHT = 64;
const TOP = 10;
const GAP = 22;
const BOTTOM = 20;
const SPLIT = 0.46;

/** Draws everything anew; colours come from the style sheet, so that light and dark work by themselves. */
export function drawChart(canvas, { now, spanMs, roundTrips, rates }) {
  const { context, width, height, colors } = openCanvas(canvas);
  const inner = height - TOP - GAP - BOTTOM;
  const across = { left: LEFT, right: width - RIGHT };
  const upper = { ...across, top: TOP, height: inner * SPLIT };
  const lower = { ...across, top: TOP + upper.height + GAP, height: inner * (1 - SPLIT) };
  const xOf = (at) => LEFT + (width - LEFT - RIGHT) * (1 - (now - at) / spanMs);

  const rttMax = niceCeiling(typicalCeiling(roundTrips.map(({ value }) => value)));
  const rateMax = niceCeiling(Math.max(1e6, ...rates.map(({ up, down }) => Math.max(up, down))));
  drawAxis(context, upper, colors, [0, rttMax / 2, rttMax], rttMax, (value) => `${trim(value)} ms`);
  drawAxis(context, lower, colors, [0, rateMax / 2, rateMax], rateMax, (value) => `${shortBytes(value)}/s`);
  drawTime(context, width, height, colors, spanMs);

  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT - RIGHT, height);
  context.clip();
  for (const [key, color] of [
    ["down", colors.violet],
    ["up", colors.amber],
  ]) {
    drawArea(
      context,
      rates,
      (rate) => xOf(rate.at),
      (rate) => yOf(lower, rate[key] / rateMax),
      lower,
      color,
    );
  }
  drawLine(
    context,
    roundTrips,
    (trip) => xOf(trip.at),
    (trip) => yOf(upper, trip.value / rttMax),
    colors.blue,
  );
  context.restore();
}

/** Clears a canvas, at the resolution of the screen. */
export function openCanvas(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const colors = readColors(canvas);
  context.font = `12px ${colors.font}`;
  context.lineJoin = "round";
  return { context, width, height, colors };
}

/** Lines across a plot at `values`, each but 0 with its label at the right. */
export function drawAxis(context, plot, colors, values, max, label) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineWidth = 1;
  for (const value of values) {
    const y = Math.round(yOf(plot, value / max)) + 0.5;
    context.strokeStyle = colors.line;
    context.beginPath();
    context.moveTo(plot.left, y);
    context.lineTo(plot.right, y);
    context.stroke();
    context.fillStyle = colors.soft;
    if (value > 0) context.fillText(label(value), plot.right + 8, y);
  }
}

function drawTime(context, width, height, colors, spanMs) {
  context.fillStyle = colors.soft;
  context.textBaseline = "bottom";
  const seconds = spanMs / 1000;
  const step = width < 440 ? seconds / 2 : seconds / 4;
  for (let second = seconds; second >= 0; second -= step) {
    context.textAlign = second === seconds ? "left" : second === 0 ? "right" : "center";
    const x = LEFT + (width - LEFT - RIGHT) * (1 - second / seconds);
    context.fillText(second === 0 ? "now" : `${second} s ago`, x, height - 1);
  }
}

/** A gap of more than `gapMs` was an interruption, not a slope. */
export function drawLine(context, points, x, y, color, gapMs = 1000) {
  context.beginPath();
  let previous;
  for (const point of points) {
    if (previous === undefined || point.at - previous.at > gapMs) context.moveTo(x(point), y(point));
    else context.lineTo(x(point), y(point));
    previous = point;
  }
  context.strokeStyle = color;
  context.lineWidth = 1.75;
  context.stroke();
}

function drawArea(context, points, x, y, plot, color) {
  if (points.length < 2) return;
  const floor = plot.top + plot.height;
  context.beginPath();
  context.moveTo(x(points[0]), floor);
  for (const point of points) context.lineTo(x(point), y(point));
  context.lineTo(x(points.at(-1)), floor);
  context.closePath();
  context.globalAlpha = 0.22;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
  drawLine(context, points, x, y, color);
}

/** Where `share` (0..1) of a plot's height is. */
export function yOf(plot, share) {
  return plot.top + plot.height * (1 - share);
}

/** One late echo in thirty may leave the plot at the top, so that the others do not lie flat on the floor. */
function typicalCeiling(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(1, 1.25 * (sorted[Math.floor((sorted.length - 1) * 0.97)] ?? 0));
}

/** 1, 2 or 5 times a power of ten, at least `value`. */
export function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value * 0.999);
}

function trim(value) {
  return Number(value.toPrecision(2)).toString();
}

function shortBytes(value) {
  return formatBytes(value)
    .replace(/\.0+ /, " ")
    .replace(/(\.\d*?)0+ /, "$1 ");
}

function readColors(canvas) {
  const style = getComputedStyle(canvas);
  return {
    blue: style.getPropertyValue("--blue"),
    amber: style.getPropertyValue("--amber"),
    violet: style.getPropertyValue("--violet"),
    soft: style.getPropertyValue("--ink-soft"),
    line: style.getPropertyValue("--line"),
    font: style.fontFamily,
  };
}
