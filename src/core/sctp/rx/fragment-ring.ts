import { FLAG_BEGINNING, FLAG_ENDING, FLAG_UNORDERED } from "../packet/data-chunk.ts";

/** A fragment that arrived ahead of the cumulative TSN. Owns its bytes. */
export interface Fragment {
  readonly flags: number;
  readonly streamId: number;
  readonly streamSequenceNumber: number;
  readonly payloadProtocolId: number;
  readonly data: Uint8Array;
  /** On the first fragment of a run: the TSN of its last one; on the last: of its first. Stale in between. Alone: its own. */
  runOther: number;
}

/** Charged for each held fragment and message on top of its bytes, so that tiny ones cannot cost more than they count. */
export const HOLDING_OVERHEAD = 200;

const INITIAL_CAPACITY = 64;

/**
 * Fragments that arrived ahead of the cumulative TSN, in a ring indexed by TSN. Fragments of one message have consecutive
 * TSNs (RFC 9260 §6.9), so neighbours join into runs whose two ends know each other: adding is O(1), and a run that begins
 * with B and ends with E is a whole message.
 */
export class FragmentRing {
  #ring: (Fragment | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  #mask = INITIAL_CAPACITY - 1;
  #bytes = 0;
  #count = 0;
  #begun = 0;

  /** Bytes held, {@link HOLDING_OVERHEAD} included. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Messages whose beginning is held, and not yet their whole. */
  get begunMessages(): number {
    return this.#begun;
  }

  /**
   * Adds a fragment. `base`: the cumulative TSN, below which nothing is held. Returns the TSNs that the joined run spans
   * when it is a whole message (then take them out), `"partial"`, or `"violation"` when neighbours contradict each other.
   */
  add(
    tsn: number,
    base: number,
    fragment: Fragment,
  ): { first: number; last: number } | "partial" | "violation" {
    if (tsn - base > this.#mask) this.#grow(tsn, base);
    let first = tsn;
    let last = tsn;
    const left = this.get(tsn - 1);
    if (left !== undefined && !(left.flags & FLAG_ENDING) && !(fragment.flags & FLAG_BEGINNING)) {
      if (!sameMessage(left, fragment)) return "violation";
      first = left.runOther;
    }
    const right = this.get(tsn + 1);
    if (right !== undefined && !(fragment.flags & FLAG_ENDING) && !(right.flags & FLAG_BEGINNING)) {
      if (!sameMessage(right, fragment)) return "violation";
      last = right.runOther;
    }
    this.#ring[tsn & this.#mask] = fragment;
    this.#bytes += fragment.data.length + HOLDING_OVERHEAD;
    this.#count++;
    if (fragment.flags & FLAG_BEGINNING) this.#begun++;
    const head = this.get(first)!;
    const tail = this.get(last)!;
    head.runOther = last;
    tail.runOther = first;
    const whole = head.flags & FLAG_BEGINNING && tail.flags & FLAG_ENDING;
    return whole ? { first, last } : "partial";
  }

  #grow(tsn: number, base: number): void {
    let size = this.#mask + 1;
    while (tsn - base >= size) size *= 2;
    const ring: (Fragment | undefined)[] = new Array(size).fill(undefined);
    for (let at = base + 1; at <= base + this.#mask + 1; at++) ring[at & (size - 1)] = this.get(at);
    this.#ring = ring;
    this.#mask = size - 1;
  }

  /** Gives a grown ring back when it is empty: for quiet times. */
  releaseIdleMemory(): void {
    if (this.#count > 0) return;
    this.#ring = new Array(INITIAL_CAPACITY).fill(undefined);
    this.#mask = INITIAL_CAPACITY - 1;
  }

  /** The fragment with that TSN, which must lie within the window above the cumulative TSN. */
  get(tsn: number): Fragment | undefined {
    return this.#ring[tsn & this.#mask];
  }

  /** Takes a fragment out. */
  take(tsn: number): Fragment | undefined {
    const fragment = this.#ring[tsn & this.#mask];
    if (fragment === undefined) return undefined;
    this.#ring[tsn & this.#mask] = undefined;
    this.#bytes -= fragment.data.length + HOLDING_OVERHEAD;
    this.#count--;
    if (fragment.flags & FLAG_BEGINNING) this.#begun--;
    return fragment;
  }
}

function sameMessage(a: Fragment, b: Fragment): boolean {
  if (a.streamId !== b.streamId || (a.flags ^ b.flags) & FLAG_UNORDERED) return false;
  return (a.flags & FLAG_UNORDERED) !== 0 || a.streamSequenceNumber === b.streamSequenceNumber;
}
