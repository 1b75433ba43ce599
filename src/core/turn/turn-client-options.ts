/** What goes into a TURN client, and what comes out of it for a peer. */
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { TurnTiming } from "./protocol.ts";
import type { RelayTransport } from "./request-message.ts";

/** How a client is set up. */
export interface TurnClientOptions {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly username: string;
  readonly password: string;
  /** The way to the server is TCP or TLS: nothing is repeated, and ChannelData is padded. */
  readonly stream: boolean;
  /** What the allocation is for; absent: datagrams. For connections (RFC 6062) the way to the server must be a stream. */
  readonly relayTransport?: RelayTransport;
  readonly timing?: Partial<TurnTiming>;
}

/** Data from a peer. One object serves all: valid until the next call. */
export interface PeerData {
  address: string;
  port: number;
  /** Borrowed from what was handed in. */
  data: Uint8Array;
}
