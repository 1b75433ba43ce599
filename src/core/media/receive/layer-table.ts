/**
 * Which stream of a media section an SSRC is (RFC 8852, RFC 8853): layers of simulcast are told apart by their rid, repair
 * streams by the rid that they repair, or by what the description has announced.
 */

/** Streams of one section: three layers, their repair, and as many that have been replaced. */
export const MAX_SECTION_STREAMS = 32;

/** One stream as far as it is known. */
export interface SectionStream {
  readonly ssrc: number;
  /** The layer that it is or repairs. */
  readonly rid: string | undefined;
  /** It repairs another stream (RFC 4588). */
  readonly repair: boolean;
}

export class LayerTable {
  readonly #streams = new Map<number, SectionStream>();
  readonly #repairs = new Map<number, number>();

  /** `repairs`: repair SSRC and the SSRC that it repairs (a=ssrc-group:FID). */
  announce(repairs: readonly (readonly [repair: number, media: number])[]): void {
    this.#repairs.clear();
    for (const [repair, media] of repairs) this.#repairs.set(repair, media);
  }

  /** A packet of this SSRC has come, with what its header extensions say; returns what is known of its stream. */
  learn(ssrc: number, rid: string | undefined, repairedRid: string | undefined): SectionStream {
    const known = this.#streams.get(ssrc);
    const repair = repairedRid !== undefined || this.#repairs.has(ssrc) || (known?.repair ?? false);
    const name = repairedRid ?? rid ?? known?.rid;
    if (known !== undefined && known.rid === name && known.repair === repair) return known;
    const stream = { ssrc, rid: name, repair };
    this.#streams.delete(ssrc);
    this.#streams.set(ssrc, stream);
    if (this.#streams.size > MAX_SECTION_STREAMS) {
      const oldest = this.#streams.keys().next();
      if (!oldest.done) this.#streams.delete(oldest.value);
    }
    return stream;
  }

  /** The stream that this one repairs: as announced, or the newest with its rid; undefined when none is known. */
  repairedBy(stream: SectionStream): number | undefined {
    const announced = this.#repairs.get(stream.ssrc);
    if (announced !== undefined || !stream.repair || stream.rid === undefined) return announced;
    let newest: number | undefined;
    for (const { ssrc, rid, repair } of this.#streams.values())
      if (!repair && rid === stream.rid) newest = ssrc;
    return newest;
  }

  /** The source has said BYE. */
  forget(ssrc: number): void {
    this.#streams.delete(ssrc);
  }
}
