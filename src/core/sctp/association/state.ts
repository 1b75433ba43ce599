import type { Tcb } from "./tcb.ts";

/** RFC 9260 §4, and "ended": over for good. Each state owns what exists only in it. */
export type AssociationState =
  | { readonly name: "closed" }
  | { readonly name: "cookie-wait"; readonly tag: number; readonly initialTsn: number; attempts: number }
  | { readonly name: "cookie-echoed"; readonly tcb: Tcb; readonly cookie: Uint8Array; attempts: number }
  | { readonly name: "established"; readonly tcb: Tcb }
  | { readonly name: "shutdown-pending"; readonly tcb: Tcb }
  | { readonly name: "shutdown-sent"; readonly tcb: Tcb; attempts: number }
  | { readonly name: "shutdown-received"; readonly tcb: Tcb }
  | { readonly name: "shutdown-ack-sent"; readonly tcb: Tcb; attempts: number }
  | { readonly name: "ended"; readonly undelivered: readonly number[] };

/** Names of the states. */
export type SctpState = AssociationState["name"];

/** The state's association, where there is one. */
export function tcbOf(state: AssociationState): Tcb | undefined {
  return "tcb" in state ? state.tcb : undefined;
}

/** States in which DATA is taken (RFC 9260 §6): the peer may still send in them. */
export function acceptsData(state: AssociationState): boolean {
  return state.name === "established" || state.name === "shutdown-pending" || state.name === "shutdown-sent";
}

/** States in which our DATA goes out and is acknowledged. */
export function sendsData(state: AssociationState): boolean {
  return (
    state.name === "established" || state.name === "shutdown-pending" || state.name === "shutdown-received"
  );
}
