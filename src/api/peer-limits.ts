/**
 * What the peer's description allows of what we send: `b=` for a whole section (RFC 9429 §5.10), `a=rid` restrictions for a
 * simulcast layer (RFC 8851 §5). An application's own parameters stay as they are; what is sent obeys both.
 */
import type { SimulcastLayer } from "../core/jsep/index.ts";
import type { RidRestrictions } from "../core/sdp/index.ts";
import type { Encoding } from "./rtp-parameters.ts";

/** Of one section, as last agreed on. */
export interface PeerLimits {
  /** Bits per second of all its encodings; undefined: nothing is said. */
  readonly bandwidth: number | undefined;
  readonly layers: readonly SimulcastLayer[];
}

/** Before anything is agreed on. */
export const NO_LIMITS: PeerLimits = { bandwidth: undefined, layers: [] };

/** `encodings` with the limits of both ends. Those that are active share the section's bandwidth. */
export function limitedEncodings(
  encodings: readonly Encoding[],
  { bandwidth, layers }: PeerLimits,
): readonly Encoding[] {
  const limited = encodings.map((encoding) => {
    const restrictions = layers.find(({ rid }) => rid === encoding.rid)?.restrictions;
    return restrictions === undefined ? encoding : restricted(encoding, restrictions);
  });
  if (bandwidth === undefined) return limited;
  const shares = shared(
    bandwidth,
    limited.map(({ active, maxBitrate }) => (active ? (maxBitrate ?? bandwidth) : 0)),
  );
  return limited.map((encoding, index) =>
    encoding.active ? { ...encoding, maxBitrate: shares[index]! } : encoding,
  );
}

function restricted(encoding: Encoding, restrictions: RidRestrictions): Encoding {
  const maxBitrate = smaller(encoding.maxBitrate, restrictions.maxBitrate);
  const maxFramerate = smaller(encoding.maxFramerate, restrictions.maxFramerate);
  return {
    ...encoding,
    ...(maxBitrate === undefined ? undefined : { maxBitrate }),
    ...(maxFramerate === undefined ? undefined : { maxFramerate }),
    ...restrictedSize(encoding, restrictions),
  };
}

/** How large a frame is after it was scaled by a factor is not known here: only a size can be restricted. */
function restrictedSize(
  { scaleResolutionDownBy = 1, scaleResolutionDownTo }: Encoding,
  restrictions: RidRestrictions,
): Pick<Encoding, "scaleResolutionDownTo"> | undefined {
  const maxWidth = smaller(scaleResolutionDownTo?.maxWidth, restrictions.maxWidth);
  const maxHeight = smaller(scaleResolutionDownTo?.maxHeight, restrictions.maxHeight);
  if (maxWidth === undefined || maxHeight === undefined) return undefined;
  if (scaleResolutionDownTo === undefined && scaleResolutionDownBy > 1) return undefined;
  return { scaleResolutionDownTo: { maxWidth, maxHeight } };
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Parts of `total`: nobody gets more than it wants, and what one does not want is the others'. */
function shared(total: number, wanted: readonly number[]): number[] {
  const shares = wanted.map(() => 0);
  let left = total;
  let waiting = wanted.filter((bits) => bits > 0).length;
  const modestFirst = wanted.map((bits, index) => ({ bits, index })).sort((a, b) => a.bits - b.bits);
  for (const { bits, index } of modestFirst) {
    if (bits === 0) continue;
    const share = Math.min(bits, Math.floor(left / waiting--));
    shares[index] = share;
    left -= share;
  }
  return shares;
}
