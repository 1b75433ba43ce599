/** Slots of an association's `TimerTable`. */
export const T1_INIT = 0;
export const T1_COOKIE = 1;
export const T2_SHUTDOWN = 2;
export const T3_RTX = 3;
export const DELAYED_SACK = 4;
export const HEARTBEAT = 5;
export const RECONFIG = 6;

/** Their names, for logs. */
export const TIMER_NAMES = [
  "t1-init",
  "t1-cookie",
  "t2-shutdown",
  "t3-rtx",
  "delayed-sack",
  "heartbeat",
  "re-config",
] as const;
