import { evenPiece, MAX_FRAME_LENGTH } from "./format.ts";

/** One frame in pieces, with a picture id of 15 bits: what the packetizers of VP8 and VP9 put behind their descriptors. */
export class PicturePieces {
  /** Of the frame that is being taken. */
  pictureId = 0;
  #nextPictureId: number;
  #frame = new Uint8Array(0) as Uint8Array;
  #at = 0;
  #piece = 0;

  constructor(firstPictureId: number) {
    this.#nextPictureId = firstPictureId & 0x7fff;
  }

  /** Begins a frame; returns how many pieces of at most `limit` octets it has, 0 when it is empty or too long. */
  start(frame: Uint8Array, limit: number): number {
    if (frame.length === 0 || frame.length > MAX_FRAME_LENGTH) return 0;
    this.#frame = frame;
    this.#at = 0;
    this.#piece = evenPiece(frame.length, limit);
    this.pictureId = this.#nextPictureId;
    this.#nextPictureId = (this.pictureId + 1) & 0x7fff;
    return Math.ceil(frame.length / this.#piece);
  }

  /** None has been taken yet. */
  get atBegin(): boolean {
    return this.#at === 0;
  }

  /** All have been taken. */
  get atEnd(): boolean {
    return this.#at === this.#frame.length;
  }

  /** The next one, a view of the frame. */
  take(): Uint8Array {
    const piece = this.#frame.subarray(this.#at, this.#at + this.#piece);
    this.#at += piece.length;
    return piece;
  }
}
