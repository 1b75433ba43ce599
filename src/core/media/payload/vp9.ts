/**
 * VP9 (RFC 9628 §4.2):
 *
 *         0 1 2 3 4 5 6 7
 *        |I|P|L|F|B|E|V|Z|
 *    I:  |M| PICTURE ID  |   M: 15 bits
 *    L:  |TID|U|SID|D|       then TL0PICIDX when F is 0
 *    P,F:| P_DIFF      |N|   up to three
 *    V:  | SS            |   scalability structure
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { Malformed, malformed } from "../../base/malformed.ts";
import { concatenate, type Packetizer, type PayloadInfo, type VideoFormat } from "./format.ts";
import { PicturePieces } from "./picture-pieces.ts";

export interface Vp9PictureGroupEntry {
  readonly temporalId: number;
  readonly switchingUp: boolean;
  readonly pictureDiffs: readonly number[];
}

/** The scalability structure (§4.2.1). */
export interface Vp9ScalabilityStructure {
  readonly spatialLayers: number;
  /** Width and height of each spatial layer, when told. */
  readonly resolutions: readonly (readonly [width: number, height: number])[];
  readonly pictureGroup: readonly Vp9PictureGroupEntry[];
}

export interface Vp9Descriptor {
  readonly headerLength: number;
  /** P: the frame is predicted from another picture. */
  readonly interPicture: boolean;
  /** F */
  readonly flexible: boolean;
  /** B and E: of the layer's frame. */
  readonly startOfFrame: boolean;
  readonly endOfFrame: boolean;
  /** Z: no upper spatial layer refers to it. */
  readonly notReferredByUpperLayers: boolean;
  readonly pictureId: number | undefined;
  readonly temporalId: number;
  readonly spatialId: number;
  readonly switchingUp: boolean;
  readonly interLayer: boolean;
  readonly tl0PicIdx: number | undefined;
  readonly pictureDiffs: readonly number[];
  readonly structure: Vp9ScalabilityStructure | undefined;
}

const MAX_PICTURE_DIFFS = 3;
const TRUNCATED = malformed("vp9: descriptor cut");
const TOO_MANY_DIFFS = malformed("vp9: more than three picture differences");

export function decodeVp9Descriptor(payload: Uint8Array): Vp9Descriptor | Malformed {
  const reader = new ByteReader(payload);
  const first = reader.u8();
  const bit = (mask: number) => (first & mask) !== 0;
  const flexible = bit(0x10);
  let pictureId: number | undefined;
  if (bit(0x80)) {
    const octet = reader.u8();
    pictureId = octet >= 0x80 ? ((octet & 0x7f) << 8) | reader.u8() : octet;
  }
  const layer = bit(0x20) ? reader.u8() : 0;
  const tl0PicIdx = bit(0x20) && !flexible ? reader.u8() : undefined;
  const pictureDiffs: number[] = [];
  if (bit(0x40) && flexible) {
    let more = true;
    while (more && reader.ok) {
      if (pictureDiffs.length === MAX_PICTURE_DIFFS) return TOO_MANY_DIFFS;
      const octet = reader.u8();
      pictureDiffs.push(octet >>> 1);
      more = (octet & 1) !== 0;
    }
  }
  const structure = bit(0x02) ? readStructure(reader) : undefined;
  if (!reader.ok) return TRUNCATED;
  return {
    headerLength: reader.position,
    interPicture: bit(0x40),
    flexible,
    startOfFrame: bit(0x08),
    endOfFrame: bit(0x04),
    notReferredByUpperLayers: bit(0x01),
    pictureId,
    temporalId: layer >>> 5,
    spatialId: (layer >>> 1) & 7,
    switchingUp: (layer & 0x10) !== 0,
    interLayer: (layer & 1) !== 0,
    tl0PicIdx,
    pictureDiffs,
    structure,
  };
}

function readStructure(reader: ByteReader): Vp9ScalabilityStructure {
  const first = reader.u8();
  const spatialLayers = (first >>> 5) + 1;
  const resolutions: [number, number][] = [];
  if ((first & 0x10) !== 0)
    for (let i = 0; i < spatialLayers && reader.ok; i++) resolutions.push([reader.u16(), reader.u16()]);
  const pictureGroup: Vp9PictureGroupEntry[] = [];
  const pictures = (first & 0x08) !== 0 ? reader.u8() : 0;
  for (let i = 0; i < pictures && reader.ok; i++) {
    const octet = reader.u8();
    const pictureDiffs: number[] = [];
    for (let r = (octet >>> 2) & 3; r > 0; r--) pictureDiffs.push(reader.u8());
    pictureGroup.push({ temporalId: octet >>> 5, switchingUp: (octet & 0x10) !== 0, pictureDiffs });
  }
  return { spatialLayers, resolutions, pictureGroup };
}

