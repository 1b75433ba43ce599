/** What came before we can use it: records of an epoch without keys, or data of a peer that is not proved yet. */
import { MAX_EARLY_RECORD_BYTES, MAX_EARLY_RECORDS } from "../limits.ts";

export class EarlyRecords {
  #records: Uint8Array[] = [];
  #bytes = 0;

  get length(): number {
    return this.#records.length;
  }

  /** Copies a record; false when there is no room: the newest is lost, as the network could lose it. */
  keep(record: Uint8Array): boolean {
    if (this.#records.length >= MAX_EARLY_RECORDS) return false;
    if (this.#bytes + record.length > MAX_EARLY_RECORD_BYTES) return false;
    this.#records.push(record.slice());
    this.#bytes += record.length;
    return true;
  }

  /** Gives up all of them, in order of arrival. */
  take(): Uint8Array[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
