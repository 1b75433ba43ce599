/**
 * CRC32c, the checksum of SCTP packets (RFC 9260 §6.8 and Appendix A): reflected polynomial 0x82f63b78, initial value and
 * final XOR all ones. Slicing by eight: eight tables take eight bytes per step.
 */

const POLYNOMIAL = 0x82f63b78;

/** Table k (256 entries at k * 256) advances a byte that lies k bytes before the end of an eight-byte step. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const shorter = tables[at - 256]!;
    tables[at] = (shorter >>> 8) ^ tables[shorter & 0xff]!;
  }
  return tables;
}

/** The CRC32c of the first `length` bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array, length: number = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const t = TABLES;
  let crc = -1;
  let at = 0;
  for (const end = length - 7; at < end; at += 8) {
    const near = crc ^ view.getInt32(at, true);
    const far = view.getInt32(at + 4, true);
    crc =
      t[1792 + (near & 0xff)]! ^
      t[1536 + ((near >>> 8) & 0xff)]! ^
      t[1280 + ((near >>> 16) & 0xff)]! ^
      t[1024 + (near >>> 24)]! ^
      t[768 + (far & 0xff)]! ^
      t[512 + ((far >>> 8) & 0xff)]! ^
      t[256 + ((far >>> 16) & 0xff)]! ^
      t[far >>> 24]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
