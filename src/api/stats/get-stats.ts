/** webrtc-pc §8.2 getStats and §8.5, the stats selection algorithm. */
import type { EngineSnapshot } from "../../core/stats/index.ts";
import type { MediaStreamTrack } from "../../media/MediaStreamTrack.ts";
import type { Connection } from "../connection.ts";
import { createStatsReport, type RTCStatsReport } from "../RTCStatsReport.ts";
import type { ReceiverSlots, SenderSlots } from "../transceiver-slots.ts";
import { StatsCollection } from "./collection.ts";
import { addDataChannels, addPeerConnection } from "./data-channel-stats.ts";
import type { RTCStats } from "./dictionaries.ts";
import { addMediaSources, addStreams } from "./rtp-stats.ts";
import { addTransport } from "./transport-stats.ts";

/** §8.2, steps 3 and 4: the sender or receiver that a track selects. */
export function selectorOf(
  connection: Connection,
  track: MediaStreamTrack | null,
): SenderSlots | ReceiverSlots | null {
  if (track === null) return null;
  const matching = connection.transceivers
    .flatMap(({ sender, receiver }) => [sender, receiver])
    .filter((candidate) => candidate.track === track);
  if (matching.length !== 1) {
    const message = `the track belongs to ${matching.length} senders and receivers of the connection, not to one.`;
    throw new DOMException(message, "InvalidAccessError");
  }
  return matching[0]!;
}

/** §8.2 from step 5 on. `selector` null: the whole connection. */
export async function getStats(
  connection: Connection,
  selector: SenderSlots | ReceiverSlots | null,
): Promise<RTCStatsReport> {
  const collection = collect(connection, await connection.statistics.snapshot());
  return createStatsReport(selector === null ? collection.entries : select(collection, selector));
}

function collect(connection: Connection, snapshot: EngineSnapshot): StatsCollection {
  const collection = new StatsCollection(connection, snapshot);
  addPeerConnection(collection);
  addDataChannels(collection);
  for (const transport of connection.transports.values()) addTransport(collection, transport);
  addMediaSources(collection);
  addStreams(collection);
  return collection;
}

/** §8.5: the streams of the selector, and everything they refer to directly or indirectly. */
function select(collection: StatsCollection, selector: SenderSlots | ReceiverSlots): Map<string, RTCStats> {
  const { entries, streams } = collection;
  const reached = new Set(streams.get(selector));
  for (const id of reached) {
    // Members of a set that are added while it is walked through are walked through as well.
    for (const [name, value] of Object.entries(entries.get(id)!)) {
      if (name.endsWith("Id") && entries.has(value)) reached.add(value);
    }
  }
  return new Map([...entries].filter(([id]) => reached.has(id)));
}
