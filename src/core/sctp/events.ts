/** Why an association has ended. */
export type SctpCloseReason =
  | "shutdown"
  | "aborted-by-peer"
  | "aborted"
  | "protocol-violation"
  | "timeout"
  | "restarted";

/** What an association tells whoever drives it. */
export type SctpEvent =
  /** Both directions are up. The numbers of streams: the smaller of what both sides can have. */
  | { readonly type: "connected"; readonly inboundStreams: number; readonly outboundStreams: number }
  /** A whole message. `data` belongs to the receiver of the event. */
  | {
      readonly type: "message";
      readonly streamId: number;
      readonly ppid: number;
      readonly data: Uint8Array;
    }
  /** So many bytes were sent for the first time, or given up before that, since the last such event of the stream. */
  | { readonly type: "buffered-amount-decrease"; readonly streamId: number; bytes: number }
  /** The peer has reset its outgoing streams, our incoming ones: whatever it sent on them before was delivered before. */
  | { readonly type: "streams-reset-incoming"; readonly streamIds: readonly number[] }
  /** Our outgoing streams are reset and can be used again. */
  | { readonly type: "streams-reset-outgoing"; readonly streamIds: readonly number[] }
  /** The peer refuses, or cannot reset streams. */
  | { readonly type: "streams-reset-failed"; readonly streamIds: readonly number[] }
  /** Partially reliable messages that were given up. */
  | { readonly type: "messages-abandoned"; readonly streamId: number; count: number }
  /** A probe of so many bytes (`probePath`) has reached the peer. */
  | { readonly type: "path-probe-answered"; readonly size: number }
  /** T3-rtx ran out for the `inRow`th time without anything acknowledged between. */
  | { readonly type: "retransmission-timeout"; readonly inRow: number }
  /** The last event. `causeCode` as in RFC 9260 §3.3.10, of the ABORT sent or received. */
  | {
      readonly type: "closed";
      readonly reason: SctpCloseReason;
      readonly causeCode?: number;
      readonly message?: string;
    };
