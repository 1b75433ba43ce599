/**
 * `skywave/legacy`: one import that adds what the standard has dropped and old applications still use, on top of the
 * classes of `skywave`. docs/legacy.md has an example of each.
 */
import { installLegacy } from "./api/legacy.ts";
import { RTCPeerConnection } from "./index.ts";

installLegacy(RTCPeerConnection);

export { type LegacyPeerConnection, MediaStreamEvent, type MediaStreamEventInit } from "./api/legacy.ts";
export { RTCStatsEvent, type RTCStatsEventInit } from "./api/legacy-stats.ts";
