import type { Instant } from "../../base/instant.ts";
import type { TimerTable } from "../../base/timer-table.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import {
  encodeReconfig,
  outgoingResetCapacity,
  RECONFIG_RESULT,
  type ReconfigParameter,
} from "../packet/re-config-chunk.ts";
import type { DataReceiver } from "../rx/data-receiver.ts";
import { RECONFIG } from "../timers.ts";
import type { DataSender } from "../tx/data-sender.ts";
import type { SendQueue } from "../tx/send-queue.ts";
import type { ControlQueue } from "./control-queue.ts";

/** What {@link StreamReset} needs from its association. */
export interface StreamResetOptions {
  /** RFC 6525 §4.1: both begin at the initial TSNs. */
  readonly localInitialTsn: number;
  readonly peerInitialTsn: number;
  readonly supported: boolean;
  readonly inboundStreams: number;
  readonly rtoMax: number;
  /** Room for chunks in a packet, bytes. */
  readonly chunkRoom: number;
  readonly queue: SendQueue;
  readonly sender: DataSender;
  readonly receiver: DataReceiver;
  readonly control: ControlQueue;
  readonly events: SctpEventQueue;
  readonly timers: TimerTable;
}

/** Our request that waits for its response: one at a time (RFC 6525 §5.1.1). */
interface PendingRequest {
  requestNumber: number;
  readonly streamIds: readonly number[];
  readonly lastAssignedTsn: number;
  readonly responseNumber: number;
  /** The peer still waits for data: ask again, under a new number. */
  inProgress: boolean;
  timeouts: number;
}

/** The peer's request that waits for data that it sent before (§5.2.2 E2). */
interface DeferredReset {
  readonly requestNumber: number;
  readonly streamIds: readonly number[];
  readonly lastAssignedTsn: number;
}

/** Stream reset, both ways (RFC 6525): how data channels are closed (RFC 8831 §6.7). */
export class StreamReset {
  readonly #o: StreamResetOptions;
  #nextRequestNumber: number;
  #pending: PendingRequest | undefined;
  /** Streams to reset as soon as their queues are empty and no request is pending. */
  readonly #waiting = new Set<number>();
  /** The peer's incoming reset request that our next request answers (§5.2.3). */
  #answering: number | undefined;
  #expectedPeerNumber: number;
  #lastPeerResult: number = RECONFIG_RESULT.NOTHING_TO_DO;
  #deferred: DeferredReset | undefined;
  /** The deferred reset that was performed last, lest the peer's repeated request performs it again. */
  #performedLate: DeferredReset | undefined;

  constructor(options: StreamResetOptions) {
    this.#o = options;
    this.#nextRequestNumber = options.localInitialTsn;
    this.#expectedPeerNumber = options.peerInitialTsn;
  }

  /** Nothing of ours is waiting or pending. */
  get isIdle(): boolean {
    return this.#pending === undefined && this.#waiting.size === 0;
  }

  /** Resets outgoing streams: they accept nothing more, and are reset when what is queued has been sent. */
  request(streamIds: readonly number[]): void {
    if (!this.#o.supported) {
      if (streamIds.length > 0)
        this.#o.events.push({ type: "streams-reset-failed", streamIds: [...streamIds] });
      return;
    }
    for (const streamId of streamIds) {
      if (this.#pending?.streamIds.includes(streamId)) continue;
      this.#o.queue.beginReset(streamId);
      this.#waiting.add(streamId);
    }
  }

  /** Sends the next request when it is time. To be called whenever packets may be sent. */
  poll(now: Instant): void {
    if (this.#waiting.size === 0 || this.#pending !== undefined) return;
    const capacity = outgoingResetCapacity(this.#o.chunkRoom);
    const ready: number[] = [];
    for (const streamId of this.#waiting) {
      if (ready.length === capacity) break;
      if ((this.#o.queue.stream(streamId)?.queue.length ?? 0) === 0) ready.push(streamId);
    }
    if (ready.length === 0) return;
    for (const streamId of ready) this.#waiting.delete(streamId);
    this.#pending = {
      requestNumber: this.#takeRequestNumber(),
      responseNumber: this.#answering ?? (this.#expectedPeerNumber - 1) >>> 0,
      streamIds: ready,
      lastAssignedTsn: this.#o.sender.lastAssignedTsn,
      inProgress: false,
      timeouts: 0,
    };
    this.#answering = undefined;
    this.#send(now, this.#pending);
  }

  #takeRequestNumber(): number {
    const number = this.#nextRequestNumber;
    this.#nextRequestNumber = (number + 1) >>> 0;
    return number;
  }

  #send(now: Instant, pending: PendingRequest): void {
    const { requestNumber, responseNumber, lastAssignedTsn, streamIds } = pending;
    this.#o.control.push(
      encodeReconfig([{ type: "outgoing-reset", requestNumber, responseNumber, lastAssignedTsn, streamIds }]),
    );
    const delay = Math.min(this.#o.sender.rto.rto * 2 ** pending.timeouts, this.#o.rtoMax);
    this.#o.timers.start(RECONFIG, now, delay);
  }

  /** The re-configuration timer has run out (§5.1.1): ask again. */
  handleTimeout(now: Instant): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    if (pending.inProgress) {
      pending.requestNumber = this.#takeRequestNumber();
      pending.inProgress = false;
    } else pending.timeouts = Math.min(pending.timeouts + 1, 8);
    this.#send(now, pending);
  }

  /** Takes the parameters of a RE-CONFIG chunk (§5.2). */
  handleParameters(now: Instant, parameters: readonly ReconfigParameter[]): void {
    for (const parameter of parameters) {
      if (parameter.type === "response") {
        this.#handleResponse(now, parameter.responseNumber, parameter.result);
        continue;
      }
      const result = this.#handleRequest(parameter);
      this.#respond(parameter.requestNumber, result);
    }
  }

  #respond(responseNumber: number, result: number): void {
    this.#o.control.push(encodeReconfig([{ type: "response", responseNumber, result }]));
  }

