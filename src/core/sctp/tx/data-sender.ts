import type { Instant } from "../../base/instant.ts";
import type { TimerTable } from "../../base/timer-table.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import type { SctpLimits } from "../limits.ts";
import { COMMON_HEADER_LENGTH } from "../packet/common-header.ts";
import {
  DATA_HEADER_LENGTH,
  encodeData,
  FLAG_BEGINNING,
  FLAG_ENDING,
  FLAG_IMMEDIATE,
  FLAG_UNORDERED,
} from "../packet/data-chunk.ts";
import type { SackFields } from "../packet/sack-chunk.ts";
import type { SctpCounters } from "../statistics.ts";
import { T3_RTX } from "../timers.ts";
import { TsnSpace } from "../tsn-space.ts";
import { CongestionWindow } from "./congestion-window.ts";
import { ForwardTsnWriter } from "./forward-tsn-writer.ts";
import type { OutboundMessage } from "./outbound-message.ts";
import { CHUNK_STATE, dataChunkSize, OutstandingChunk, OutstandingData } from "./outstanding-data.ts";
import { RetransmissionTimeout } from "./rto.ts";
import type { SendQueue } from "./send-queue.ts";

/** RFC 9260 §7.2.4: so many misses make a loss. */
const MISSES_FOR_FAST_RETRANSMIT = 3;
/** A message's further fragment may use up the end of a packet from so many bytes on; below it starts the next packet. */
const SMALLEST_FILLER = 64;

/** What a {@link DataSender} needs from its association. */
export interface DataSenderOptions {
  readonly limits: SctpLimits;
  readonly mtu: number;
  readonly baseMtu: number;
  readonly initialTsn: number;
  readonly peerReceiverWindow: number;
  /** The peer understands FORWARD TSN. */
  readonly partialReliability: boolean;
  readonly queue: SendQueue;
  readonly events: SctpEventQueue;
  readonly timers: TimerTable;
  readonly counters: SctpCounters;
}

/** The sending half: what goes out when, and what the peer's SACKs mean (RFC 9260 §6.1, §6.2.1, §6.3, §7; RFC 3758 §3.5). */
export class DataSender {
  readonly rto: RetransmissionTimeout;
  readonly congestion: CongestionWindow;
  readonly outstanding = new OutstandingData();
  readonly #queue: SendQueue;
  readonly #events: SctpEventQueue;
  readonly #timers: TimerTable;
  readonly #counters: SctpCounters;
  readonly #limits: SctpLimits;
  readonly #tsns: TsnSpace;
  readonly #forward: ForwardTsnWriter;
  readonly #partialReliability: boolean;
  #mtu: number;
  /** User data of one DATA chunk: what any path carries, because a TSN cannot be split when the path MTU shrinks. */
  readonly #largestFragment: number;
  #peerWindow: number;
  /** Fast recovery lasts until this TSN is acknowledged; -1 outside. */
  #recoveryExit = -1;
  /** The first packet of a fast retransmit leaves whatever the window says (§7.2.4 step 3). */
  #retransmitNow = false;
  /** Bytes that may still leave before the next SACK or command (§6.1 D). */
  #burstAllowance: number;
  /** Highest TSN above the cumulative ack that was ever acknowledged: to notice reneging. */
  #highestGapAcked = -1;
  /** One TSN at a time is timed (§6.3.1 C4); -1 for none. */
  #timedTsn = -1;
  #timedAt: Instant = 0;
  #timeoutsInRow = 0;
  #lastDataAt: Instant = 0;

  constructor(options: DataSenderOptions) {
    this.#limits = options.limits;
    this.#mtu = options.mtu;
    this.#largestFragment = (options.baseMtu - COMMON_HEADER_LENGTH - DATA_HEADER_LENGTH) & ~3;
    this.#tsns = new TsnSpace(options.initialTsn);
    this.#forward = new ForwardTsnWriter(this.outstanding, this.#tsns);
    this.#peerWindow = options.peerReceiverWindow;
    this.#partialReliability = options.partialReliability;
    this.#queue = options.queue;
    this.#events = options.events;
    this.#timers = options.timers;
    this.#counters = options.counters;
    this.rto = new RetransmissionTimeout(options.limits);
    this.congestion = new CongestionWindow(options.mtu, options.limits.initialWindowPackets);
    this.#burstAllowance = options.limits.maxBurst * options.mtu;
  }

