/**
 * VP8 (RFC 6386) frames that show a plain grey picture: what a made-up camera sees. In key frames every macroblock is
 * predicted from its neighbours (none: grey) with no residue; delta frames repeat the frame before them.
 *
 *    frame tag (§9.1)   | size0 |1| version |P|   3 bytes, little-endian; P: 0 for a key frame
 *    key frames         | 9d 01 2a | width | height |
 *    first partition    header (§9.2 to §9.11) and modes, in the boolean code of §7
 *    second partition   the residue: there is none
 */
import { BitWriter } from "./bits.ts";

/** §9.1: 14 bits. */
export const MAX_VP8_SIDE = 16_383;

/** Of a macroblock, pixels. */
const BLOCK = 16;

/**
 * §13.4: how probable it is that each probability of the coefficients' tokens is not changed, of 256. A row for each block
 * type, band and context; what is left out at a row's end is 255, up to the 11th.
 */
const TOKEN_UPDATES: readonly (readonly number[])[] = [
  "|||176 246|223 241 252|249 253 253|255 244 252|234 254 254|253|255 246 254|239 253 254|254 255 254",
  "|255 248 254|251 255 254||255 253 254|251 254 254|254 255 254|255 254 253 255 254|250 255 254 255 254|254|||",
  "|217|225 252 241 253 255 255 254|234 250 241 250 253 255 253 254|255 254|223 254 254|238 253 254 254|255 248 254",
  "|249 254||255 253|247 254||255 253 254|252||255 254 254|253||255 254 253|250|254|||",
  "|186 251 250|234 251 244 254|251 251 243 253 254 255 254|255 253 254|236 253 254|251 253 253 254 254|255 254 254",
  "|254 254 254||255 254|254 254|254||254||||||||||",
  "|248|250 254 252 254|248 254 249 253|255 253 253|246 253 253|252 254 251 254 254|255 254 252|248 254 253",
  "|253 255 254 254|255 251 254|245 251 254|253 253 254|255 251 253|252 253 254|255 254|255 252|249 255 254",
  "|255 255 254|255 255 253|250|||254|",
]
  .join("")
  .split("|")
  .map((row) => {
    const numbers = row === "" ? [] : row.split(" ").map(Number);
    return [...numbers, ...new Array<number>(11 - numbers.length).fill(255)];
  });

/** §17.2: the same of the probabilities of motion vectors. */
const MOTION_VECTOR_UPDATES: readonly number[] = [
  ...[237, 246, 253, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 250, 250, 252, 254, 254],
  ...[231, 243, 245, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 251, 251, 254, 254, 254],
];

/** §11.2: of "a mode for the whole block", and of "predicted by the average" after it. */
const KEY_FRAME_LUMA = [145, 156, 163] as const;
const KEY_FRAME_CHROMA = 142;

/** §18.3 vp8_mode_contexts: of "does not move", by the weight of the neighbours that do not. */
const STILL: Readonly<Record<number, number>> = { 0: 7, 2: 135, 5: 234 };

/** §7.3: the boolean entropy encoder, a bit of the register at a time. */
class BooleanWriter {
  readonly #bits = new BitWriter();
  #range = 255;
  #bottom = 0;

  /** `probability`: of false, of 256. */
  write(value: boolean, probability: number): void {
    const split = 1 + (((this.#range - 1) * probability) >> 8);
    if (value) {
      this.#bottom += split;
      this.#range -= split;
      if (this.#bottom > 255) this.#bits.carry();
      this.#bottom &= 255;
    } else {
      this.#range = split;
    }
    for (; this.#range < 128; this.#range *= 2) this.#shift();
  }

  /** §8 "L(n)" */
  literal(value: number, length: number): void {
    for (let shift = length - 1; shift >= 0; shift--) this.write(((value >> shift) & 1) === 1, 128);
  }

  finish(): number[] {
    for (let bit = 0; bit < 8; bit++) this.#shift();
    return this.#bits.bytes();
  }

  #shift(): void {
    this.#bits.bit(this.#bottom & 128);
    this.#bottom = (this.#bottom << 1) & 255;
  }
}

/** A frame of `width` × `height` pixels, each at most {@link MAX_VP8_SIDE}. */
export function greyVp8(width: number, height: number, key: boolean): Uint8Array {
  const writer = new BooleanWriter();
  writeHeader(writer, key);
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      writer.write(true, 1); // §9.11: it has no residue.
      if (key) writeAverage(writer);
      else writeStill(writer, row, column);
    }
  }
  const modes = writer.finish();
  const tag = (modes.length << 5) | (1 << 4) | (key ? 0 : 1);
  const size = [0x9d, 0x01, 0x2a, width & 255, width >> 8, height & 255, height >> 8];
  return Uint8Array.from([tag & 255, (tag >> 8) & 255, tag >> 16, ...(key ? size : []), ...modes, 0, 0]);
}

/** §19.2 */
function writeHeader(writer: BooleanWriter, key: boolean): void {
  if (key) writer.literal(0, 2); // color_space, clamping_type
  writer.literal(0, 1); // segmentation_enabled
  writer.literal(0, 1 + 6 + 3 + 1); // The loop filter: none.
  writer.literal(0, 2); // One partition of residue.
  writer.literal(0, 7 + 5); // Quantizers.
  if (key) {
    writer.literal(1, 1); // refresh_entropy_probs
  } else {
    writer.literal(0, 2 + 2 + 2 + 2); // The golden and the alternate frame stay as they are.
    writer.literal(1, 1); // refresh_entropy_probs
    writer.literal(1, 1); // refresh_last
  }
  for (const row of TOKEN_UPDATES) for (const probability of row) writer.write(false, probability);
  writer.literal(1, 1); // mb_no_skip_coeff
  writer.literal(1, 8); // prob_skip_false
  if (key) return;
  writer.literal(1, 8); // prob_intra
  writer.literal(255, 8); // prob_last
  writer.literal(128, 8); // prob_gf
  writer.literal(0, 2); // No new probabilities of intra modes.
  for (const probability of MOTION_VECTOR_UPDATES) writer.write(false, probability);
}

/** §11.2: DC_PRED for luma and chroma. */
function writeAverage(writer: BooleanWriter): void {
  const [whole, first, second] = KEY_FRAME_LUMA;
  writer.write(true, whole);
  writer.write(false, first);
  writer.write(false, second);
  writer.write(false, KEY_FRAME_CHROMA);
}

/** §16.2, §16.3: as in the frame before, like all the neighbours that there are. */
function writeStill(writer: BooleanWriter, row: number, column: number): void {
  writer.write(true, 1); // is_inter_mb
  writer.write(false, 255); // From the last frame.
  const above = row > 0 ? 2 : 0;
  const left = column > 0 ? 2 : 0;
  const corner = row > 0 && column > 0 ? 1 : 0;
  writer.write(false, STILL[above + left + corner]!);
}
