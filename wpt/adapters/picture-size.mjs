// How large the picture of a key frame is.

const SIZES = { "video/vp8": vp8Size, "video/h264": h264Size };

/** Undefined if it does not say. */
export function pictureSize({ mimeType, data }) {
  return SIZES[mimeType?.toLowerCase()]?.(data);
}

/** RFC 6386 §9.1 */
function vp8Size(data) {
  if (data.length < 10) return undefined;
  return { width: (data[6] | (data[7] << 8)) & 0x3fff, height: (data[8] | (data[9] << 8)) & 0x3fff };
}

/** ITU-T H.264 §7.3.2.1.1 of the baseline, main and extended profiles; a parameter set without emulation prevention. */
function h264Size(data) {
  for (let at = 0; at + 4 < data.length; at++) {
    if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1 && (data[at + 3] & 31) === 7)
      return sequenceSize(new Bits(data.subarray(at + 7)));
  }
  return undefined;
}

function sequenceSize(bits) {
  bits.golomb(); // seq_parameter_set_id
  bits.golomb(); // log2_max_frame_num_minus4
  if (bits.golomb() === 0) bits.golomb(); // pic_order_cnt_type 0: log2_max_pic_order_cnt_lsb_minus4
  bits.golomb(); // max_num_ref_frames
  bits.read(1);
  const width = (bits.golomb() + 1) * 16;
  const height = (bits.golomb() + 1) * 16;
  if (bits.read(2) >> 1 === 0) return undefined; // interlaced
  const [left, right, top, bottom] = bits.read(1) ? [0, 1, 2, 3].map(() => bits.golomb()) : [0, 0, 0, 0];
  return { width: width - 2 * (left + right), height: height - 2 * (top + bottom) };
}

class Bits {
  #data;
  #at = 0;

  constructor(data) {
    this.#data = data;
  }

  read(length) {
    let value = 0;
    for (let left = length; left > 0; left--, this.#at++)
      value = value * 2 + (((this.#data[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    return value;
  }

  golomb() {
    let zeros = 0;
    while (zeros < 32 && this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }
}
