/** What the payload formats of video have in common, so that buffers and senders need not know codecs. */
import type { Malformed } from "../../base/malformed.ts";

/** Octets of one frame at most, assembled or to be sent. */
export const MAX_FRAME_LENGTH = 8 * 1024 * 1024;

/** What one packet's payload says about frames; filled in by {@link VideoFormat.inspect}, reused. */
export interface PayloadInfo {
  /** A frame may begin here. False: it does not. */
  mayBegin: boolean;
  /** It does begin here, whatever came before: the format says so. */
  begins: boolean;
  /** The packet shows that its frame can be decoded without others. Of a frame's packets, one that shows it is enough. */
  keyFrame: boolean;
  /** Number of the frame, which grows by one from frame to frame; left as it is by formats that have none. */
  pictureId: number;
  /** Bits of {@link pictureId}: it wraps. */
  pictureIdBits: number;
}

/** Nothing is known. */
export function payloadInfo(): PayloadInfo {
  return { mayBegin: false, begins: false, keyFrame: false, pictureId: -1, pictureIdBits: 0 };
}

/** The receiving side of a payload format. */
export interface VideoFormat {
  /** Reads one payload; undefined when it is well-formed. */
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined;
  /** Joins the payloads of one frame, in order and complete, into what a decoder takes. */
  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed;
}

/** The sending side: splits one frame into payloads, which are pulled one by one. */
export interface Packetizer {
  /**
   * Begins a frame, which is borrowed until its last payload is written. `maxLength`: octets of a payload, at least 64.
   * Returns how many there will be; 0 for what is no frame of this format.
   */
  start(frame: Uint8Array, maxLength: number): number;
  /** Writes the next payload at `at`; returns its length. The room is the caller's business. */
  write(out: Uint8Array, at: number): number;
}

/** Octets a packetizer may rely on. */
export const MIN_PAYLOAD_LENGTH = 64;

/** Joins pieces. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Cuts `length` into the fewest pieces of at most `limit`, all of nearly the same size; returns the size of the largest. */
export function evenPiece(length: number, limit: number): number {
  const pieces = Math.max(1, Math.ceil(length / limit));
  return Math.ceil(length / pieces);
}
