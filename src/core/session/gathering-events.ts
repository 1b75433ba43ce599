import type { Fifo } from "../base/fifo.ts";
import type { IceEvent } from "../ice/index.ts";
import type { EngineEvent, IceComponent, TransportId } from "./protocol.ts";

/** What an agent tells about gathering. */
export type GatheringEvent = Extract<IceEvent, { type: "candidate" | "candidate-error" | "gathering-state" }>;

/** Passes on what gathering tells; while a component gathers ahead, keeps it until it may be known (RFC 9429 §3.5.4). */
export class GatheringEvents {
  readonly #place: { readonly transport: TransportId; readonly component: IceComponent };
  readonly #events: Fifo<EngineEvent>;
  #withheld: GatheringEvent[] | undefined;

  constructor(
    place: { readonly transport: TransportId; readonly component: IceComponent },
    events: Fifo<EngineEvent>,
  ) {
    this.#place = place;
    this.#events = events;
  }

  push(event: GatheringEvent): void {
    if (this.#withheld === undefined) this.#tell(event);
    else this.#withheld.push(event);
  }

  /** From now on everything is kept. As much as there are local addresses and servers. */
  withhold(): void {
    this.#withheld = [];
  }

  /** What is kept belongs to that generation. */
  adopt(usernameFragment: string): void {
    this.#withheld = this.#withheld?.map((event) =>
      event.type === "candidate" ? { ...event, usernameFragment } : event,
    );
  }

  /** Tells what was kept, and keeps no more; false: nothing was kept. */
  surface(): boolean {
    const withheld = this.#withheld;
    this.#withheld = undefined;
    for (const event of withheld ?? []) this.#tell(event);
    return withheld !== undefined;
  }

  #tell(event: GatheringEvent): void {
    const place = this.#place;
    if (event.type === "candidate") this.#events.push({ ...event, type: "ice-candidate", ...place });
    else if (event.type === "candidate-error")
      this.#events.push({ ...event, type: "ice-candidate-error", ...place });
    else this.#events.push({ type: "ice-gathering-state", ...place, state: event.state });
  }
}
