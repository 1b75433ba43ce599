/** The variable-length vectors of the TLS presentation language (RFC 5246 §4.3). */
import type { ByteReader } from "../../base/byte-reader.ts";
import type { ByteWriter } from "../../base/byte-writer.ts";

/** `opaque x<0..2^8-1>` */
export function readOpaque8(reader: ByteReader): Uint8Array {
  return reader.bytes(reader.u8());
}

/** `opaque x<0..2^16-1>` */
export function readOpaque16(reader: ByteReader): Uint8Array {
  return reader.bytes(reader.u16());
}

export function writeOpaque8(writer: ByteWriter, value: Uint8Array): void {
  writer.u8(value.length);
  writer.bytes(value);
}

export function writeOpaque16(writer: ByteWriter, value: Uint8Array): void {
  writer.u16(value.length);
  writer.bytes(value);
}

/** `uint16 x<2..2^16-2>`; undefined when it is cut, odd or empty. */
export function readUint16List(reader: ByteReader): number[] | undefined {
  const octets = readOpaque16(reader);
  if (!reader.ok || octets.length === 0 || octets.length % 2 !== 0) return undefined;
  const values: number[] = [];
  for (let i = 0; i < octets.length; i += 2) values.push((octets[i]! << 8) | octets[i + 1]!);
  return values;
}

export function writeUint16List(writer: ByteWriter, values: readonly number[]): void {
  writer.u16(values.length * 2);
  for (const value of values) writer.u16(value);
}
