import type { PortRange } from "../core/base/ice-options.ts";
import { type Random, randomUnit } from "../core/base/random.ts";
import type { Cancelable } from "./host.ts";

/** Ports of a range that are tried before it counts as full. */
export const MAX_PORT_TRIES = 1000;

/** Binds to one port, 0 meaning any, and says how that ended; what it returns undoes it. */
export type BindToPort = (port: number, done: (errorCode: string | undefined) => void) => Cancelable;

/**
 * Binds to some free port of a range: from a random one on, each once. The first error other than a taken port is the
 * last. `done` may be called before this returns, as by the host.
 */
export function bindInRange(
  range: PortRange | undefined,
  random: Random,
  bind: BindToPort,
  done: (errorCode: string | undefined) => void,
): Cancelable {
  if (range === undefined) return bind(0, done);
  const count = range.max - range.min + 1;
  const tries = Math.min(count, MAX_PORT_TRIES);
  const offset = Math.floor(randomUnit(random) * count);
  let attempt: Cancelable | undefined;
  let canceled = false;
  const next = (index: number) => {
    const port = range.min + ((offset + index) % count);
    attempt = bind(port, (errorCode) => {
      if (canceled) return;
      if (errorCode === "EADDRINUSE" && index + 1 < tries) next(index + 1);
      else done(errorCode);
    });
  };
  next(0);
  return {
    cancel() {
      canceled = true;
      attempt?.cancel();
    },
  };
}
