import type { Instant } from "../../base/instant.ts";
import type { Log } from "../../base/log.ts";
import { Malformed } from "../../base/malformed.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import { CHUNK, type ChunkCursor, encodeChunk, unknownTypeAction } from "../packet/chunk.ts";
import { type DataFields, decodeData } from "../packet/data-chunk.ts";
import {
  CAUSE,
  decodeErrorCauses,
  invalidStreamIdentifierCause,
  noUserDataCause,
  textCause,
  unrecognizedChunkTypeCause,
} from "../packet/error-cause.ts";
import { decodeForwardTsn } from "../packet/forward-tsn-chunk.ts";
import { decodeHeartbeat, encodeHeartbeatAck } from "../packet/heartbeat-chunk.ts";
import { decodeReconfig } from "../packet/re-config-chunk.ts";
import { decodeSack, newSackFields } from "../packet/sack-chunk.ts";
import { decodeShutdown } from "../packet/shutdown-chunk.ts";
import type { SctpCounters } from "../statistics.ts";
import type { ControlQueue } from "./control-queue.ts";
import { type AssociationState, acceptsData, tcbOf } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/** What a {@link ChunkHandler} needs from its association. */
export interface ChunkHandlerOptions {
  readonly control: ControlQueue;
  readonly events: SctpEventQueue;
  readonly counters: SctpCounters;
  readonly log: Log;
  /** Ends the association with an ABORT that carries this cause. */
  readonly violation: (now: Instant, cause: Uint8Array) => void;
}