export const vp9: VideoFormat = {
  inspect(payload: Uint8Array, info: PayloadInfo): Malformed | undefined {
    const descriptor = decodeVp9Descriptor(payload);
    if (descriptor instanceof Malformed) return descriptor;
    if (descriptor.headerLength >= payload.length) return TRUNCATED;
    // All spatial layers of a picture are one frame here: the first begins it, upper ones only continue.
    const begins = descriptor.startOfFrame && descriptor.spatialId === 0;
    info.mayBegin = descriptor.startOfFrame;
    info.begins = begins;
    info.keyFrame = begins && !descriptor.interPicture;
    if (descriptor.pictureId !== undefined) {
      info.pictureId = descriptor.pictureId;
      // §4.2: M. The octet is there, or there would be no picture id.
      info.pictureIdBits = payload[1]! >= 0x80 ? 15 : 7;
    }
    return undefined;
  },
  assemble(payloads: readonly Uint8Array[]): Uint8Array | Malformed {
    const pieces: Uint8Array[] = [];
    for (const payload of payloads) {
      const descriptor = decodeVp9Descriptor(payload);
      if (descriptor instanceof Malformed) return descriptor;
      pieces.push(payload.subarray(descriptor.headerLength));
    }
    return concatenate(pieces);
  },
};

/** Whether an encoded VP9 frame is a key frame: its uncompressed header (VP9 bitstream specification §6.2). */
export function isVp9KeyFrame(frame: Uint8Array): boolean {
  const first = frame[0] ?? 0;
  if (first >>> 6 !== 2) return false;
  const profile = ((first >>> 5) & 1) | ((first >>> 3) & 2);
  const at = profile === 3 ? 1 : 0;
  const showExistingFrame = (first >>> (3 - at)) & 1;
  const frameType = (first >>> (2 - at)) & 1;
  return showExistingFrame === 0 && frameType === 0;
}

/** B, E and Z. */
const PLACE_IN_PICTURE = 0x0d;

/**
 * Sets P of one source's payloads whose descriptor says nothing but where in its picture it is, and whose picture's own header says
 * that it is no key frame: FFmpeg's packetizer (draft 02) leaves P zero for all of them.
 */
export class Vp9InterPictures {
  /** Of the picture that needs others, when the last one that began does. */
  #timestamp = -1;

  /** In order; a packet that comes late keeps what it has. */
  mark(payload: Uint8Array, timestamp: number): void {
    const descriptor = payload[0] ?? 0;
    if ((descriptor & ~PLACE_IN_PICTURE) !== 0) return;
    if ((descriptor & 0x08) !== 0) this.#timestamp = beginsInterPicture(payload) ? timestamp : -1;
    if (timestamp === this.#timestamp) payload[0] = descriptor | 0x40;
  }
}

/** Behind a descriptor of one octet: frame_marker, and what is no key frame. */
function beginsInterPicture(payload: Uint8Array): boolean {
  return (payload[1] ?? 0) >>> 6 === 2 && !isVp9KeyFrame(payload.subarray(1));
}

const DESCRIPTOR_LENGTH = 3;

/** Non-flexible mode, one layer, picture ids of 15 bits. */
export class Vp9Packetizer implements Packetizer {
  readonly #pieces: PicturePieces;
  #keyFrame = false;

  constructor(firstPictureId: number) {
    this.#pieces = new PicturePieces(firstPictureId);
  }

  start(frame: Uint8Array, maxLength: number): number {
    this.#keyFrame = isVp9KeyFrame(frame);
    return this.#pieces.start(frame, maxLength - DESCRIPTOR_LENGTH);
  }

  write(out: Uint8Array, at: number): number {
    const { pictureId, atBegin } = this.#pieces;
    const piece = this.#pieces.take();
    const ends = this.#pieces.atEnd ? 0x04 : 0;
    out[at] = 0x80 | (this.#keyFrame ? 0 : 0x40) | (atBegin ? 0x08 : 0) | ends | 0x01;
    out[at + 1] = 0x80 | (pictureId >>> 8);
    out[at + 2] = pictureId;
    out.set(piece, at + DESCRIPTOR_LENGTH);
    return DESCRIPTOR_LENGTH + piece.length;
  }
}
