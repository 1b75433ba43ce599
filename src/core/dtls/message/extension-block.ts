/**
 * The extensions of a hello (RFC 5246 §7.4.1.4): type and opaque contents, each type at most once. The contents have their
 * own files.
 *
 * ```text
 *   extensions length (16) | { extension_type (16) | length (16) | extension_data }*
 * ```
 */
import type { ByteReader } from "../../base/byte-reader.ts";
import type { ByteWriter } from "../../base/byte-writer.ts";
import { readOpaque16, writeOpaque16 } from "./vector.ts";

export const EXTENSION_SUPPORTED_GROUPS = 10;
export const EXTENSION_EC_POINT_FORMATS = 11;
export const EXTENSION_SIGNATURE_ALGORITHMS = 13;
export const EXTENSION_USE_SRTP = 14;
export const EXTENSION_EXTENDED_MASTER_SECRET = 23;
export const EXTENSION_RECORD_SIZE_LIMIT = 28;
export const EXTENSION_SUPPORTED_VERSIONS = 43;
export const EXTENSION_RENEGOTIATION_INFO = 0xff01;

/** Contents by extension type. */
export type ExtensionBlock = ReadonlyMap<number, Uint8Array>;

const NONE: ExtensionBlock = new Map();

/**
 * Reads what is left of a hello. Old peers leave the whole block out (RFC 5246 §7.4.1.2). Undefined when it is cut, does
 * not fill the message, or names a type twice.
 */
export function readExtensionBlock(reader: ByteReader): ExtensionBlock | undefined {
  if (reader.ok && reader.remaining === 0) return NONE;
  const block = reader.sub(reader.u16());
  if (!reader.ok || reader.remaining > 0) return undefined;
  const extensions = new Map<number, Uint8Array>();
  while (block.remaining > 0) {
    const type = block.u16();
    const data = readOpaque16(block);
    if (!block.ok || extensions.has(type)) return undefined;
    extensions.set(type, data);
  }
  return extensions;
}

/** Writes the block; nothing at all when there are no extensions. */
export function writeExtensionBlock(writer: ByteWriter, extensions: ExtensionBlock): void {
  if (extensions.size === 0) return;
  let length = 0;
  for (const data of extensions.values()) length += 4 + data.length;
  writer.u16(length);
  for (const [type, data] of extensions) {
    writer.u16(type);
    writeOpaque16(writer, data);
  }
}
