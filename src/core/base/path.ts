/**
 * A local socket, named by the number under which the driver opened it. Never reused within one engine. Negative numbers
 * stand for what has no socket of its own: relayed addresses from -1 down, TCP candidates from {@link FIRST_TCP_SOCKET} down.
 */
export type SocketId = number;

/** The highest number of a TCP candidate: each of its connections has a socket, all together have this number. */
export const FIRST_TCP_SOCKET: SocketId = -1_000_000;

/** True for a TCP candidate. */
export function isTcpSocket(socket: SocketId): boolean {
  return socket <= FIRST_TCP_SOCKET;
}

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
