/** Sizes that are remembered at a time. */
const SLOTS = 64;
const NO_BYTES = new Uint8Array(0);

/**
 * Views of the beginning of a buffer that is used again and again: packets come in few sizes, and making a view costs more
 * than finding it.
 */
export class PrefixViews {
  #buffer: Uint8Array = NO_BYTES;
  readonly #views: Uint8Array[] = new Array(SLOTS).fill(NO_BYTES);

  /** `buffer[0, length)`. The same view may be given again: it is for reading at once. */
  of(buffer: Uint8Array, length: number): Uint8Array {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#views.fill(NO_BYTES);
    }
    const slot = length % SLOTS;
    const known = this.#views[slot]!;
    if (known.length === length) return known;
    const view = buffer.subarray(0, length);
    this.#views[slot] = view;
    return view;
  }
}
