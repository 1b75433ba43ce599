/** CRC-32 of ITU V.42 (the one of Ethernet and zip; reflected polynomial 0xEDB88320), for FINGERPRINT (RFC 8489 §14.7). */

const TABLE = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let remainder = n;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  TABLE[n] = remainder >>> 0;
}

/** The CRC-32 of `bytes[0, end)`, in [0, 2^32). */
export function crc32(bytes: Uint8Array, end: number = bytes.length): number {
  let crc = 0xffffffff;
  for (let i = 0; i < end; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
