/** An address in canonical text. */
export interface RelayAddress {
  readonly address: string;
  readonly port: number;
}

/** What a client tells. */
export type TurnEvent =
  /** One relayed address per family; `mapped`: what the server sees of us. */
  | {
      readonly type: "allocated";
      readonly relayed: readonly RelayAddress[];
      readonly mapped: RelayAddress | undefined;
    }
  /** The server names another one (RFC 8489 §10): begin anew there, with a client of its own. */
  | { readonly type: "redirected"; readonly to: RelayAddress }
  /** There will be no allocation. 701: the server cannot be reached (webrtc-pc §4.8.2). */
  | { readonly type: "failed"; readonly errorCode: number; readonly reason: string }
  /** There is no allocation any more. */
  | { readonly type: "lost"; readonly errorCode: number; readonly reason: string }
  /**
   * A peer's connection is there (RFC 6062): it is to be bound to one of our own. `attempt`: which call of `connect` has
   * brought it about; undefined: the peer has.
   */
  | {
      readonly type: "connection";
      readonly attempt: number | undefined;
      readonly connection: number;
      readonly peer: RelayAddress;
    }
  /** The peer could not be connected to. */
  | { readonly type: "connect-failed"; readonly attempt: number; readonly errorCode: number }
  /** The server relays nothing from and to that address. */
  | { readonly type: "peer-refused"; readonly address: string; readonly errorCode: number };
