/** How large the pictures are that pass: key frames say it, and it holds for what follows. */
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { type PictureSize, pictureSize } from "../core/media/index.ts";

/** Simulcast layers that are remembered; of more, those that were seen last. */
export const MAX_LAYERS = 16;

/** Of one sender or receiver. */
export class PictureSizes {
  readonly #layers = new Map<string | undefined, PictureSize>();

  /** Of this frame; undefined while no key frame of its layer has told. */
  sizeOf(frame: EncodedFrame, mimeType: string | undefined): PictureSize | undefined {
    const { rid } = frame;
    if (frame.type !== "key") return this.#layers.get(rid);
    const size = mimeType === undefined ? undefined : pictureSize(mimeType, frame.data);
    this.#layers.delete(rid);
    if (size === undefined) return undefined;
    if (this.#layers.size === MAX_LAYERS) this.#layers.delete([...this.#layers.keys()][0]);
    this.#layers.set(rid, size);
    return size;
  }
}
