import type { Instant } from "../../base/instant.ts";
import type { TimerTable } from "../../base/timer-table.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import type { SctpLimits } from "../limits.ts";
import { type DataFields, FLAG_BEGINNING, FLAG_ENDING, FLAG_IMMEDIATE } from "../packet/data-chunk.ts";
import type { ForwardTsnChunk } from "../packet/forward-tsn-chunk.ts";
import { encodeSack, SACK_FIXED_LENGTH } from "../packet/sack-chunk.ts";
import type { SctpCounters } from "../statistics.ts";
import { DELAYED_SACK } from "../timers.ts";
import { TsnSpace } from "../tsn-space.ts";
import { ReassemblyQueue, type Violation } from "./reassembly-queue.ts";
import { ReceivedTsns } from "./received-tsns.ts";

/** RFC 9260 §6.2: a SACK at least for every second packet. */
const PACKETS_PER_SACK = 2;

/** What a {@link DataReceiver} needs from its association. */
export interface DataReceiverOptions {
  readonly limits: SctpLimits;
  readonly peerInitialTsn: number;
  readonly inboundStreams: number;
  readonly maxMessageSize: number;
  readonly receiveWindow: number;
  readonly events: SctpEventQueue;
  readonly timers: TimerTable;
  readonly counters: SctpCounters;
}

/** What became of a DATA chunk. `"invalid-stream"`: acknowledged, but to be answered with an ERROR. */
export type DataVerdict = "taken" | "dropped" | "invalid-stream" | { readonly violation: Violation };

/** The receiving half: which TSNs have arrived, when to acknowledge, how much room there is (RFC 9260 §6.2). */
export class DataReceiver {
  readonly reassembly: ReassemblyQueue;
  readonly received = new ReceivedTsns();
  readonly #tsns: TsnSpace;
  readonly #timers: TimerTable;
  readonly #counters: SctpCounters;
  readonly #limits: SctpLimits;
  readonly #inboundStreams: number;
  readonly #window: number;
  readonly #duplicates: number[] = [];
  readonly #blockStarts: number[] = [];
  readonly #blockEnds: number[] = [];
  /** Packets with DATA since the last SACK. */
  #packets = 0;
  #packetHadData = false;
  /** The first DATA is acknowledged at once. */
  #immediately = true;
  #sackDue = false;
  #announcedWindow: number;
  #lastPacketAt: Instant = 0;

  constructor(options: DataReceiverOptions) {
    this.#limits = options.limits;
    this.#tsns = new TsnSpace(options.peerInitialTsn);
    this.#inboundStreams = options.inboundStreams;
    this.#window = options.receiveWindow;
    this.#announcedWindow = options.receiveWindow;
    this.#timers = options.timers;
    this.#counters = options.counters;
    this.reassembly = new ReassemblyQueue(options.events, options.maxMessageSize);
  }

  /** The cumulative TSN as on the wire. */
  get cumulativeTsn(): number {
    return this.#tsns.toWire(this.received.cumulative);
  }

