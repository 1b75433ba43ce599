/**
 * How large the picture of a key frame is: what nobody but a decoder would know otherwise. Undefined for what does not say,
 * says it wrongly, or is of another codec than VP8, VP9 and H.264.
 *
 *    VP8   (RFC 6386 §9.1)                  | frame tag, 3 octets | 9d 01 2a | width | height |
 *    VP9   (bitstream specification §6.2)   frame header, sync code 49 83 42, colours, width - 1, height - 1
 *    H.264 (ITU-T H.264 §7.3.2.1.1)         sequence parameter set, in macroblocks, with what is cropped
 */

/** Pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Octets of a parameter set that are looked at. */
const MAX_PARAMETER_SET = 256;

/** `frame`: a key frame in its codec's own form, H.264 in Annex B. */
export function pictureSize(mimeType: string, frame: Uint8Array): PictureSize | undefined {
  switch (mimeType.toLowerCase()) {
    case "video/vp8":
      return vp8Size(frame);
    case "video/vp9":
      return vp9Size(new BitReader(frame));
    case "video/h264":
      return h264Size(frame);
    default:
      return undefined;
  }
}

/** Reads bits; beyond the end there are zeros, and `ok` is false. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ok(): boolean {
    return this.#at <= this.#bytes.length * 8;
  }

  read(length: number): number {
    let value = 0;
    for (let left = length; left > 0; left--, this.#at++) {
      const octet = this.#bytes[this.#at >>> 3] ?? 0;
      value = value * 2 + ((octet >>> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** §9.1 of H.264: ue(v) */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && this.ok && this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v) */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}

function vp8Size(frame: Uint8Array): PictureSize | undefined {
  if (frame.length < 10 || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  return plausible((frame[6]! | (frame[7]! << 8)) & 0x3fff, (frame[8]! | (frame[9]! << 8)) & 0x3fff);
}

const VP9_SYNC_CODE = 0x498342;
const VP9_SRGB = 7;

function vp9Size(bits: BitReader): PictureSize | undefined {
  if (bits.read(2) !== 2) return undefined;
  const profile = bits.read(1) | (bits.read(1) << 1);
  if (profile === 3) bits.read(1);
  const showsExisting = bits.read(1);
  const isDelta = bits.read(1);
  bits.read(2); // show_frame, error_resilient_mode
  if (showsExisting || isDelta || bits.read(24) !== VP9_SYNC_CODE) return undefined;
  if (profile >= 2) bits.read(1);
  const subsampled = profile === 1 || profile === 3;
  if (bits.read(3) !== VP9_SRGB) bits.read(1 + (subsampled ? 3 : 0));
  else if (subsampled) bits.read(1);
  const width = bits.read(16) + 1;
  const height = bits.read(16) + 1;
  return bits.ok ? plausible(width, height) : undefined;
}

/** nal_unit_type of a sequence parameter set. */
const SPS = 7;

function h264Size(frame: Uint8Array): PictureSize | undefined {
  for (let at = 0; at + 4 < frame.length; at++) {
    if (frame[at] !== 0 || frame[at + 1] !== 0 || frame[at + 2] !== 1) continue;
    if ((frame[at + 3]! & 31) === SPS) {
      return sequenceSize(
        new BitReader(withoutEmulation(frame.subarray(at + 4, at + 4 + MAX_PARAMETER_SET))),
      );
    }
  }
  return undefined;
}

/** §7.4.1: 03 behind two zeros is not part of the payload. What follows the parameter set does no harm. */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  const payload: number[] = [];
  let zeros = 0;
  for (const octet of bytes) {
    if (zeros >= 2 && octet === 3) {
      zeros = 0;
      continue;
    }
    zeros = octet === 0 ? zeros + 1 : 0;
    payload.push(octet);
  }
  return Uint8Array.from(payload);
}

/** profile_idc of those with colour formats and scaling lists. */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/** Frames whose offsets one parameter set may list (§7.4.2.1.1). */
const MAX_CYCLE = 255;

function sequenceSize(bits: BitReader): PictureSize | undefined {
  const profile = bits.read(8);
  bits.read(16); // constraints, level_idc
  bits.unsigned(); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.includes(profile) ? readHighProfile(bits) : 1;
  bits.unsigned(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.unsigned(); // max_num_ref_frames
  bits.read(1); // gaps_in_frame_num_value_allowed_flag
  const columns = bits.unsigned() + 1;
  const rows = bits.unsigned() + 1;
  const progressive = bits.read(1);
  if (progressive === 0) bits.read(1); // mb_adaptive_frame_field_flag
  bits.read(1); // direct_8x8_inference_flag
  const [left, right, top, bottom] = bits.read(1)
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0];
  if (!bits.ok) return undefined;
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (2 - progressive);
  const width = columns * 16 - unitX * (left + right);
  return plausible(width, rows * 16 * (2 - progressive) - unitY * (top + bottom));
}

/** Returns chroma_format_idc. */
function readHighProfile(bits: BitReader): number {
  const chroma = bits.unsigned();
  if (chroma === 3) bits.read(1); // separate_colour_plane_flag
  bits.unsigned(); // bit_depth_luma_minus8
  bits.unsigned(); // bit_depth_chroma_minus8
  bits.read(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.read(1) === 1) {
    for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) {
      if (bits.read(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return chroma;
}

/** §7.3.2.1.1.1 */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let index = 0, next = 8; index < size && next !== 0; index++) {
    next = (last + bits.signed() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return;
  bits.read(1);
  bits.signed();
  bits.signed();
  for (let left = Math.min(bits.unsigned(), MAX_CYCLE); left > 0; left--) bits.signed();
}

function plausible(width: number, height: number): PictureSize | undefined {
  return width > 0 && height > 0 && width <= 0xffff && height <= 0xffff ? { width, height } : undefined;
}
