/** Counters of one association, shared by its parts. Chunks: DATA only. Bytes: whole packets. */
export class SctpCounters {
  packetsSent = 0;
  packetsReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  dataChunksSent = 0;
  dataChunksReceived = 0;
  retransmissions = 0;
  fastRetransmits = 0;
  retransmissionTimeouts = 0;
  duplicateTsns = 0;
  /** What was refused, by reason: static texts only, so it cannot grow with what the peer sends. */
  readonly dropped = new Map<string, number>();

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }
}

/** A look at an association. */
export interface SctpStatistics {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly dataChunksSent: number;
  readonly dataChunksReceived: number;
  readonly retransmissions: number;
  readonly fastRetransmits: number;
  readonly retransmissionTimeouts: number;
  readonly duplicateTsns: number;
  readonly messagesAbandoned: number;
  readonly dropped: ReadonlyMap<string, number>;
  /** Milliseconds; undefined before the first measurement. */
  readonly smoothedRoundTripTime: number | undefined;
  readonly retransmissionTimeout: number | undefined;
  /** Bytes. */
  readonly congestionWindow: number | undefined;
  /** What the peer can still take, bytes. */
  readonly peerReceiverWindow: number | undefined;
  /** What we can still take, bytes. */
  readonly receiverWindow: number | undefined;
  /** Bytes sent and not acknowledged. */
  readonly unacknowledged: number | undefined;
}
