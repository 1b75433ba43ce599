// Numbers as people read them. Shared by the page and the Node peer.

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

/** A count of bytes in decimal units: `1.24 MB`, `12.4 MB`, `124 MB`. */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return `${Math.round(value)} ${value === 1 ? "byte" : "bytes"}`;
  return `${significant(value)} ${UNITS[unit]}`;
}

/** Bytes per second: `38.2 MB/s`. */
export function formatRate(bytesPerSecond) {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Bits per second: `640 bit/s`, `48.1 kbit/s`, `1.24 Mbit/s`. */
export function formatBitRate(bitsPerSecond) {
  if (bitsPerSecond < 999.5) return `${Math.round(bitsPerSecond)} bit/s`;
  if (bitsPerSecond < 999_500) return `${significant(bitsPerSecond / 1000)} kbit/s`;
  return `${significant(bitsPerSecond / 1e6)} Mbit/s`;
}

/** Milliseconds: `0.42 ms`, `12.3 ms`, `840 ms`. */
export function formatMilliseconds(milliseconds) {
  return `${significant(milliseconds)} ms`;
}

/** A duration in seconds in its two largest units: `8.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** The first and last digits of a hash, enough to compare by eye. */
export function shortHash(hex) {
  return `${hex.slice(0, 8)}…${hex.slice(-8)}`;
}

function significant(value) {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}