  /** Bytes we can still take: a_rwnd. */
  get window(): number {
    return Math.max(0, this.#window - this.reassembly.bytes);
  }

  get sackDue(): boolean {
    return this.#sackDue;
  }

  /** Whether everything up to `wireTsn` has arrived. */
  hasAllUpTo(wireTsn: number): boolean {
    return this.#tsns.fromWire(wireTsn, this.received.cumulative) <= this.received.cumulative;
  }

  /** Takes a DATA chunk whose user data is `packet[fields.from, fields.to)`, not empty. */
  handleData(packet: Uint8Array, fields: DataFields): DataVerdict {
    const received = this.received;
    const tsn = this.#tsns.fromWire(fields.tsn, received.cumulative);
    this.#packetHadData = true;
    if (fields.flags & FLAG_IMMEDIATE) this.#immediately = true;
    if (received.has(tsn)) {
      this.#counters.duplicateTsns++;
      this.#immediately = true;
      if (this.#duplicates.length < this.#limits.maxReportedDuplicates) this.#duplicates.push(fields.tsn);
      return "taken";
    }
    const cumulative = received.cumulative;
    const inOrder = tsn === cumulative + 1;
    const refusal = this.#refusal(tsn, inOrder, fields.flags);
    if (refusal !== undefined) {
      this.#counters.drop(refusal);
      this.#immediately = true;
      return "dropped";
    }
    this.#counters.dataChunksReceived++;
    received.add(tsn);
    // §3.3.10.1: a chunk of a stream that does not exist counts as received all the same.
    const streamExists = fields.streamId < this.#inboundStreams;
    let violation: Violation | undefined;
    if (streamExists) {
      violation = inOrder
        ? this.reassembly.addInOrder(packet, fields)
        : this.reassembly.addAhead(tsn, cumulative, packet, fields);
    }
    if (violation === undefined && received.cumulative > tsn) {
      violation = this.reassembly.advance(tsn, received.cumulative);
    }
    if (violation !== undefined) return { violation };
    return streamExists ? "taken" : "invalid-stream";
  }

  /**
   * Why a new TSN cannot be taken. A full window still takes what is next in order when something is held ahead of it, which
   * it may set free: until twice the window is held.
   */
  #refusal(tsn: number, inOrder: boolean, flags: number): string | undefined {
    const { maxTsnGap, maxIncompleteMessages } = this.#limits;
    if (tsn > this.received.cumulative + maxTsnGap) return "sctp: TSN too far ahead";
    const begins = !inOrder && (flags & (FLAG_BEGINNING | FLAG_ENDING)) === FLAG_BEGINNING;
    if (begins && this.reassembly.incompleteMessages >= maxIncompleteMessages) {
      return "sctp: too many incomplete messages";
    }
    const held = this.reassembly.bytes;
    if (held < this.#window) return undefined;
    if (inOrder && this.received.hasGaps && held < 2 * this.#window) return undefined;
    return "sctp: receive window is full";
  }

  /** Takes a FORWARD TSN (RFC 3758 §3.6). False when it points further than data may. */
  handleForwardTsn(chunk: ForwardTsnChunk): boolean | { readonly violation: Violation } {
    const from = this.received.cumulative;
    const to = this.#tsns.fromWire(chunk.newCumulativeTsn, from);
    this.#packetHadData = true;
    this.#immediately = true;
    if (to <= from) return true;
    if (to > from + this.#limits.maxTsnGap) return false;
    this.reassembly.skip(from, to, chunk.skipped);
    this.received.skipTo(to);
    const violation = this.reassembly.advance(to, this.received.cumulative);
    return violation === undefined ? true : { violation };
  }

  /** All chunks of a packet are through: decide about the SACK (§6.2). */
  endOfPacket(now: Instant): void {
    this.#lastPacketAt = now;
    if (!this.#packetHadData) return;
    this.#packetHadData = false;
    this.#packets++;
    if (this.#immediately || this.received.hasGaps || this.#packets >= PACKETS_PER_SACK) this.requestSack();
    else if (!this.#timers.isArmed(DELAYED_SACK)) {
      this.#timers.start(DELAYED_SACK, now, this.#limits.sackDelay);
    }
  }

  /** The next packet carries a SACK. */
  requestSack(): void {
    this.#sackDue = true;
    this.#timers.stop(DELAYED_SACK);
  }

  /** Writes a SACK at `out[at]` and returns where it ends; `at` when it does not fit. */
  writeSack(out: Uint8Array, at: number, limit: number): number {
    if (limit - at < SACK_FIXED_LENGTH) return at;
    const { cumulative, rangeStarts, rangeEnds } = this.received;
    const room = (limit - at - SACK_FIXED_LENGTH) >> 2;
    const blocks = Math.min(rangeStarts.length, room);
    this.#blockStarts.length = blocks;
    this.#blockEnds.length = blocks;
    for (let i = 0; i < blocks; i++) {
      this.#blockStarts[i] = rangeStarts[i]! - cumulative;
      this.#blockEnds[i] = rangeEnds[i]! - cumulative;
    }
    this.#announcedWindow = this.window;
    const end = encodeSack(
      out,
      at,
      limit,
      this.cumulativeTsn,
      this.#announcedWindow,
      this.#blockStarts,
      this.#blockEnds,
      this.#duplicates,
    );
    this.#duplicates.length = 0;
    this.#packets = 0;
    this.#immediately = false;
    this.#sackDue = false;
    this.#timers.stop(DELAYED_SACK);
    return end;
  }

  /** Events were taken. If we had told the peer of a small window and it has opened by half of all, a SACK says so. */
  windowMayHaveOpened(): void {
    if (this.#sackDue || this.#announcedWindow > this.#window / 4 || this.window < this.#window / 2) return;
    this.#sackDue = true;
    // The carrier polls for packets before it takes events: this brings it back at once.
    this.#timers.set(DELAYED_SACK, this.#lastPacketAt);
  }
}
