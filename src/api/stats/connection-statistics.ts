import type { EngineSnapshot } from "../../core/stats/index.ts";
import type { Connection } from "../connection.ts";
import type { DataChannelSlots } from "../data-channel-slots.ts";
import { queueTask } from "../dispatch.ts";
import { StatsIds } from "./stats-ids.ts";

/** Data channels that are remembered after they have closed, the newest. webrtc-stats would have them all. */
export const REMEMBERED_CLOSED_CHANNELS = 100;

/** What statistics say of a data channel. */
export type ChannelRecord = Pick<
  DataChannelSlots,
  "channel" | "label" | "protocol" | "id" | "readyState" | "counters"
>;

/** What one connection counts itself, and its way to ask the engine what that has counted. */
export class ConnectionStatistics {
  readonly ids: StatsIds;
  /** Channels that have entered, and left, the state "open". */
  channelsOpened = 0;
  channelsClosed = 0;
  readonly #connection: Connection;
  readonly #closedChannels: ChannelRecord[] = [];
  #waiting: ((snapshot: EngineSnapshot) => void)[] = [];
  #engine: "none" | "running" | "ended" = "none";
  #last: Omit<EngineSnapshot, "at"> = { transports: [] };

  constructor(connection: Connection) {
    this.#connection = connection;
    this.ids = new StatsIds(connection.host.crypto);
  }

  /** The channels that were closed lately, the oldest first. */
  get closedChannels(): readonly ChannelRecord[] {
    return this.#closedChannels;
  }

  /** A channel is closed for good. */
  remember({ channel, label, protocol, id, readyState, counters }: DataChannelSlots): void {
    this.#closedChannels.push({ channel, label, protocol, id, readyState, counters });
    if (this.#closedChannels.length > REMEMBERED_CLOSED_CHANNELS) this.#closedChannels.shift();
  }

  /** There is an engine from here on. */
  engineOpened(): void {
    this.#engine = "running";
  }

  /** What the engine counts, when it has caught up with everything commanded so far; after its end, what it had counted. */
  snapshot(): Promise<EngineSnapshot> {
    const connection = this.#connection;
    return new Promise((resolve) => {
      if (this.#engine === "running") {
        this.#waiting.push(resolve);
        connection.command({ type: "get-statistics" });
      } else queueTask(connection, () => resolve({ ...this.#last, at: connection.host.now() }));
    });
  }

  /** The engine has answered one question. */
  answered(snapshot: EngineSnapshot): void {
    this.#waiting.shift()?.(snapshot);
  }

  /** The engine answers no more. */
  ended(snapshot: EngineSnapshot): void {
    this.#engine = "ended";
    this.#last = snapshot;
    for (const resolve of this.#waiting) resolve(snapshot);
    this.#waiting = [];
  }
}
