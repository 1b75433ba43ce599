/** Values a log line may carry. Secrets (passwords, keys) never do; addresses only where a field says so. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Where core reports what it does. Names are static (`"ice.pair.nominated"`), so that they can be filtered and counted;
 * fields are built only when somebody listens.
 */
export interface Log {
  /** False when nobody listens: callers skip the work of building fields. */
  readonly enabled: boolean;
  event(name: string, fields?: LogFields): void;
}

/** Nobody listens. */
export const SILENT: Log = { enabled: false, event() {} };
