import type { Instant } from "../../core/base/instant.ts";
import type { EngineSnapshot } from "../../core/stats/index.ts";
import type { Connection } from "../connection.ts";
import type { ReceiverSlots, SenderSlots } from "../transceiver-slots.ts";
import type { RTCStats } from "./dictionaries.ts";

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** The members of a dictionary beyond those of `RTCStats`. One that is undefined does not exist. */
type Members<T extends RTCStats> = {
  [K in Exclude<keyof T, keyof RTCStats | OptionalKeys<T>>]: T[K];
} & { [K in OptionalKeys<T>]?: T[K] | undefined };

/** One report in the making: everything in it is of one moment. */
export class StatsCollection {
  readonly connection: Connection;
  readonly snapshot: EngineSnapshot;
  /** By id, in the order in which they were added. */
  readonly entries = new Map<string, RTCStats>();
  /** The ids of the RTP streams that a sender sends or a receiver receives. */
  readonly streams = new Map<SenderSlots | ReceiverSlots, string[]>();

  constructor(connection: Connection, snapshot: EngineSnapshot) {
    this.connection = connection;
    this.snapshot = snapshot;
  }

  /** See `StatsIds.of`. */
  id(...names: readonly (string | number | undefined)[]): string {
    return this.connection.statistics.ids.of(...names);
  }

  /** A moment of the engine's clock as webrtc-pc §8.4 expresses time. */
  timestamp(instant: Instant): number {
    return this.connection.host.timeOrigin + instant;
  }

  /** The same, of a moment that may not have come yet. */
  timestampIfAny(instant: Instant | undefined): number | undefined {
    return instant === undefined ? undefined : this.timestamp(instant);
  }

  /** Adds a dictionary; `sampled`: when what it tells came from the peer, else the moment of the report. */
  add<T extends RTCStats>(
    type: T["type"],
    id: string,
    members: Members<T>,
    sampled: Instant = this.snapshot.at,
  ): void {
    const dictionary: Record<string, unknown> = { id, timestamp: this.timestamp(sampled), type };
    for (const [name, value] of Object.entries(members)) if (value !== undefined) dictionary[name] = value;
    this.entries.set(id, dictionary as unknown as T);
  }

  /** Adds a stream to what `owner` sends or receives. */
  addStream(owner: SenderSlots | ReceiverSlots, id: string): void {
    const known = this.streams.get(owner);
    if (known === undefined) this.streams.set(owner, [id]);
    else known.push(id);
  }
}
