import { Fifo } from "../../base/fifo.ts";
import type { OutboundMessage } from "./outbound-message.ts";

/** RFC 8831 §6.4: "normal". */
export const DEFAULT_PRIORITY = 256;

/** One outgoing stream: its queue and its place in the schedule. */
export class OutboundStream {
  readonly id: number;
  /** Weight of its share (RFC 8260 §3.6 weighted fair queueing). */
  priority: number;
  /** Messages that are not sent whole, the one being sent first. */
  readonly queue = new Fifo<OutboundMessage>();
  /** Bytes of the queue that were never sent. */
  buffered = 0;
  nextSequenceNumber = 0;
  /** The newest TSN used by this stream; -1 before. */
  lastTsn = -1;
  /** Being reset (RFC 6525): takes no new messages. */
  resetting = false;
  /** In the schedule now. */
  scheduled = false;
  /** Virtual time at which its next message would be through, and the order among equals. */
  finish = 0;
  turn = 0;
  /** Virtual time at which its latest message is through. */
  lastFinish = 0;

  constructor(id: number, priority: number) {
    this.id = id;
    this.priority = priority;
  }
}
