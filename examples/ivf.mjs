// IVF: the simplest file there is for encoded video. A header of 32 bytes, and 12 before each frame; all numbers little-endian.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

const HEADER_LENGTH = 32;
const FRAME_HEADER_LENGTH = 12;
/** Ticks per second of the timestamps that are written. */
const TICKS = 1000;

/** The frames of a file: `{ data, timestamp }` (microseconds), with the codec's FourCC in `fourcc`. */
export function readIvf(path) {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 4) !== "DKIF") throw new Error(`${path} is no IVF file`);
  const [rate, scale] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
  const frames = [];
  for (let at = bytes.readUInt16LE(6); at + FRAME_HEADER_LENGTH <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const timestamp = (Number(bytes.readBigUInt64LE(at + 4)) * 1e6 * scale) / rate;
    at += FRAME_HEADER_LENGTH;
    frames.push({ data: new Uint8Array(bytes.subarray(at, at + length)), timestamp });
    at += length;
  }
  return { fourcc: bytes.toString("latin1", 8, 12), frames };
}

/** Writes frames of VP8 as they come, from a key frame on. */
export class IvfWriter {
  #path;
  #file;
  #frames = 0;
  #first;

  constructor(path) {
    this.#path = path;
    this.#file = openSync(path, "w");
  }

  write({ type, data, timestamp }) {
    if (this.#file === undefined) return;
    if (this.#frames === 0) {
      if (type !== "key") return;
      this.#first = timestamp;
      writeSync(this.#file, headerFor(data));
    }
    const header = Buffer.alloc(FRAME_HEADER_LENGTH);
    header.writeUInt32LE(data.length, 0);
    header.writeBigUInt64LE(BigInt(Math.round(((timestamp - this.#first) * TICKS) / 1e6)), 4);
    writeSync(this.#file, header);
    writeSync(this.#file, data);
    this.#frames++;
  }

  /** Says what is in it. */
  close() {
    if (this.#frames > 0) {
      const count = Buffer.alloc(4);
      count.writeUInt32LE(this.#frames);
      writeSync(this.#file, count, 0, 4, 24);
    }
    closeSync(this.#file);
    this.#file = undefined;
    return `${this.#path}: ${this.#frames} frames`;
  }
}

/** RFC 6386 §9.1: a key frame of VP8 has its size in bytes 6 to 9. */
function headerFor(keyFrame) {
  const frame = Buffer.from(keyFrame.buffer, keyFrame.byteOffset, keyFrame.length);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write("DKIF", 0, "latin1");
  header.writeUInt16LE(HEADER_LENGTH, 6);
  header.write("VP80", 8, "latin1");
  header.writeUInt16LE(frame.readUInt16LE(6) & 0x3fff, 12);
  header.writeUInt16LE(frame.readUInt16LE(8) & 0x3fff, 14);
  header.writeUInt32LE(TICKS, 16);
  header.writeUInt32LE(1, 20);
  return header;
}