  #handleResponse(now: Instant, responseNumber: number, result: number): void {
    const pending = this.#pending;
    if (pending === undefined || responseNumber !== pending.requestNumber) return;
    if (result === RECONFIG_RESULT.IN_PROGRESS || result === RECONFIG_RESULT.REQUEST_ALREADY_IN_PROGRESS) {
      pending.inProgress = true;
      pending.timeouts = 0;
      this.#o.timers.start(RECONFIG, now, this.#o.sender.rto.rto);
      return;
    }
    this.#pending = undefined;
    this.#o.timers.stop(RECONFIG);
    const { streamIds } = pending;
    if (result === RECONFIG_RESULT.PERFORMED || result === RECONFIG_RESULT.NOTHING_TO_DO) {
      for (const streamId of streamIds) this.#o.queue.forget(streamId);
      this.#o.events.push({ type: "streams-reset-outgoing", streamIds });
    } else {
      for (const streamId of streamIds) this.#o.queue.resume(streamId);
      this.#o.events.push({ type: "streams-reset-failed", streamIds });
    }
  }

  #handleRequest(request: Exclude<ReconfigParameter, { type: "response" }>): number {
    // §5.2.1: a request sent again gets the answer it got; any other number is out of order.
    if (request.requestNumber === (this.#expectedPeerNumber - 1) >>> 0) {
      if (request.type === "incoming-reset" && this.isIdle) this.#lastPeerResult = RECONFIG_RESULT.PERFORMED;
      return this.#lastPeerResult;
    }
    if (request.requestNumber !== this.#expectedPeerNumber) return RECONFIG_RESULT.BAD_SEQUENCE_NUMBER;
    this.#expectedPeerNumber = (this.#expectedPeerNumber + 1) >>> 0;
    this.#lastPeerResult = this.#processRequest(request);
    return this.#lastPeerResult;
  }

  #processRequest(request: Exclude<ReconfigParameter, { type: "response" }>): number {
    switch (request.type) {
      case "outgoing-reset":
        return this.#handleOutgoingReset(request);
      case "incoming-reset":
        if (this.#pending !== undefined) return RECONFIG_RESULT.REQUEST_ALREADY_IN_PROGRESS;
        if (request.streamIds.length === 0) return RECONFIG_RESULT.DENIED;
        this.#answering = request.requestNumber;
        this.request(request.streamIds.filter((streamId) => this.#o.queue.stream(streamId) !== undefined));
        return this.#waiting.size === 0 ? RECONFIG_RESULT.NOTHING_TO_DO : RECONFIG_RESULT.IN_PROGRESS;
      case "other-request":
        return RECONFIG_RESULT.DENIED;
    }
  }

  /** §5.2.2 */
  #handleOutgoingReset(request: DeferredReset): number {
    const { streamIds, lastAssignedTsn } = request;
    if (streamIds.some((streamId) => streamId >= this.#o.inboundStreams)) return RECONFIG_RESULT.WRONG_SSN;
    if (!this.#o.receiver.hasAllUpTo(lastAssignedTsn)) {
      this.#deferred = request;
      return RECONFIG_RESULT.IN_PROGRESS;
    }
    this.#deferred = undefined;
    const done = this.#performedLate;
    this.#performedLate = undefined;
    if (done === undefined || !sameReset(done, request)) this.#perform(streamIds);
    return RECONFIG_RESULT.PERFORMED;
  }

  #perform(streamIds: readonly number[]): void {
    this.#o.receiver.reassembly.resetStreams(streamIds);
    const named =
      streamIds.length > 0 ? streamIds : Array.from({ length: this.#o.inboundStreams }, (_, id) => id);
    this.#o.events.push({ type: "streams-reset-incoming", streamIds: named });
  }

  /** Data has arrived: a deferred reset may be due now, and the peer is told without being asked again. */
  dataArrived(): void {
    const deferred = this.#deferred;
    if (deferred === undefined || !this.#o.receiver.hasAllUpTo(deferred.lastAssignedTsn)) return;
    this.#deferred = undefined;
    this.#performedLate = deferred;
    this.#perform(deferred.streamIds);
    this.#lastPeerResult = RECONFIG_RESULT.PERFORMED;
    this.#respond(deferred.requestNumber, RECONFIG_RESULT.PERFORMED);
  }
}

function sameReset(a: DeferredReset, b: DeferredReset): boolean {
  if (a.lastAssignedTsn !== b.lastAssignedTsn || a.streamIds.length !== b.streamIds.length) return false;
  return a.streamIds.every((streamId, index) => streamId === b.streamIds[index]);
}
