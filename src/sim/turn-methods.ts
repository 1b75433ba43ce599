/** Methods of TURN (RFC 8656 §17). */
export const ALLOCATE = 0x003;
export const REFRESH = 0x004;
export const SEND = 0x006;
export const CREATE_PERMISSION = 0x008;
export const CHANNEL_BIND = 0x009;
