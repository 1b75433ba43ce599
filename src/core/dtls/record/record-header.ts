/**
 * The DTLS record header (RFC 6347 §4.1).
 *
 * ```text
 *   type (8) | version (16) | epoch (16) | sequence_number (48) | length (16)
 * ```
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { APPLICATION_DATA, CHANGE_CIPHER_SPEC, DTLS_1_0, DTLS_1_2 } from "./content-type.ts";

/** Octets of a record's header. */
export const RECORD_HEADER_LENGTH = 13;
/** Octets of a protected record's fragment (RFC 5246 §6.2.3). */
export const MAX_RECORD_LENGTH = 2 ** 14 + 2048;

/** One header; the record layer reuses a single one. */
export interface RecordHeader {
  type: number;
  version: number;
  epoch: number;
  /** 48 bits, an exact integer. */
  sequence: number;
  /** Octets of the fragment that follows. */
  length: number;
}

const CUT = malformed("dtls: record header cut");
const OVERRUN = malformed("dtls: record overruns datagram");
const TOO_LONG = malformed("dtls: record too long");
const UNKNOWN_TYPE = malformed("dtls: unknown content type");
const UNKNOWN_VERSION = malformed("dtls: unknown record version");

/** Reads the header at `at` into `header`. After an error nothing more of the datagram can be read. */
export function readRecordHeader(
  datagram: Uint8Array,
  at: number,
  header: RecordHeader,
): Malformed | undefined {
  if (at + RECORD_HEADER_LENGTH > datagram.length) return CUT;
  const type = datagram[at]!;
  if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) return UNKNOWN_TYPE;
  const version = (datagram[at + 1]! << 8) | datagram[at + 2]!;
  if (version !== DTLS_1_2 && version !== DTLS_1_0) return UNKNOWN_VERSION;
  const length = (datagram[at + 11]! << 8) | datagram[at + 12]!;
  if (length > MAX_RECORD_LENGTH) return TOO_LONG;
  if (at + RECORD_HEADER_LENGTH + length > datagram.length) return OVERRUN;
  header.type = type;
  header.version = version;
  header.epoch = (datagram[at + 3]! << 8) | datagram[at + 4]!;
  header.sequence =
    ((datagram[at + 5]! << 8) | datagram[at + 6]!) * 0x1_0000_0000 +
    ((datagram[at + 7]! << 24) | (datagram[at + 8]! << 16) | (datagram[at + 9]! << 8) | datagram[at + 10]!) +
    (datagram[at + 7]! >= 0x80 ? 0x1_0000_0000 : 0);
  header.length = length;
  return undefined;
}

/** Writes a DTLS 1.2 header at the start of `out`. */
export function writeRecordHeader(
  out: Uint8Array,
  type: number,
  epoch: number,
  sequence: number,
  length: number,
): void {
  out[0] = type;
  out[1] = DTLS_1_2 >> 8;
  out[2] = DTLS_1_2 & 0xff;
  writeEpochAndSequence(out, 3, epoch, sequence);
  out[11] = length >> 8;
  out[12] = length & 0xff;
}

/** Writes the 64 bits `epoch ‖ sequence`, which also number a record for its AEAD. */
export function writeEpochAndSequence(out: Uint8Array, at: number, epoch: number, sequence: number): void {
  const high = Math.floor(sequence / 0x1_0000_0000);
  const low = sequence >>> 0;
  out[at] = epoch >> 8;
  out[at + 1] = epoch & 0xff;
  out[at + 2] = high >> 8;
  out[at + 3] = high & 0xff;
  out[at + 4] = low >>> 24;
  out[at + 5] = (low >>> 16) & 0xff;
  out[at + 6] = (low >>> 8) & 0xff;
  out[at + 7] = low & 0xff;
}
