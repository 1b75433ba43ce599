/** What a component is set up with, and what it and the parts of it need of each other. */
import type { Fifo } from "../base/fifo.ts";
import type { Instant } from "../base/instant.ts";
import type { Path, SocketId } from "../base/path.ts";
import type { CertificateWithKey } from "../crypto/certificate-with-key.ts";
import type { DtlsEndpoint } from "../dtls/index.ts";
import type { IceAgent } from "../ice/index.ts";
import type { EngineConfiguration } from "./engine.ts";
import type { HostRequest } from "./host-request.ts";
import type { EngineEvent, IceComponent, TransportError, TransportId } from "./protocol.ts";
import type { Relays } from "./relays.ts";

/** What a component needs of the engine around it. */
export interface ComponentContext extends Omit<EngineConfiguration, "certificates"> {
  readonly certificate: CertificateWithKey;
  readonly requests: Fifo<HostRequest>;
  readonly events: Fifo<EngineEvent>;
  /** Gives a socket back that nothing uses any more. */
  release(socket: SocketId): void;
  /** Gives relays back when nobody polls this component any more. */
  sayGoodbye(relays: Relays): void;
}

/** How a component is set up: its transport, and what all its components have in common (RFC 8445 §5.3, §16.1). */
export interface ComponentOptions {
  readonly transport: TransportId;
  readonly component: IceComponent;
  readonly controlling: boolean;
  readonly usernameFragment: string;
  readonly password: string;
  /** The agent of the transport's first component. */
  readonly sibling?: IceAgent;
}

/** What runs inside of the DTLS records of a component. */
export interface UpperLayer {
  /** Data goes another way from now on, or another association carries it. */
  pathChanged(now: Instant, path: Path, peerRecordSizeLimit: number | undefined): void;
  dtlsConnected(now: Instant): void;
  dtlsEnded(error: TransportError | undefined): void;
  /** The peer has ended the association to go on with another one, which is being set up. */
  succeeded(now: Instant): void;
  /** The content of one record. */
  handleDatagram(now: Instant, data: Uint8Array): void;
  /** Encrypts and writes what is owed into `out`; 0: nothing. */
  pollTransmit(now: Instant, dtls: DtlsEndpoint, out: Uint8Array): number;
}

/** Counted and dropped, by reason. */
export interface ComponentDrops {
  /** First byte belongs to no protocol of RFC 7983, or to one that is not in use here. */
  unknownProtocol: number;
  /** DTLS or SRTP from a 5-tuple without a successful ICE check. */
  unprovenPath: number;
  /** DTLS beyond what is kept for a description that has not come yet. */
  unexpectedData: number;
}
