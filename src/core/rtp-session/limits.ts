/** Bounds of an RTP session. */

/** Octets of an RTP packet before its protection: with that, it fits everywhere. */
export const MAX_PACKET_LENGTH = 1180;
/** Packets that wait to be sent; what a source that outruns the network adds beyond it is dropped. */
export const MAX_QUEUED_PACKETS = 4096;
/** Streams that one transport receives: SSRCs are the peer's to choose. */
export const MAX_RECEIVE_STREAMS = 256;
/** Packets of one stream that wait to become frames. */
export const MAX_WAITING_PACKETS = 2048;
