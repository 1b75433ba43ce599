import type { IceCandidate, IceServer, IceTcpType } from "../base/ice-candidate.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { RelayedTcp } from "./relay-gathering.ts";

/** webrtc-pc §5.6.3 */
export type IceGathererState = "new" | "gathering" | "complete";
/** webrtc-pc §5.6.4 */
export type IceTransportState =
  | "new"
  | "checking"
  | "connected"
  | "completed"
  | "disconnected"
  | "failed"
  | "closed";
/** webrtc-pc §4.2.2 */
export type IceTransportPolicy = "all" | "relay";

/** What the agent asks of its owner, and what it tells it. */
export type IceEvent =
  /** Open one UDP socket per local address: `addSocket` for each, then `socketsComplete`. */
  | {
      readonly type: "open-sockets";
      /** Loopback addresses, too, where there are others: a server is on this very host. */
      readonly loopback: boolean;
    }
  /**
   * A TCP candidate on that address, under a number of its own (`isTcpSocket`). Active: nothing to be done before it is sent
   * on. Otherwise answer with `tcpOpened`.
   */
  | {
      readonly type: "open-tcp";
      readonly socket: SocketId;
      readonly address: string;
      readonly tcpType: IceTcpType;
    }
  /** Say on the link of that address, and nowhere else, that it has that name (RFC 6762). */
  | { readonly type: "publish-name"; readonly name: string; readonly address: string }
  /** The agent has no use for this socket any more: it may be closed. */
  | { readonly type: "release-socket"; readonly socket: SocketId }
  /** Resolve a name, by multicast DNS when `mdns`; answer with `resolved`, with no addresses if there are none. */
  | { readonly type: "resolve"; readonly id: number; readonly name: string; readonly mdns: boolean }
  /**
   * Ask a TURN server for an allocation: over UDP from `socket`, by a stream when that is undefined. `address`: the server's.
   * With `tcp` it is one for connections with peers (RFC 6062), and these are the numbers of its sockets. Answer with
   * `relayAllocated` or `serverFailed`, unless an "abandon-allocation" comes first.
   */
  | {
      readonly type: "allocate";
      readonly id: number;
      readonly server: IceServer;
      readonly socket: SocketId | undefined;
      readonly address: string;
      readonly tcp: RelayedTcp | undefined;
    }
  | { readonly type: "abandon-allocation"; readonly id: number }
  /**
   * Send `datagram` to a silent server from a socket on `local` that leads there alone: when the system tells that nobody
   * listens there, answer with `serverFailed`, otherwise not at all.
   */
  | {
      readonly type: "probe";
      readonly id: number;
      readonly local: string;
      readonly address: string;
      readonly port: number;
      readonly datagram: Uint8Array;
    }
  /** Checks will go from this relayed socket to that address: the server needs to know (RFC 8656 §9). */
  | { readonly type: "permit"; readonly socket: SocketId; readonly address: string }
  | { readonly type: "candidate"; readonly candidate: IceCandidate; readonly usernameFragment: string }
  | { readonly type: "gathering-state"; readonly state: IceGathererState }
  /** `address` and `port`: ours, where one socket is concerned. 701: the server could not be reached (webrtc-pc §4.8.2). */
  | {
      readonly type: "candidate-error";
      readonly address: string | undefined;
      readonly port: number | undefined;
      readonly url: string;
      readonly errorCode: number;
      readonly errorText: string;
    }
  | { readonly type: "state"; readonly state: IceTransportState }
  /** The role changed by itself: a role conflict, or a lite peer (RFC 8445 §6.1.1, §7.3.1.1). */
  | { readonly type: "role"; readonly controlling: boolean }
  /**
   * Under supervision: a pair has been formed. The same one may be told again with other candidates, when it turns out to be
   * between those.
   */
  | {
      readonly type: "pair-added";
      readonly pair: number;
      readonly local: IceCandidate;
      readonly remote: IceCandidate;
    }
  /** Under supervision: the pair is gone. */
  | { readonly type: "pair-removed"; readonly pair: number }
  /** Under supervision: we would nominate that pair; answer with `decideNomination`. */
  | { readonly type: "nomination-proposed"; readonly pair: number }
  /** The answer to `choosePair`, after everything that follows from it. */
  | { readonly type: "selection"; readonly request: number; readonly succeeded: boolean }
  /** Data goes over another pair from now on. `pair`: its number, under supervision. */
  | {
      readonly type: "selected-pair";
      readonly pair: number | undefined;
      readonly local: IceCandidate;
      readonly remote: IceCandidate;
      readonly path: Path;
    };
