/** Bounds of an RTP session. */

import type { Duration } from "../base/instant.ts";

/** A packet that has waited for so long to leave is dropped: the path was away, and what it has is old. Milliseconds. */
export const MAX_QUEUED_TIME: Duration = 1000;
/** Octets of an RTP packet before its protection: with that, it fits everywhere. */
export const MAX_PACKET_LENGTH = 1180;
/** The same of a packet that is passed on: it has come through one network, and is not cut for another. */
export const MAX_PASSED_ON_LENGTH = 1400;
/** Streams that one transport receives: SSRCs are the peer's to choose. */
export const MAX_RECEIVE_STREAMS = 256;
