// One small plot of the last minute: what goes out and what comes in, as lines.

import { drawAxis, drawLine, niceCeiling, openCanvas, yOf } from "./chart.js";

const LEFT = 2;
const RIGHT = 74;
const TOP = 9;
const BOTTOM = 5;

/** `series`: `{up, down}` of points; `floor`: the least that the axis shows; `format`: a value as people read it. */
export function drawGauge(canvas, { now, spanMs, series, floor, format }) {
  const { context, width, height, colors } = openCanvas(canvas);
  if (width === 0) return;
  const plot = { top: TOP, height: height - TOP - BOTTOM, left: LEFT, right: width - RIGHT };
  const values = [...series.up, ...series.down].map(({ value }) => value);
  const max = niceCeiling(Math.max(floor, ...values));
  drawAxis(context, plot, colors, [0, max / 2, max], max, (value) => withoutZeros(format(value)));
  const xOf = ({ at }) => LEFT + (plot.right - LEFT) * (1 - (now - at) / spanMs);
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, plot.right - LEFT, height);
  context.clip();
  const single = series.down.length === 0;
  for (const [points, color] of [
    [series.down, colors.violet],
    [series.up, single && canvas.dataset.tone === "blue" ? colors.blue : colors.amber],
  ]) {
    drawLine(context, points, xOf, ({ value }) => yOf(plot, value / max), color, 3000);
  }
  context.restore();
}

/** "5.00 ms" is "5 ms" on an axis. */
function withoutZeros(text) {
  return text.replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}
