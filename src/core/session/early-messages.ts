/** Bytes that may wait for channels which the application has not created yet (negotiated ones), on one connection. */
export const EARLY_MESSAGE_BYTES = 262_144;

/** What an entry costs beside its data. */
const ENTRY_COST = 64;

/** A message as SCTP delivered it. */
export interface EarlyMessage {
  readonly ppid: number;
  readonly data: Uint8Array;
}

/** Messages for streams that no channel has claimed yet: a negotiated channel may be created after the peer's (RFC 8831 §6.5). */
export class EarlyMessages {
  readonly #byStream = new Map<number, EarlyMessage[]>();
  #bytes = 0;

  /** False when there is no room. */
  keep(streamId: number, message: EarlyMessage): boolean {
    const cost = message.data.length + ENTRY_COST;
    if (this.#bytes + cost > EARLY_MESSAGE_BYTES) return false;
    this.#bytes += cost;
    const waiting = this.#byStream.get(streamId);
    if (waiting === undefined) this.#byStream.set(streamId, [message]);
    else waiting.push(message);
    return true;
  }

  /** Gives up what waits for a stream, in order of arrival. */
  take(streamId: number): readonly EarlyMessage[] {
    const waiting = this.#byStream.get(streamId);
    if (waiting === undefined) return NONE;
    this.#byStream.delete(streamId);
    for (const { data } of waiting) this.#bytes -= data.length + ENTRY_COST;
    return waiting;
  }

  clear(): void {
    this.#byStream.clear();
    this.#bytes = 0;
  }
}

const NONE: readonly EarlyMessage[] = [];
