/**
 * The handshake header of DTLS 1.2 (RFC 6347 §4.2.2). Each fragment of a message carries one.
 *
 * ```text
 *   msg_type (8) | length (24) | message_seq (16) | fragment_offset (24) | fragment_length (24)
 * ```
 */
import type { ByteReader } from "../../base/byte-reader.ts";
import type { ByteWriter } from "../../base/byte-writer.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";

/** Octets of the header. */
export const HANDSHAKE_HEADER_LENGTH = 12;

/** One fragment as it stands in a record. */
export interface HandshakeFragment {
  readonly type: number;
  /** Octets of the whole message, without header. */
  readonly length: number;
  /** `message_seq`, 16 bits. */
  readonly messageSequence: number;
  readonly offset: number;
  /** The fragment's octets, a view. */
  readonly body: Uint8Array;
}

const CUT = malformed("dtls: handshake fragment cut");
const BEYOND = malformed("dtls: handshake fragment leaves its message");
const EMPTY = malformed("dtls: empty fragment of a message with contents");

/** Reads the fragment at the reader's position. Each call consumes at least a header, or the record ends there. */
export function readHandshakeFragment(reader: ByteReader): HandshakeFragment | Malformed {
  const type = reader.u8();
  const length = reader.u24();
  const messageSequence = reader.u16();
  const offset = reader.u24();
  const body = reader.bytes(reader.u24());
  if (!reader.ok) return CUT;
  if (offset + body.length > length) return BEYOND;
  if (body.length === 0 && length > 0) return EMPTY;
  return { type, length, messageSequence, offset, body };
}

/** Writes the header of a fragment. */
export function writeHandshakeHeader(
  writer: ByteWriter,
  type: number,
  length: number,
  messageSequence: number,
  offset: number,
  fragmentLength: number,
): void {
  writer.u8(type);
  writer.u24(length);
  writer.u16(messageSequence);
  writer.u24(offset);
  writer.u24(fragmentLength);
}
