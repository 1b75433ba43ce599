/**
 * Recovers packets of one stream from repair packets, ULPFEC and FlexFEC alike: of a set that a repair packet protects, one
 * may be missing. What is recovered counts for other sets.
 */
import { SerialUnwrapper } from "../../base/serial.ts";
import { type RepairPacket, XorCode } from "./xor-code.ts";

/** Media packets that are kept for recovery. */
export const MAX_FEC_MEDIA_PACKETS = 256;
/** Repair packets that wait for enough media. */
export const MAX_FEC_REPAIR_PACKETS = 32;

/** Longest body that is recovered: more than a datagram of Ethernet carries. */
const MAX_BODY_LENGTH = 2048;

interface Waiting {
  readonly base: number;
  readonly offsets: readonly number[];
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

export class FecReceiver {
  readonly #ssrc: number;
  readonly #unwrapper = new SerialUnwrapper(16);
  readonly #numbers = new Float64Array(MAX_FEC_MEDIA_PACKETS).fill(-1);
  readonly #packets: (Uint8Array | undefined)[] = Array(MAX_FEC_MEDIA_PACKETS).fill(undefined);
  readonly #waiting: Waiting[] = [];
  readonly #code = new XorCode(MAX_BODY_LENGTH);

  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /**
   * A media packet (borrowed) has come; packets that it makes recoverable are appended to `recovered`. What was protected is the
   * packet with this payload type and without `skip` octets at the beginning of its payload (the header of RED).
   */
  addMedia(
    sequenceNumber: number,
    packet: Uint8Array,
    payloadType: number,
    payloadOffset: number,
    skip: number,
    recovered: Uint8Array[],
  ): void {
    const copy = new Uint8Array(packet.length - skip);
    copy.set(packet.subarray(0, payloadOffset));
    copy.set(packet.subarray(payloadOffset + skip), payloadOffset);
    copy[1] = (copy[1]! & 0x80) | payloadType;
    this.#keep(this.#unwrapper.unwrap(sequenceNumber), copy);
    if (this.#waiting.length > 0) this.#recover(recovered);
  }

  /** A repair packet (borrowed) has come. */
  addRepair(repair: RepairPacket, recovered: Uint8Array[]): void {
    if (repair.body.length > MAX_BODY_LENGTH) return;
    const base = this.#unwrapper.peek(repair.baseSequenceNumber);
    if (this.#waiting.length === MAX_FEC_REPAIR_PACKETS) this.#waiting.shift();
    this.#waiting.push({
      base,
      offsets: repair.offsets,
      header: repair.header.slice(),
      body: repair.body.slice(),
    });
    this.#recover(recovered);
  }

  #keep(number: number, packet: Uint8Array): void {
    const slot = number % MAX_FEC_MEDIA_PACKETS;
    if (this.#numbers[slot]! > number) return;
    this.#numbers[slot] = number;
    this.#packets[slot] = packet;
  }

  #packet(number: number): Uint8Array | undefined {
    const slot = number % MAX_FEC_MEDIA_PACKETS;
    return this.#numbers[slot] === number ? this.#packets[slot] : undefined;
  }

  /** Each round that goes on uses up a repair packet. */
  #recover(recovered: Uint8Array[]): void {
    for (let progress = true; progress; ) {
      progress = false;
      for (let i = this.#waiting.length - 1; i >= 0; i--) {
        const repair = this.#waiting[i]!;
        const missing = this.#missing(repair);
        if (missing === SEVERAL) continue;
        this.#waiting.splice(i, 1);
        if (missing === NONE) continue;
        const packet = this.#rebuild(repair, missing);
        if (packet === undefined) continue;
        this.#keep(missing, packet);
        recovered.push(packet);
        progress = true;
      }
    }
  }

  /** The only number of the set that is missing, or {@link NONE} or {@link SEVERAL}. */
  #missing({ base, offsets }: Waiting): number {
    let missing = NONE;
    for (const offset of offsets) {
      if (this.#packet(base + offset) !== undefined) continue;
      if (missing !== NONE) return SEVERAL;
      missing = base + offset;
    }
    return missing;
  }

  #rebuild(repair: Waiting, missing: number): Uint8Array | undefined {
    this.#code.load(repair.header, repair.body);
    for (const offset of repair.offsets)
      if (repair.base + offset !== missing) this.#code.add(this.#packet(repair.base + offset)!);
    return this.#code.packet(this.#ssrc, missing % 0x1_0000);
  }
}

const NONE = -1;
const SEVERAL = -2;
