/**
 * Numbers of a stream that is made of others (an RTP translator, RFC 3550 §7.2): packets of one source keep their distances, so
 * that its gaps stay gaps and late ones find their places; another source goes on right behind what was sent; and packets of
 * our own can be put in between.
 */

/** Packets put in between, or left out, that late packets of the source still go around. */
export const MAX_INSERTIONS = 64;

const SEQUENCE_MODULUS = 0x1_0000;
const TIMESTAMP_MODULUS = 0x1_0000_0000;

export class JoinedNumbers {
  /** The number that a packet of our own has next: 16 bits. */
  next: number;
  #ssrc = -1;
  #highest = 0;
  #timestampOffset = 0;
  /** From which number of the source on which offset holds, newest last. */
  readonly #from: number[] = [];
  readonly #offsets: number[] = [];

  /** `first`: where the numbers begin. */
  constructor(first: number) {
    this.next = first;
  }

  /** A number for a packet of our own. */
  take(): number {
    const number = this.next;
    this.next = (number + 1) % SEQUENCE_MODULUS;
    if (this.#offsets.length > 0)
      this.#shiftFrom(this.#highest + 1, this.#offsets[this.#offsets.length - 1]! + 1);
    return number;
  }

  /** Whether packets of that source are put in as they are, or it is another one, whose place is to be found first. */
  isJoined(ssrc: number): boolean {
    return this.#ssrc === ssrc;
  }

  /** Whose packets are put in; -1: nobody's. */
  get joined(): number {
    return this.#ssrc;
  }

  /** Packets of `ssrc` follow: this one is the next of ours, at `ourTimestamp`. */
  join(ssrc: number, sequenceNumber: number, timestamp: number, ourTimestamp: number): void {
    this.#ssrc = ssrc;
    this.#highest = sequenceNumber - 1;
    this.#from.length = 0;
    this.#offsets.length = 0;
    this.#from.push(sequenceNumber);
    this.#offsets.push(this.next - sequenceNumber);
    this.#timestampOffset = ourTimestamp - timestamp;
  }

  /** Our number of the joined source's packet, which is unwrapped; -1: it is older than what can be put in. */
  sequenceNumber(sequenceNumber: number): number {
    let at = this.#offsets.length - 1;
    while (at >= 0 && sequenceNumber < this.#from[at]!) at--;
    if (at < 0) return -1;
    const joined = modulo(sequenceNumber + this.#offsets[at]!, SEQUENCE_MODULUS);
    if (sequenceNumber > this.#highest) {
      this.#highest = sequenceNumber;
      this.next = (joined + 1) % SEQUENCE_MODULUS;
    }
    return joined;
  }

  /** A packet of the joined source is left out, and those behind it close up. One that comes late stays a gap. */
  omit(sequenceNumber: number): void {
    if (sequenceNumber <= this.#highest || this.#offsets.length === 0) return;
    const offset = this.#offsets[this.#offsets.length - 1]!;
    this.#highest = sequenceNumber;
    this.next = modulo(sequenceNumber + offset, SEQUENCE_MODULUS);
    this.#shiftFrom(sequenceNumber + 1, offset - 1);
  }

  #shiftFrom(sequenceNumber: number, offset: number): void {
    this.#from.push(sequenceNumber);
    this.#offsets.push(offset);
    if (this.#offsets.length <= MAX_INSERTIONS) return;
    this.#from.shift();
    this.#offsets.shift();
  }

  /** Our timestamp of it. */
  timestamp(timestamp: number): number {
    return modulo(timestamp + this.#timestampOffset, TIMESTAMP_MODULUS);
  }

  /** Packets of our own follow: the next source is joined anew. */
  leave(): void {
    this.#ssrc = -1;
    this.#from.length = 0;
    this.#offsets.length = 0;
  }
}

function modulo(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}
