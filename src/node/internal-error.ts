import type { Log } from "../core/base/log.ts";

/**
 * Reports a broken invariant of ours: seen by whoever listens to the log, else as a warning of the process, but never its
 * end (docs/architecture.md, the three fates of errors).
 */
export function reportInternalError(log: Log, where: string, error: unknown): void {
  if (log.enabled) {
    log.event("internal-error", { where, error: String(error) });
    return;
  }
  const detail = error instanceof Error && error.stack !== undefined ? error.stack : String(error);
  process.emitWarning(`internal error (${where})`, { type: "SkywaveWarning", detail });
}
