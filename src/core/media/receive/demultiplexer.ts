/**
 * Which media section an RTP packet belongs to (RFC 9143 §9.2): by the mid in the packet, then by what is known of its SSRC,
 * then by its payload type, if only one section has that. Streams are remembered within bounds.
 */

/** SSRCs that are remembered without having been announced. The oldest makes room. */
export const MAX_LEARNT_SSRCS = 256;

/** One media section that receives, in terms of the table. */
export interface DemultiplexedSection<Section> {
  readonly section: Section;
  readonly mid: string;
  readonly payloadTypes: readonly number[];
  /** SSRCs that the description has announced, repair streams included. */
  readonly ssrcs: readonly number[];
}

export class Demultiplexer<Section> {
  #mids = new Map<string, Section>();
  #payloadTypes = new Map<number, Section | undefined>();
  #announced = new Map<number, Section>();
  readonly #learnt = new Map<number, Section>();

  /** Replaces the table of sections. What was learnt of sections that are gone is forgotten. */
  configure(sections: readonly DemultiplexedSection<Section>[]): void {
    this.#mids = new Map(sections.map(({ mid, section }) => [mid, section]));
    this.#announced = new Map(
      sections.flatMap(({ ssrcs, section }) => ssrcs.map((ssrc) => [ssrc, section] as const)),
    );
    this.#payloadTypes = new Map();
    // A payload type of two sections names none of them.
    for (const { payloadTypes, section } of sections)
      for (const payloadType of new Set(payloadTypes))
        this.#payloadTypes.set(payloadType, this.#payloadTypes.has(payloadType) ? undefined : section);
    const present = new Set(sections.map(({ section }) => section));
    for (const [ssrc, section] of this.#learnt) if (!present.has(section)) this.#learnt.delete(ssrc);
  }

  /** The section of a packet; undefined: it is to be dropped. `mid`: of its header extension, if it has one. */
  find(ssrc: number, payloadType: number, mid: string | undefined): Section | undefined {
    if (mid !== undefined) {
      const section = this.#mids.get(mid);
      // RFC 9143 §9.2: a mid that nobody knows drops the packet; one that is known moves the SSRC.
      if (section !== undefined) this.#learn(ssrc, section);
      return section;
    }
    const known = this.#learnt.get(ssrc) ?? this.#announced.get(ssrc);
    if (known !== undefined) return known;
    const section = this.#payloadTypes.get(payloadType);
    if (section !== undefined) this.#learn(ssrc, section);
    return section;
  }

  /** The section of an SSRC that RTCP speaks of. */
  sectionOf(ssrc: number): Section | undefined {
    return this.#learnt.get(ssrc) ?? this.#announced.get(ssrc);
  }

  /** The source has said BYE. */
  forget(ssrc: number): void {
    this.#learnt.delete(ssrc);
  }

  #learn(ssrc: number, section: Section): void {
    if (this.#learnt.get(ssrc) === section) return;
    this.#learnt.delete(ssrc);
    this.#learnt.set(ssrc, section);
    if (this.#learnt.size > MAX_LEARNT_SSRCS) {
      const oldest = this.#learnt.keys().next();
      if (!oldest.done) this.#learnt.delete(oldest.value);
    }
  }
}