  /** Bytes the peer can take beyond what is in flight. */
  get peerWindow(): number {
    return this.#peerWindow;
  }

  /** When data was sent last: for heartbeats. */
  get lastDataAt(): Instant {
    return this.#lastDataAt;
  }

  /** Nothing waits to be sent or acknowledged. */
  get isIdle(): boolean {
    return this.outstanding.isEmpty && this.#queue.isEmpty;
  }

  /** The newest TSN in use, as on the wire: the last assigned one (RFC 6525 §4.1). */
  get lastAssignedTsn(): number {
    return this.#tsns.toWire(this.outstanding.nextTsn - 1);
  }

  setMtu(mtu: number): void {
    this.#mtu = mtu;
    this.congestion.setMtu(mtu);
  }

  /** The application has given us something: a new burst may leave. */
  dataQueued(): void {
    this.#burstAllowance = Math.max(this.#burstAllowance, this.#limits.maxBurst * this.#mtu);
  }

  /** Nothing more can be sent for now. */
  endBurst(): void {
    this.#burstAllowance = 0;
  }

  /**
   * Takes a SACK (RFC 9260 §6.2.1). Everything is checked before anything changes. "stale": older than what we know;
   * "invalid": acknowledges what was never sent.
   */
  handleSack(now: Instant, sack: SackFields): "stale" | "invalid" | "taken" {
    const out = this.outstanding;
    const cumulative = this.#tsns.fromWire(sack.cumulativeTsn, out.cumulativeAck);
    if (cumulative < out.cumulativeAck) return "stale";
    const lastBlock = sack.blocks > 0 ? cumulative + sack.ends[sack.blocks - 1]! : cumulative;
    if (lastBlock >= out.nextTsn) return "invalid";

    const flightBefore = out.flightBytes;
    const advanced = cumulative > out.cumulativeAck;
    if (this.#timedTsn >= 0 && this.#timedTsn <= cumulative) this.#endTiming(now);
    let acked = out.acknowledgeUpTo(cumulative);
    let highestNewlyAcked = acked > 0 ? cumulative : -1;
    for (let block = 0; block < sack.blocks; block++) {
      const end = cumulative + sack.ends[block]!;
      for (let tsn = cumulative + sack.starts[block]!; tsn <= end; tsn++) {
        const bytes = out.acknowledge(tsn);
        if (bytes === 0) continue;
        acked += bytes;
        highestNewlyAcked = tsn;
        if (tsn === this.#timedTsn) this.#endTiming(now);
      }
    }
    const recovering = this.#recoveryExit >= 0;
    if (recovering && cumulative >= this.#recoveryExit) this.#recoveryExit = -1;
    const lossEvidence = recovering && advanced ? lastBlock : highestNewlyAcked;
    this.#walkGaps(now, sack, cumulative, lastBlock, lossEvidence);
    this.#highestGapAcked = Math.max(lastBlock, cumulative);

    if (advanced) {
      this.congestion.acknowledged(acked, flightBefore, this.#recoveryExit >= 0);
      this.#timeoutsInRow = 0;
      if (out.isEmpty) this.congestion.drained();
    }
    this.#burstAllowance += acked + this.#limits.maxBurst * this.#mtu;
    this.#peerWindow = Math.max(0, sack.receiverWindow - out.flightPayload);
    if (out.isEmpty) this.#timers.stop(T3_RTX);
    else if (advanced) this.#timers.start(T3_RTX, now, this.rto.rto);
    return "taken";
  }

  /** SHUTDOWN acknowledges cumulatively too (RFC 9260 §9.2). */
  handleCumulativeAck(now: Instant, wireTsn: number): "stale" | "invalid" | "taken" {
    const window = this.#peerWindow + this.outstanding.flightPayload;
    return this.handleSack(now, {
      cumulativeTsn: wireTsn,
      receiverWindow: window,
      blocks: 0,
      starts: [],
      ends: [],
      duplicates: 0,
    });
  }

  #endTiming(now: Instant): void {
    this.rto.measured(now - this.#timedAt);
    this.#timedTsn = -1;
  }

  /** Looks at what a SACK does not cover: misses (§7.2.4) and chunks that the peer has dropped again. */
  #walkGaps(now: Instant, sack: SackFields, cumulative: number, lastBlock: number, evidence: number): void {
    const out = this.outstanding;
    let lossFound = false;
    const last = Math.min(Math.max(lastBlock, this.#highestGapAcked), out.nextTsn - 1);
    let block = 0;
    for (let tsn = cumulative + 1; tsn <= last; tsn++) {
      if (block < sack.blocks && tsn === cumulative + sack.starts[block]!) {
        tsn = cumulative + sack.ends[block++]!;
        continue;
      }
      const chunk = out.get(tsn);
      if (chunk.state === CHUNK_STATE.ACKED) out.renege(chunk);
      if (chunk.state !== CHUNK_STATE.IN_FLIGHT || tsn >= evidence || evidence < chunk.evidenceFrom) continue;
      if (++chunk.misses < MISSES_FOR_FAST_RETRANSMIT) continue;
      if (this.#lost(now, tsn)) lossFound = true;
    }
    if (!lossFound) return;
    this.#counters.fastRetransmits++;
    if (this.#recoveryExit >= 0) return;
    this.#recoveryExit = out.nextTsn - 1;
    this.congestion.lossFound();
    this.#retransmitNow = true;
  }

  /** A chunk is lost: send it again or give its message up. Always true: it was a loss. */
  #lost(now: Instant, tsn: number): boolean {
    const chunk = this.outstanding.get(tsn);
    if (this.#isHopeless(now, chunk)) this.#abandon(chunk.message);
    else this.outstanding.markForRetransmission(tsn);
    return true;
  }

  #isHopeless(now: Instant, chunk: OutstandingChunk): boolean {
    if (!this.#partialReliability) return false;
    return chunk.retransmits >= chunk.message.maxRetransmits || now >= chunk.message.expiresAt;
  }

  /**
   * Gives a message up (RFC 3758 §3.5 A3). When a part of it was never sent, one TSN more is spent on that part, so that
   * there is always something for FORWARD TSN to skip.
   */
  #abandon(message: OutboundMessage): void {
    if (message.abandoned) return;
    if (this.#queue.discardRest(message)) {
      const placeholder = new OutstandingChunk(message, message.sent, 0);
      placeholder.state = CHUNK_STATE.ABANDONED;
      this.outstanding.push(placeholder);
    }
    this.outstanding.abandon(message);
    this.#events.abandoned(message.stream.id);
  }

  /** T3-rtx has run out (RFC 9260 §6.3.3). False when we have tried often enough. */
  handleT3(now: Instant): boolean {
    const out = this.outstanding;
    if (out.isEmpty) return true;
    this.#counters.retransmissionTimeouts++;
    if (++this.#timeoutsInRow > this.#limits.maxDataRetransmissions) return false;
    this.#events.push({ type: "retransmission-timeout", inRow: this.#timeoutsInRow });
    this.rto.backOff();
    this.congestion.timedOut();
    this.#repeatAll(now);
    return true;
  }

  /**
   * Data goes another way from now on. What has timed out on the path of before need not wait for another timeout, and how long
   * that had become says nothing about this path (RFC 9260 §6.3.1 has one RTO for each).
   */
  pathChanged(now: Instant): void {
    if (this.#timeoutsInRow === 0) return;
    this.#timeoutsInRow = 0;
    this.rto.restart();
    if (!this.outstanding.isEmpty) this.#repeatAll(now);
  }

  /** Everything in flight is taken for lost. */
  #repeatAll(now: Instant): void {
    const out = this.outstanding;
    this.#recoveryExit = -1;
    this.#retransmitNow = false;
    this.#timedTsn = -1;
    // Placeholders may be added on the way: those are abandoned from birth.
    for (let tsn = out.cumulativeAck + 1; tsn < out.nextTsn; tsn++) {
      if (out.get(tsn).state === CHUNK_STATE.IN_FLIGHT) this.#lost(now, tsn);
    }
    this.#forward.repeat();
    // Rule E3: one packet now, the rest as SACKs come.
    this.#burstAllowance = this.#mtu;
    this.#timers.start(T3_RTX, now, this.rto.rto);
  }

  /** Writes a FORWARD TSN at `out[at]` if one is owed and fits, and returns where it ends (RFC 3758 §3.5 C1..C5). */
  writeForwardTsn(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const end = this.#forward.write(now, out, at, limit, this.rto.srtt);
    if (end > at && !this.#timers.isArmed(T3_RTX)) this.#timers.start(T3_RTX, now, this.rto.rto);
    return end;
  }

  /** Fills the packet from `at` up to `limit` with DATA chunks, old ones first, and returns where they end. */
  writeData(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const inFlight = this.outstanding.flightBytes;
    if (!this.#retransmitNow && inFlight > 0) {
      if (inFlight >= this.congestion.cwnd || this.#burstAllowance <= 0) return at;
    }
    let end = this.#writeRetransmissions(now, out, at, limit);
    if (this.outstanding.retransmitCount === 0) end = this.#writeNewData(now, out, end, limit);
    if (end > at) {
      this.#retransmitNow = false;
      this.#burstAllowance -= this.#mtu;
      this.#lastDataAt = now;
    }
    return end;
  }

  #writeRetransmissions(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const data = this.outstanding;
    let end = at;
    while (data.retransmitCount > 0) {
      if (!this.#retransmitNow && data.flightBytes > 0 && data.flightBytes >= this.congestion.cwnd) break;
      const tsn = data.nextToRetransmit();
      const chunk = data.get(tsn);
      if (this.#isHopeless(now, chunk)) {
        this.#abandon(chunk.message);
        continue;
      }
      const size = dataChunkSize(chunk.length);
      // A chunk made for a larger path MTU goes alone: its TSN cannot be split any more.
      if (end + size > limit && !(end === COMMON_HEADER_LENGTH && end + size <= out.length)) break;
      data.retransmitted(chunk);
      this.#counters.retransmissions++;
      if (tsn === this.#timedTsn) this.#timedTsn = -1;
      if (tsn === data.cumulativeAck + 1 || !this.#timers.isArmed(T3_RTX)) {
        this.#timers.start(T3_RTX, now, this.rto.rto);
      }
      end = this.#writeChunk(out, end, tsn, chunk);
    }
    return end;
  }

  #writeNewData(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const data = this.outstanding;
    let end = at;
    for (;;) {
      if (data.flightBytes > 0 && data.flightBytes >= this.congestion.cwnd) break;
      const message = this.#queue.next(now, this.#partialReliability);
      if (message === undefined) break;
      if (message.sent > 0 && this.#partialReliability && now >= message.expiresAt) {
        this.#abandon(message);
        continue;
      }
      const rest = message.data.length - message.sent;
      const room = (limit - end - DATA_HEADER_LENGTH) & ~3;
      let length = Math.min(rest, this.#largestFragment);
      if (length > room) {
        if (end > COMMON_HEADER_LENGTH && (rest <= this.#largestFragment || room < SMALLEST_FILLER)) break;
        length = room;
      }
      if (length <= 0) break;
      // Flow control, with one chunk always in flight to probe a closed window (§6.1 A).
      if (length > this.#peerWindow && data.flightBytes > 0) break;
      const chunk = new OutstandingChunk(message, message.sent, length);
      this.#queue.advance(message, length);
      const tsn = data.push(chunk);
      this.#peerWindow = Math.max(0, this.#peerWindow - length);
      if (this.#timedTsn < 0) {
        this.#timedTsn = tsn;
        this.#timedAt = now;
      }
      if (!this.#timers.isArmed(T3_RTX)) this.#timers.start(T3_RTX, now, this.rto.rto);
      end = this.#writeChunk(out, end, tsn, chunk);
    }
    return end;
  }

  #writeChunk(out: Uint8Array, at: number, tsn: number, chunk: OutstandingChunk): number {
    const message = chunk.message;
    const to = chunk.offset + chunk.length;
    let flags = message.unordered ? FLAG_UNORDERED : 0;
    if (chunk.offset === 0) flags |= FLAG_BEGINNING;
    if (to === message.data.length) flags |= FLAG_ENDING;
    // RFC 9260 §6.1: what waits behind a small, full window must not wait for the peer's delayed SACK too.
    const waiting = this.outstanding.retransmitCount > 0 || !this.#queue.isEmpty;
    if (waiting && this.congestion.isTight(this.outstanding.flightBytes)) flags |= FLAG_IMMEDIATE;
    this.#counters.dataChunksSent++;
    return encodeData(
      out,
      at,
      flags,
      this.#tsns.toWire(tsn),
      message.stream.id,
      message.streamSequenceNumber,
      message.payloadProtocolId,
      message.data,
      chunk.offset,
      to,
    );
  }
}
