/** The code of a candidate error about a server that could not be reached (webrtc-pc §4.8.2). */
export const UNREACHABLE = 701;
