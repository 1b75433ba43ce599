/**
 * H.264 (ITU-T H.264, constrained baseline) pictures that are plain grey: what a made-up camera sees. In IDR pictures every
 * macroblock is predicted from its neighbours (none: grey) with no residue; P pictures skip all macroblocks. Annex B form.
 */
import { BitWriter } from "./bits.ts";

/** Of a macroblock, pixels. */
const BLOCK = 16;

/** §7.4.2.1.1: beyond any level. */
export const MAX_H264_SIDE = 16_384;

/** Table A-1: macroblocks of a picture at most, by level_idc. */
const MAX_PICTURE: readonly (readonly [level: number, blocks: number])[] = [
  [52, 36_864],
  [50, 22_080],
  [42, 8704],
  [41, 8192],
  [40, 8192],
  [32, 5120],
  [31, 3600],
  [30, 1620],
  [22, 1620],
  [21, 792],
  [11, 396],
  [0, 99],
];

/** Macroblocks of a picture of that size. */
export function macroblocks(width: number, height: number): number {
  return Math.ceil(width / BLOCK) * Math.ceil(height / BLOCK);
}

/** What the level in `profile-level-id` allows (RFC 6184 §8.1); level 1, as its absence says, when there is none. */
export function maxMacroblocks(sdpFmtpLine: string | undefined): number {
  const text = /(?:^|;)\s*profile-level-id=[0-9a-f]{4}([0-9a-f]{2})/i.exec(sdpFmtpLine ?? "")?.[1];
  const level = text === undefined ? 10 : Number.parseInt(text, 16);
  return MAX_PICTURE.find(([from]) => level >= from)![1];
}

const SPS = 0x67;
const PPS = 0x68;
const IDR = 0x65;
const NON_IDR = 0x41;

/** log2_max_frame_num_minus4 is 0. */
const FRAME_NUMBERS = 16;

/** Table 7-13: I_16x16_2_0_0, predicted by the average, without coefficients. */
const AVERAGE = 3;

/** `index`: how many pictures have come since the last IDR picture, which has 0. */
export function greyH264(width: number, height: number, index: number): Uint8Array {
  const blocks = macroblocks(width, height);
  if (index > 0) return annexB([[NON_IDR, skippedSlice(index % FRAME_NUMBERS, blocks)]]);
  return annexB([
    [SPS, sequenceParameters(width, height)],
    [PPS, pictureParameters()],
    [IDR, averageSlice(blocks)],
  ]);
}

/** §7.3.2.1.1 */
function sequenceParameters(width: number, height: number): BitWriter {
  const bits = new BitWriter();
  bits.number(0x42e01f, 24); // profile_idc, constraints, level_idc
  bits.exponentialGolomb(0); // seq_parameter_set_id
  bits.exponentialGolomb(0); // log2_max_frame_num_minus4
  bits.exponentialGolomb(2); // pic_order_cnt_type: decoding order
  bits.exponentialGolomb(1); // max_num_ref_frames
  bits.bit(0); // gaps_in_frame_num_value_allowed_flag
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  bits.exponentialGolomb(columns - 1);
  bits.exponentialGolomb(rows - 1);
  bits.bit(1); // frame_mbs_only_flag
  bits.bit(0); // direct_8x8_inference_flag
  // §7.4.2.1.1: cropping counts in pairs of pixels, for chroma has half of them.
  const right = Math.floor((columns * BLOCK - width) / 2);
  const bottom = Math.floor((rows * BLOCK - height) / 2);
  bits.bit(right > 0 || bottom > 0);
  if (right > 0 || bottom > 0) for (const crop of [0, right, 0, bottom]) bits.exponentialGolomb(crop);
  bits.bit(0); // vui_parameters_present_flag
  return bits;
}

/** §7.3.2.2 */
function pictureParameters(): BitWriter {
  const bits = new BitWriter();
  bits.exponentialGolomb(0); // pic_parameter_set_id
  bits.exponentialGolomb(0); // seq_parameter_set_id
  bits.number(0, 2); // CAVLC; bottom_field_pic_order_in_frame_present_flag
  bits.exponentialGolomb(0); // One slice group.
  bits.exponentialGolomb(0); // num_ref_idx_l0_default_active_minus1
  bits.exponentialGolomb(0); // num_ref_idx_l1_default_active_minus1
  bits.number(0, 1 + 2); // No weighted prediction.
  for (let parameter = 0; parameter < 3; parameter++) bits.exponentialGolomb(0); // Quantizers.
  bits.number(0, 3); // deblocking_filter_control, constrained_intra_pred, redundant_pic_cnt: none.
  return bits;
}

/** §7.3.3 and §7.3.4 of an I slice. */
function averageSlice(blocks: number): BitWriter {
  const bits = sliceHeader(7, 0);
  bits.exponentialGolomb(0); // idr_pic_id
  bits.number(0, 2); // no_output_of_prior_pics_flag, long_term_reference_flag
  bits.exponentialGolomb(0); // slice_qp_delta
  for (let block = 0; block < blocks; block++) {
    bits.exponentialGolomb(AVERAGE);
    bits.exponentialGolomb(0); // intra_chroma_pred_mode: DC
    bits.exponentialGolomb(0); // mb_qp_delta
    bits.bit(1); // §9.2.1 coeff_token: no coefficients.
  }
  return bits;
}

/** §7.3.3 and §7.3.4 of a P slice. */
function skippedSlice(frameNumber: number, blocks: number): BitWriter {
  const bits = sliceHeader(5, frameNumber);
  bits.number(0, 3); // num_ref_idx_active_override, ref_pic_list_modification, adaptive_ref_pic_marking_mode: none.
  bits.exponentialGolomb(0); // slice_qp_delta
  bits.exponentialGolomb(blocks); // mb_skip_run
  return bits;
}

function sliceHeader(type: number, frameNumber: number): BitWriter {
  const bits = new BitWriter();
  bits.exponentialGolomb(0); // first_mb_in_slice
  bits.exponentialGolomb(type);
  bits.exponentialGolomb(0); // pic_parameter_set_id
  bits.number(frameNumber, 4);
  return bits;
}

/** Annex B, with the trailing bits (§7.3.2.11) and emulation prevention (§7.4.1) of each NAL unit. */
function annexB(units: readonly (readonly [header: number, bits: BitWriter])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [header, bits] of units) {
    bits.bit(1);
    bytes.push(0, 0, 0, 1, header);
    let zeros = 0;
    for (const byte of bits.bytes()) {
      if (zeros === 2 && byte <= 3) {
        bytes.push(3);
        zeros = 0;
      }
      bytes.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
  }
  return Uint8Array.from(bytes);
}
