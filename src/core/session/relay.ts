/** One TURN client and its way to its server: over a socket of the agent, or over a stream of its own. */
import type { IceServer } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { ipFamilyOf } from "../base/ip-address.ts";
import type { Log } from "../base/log.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { Random } from "../base/random.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { RelayedTcp } from "../ice/index.ts";
import { type RelayAddress, StreamFrames, TurnClient } from "../turn/index.ts";
import { RelayedConnections } from "./relayed-connections.ts";
import type { StreamDestination, Streams } from "./streams.ts";
import type { AcceptedStream } from "./tcp-connections.ts";

/** What one client needs of the component it belongs to. */
export interface RelayContext {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly streams: Streams;
  /** A peer has connected there. False: it is not wanted. */
  accept(now: Instant, socket: SocketId, stream: AcceptedStream): boolean;
  /** Gives a stream back. */
  release(socket: SocketId): void;
}

/** An "allocate" event of the agent. */
export interface AllocationRequest {
  readonly id: number;
  readonly server: IceServer;
  readonly socket: SocketId | undefined;
  readonly address: string;
  readonly tcp: RelayedTcp | undefined;
}

interface RelayedSocket extends RelayAddress {
  readonly socket: SocketId;
}

export class Relay {
  readonly request: AllocationRequest;
  readonly client: TurnClient;
  readonly port: number;
  readonly redirects: number;
  /** Undefined while a stream connects. */
  path: Path | undefined;
  /** The attempt to connect a stream. */
  attempt: number | undefined;
  readonly frames = new StreamFrames();
  readonly sockets: RelayedSocket[] = [];
  /** Where data came from last: peers come in runs. */
  lastSource: Path | undefined;
  /** Undefined: peers are reached by datagrams. */
  readonly connections: RelayedConnections | undefined;

  constructor(request: AllocationRequest, port: number, redirects: number, context: RelayContext) {
    this.request = request;
    this.port = port;
    this.redirects = redirects;
    this.frames.channels = false;
    const { server, socket, tcp } = request;
    this.client = new TurnClient({
      random: context.random,
      crypto: context.crypto,
      log: context.log,
      username: server.username ?? "",
      password: server.credential ?? "",
      stream: socket === undefined,
      relayTransport: tcp === undefined ? "udp" : "tcp",
    });
    if (tcp === undefined) return;
    const { streams } = context;
    this.connections = new RelayedConnections({
      client: this.client,
      streams,
      server: this.destination,
      accept: (now, stream) => context.accept(now, tcp.passive, stream),
      release: (stream) => context.release(stream),
    });
  }

  /** Where a stream goes to. */
  get destination(): StreamDestination {
    const { server, address } = this.request;
    return { address, port: this.port, serverName: server.scheme === "turns" ? server.host : undefined };
  }

  /** The path that data of a peer comes in on: its relayed socket of that family, and the peer. */
  pathFrom(address: string, port: number): Path | undefined {
    const last = this.lastSource;
    if (last !== undefined && last.port === port && last.address === address) return last;
    const family = ipFamilyOf(address);
    const socket = this.sockets.find((one) => ipFamilyOf(one.address) === family)?.socket;
    if (socket === undefined) return undefined;
    this.lastSource = { socket, address, port };
    return this.lastSource;
  }
}
