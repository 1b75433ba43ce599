/** SCTP over DTLS for data channels (RFC 9260, RFC 8261): the subpath `skywave/sctp`. */

export { SctpAssociation } from "./association/association.ts";
export type { SctpOptions } from "./association/options.ts";
export type { SctpState } from "./association/state.ts";
export type { SctpCloseReason, SctpEvent } from "./events.ts";
export { DEFAULT_LIMITS, DEFAULT_SCTP_MTU, MAX_TSN_GAP, type SctpLimits } from "./limits.ts";
export { CAUSE } from "./packet/error-cause.ts";
export type { SctpStatistics } from "./statistics.ts";
export type { SendOptions } from "./tx/send-queue.ts";
