// Opus in Ogg (RFC 7845): pages (RFC 3533 §6) of one packet each, and two header packets before them.
import { closeSync, openSync, writeSync } from "node:fs";

const SERIAL = 1;
const BEGIN = 2;
const END = 4;
/** Of every position in the file, whatever the sound was sampled at (RFC 7845 §4). Hz. */
const RATE = 48_000;

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  let remainder = value << 24;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder < 0 ? 0x04c11db7 : 0);
  return remainder >>> 0;
});

/** Writes packets of Opus as they come. */
export class OggOpusWriter {
  #path;
  #file;
  #pages = 0;
  #packets = 0;
  #first;
  /** The last packet waits: only the next one tells how long it lasts, and only the end that it was the last. */
  #waiting;

  constructor(path) {
    this.#path = path;
    this.#file = openSync(path, "w");
    const head = Buffer.from("OpusHead\x01\x02\0\0\0\0\0\0\0\0\0", "latin1");
    head.writeUInt32LE(RATE, 12);
    this.#page(head, 0n, BEGIN);
    this.#page(Buffer.from("OpusTags\x07\0\0\0skywave\0\0\0\0", "latin1"), 0n, 0);
  }

  write({ data, timestamp }) {
    if (this.#file === undefined || data.length === 0) return;
    this.#first ??= timestamp;
    const position = ((timestamp - this.#first) * RATE) / 1e6;
    if (this.#waiting) this.#page(this.#waiting, BigInt(Math.round(position)), 0);
    this.#waiting = data;
    this.#packets++;
  }

  /** Says what is in it. */
  close() {
    // 20 ms, as browsers send it, for the last one.
    if (this.#waiting) this.#page(this.#waiting, BigInt(this.#packets * 960), END);
    closeSync(this.#file);
    this.#file = undefined;
    return `${this.#path}: ${this.#packets} packets`;
  }

  #page(packet, position, flags) {
    const lengths = [...Array(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
    const header = Buffer.alloc(27 + lengths.length);
    header.write("OggS", 0, "latin1");
    header[5] = flags;
    header.writeBigUInt64LE(position, 6);
    header.writeUInt32LE(SERIAL, 14);
    header.writeUInt32LE(this.#pages++, 18);
    header[26] = lengths.length;
    header.set(lengths, 27);
    const page = Buffer.concat([header, packet]);
    let crc = 0;
    for (const byte of page) crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255]) >>> 0;
    page.writeUInt32LE(crc, 22);
    writeSync(this.#file, page);
  }
}
