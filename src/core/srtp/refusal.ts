/** Why a packet was not protected or unprotected: negative numbers where a length is expected. */

/** Not RTP or RTCP, or too short for what it claims. */
export const SRTP_MALFORMED = -1;
/** The tag does not fit: not from the peer, or changed on the way. */
export const SRTP_NOT_AUTHENTIC = -2;
/** Received before, or too old to tell. Protecting: this index has been used, and a key stream is used once only. */
export const SRTP_REPLAYED = -3;
/** More streams than {@link MAX_SRTP_STREAMS}. */
export const SRTP_TOO_MANY_STREAMS = -4;
/** The master key has protected all it may (RFC 3711 §9.2). */
export const SRTP_KEY_EXHAUSTED = -5;
/** The buffer has no room for the tag. */
export const SRTP_NO_ROOM = -6;

/** SSRCs that one direction remembers: their replay lists must not be forgotten while the key lives. */
export const MAX_SRTP_STREAMS = 1024;
