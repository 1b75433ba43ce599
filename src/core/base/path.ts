/** A local socket, named by the number under which the driver opened it. Never reused within one engine. */
export type SocketId = number;

/**
 * One way a datagram can come and go: a local socket and a remote transport address. Immutable. `address` is the
 * canonical text of an IP address (as `formatAddress` writes it), so paths compare by plain equality of members.
 */
export interface Path {
  readonly socket: SocketId;
  readonly address: string;
  readonly port: number;
}

/** True when both mean the same socket and the same remote address. */
export function samePath(a: Path, b: Path): boolean {
  return a === b || (a.port === b.port && a.socket === b.socket && a.address === b.address);
}

/** Filled by `pollTransmit`: what was written into `out` and where it must go. Reused by the caller. */
export interface Transmit {
  path: Path;
  length: number;
}