/** Acts on the chunks that do not change an association's state. */
export class ChunkHandler {
  readonly #o: ChunkHandlerOptions;
  readonly #data: DataFields = {
    flags: 0,
    tsn: 0,
    streamId: 0,
    streamSequenceNumber: 0,
    payloadProtocolId: 0,
    from: 0,
    to: 0,
  };
  readonly #sack = newSackFields();

  constructor(options: ChunkHandlerOptions) {
    this.#o = options;
  }

  /** One chunk. False: the rest of the packet is to be ignored. */
  handle(now: Instant, packet: Uint8Array, cursor: ChunkCursor, state: AssociationState): boolean {
    const tcb = tcbOf(state);
    switch (cursor.type) {
      case CHUNK.DATA:
        if (tcb === undefined || !acceptsData(state)) return true;
        return this.#handleData(now, packet, cursor, tcb);
      case CHUNK.SACK:
        // In COOKIE-ECHOED nothing was sent that it could acknowledge.
        if (tcb !== undefined && state.name !== "cookie-echoed") this.#handleSack(now, packet, cursor, tcb);
        return true;
      case CHUNK.FORWARD_TSN:
        if (tcb === undefined || !acceptsData(state)) return true;
        return this.#handleForwardTsn(now, cursor, tcb);
      case CHUNK.HEARTBEAT:
        this.#o.control.push(encodeHeartbeatAck(cursor.value()));
        return true;
      case CHUNK.HEARTBEAT_ACK:
        if (tcb !== undefined) this.#handleHeartbeatAck(now, cursor, tcb);
        return true;
      case CHUNK.RE_CONFIG:
        if (tcb !== undefined && acceptsData(state)) this.#handleReconfig(now, cursor, tcb);
        return true;
      case CHUNK.INIT:
      case CHUNK.COOKIE_ECHO:
        // Only ever first in a packet (RFC 9260 §6.10, §5.1 D).
        this.#o.counters.drop("sctp: set-up chunk in the middle of a packet");
        return false;
      case CHUNK.INIT_ACK:
      case CHUNK.PAD:
        return true;
      default:
        return this.#handleUnknown(cursor);
    }
  }

  #handleData(now: Instant, packet: Uint8Array, cursor: ChunkCursor, tcb: Tcb): boolean {
    const fields = this.#data;
    const bad = decodeData(packet, cursor.start, cursor.end, fields);
    if (bad !== undefined) {
      this.#o.counters.drop(bad.reason);
      return true;
    }
    if (fields.from === fields.to) {
      this.#o.violation(now, noUserDataCause(fields.tsn));
      return false;
    }
    const verdict = tcb.receiver.handleData(packet, fields);
    if (typeof verdict === "object") {
      this.#o.violation(now, textCause(CAUSE.PROTOCOL_VIOLATION, verdict.violation));
      return false;
    }
    if (verdict === "invalid-stream") {
      this.#o.counters.drop("sctp: DATA for a stream that does not exist");
      this.#report(invalidStreamIdentifierCause(fields.streamId));
    }
    return true;
  }

  #report(cause: Uint8Array): void {
    this.#o.control.push(encodeChunk(CHUNK.ERROR, 0, cause));
  }

  #handleSack(now: Instant, packet: Uint8Array, cursor: ChunkCursor, tcb: Tcb): void {
    const bad = decodeSack(packet, cursor.start, cursor.end, this.#sack);
    if (bad !== undefined) {
      this.#o.counters.drop(bad.reason);
      return;
    }
    const verdict = tcb.sender.handleSack(now, this.#sack);
    if (verdict === "invalid") this.#o.counters.drop("sctp: SACK for what was never sent");
  }

  #handleForwardTsn(now: Instant, cursor: ChunkCursor, tcb: Tcb): boolean {
    const chunk = decodeForwardTsn(cursor.value());
    if (chunk instanceof Malformed) {
      this.#o.counters.drop(chunk.reason);
      return true;
    }
    const verdict = tcb.receiver.handleForwardTsn(chunk);
    if (verdict === false) this.#o.counters.drop("sctp: FORWARD TSN too far ahead");
    if (typeof verdict !== "object") return true;
    this.#o.violation(now, textCause(CAUSE.PROTOCOL_VIOLATION, verdict.violation));
    return false;
  }

  #handleHeartbeatAck(now: Instant, cursor: ChunkCursor, tcb: Tcb): void {
    const info = decodeHeartbeat(cursor.value());
    if (info instanceof Malformed) {
      this.#o.counters.drop(info.reason);
      return;
    }
    const rtt = tcb.heartbeat.answered(now, info);
    if (rtt !== undefined) {
      tcb.sender.rto.measured(rtt);
      return;
    }
    const size = tcb.probe.answered(info);
    if (size !== undefined) this.#o.events.push({ type: "path-probe-answered", size });
  }

  #handleReconfig(now: Instant, cursor: ChunkCursor, tcb: Tcb): void {
    const parameters = decodeReconfig(cursor.value());
    if (parameters instanceof Malformed) this.#o.counters.drop(parameters.reason);
    else tcb.reset.handleParameters(now, parameters);
  }

  #handleUnknown(cursor: ChunkCursor): boolean {
    this.#o.counters.drop("sctp: unknown chunk type");
    const action = unknownTypeAction(cursor.type >>> 6);
    if (action.report) this.#report(unrecognizedChunkTypeCause(cursor.chunk()));
    return action.skip;
  }

  /** A SHUTDOWN's cumulative TSN ack (RFC 9260 §9.2). False: the chunk is worth nothing. */
  takeShutdownAck(now: Instant, cursor: ChunkCursor, tcb: Tcb): boolean {
    const cumulativeTsn = decodeShutdown(cursor.value());
    if (cumulativeTsn instanceof Malformed) {
      this.#o.counters.drop(cumulativeTsn.reason);
      return false;
    }
    if (tcb.sender.handleCumulativeAck(now, cumulativeTsn) !== "invalid") return true;
    this.#o.counters.drop("sctp: SHUTDOWN for what was never sent");
    return false;
  }

  /** Whether an ERROR chunk says that our cookie was too old (RFC 9260 §5.2.6). */
  reportsStaleCookie(cursor: ChunkCursor): boolean {
    const causes = decodeErrorCauses(cursor.value());
    if (causes instanceof Malformed) {
      this.#o.counters.drop(causes.reason);
      return false;
    }
    const { log } = this.#o;
    if (log.enabled) for (const { type } of causes) log.event("sctp.error-received", { cause: type });
    return causes.some(({ type }) => type === CAUSE.STALE_COOKIE);
  }
}
