/**
 * color-space: how a key frame's samples mean colours (libwebrtc's description; the numbers are those of ITU-T H.273).
 *
 *    | primaries | transfer | matrix | range(2) << 4, chroma siting horizontal(2) << 2, vertical(2) |
 *
 * With HDR metadata 24 octets more: luminance maximum and minimum, the mastering display's primaries R, G, B and white
 * point as x and y, MaxCLL, MaxFALL, 16 bits each.
 */

export const COLOR_SPACE_URI = "http://www.webrtc.org/experiments/rtp-hdrext/color-space";
export const COLOR_SPACE_LENGTH = 4;
export const COLOR_SPACE_HDR_LENGTH = 28;

/** HDR static metadata (SMPTE ST 2086, CTA-861.3), in the units of the wire. */
export interface HdrMetadata {
  /** cd/m² */
  readonly luminanceMaximum: number;
  /** 1/10,000 cd/m² */
  readonly luminanceMinimum: number;
  /** Rx, Ry, Gx, Gy, Bx, By, white x, white y, in 1/50,000. */
  readonly chromaticities: readonly number[];
  readonly maxContentLightLevel: number;
  readonly maxFrameAverageLightLevel: number;
}

/** How the colours of a picture are meant (ITU-T H.273). */
export interface ColorSpace {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  /** 0 invalid, 1 limited, 2 full, 3 derived */
  readonly range: number;
  /** 0 unspecified, 1 collocated, 2 half */
  readonly chromaSitingHorizontal: number;
  readonly chromaSitingVertical: number;
  readonly hdr: HdrMetadata | undefined;
}

const CHROMATICITIES = 8;

/** Undefined for a wrong length. */
export function decodeColorSpace(data: Uint8Array): ColorSpace | undefined {
  if (data.length !== COLOR_SPACE_LENGTH && data.length !== COLOR_SPACE_HDR_LENGTH) return undefined;
  const flags = data[3]!;
  return {
    primaries: data[0]!,
    transfer: data[1]!,
    matrix: data[2]!,
    range: (flags >>> 4) & 3,
    chromaSitingHorizontal: (flags >>> 2) & 3,
    chromaSitingVertical: flags & 3,
    hdr: data.length === COLOR_SPACE_HDR_LENGTH ? decodeHdr(data) : undefined,
  };
}

function decodeHdr(data: Uint8Array): HdrMetadata {
  const u16 = (at: number) => (data[at]! << 8) | data[at + 1]!;
  return {
    luminanceMaximum: u16(4),
    luminanceMinimum: u16(6),
    chromaticities: Array.from({ length: CHROMATICITIES }, (_, i) => u16(8 + 2 * i)),
    maxContentLightLevel: u16(24),
    maxFrameAverageLightLevel: u16(26),
  };
}

/** The content of the header extension. */
export function encodeColorSpace(color: ColorSpace): Uint8Array {
  const out = new Uint8Array(color.hdr === undefined ? COLOR_SPACE_LENGTH : COLOR_SPACE_HDR_LENGTH);
  out[0] = color.primaries;
  out[1] = color.transfer;
  out[2] = color.matrix;
  out[3] =
    ((color.range & 3) << 4) | ((color.chromaSitingHorizontal & 3) << 2) | (color.chromaSitingVertical & 3);
  if (color.hdr === undefined) return out;
  const view = new DataView(out.buffer);
  view.setUint16(4, color.hdr.luminanceMaximum);
  view.setUint16(6, color.hdr.luminanceMinimum);
  color.hdr.chromaticities.forEach((value, i) => {
    if (i < CHROMATICITIES) view.setUint16(8 + 2 * i, value);
  });
  view.setUint16(24, color.hdr.maxContentLightLevel);
  view.setUint16(26, color.hdr.maxFrameAverageLightLevel);
  return out;
}
