/** The candidate and server records that cross module borders. Their text form lives in `../sdp`. */

export type IceCandidateType = "host" | "srflx" | "prflx" | "relay";
export type IceProtocol = "udp" | "tcp";
export type IceTcpType = "active" | "passive" | "so";

/** One candidate (RFC 8445 §5.1, RFC 8839 §5.1), local or remote. Plain data. */
export interface IceCandidate {
  /** 1 to 32 `ice-char`. */
  readonly foundation: string;
  /** 1: RTP, or everything when multiplexed; 2: RTCP. */
  readonly component: 1 | 2;
  readonly protocol: IceProtocol;
  /** 1 .. 2^31 - 1 */
  readonly priority: number;
  /** Canonical IP text, or for remote candidates a `….local` mDNS name. */
  readonly address: string;
  readonly port: number;
  readonly type: IceCandidateType;
  readonly tcpType?: IceTcpType;
  /** Where a reflexive or relayed candidate was seen from or belongs to (`raddr`/`rport`). */
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  /** The generation, where the candidate names one (`ufrag` extension attribute). */
  readonly usernameFragment?: string;
  /** The STUN or TURN server's URL it came from (local candidates only; not in SDP). */
  readonly url?: string;
  /** How we reach the TURN server (local relayed candidates only). */
  readonly relayProtocol?: "udp" | "tcp" | "tls";
}

/** One parsed server URL (RFC 7064, RFC 7065), with credentials for TURN. */
export interface IceServer {
  /** As the application wrote it, for events and statistics. */
  readonly url: string;
  readonly scheme: "stun" | "stuns" | "turn" | "turns";
  /** Host name or IP literal, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
  readonly username?: string;
  readonly credential?: string;
}
