import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { SctpLimits } from "../limits.ts";

/** How an association is made. */
export interface SctpOptions {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly log: Log;
  readonly localPort: number;
  readonly remotePort: number;
  /** Largest SCTP packet, bytes. */
  readonly mtu: number;
  /** Larger messages end the association. */
  readonly maxReceiveMessageSize: number;
  /** Streams in each direction, 1..65535. */
  readonly maxStreams: number;
  readonly limits?: Partial<SctpLimits>;
  /** Accept and, where the peer does too, send packets without checksum (RFC 9653): DTLS protects them better. Default true. */
  readonly zeroChecksum?: boolean;
}
