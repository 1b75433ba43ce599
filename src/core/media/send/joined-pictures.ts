/**
 * Picture numbers of a stream that is made of others: those of one source keep their distances, another source goes on right
 * behind what was sent. VP8's PictureID and TL0PICIDX (RFC 7741 §4.2), VP9's (RFC 9628 §4.2), and the frame numbers of dependency
 * descriptors (AV1 RTP specification, appendix A). Receivers take a jump back for frames that are old.
 */
import type { MediaPacket, PacketExtension } from "../../base/media-frame.ts";
import { DEPENDENCY_DESCRIPTOR_URI } from "../../rtp/index.ts";

/** Where the numbers of a payload are. One serves all. */
const place = { pictureIdAt: -1, pictureIdBits: 0, tl0PicIdxAt: -1 };
/** One number of the stream. */
interface Joined {
  last: number;
  offset: number;
}
const FRAME_NUMBER_BITS = 16;
const FRAME_NUMBER_AT = 1;
const DESCRIPTOR_LENGTH = 3;

export class JoinedPictures {
  #ssrc = -1;
  #highest = -1;
  readonly #pictureId: Joined = { last: -1, offset: 0 };
  readonly #tl0PicIdx: Joined = { last: -1, offset: 0 };
  readonly #frameNumber: Joined = { last: -1, offset: 0 };
  #isNewest = false;

  /** A packet of a source follows: its numbers are asked for next. */
  next({ ssrc, sequenceNumber }: MediaPacket): void {
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#highest = -1;
      for (const joined of [this.#pictureId, this.#tl0PicIdx, this.#frameNumber]) joined.offset = Number.NaN;
    }
    this.#isNewest = sequenceNumber > this.#highest;
    if (this.#isNewest) this.#highest = sequenceNumber;
  }

  /** Its payload with the stream's numbers: itself where these are its own, else a copy. */
  payload({ mimeType, payload }: MediaPacket): Uint8Array {
    if (!locate(mimeType, payload)) return payload;
    const { pictureIdAt, pictureIdBits, tl0PicIdxAt } = place;
    const id = pictureIdAt < 0 ? -1 : pictureIdOf(payload, pictureIdAt, pictureIdBits);
    const newId = this.#join(this.#pictureId, id, pictureIdBits);
    const index = tl0PicIdxAt < 0 ? -1 : payload[tl0PicIdxAt]!;
    const newIndex = this.#join(this.#tl0PicIdx, index, 8);
    if (newId === id && newIndex === index) return payload;
    const out = payload.slice();
    if (pictureIdBits === 15) {
      out[pictureIdAt] = 0x80 | (newId >>> 8);
      out[pictureIdAt + 1] = newId;
    } else if (pictureIdAt >= 0) out[pictureIdAt] = newId;
    if (tl0PicIdxAt >= 0) out[tl0PicIdxAt] = newIndex;
    return out;
  }

  /** The same of its header extensions. */
  extensions({ extensions }: MediaPacket): readonly PacketExtension[] {
    for (let i = 0; i < extensions.length; i++) {
      const { uri, data } = extensions[i]!;
      if (uri !== DEPENDENCY_DESCRIPTOR_URI || data.length < DESCRIPTOR_LENGTH) continue;
      const number = (data[FRAME_NUMBER_AT]! << 8) | data[FRAME_NUMBER_AT + 1]!;
      const joined = this.#join(this.#frameNumber, number, FRAME_NUMBER_BITS);
      if (joined === number) return extensions;
      const copy = data.slice();
      copy[FRAME_NUMBER_AT] = joined >>> 8;
      copy[FRAME_NUMBER_AT + 1] = joined;
      return extensions.with(i, { uri, data: copy });
    }
    return extensions;
  }

  /** -1 stays what it is: there is no such number. */
  #join(joined: Joined, number: number, bits: number): number {
    if (number < 0) return -1;
    // The source's first number is right behind the last one of the source before; that of the first source stays as it is.
    if (Number.isNaN(joined.offset)) joined.offset = joined.last < 0 ? 0 : joined.last + 1 - number;
    const result = (number + joined.offset) & ((1 << bits) - 1);
    if (this.#isNewest) joined.last = result;
    return result;
  }
}

function pictureIdOf(payload: Uint8Array, at: number, bits: number): number {
  return bits === 15 ? ((payload[at]! & 0x7f) << 8) | payload[at + 1]! : payload[at]!;
}

/** Fills in {@link place}; false: the payload has no such numbers. */
function locate(mimeType: string, payload: Uint8Array): boolean {
  const first = payload[0] ?? 0;
  let at: number;
  let hasPictureId: boolean;
  let hasTl0PicIdx: boolean;
  let layerOctets = 0;
  switch (mimeType) {
    case "video/VP8": {
      const flags = first >= 0x80 ? (payload[1] ?? 0) : 0;
      at = 2;
      hasPictureId = (flags & 0x80) !== 0;
      hasTl0PicIdx = (flags & 0x40) !== 0;
      break;
    }
    case "video/VP9":
      at = 1;
      hasPictureId = (first & 0x80) !== 0;
      // L without F: the layer indices, then TL0PICIDX.
      layerOctets = 1;
      hasTl0PicIdx = (first & 0x30) === 0x20;
      break;
    default:
      return false;
  }
  place.pictureIdAt = hasPictureId ? at : -1;
  place.pictureIdBits = 0;
  if (hasPictureId) {
    place.pictureIdBits = (payload[at] ?? 0) >= 0x80 ? 15 : 7;
    at += place.pictureIdBits === 15 ? 2 : 1;
  }
  place.tl0PicIdxAt = hasTl0PicIdx ? at + layerOctets : -1;
  // What is cut is passed on as it is.
  return (hasPictureId || hasTl0PicIdx) && Math.max(at, place.tl0PicIdxAt) < payload.length;
}
