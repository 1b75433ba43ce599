/**
 * RFC 3611 §5.1 `rtcp-xr`: `[<xr-format> *(SP <xr-format>)]`; for us `rcvr-rtt=all[:<max-size>]`, by which also those that only
 * receive measure round trips.
 */

const RECEIVER_ROUND_TRIPS = "rcvr-rtt=all";

/** The format that is offered and answered (RFC 3611 §5.2: "collaborative", by both ends or not at all). */
export function formatExtendedReports(): string {
  return RECEIVER_ROUND_TRIPS;
}

/** Whether receivers that send nothing may tell their reference times. */
export function hasReceiverRoundTrips(value: string): boolean {
  for (const format of value.split(" ")) {
    if (format === RECEIVER_ROUND_TRIPS || format.startsWith(`${RECEIVER_ROUND_TRIPS}:`)) return true;
  }
  return false;
}
