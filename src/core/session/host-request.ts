/** What crosses the border between the engine and its driver. */
import type { SocketId } from "../base/path.ts";
import type { IceComponent, TransportId } from "./protocol.ts";

/** What the engine needs from the machine it runs on; the driver answers through the methods named in each member. */
export type HostRequest =
  /** Open one UDP socket per usable local address: `addSocket` for each, then `socketsComplete`. */
  | {
      readonly type: "open-sockets";
      readonly transport: TransportId;
      readonly component: IceComponent;
      /** Loopback addresses, too, although there are others. */
      readonly loopback: boolean;
    }
  /**
   * Connect a TCP stream, or a TLS one whose certificate is valid for `serverName`: `streamConnected` or `streamFailed`,
   * exactly once. From then on it is a socket: what `pollTransmit` has for its path are bytes of the stream.
   */
  | {
      readonly type: "connect-stream";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly id: number;
      readonly address: string;
      readonly port: number;
      readonly serverName: string | undefined;
      /** Our end; port 0 is any. Absent: as the system likes. */
      readonly local?: { readonly address: string; readonly port: number };
    }
  /**
   * A port for a TCP candidate on a local address: `tcpOpened`, exactly once. With `listen` each stream that comes there is
   * told by `streamAccepted`, until "close-tcp".
   */
  | {
      readonly type: "open-tcp";
      readonly transport: TransportId;
      readonly component: IceComponent;
      /** The candidate's number. */
      readonly socket: SocketId;
      readonly address: string;
      readonly listen: boolean;
    }
  | {
      readonly type: "close-tcp";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly socket: SocketId;
    }
  /** Nobody waits for the answer to that "connect-stream" any more; it may still come. */
  | {
      readonly type: "cancel-stream";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly id: number;
    }
  /** Send a datagram from a socket that leads to this server alone: `serverUnreachable` when the system tells that it is not there. */
  | {
      readonly type: "probe-server";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly id: number;
      /** The local address to send from. */
      readonly local: string;
      readonly address: string;
      readonly port: number;
      readonly datagram: Uint8Array;
    }
  /** Nothing uses that socket (or stream) any more. */
  | { readonly type: "close-socket"; readonly socket: SocketId }
  /** Answer by multicast DNS for a name of one of our addresses, as long as the connection lives. */
  | { readonly type: "publish-name"; readonly name: string; readonly address: string }
  /** Look a name up: `resolved`, exactly once. */
  | {
      readonly type: "resolve";
      readonly transport: TransportId;
      readonly component: IceComponent;
      readonly id: number;
      readonly name: string;
      readonly mdns: boolean;
    };

/** A socket that the driver has opened for a transport. */
export interface OpenedSocket {
  readonly socket: SocketId;
  readonly address: string;
  readonly port: number;
  readonly loopback: boolean;
  /** Bytes of the largest IP packet that its link carries, where the host knows. */
  readonly linkMtu?: number;
}
