import type { Instant } from "../../base/instant.ts";
import type { OutboundStream } from "./outbound-stream.ts";

/** A user message on its way out. Fragments are slices of `data`: nothing is copied before the packet is written. */
export class OutboundMessage {
  readonly stream: OutboundStream;
  readonly payloadProtocolId: number;
  readonly data: Uint8Array;
  readonly unordered: boolean;
  /** Retransmissions that one fragment may take; infinite for reliable messages (RFC 7496 §4.2 "RTX"). */
  readonly maxRetransmits: number;
  /** When sending it has lost its purpose (RFC 3758 §4, timed reliability). */
  readonly expiresAt: Instant;
  /** Given with the first fragment (RFC 9260 §6.5). */
  streamSequenceNumber = 0;
  /** Bytes that were sent for the first time. */
  sent = 0;
  /** TSNs of its first and latest fragment; -1 before. */
  firstTsn = -1;
  lastTsn = -1;
  abandoned = false;

  constructor(
    stream: OutboundStream,
    payloadProtocolId: number,
    data: Uint8Array,
    unordered: boolean,
    maxRetransmits: number,
    expiresAt: Instant,
  ) {
    this.stream = stream;
    this.payloadProtocolId = payloadProtocolId;
    this.data = data;
    this.unordered = unordered;
    this.maxRetransmits = maxRetransmits;
    this.expiresAt = expiresAt;
  }
}
