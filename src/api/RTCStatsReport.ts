/** webrtc-pc §8.3 RTCStatsReport: a `readonly maplike<DOMString, object>` (WebIDL §3.7.11). */
import { Construction } from "../webidl/construction.ts";
import { callbackFunction, domString } from "../webidl/convert.ts";
import { exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCStats } from "./stats/dictionaries.ts";

type Entries = ReadonlyMap<string, RTCStats>;

const NAME = "RTCStatsReport";

const construction = new Construction<Entries>();
const internals = internalSlots<Entries, RTCStatsReport>(NAME);

// Which dictionary stands behind an id is the script's to know, as in lib.dom.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Value = any;

/** Statistics by the ids of the objects that were looked at. */
export class RTCStatsReport {
  declare readonly [Symbol.iterator]: () => MapIterator<[string, Value]>;

  constructor() {
    internals.attach(this, construction.take());
  }

  get size(): number {
    return internals.of(this).size;
  }
  entries(): MapIterator<[string, Value]> {
    return internals.of(this).entries();
  }
  forEach(callbackfn: (value: Value, key: string, parent: RTCStatsReport) => void, thisArg?: unknown): void;
  forEach(...args: unknown[]): void {
    const entries = internals.of(this);
    const context = operationContext(NAME, "forEach");
    requireArguments(context, args, 1);
    const callback = callbackFunction(args[0], context);
    for (const [key, value] of entries) Reflect.apply(callback, args[1], [value, key, this]);
  }
  get(key: string): Value;
  get(...args: unknown[]): Value {
    const entries = internals.of(this);
    const context = operationContext(NAME, "get");
    requireArguments(context, args, 1);
    return entries.get(domString(args[0], context));
  }
  has(key: string): boolean;
  has(...args: unknown[]): boolean {
    const entries = internals.of(this);
    const context = operationContext(NAME, "has");
    requireArguments(context, args, 1);
    return entries.has(domString(args[0], context));
  }
  keys(): MapIterator<string> {
    return internals.of(this).keys();
  }
  values(): MapIterator<Value> {
    return internals.of(this).values();
  }
}

exposeInterface(RTCStatsReport, NAME, { operations: { forEach: 1, get: 1, has: 1 } });
// WebIDL §3.7.11.2: the very function that `entries` is.
Object.defineProperty(RTCStatsReport.prototype, Symbol.iterator, {
  value: RTCStatsReport.prototype.entries,
  writable: true,
  configurable: true,
});

/** Brand check. */
export const isRTCStatsReport: (value: unknown) => value is RTCStatsReport = internals.has;

/** A report with these entries, in their order. */
export function createStatsReport(entries: Entries): RTCStatsReport {
  return construction.run(entries, () => new RTCStatsReport());
}
