/** NAL units in byte streams with start codes (ITU-T H.264 annex B, H.265 annex B). */

/** NAL units of one frame that are looked at. */
export const MAX_NAL_UNITS = 2048;

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** The NAL units between start codes of three or four octets, as views; empty when there is no start code. */
export function splitNalUnits(stream: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let begin = -1;
  const last = stream.length - 3;
  for (let at = 0; at <= last && units.length < MAX_NAL_UNITS; ) {
    if (stream[at + 2]! > 1) at += 3;
    else if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1) {
      if (begin >= 0) push(units, stream, begin, at);
      begin = at + 3;
      at += 3;
    } else at++;
  }
  if (begin >= 0 && units.length < MAX_NAL_UNITS) push(units, stream, begin, stream.length);
  return units;
}

/** Without the zeros that end it or belong to the next start code: a NAL unit never ends with one. */
function push(units: Uint8Array[], stream: Uint8Array, begin: number, end: number): void {
  let trimmed = end;
  while (trimmed > begin && stream[trimmed - 1] === 0) trimmed--;
  if (trimmed > begin) units.push(stream.subarray(begin, trimmed));
}

/** Collects NAL units, whole or in fragments, with start codes of four octets before each. */
export class AnnexBWriter {
  readonly #pieces: Uint8Array[] = [];

  /** Begins a NAL unit with these octets. */
  begin(octets: Uint8Array): void {
    this.#pieces.push(START_CODE, octets);
  }

  /** Goes on with the NAL unit. */
  append(octets: Uint8Array): void {
    this.#pieces.push(octets);
  }

  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }
}
