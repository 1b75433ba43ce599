/**
 * A moment on the host's monotonic clock, in milliseconds (fractions allowed). Only differences have a meaning:
 * the origin is the host's own. Core never reads a clock; every `handle…` call brings `now`.
 */
export type Instant = number;

/** Milliseconds between two instants. */
export type Duration = number;

/** The instant that never comes: "no timer is armed". */
export const NEVER: Instant = Number.POSITIVE_INFINITY;
