/** Room to begin with. A power of two. */
const FIRST_ROOM = 8;
/** Room that an empty queue keeps: what a burst has needed beyond it is given back. */
const KEPT_ROOM = 1024;

/**
 * First-in first-out queue: a ring that grows, so that what passes through it costs no memory. Not bounded by itself: the owner
 * states its bound where it pushes.
 */
export class Fifo<T> {
  /** As many as a power of two. */
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = item;
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    if (--this.#length === 0 && this.#ring.length > KEPT_ROOM) this.clear();
    return item;
  }

  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const ring = this.#ring;
    const room = Math.max(FIRST_ROOM, ring.length * 2);
    // In their order, behind them the room that is new: an array with holes would be slower for ever.
    const rest = ring.splice(0, this.#head);
    for (let i = 0; i < rest.length; i++) ring.push(rest[i]);
    while (ring.length < room) ring.push(undefined);
    this.#head = 0;
  }
}
