export { CHANNEL_HEADER_LENGTH as RELAY_HEADROOM } from "./channel-data.ts";
export { RELAY_OVERHEAD } from "./peer-message.ts";
export { StreamFrames } from "./stream-frames.ts";
export { type PeerData, TurnClient, type TurnClientOptions } from "./turn-client.ts";
export type { RelayAddress, TurnEvent } from "./turn-event.ts";
