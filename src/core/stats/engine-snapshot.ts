/** What one engine answers when it is asked for statistics: plain structured-cloneable records. */
import type { Instant } from "../base/instant.ts";
import type { IceSnapshot } from "./ice-snapshot.ts";
import type { RtpSnapshot } from "./rtp-snapshot.ts";

/** One DTLS association. */
export interface DtlsSnapshot {
  readonly role: "client" | "server";
  /** Of the record layer (0xfefd: DTLS 1.2), once connected. */
  readonly version: number | undefined;
  /** The IANA name, once connected. */
  readonly cipherSuite: string | undefined;
  /** IANA code of the negotiated use_srtp profile (RFC 5764 §4.1.2). */
  readonly srtpProfile: number | undefined;
}

/** One component of a transport: ICE and DTLS are each component's own. */
export interface TransportSnapshot {
  /** The transport's name at the border (`TransportId`). */
  readonly transport: number;
  /** 2: RTCP's, where the peer does not multiplex. */
  readonly component: 1 | 2;
  readonly ice: IceSnapshot;
  /** Undefined before the role is negotiated. */
  readonly dtls: DtlsSnapshot | undefined;
  readonly rtp: RtpSnapshot;
}

/** Everything that one engine counts. */
export interface EngineSnapshot {
  /** When it was taken. All instants in it are of the same clock. */
  readonly at: Instant;
  readonly transports: readonly TransportSnapshot[];
}
