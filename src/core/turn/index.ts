export { CHANNEL_HEADER_LENGTH as RELAY_HEADROOM } from "./channel-data.ts";
export { type BindOutcome, ConnectionBind } from "./connection-bind.ts";
export { RELAY_OVERHEAD } from "./peer-message.ts";
export type { RelayTransport } from "./request-message.ts";
export { StreamFrames } from "./stream-frames.ts";
export { TurnClient } from "./turn-client.ts";
export type { PeerData, TurnClientOptions } from "./turn-client-options.ts";
export type { RelayAddress, TurnEvent } from "./turn-event.ts";
