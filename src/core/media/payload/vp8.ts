/**
 * VP8 (RFC 7741 §4.2):
 *
 *         0 1 2 3 4 5 6 7
 *        |X|R|N|S|R| PID |   S: a partition begins here
 *    X:  |I|L|T|K| RSV   |
 *    I:  |M| PictureID   |   M: 15 bits
 *    L:  |   TL0PICIDX   |
 *    T/K:|TID|Y| KEYIDX  |
 */
import { type Malformed, malformed } from "../../base/malformed.ts";
import { concatenate, type Packetizer, type PayloadInfo, type VideoFormat } from "./format.ts";
import { PicturePieces } from "./picture-pieces.ts";

export interface Vp8Descriptor {
  readonly headerLength: number;
  /** N: nothing refers to this frame. */
  readonly nonReference: boolean;
  readonly startOfPartition: boolean;
  readonly partitionIndex: number;
  readonly pictureId: number | undefined;
  /** M: the picture id has 15 bits. */
  readonly longPictureId: boolean;
  readonly tl0PicIdx: number | undefined;
  readonly temporalId: number | undefined;
  /** Y: only base layer frames are referred to. */
  readonly layerSync: boolean;
  readonly keyIdx: number | undefined;
}

const TRUNCATED = malformed("vp8: descriptor cut");

export function decodeVp8Descriptor(payload: Uint8Array): Vp8Descriptor | Malformed {
  const first = payload[0] ?? 0;
  const extended = (first & 0x80) !== 0;
  let at = 1;
  const flags = extended ? (payload[at++] ?? 0) : 0;
  let pictureId: number | undefined;
  let longPictureId = false;
  if ((flags & 0x80) !== 0) {
    const octet = payload[at++] ?? 0;
    longPictureId = octet >= 0x80;
    pictureId = longPictureId ? ((octet & 0x7f) << 8) | (payload[at++] ?? 0) : octet;
  }
  const tl0PicIdx = (flags & 0x40) !== 0 ? (payload[at++] ?? 0) : undefined;
  const layer = (flags & 0x30) !== 0 ? (payload[at++] ?? 0) : 0;
  if (at > payload.length) return TRUNCATED;
  return {
    headerLength: at,
    nonReference: (first & 0x20) !== 0,
    startOfPartition: (first & 0x10) !== 0,
    partitionIndex: first & 7,
    pictureId,
    longPictureId,
    tl0PicIdx,
    temporalId: (flags & 0x20) !== 0 ? layer >>> 6 : undefined,
    layerSync: (flags & 0x20) !== 0 && (layer & 0x20) !== 0,
    keyIdx: (flags & 0x10) !== 0 ? layer & 31 : undefined,
  };
}

/** Length of the descriptor without reading it into an object; -1 when it is cut or nothing follows it. */
function descriptorLength(payload: Uint8Array): number {
  let length = 1;
  if ((payload[0] ?? 0) >= 0x80) {
    const flags = payload[1] ?? 0;
    length = 2;
    if ((flags & 0x80) !== 0) length += (payload[2] ?? 0) >= 0x80 ? 2 : 1;
    if ((flags & 0x40) !== 0) length++;
    if ((flags & 0x30) !== 0) length++;
  }
  return length < payload.length ? length : -1;
}

export const vp8: VideoFormat = {
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined {
    const header = descriptorLength(payload);
    if (header < 0) return TRUNCATED;
    const begins = (payload[0]! & 0x17) === 0x10;
    info.mayBegin = begins;
    info.begins = begins;
    // RFC 7741 §4.3: P, the lowest bit, is 0 on key frames.
    info.keyFrame = begins && (payload[header]! & 1) === 0;
    // §4.2: X, I and M.
    if ((payload[0]! & 0x80) !== 0 && (payload[1]! & 0x80) !== 0) {
      const long = payload[2]! >= 0x80;
      info.pictureId = long ? ((payload[2]! & 0x7f) << 8) | payload[3]! : payload[2]!;
      info.pictureIdBits = long ? 15 : 7;
    }
    return undefined;
  },
  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed {
    const pieces: Uint8Array[] = [];
    for (const payload of payloads) {
      const header = descriptorLength(payload);
      if (header < 0) return TRUNCATED;
      pieces.push(payload.subarray(header));
    }
    return concatenate(pieces);
  },
};

/** Whether an encoded VP8 frame is a key frame. */
export function isVp8KeyFrame(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0;
}

const DESCRIPTOR_LENGTH = 4;

/** With picture ids of 15 bits, without layers. */
export class Vp8Packetizer implements Packetizer {
  readonly #pieces: PicturePieces;

  constructor(firstPictureId: number) {
    this.#pieces = new PicturePieces(firstPictureId);
  }

  start(frame: Uint8Array, maxLength: number): number {
    return this.#pieces.start(frame, maxLength - DESCRIPTOR_LENGTH);
  }

  write(out: Uint8Array, at: number): number {
    const { pictureId, atBegin } = this.#pieces;
    const piece = this.#pieces.take();
    out[at] = atBegin ? 0x90 : 0x80;
    out[at + 1] = 0x80;
    out[at + 2] = 0x80 | (pictureId >>> 8);
    out[at + 3] = pictureId;
    out.set(piece, at + DESCRIPTOR_LENGTH);
    return DESCRIPTOR_LENGTH + piece.length;
  }
}
