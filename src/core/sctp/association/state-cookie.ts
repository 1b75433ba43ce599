/**
 * The state cookie (RFC 9260 §5.1.3): everything needed to make an association out of a COOKIE ECHO, so that an INIT costs
 * nothing. Only we read it, so the layout is ours: fixed, no pointers, authenticated with HMAC-SHA-256 under a key that
 * lives and dies with the association object.
 */

import { equalConstantTime } from "../../base/constant-time.ts";
import type { Instant } from "../../base/instant.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { type Random, randomBytes } from "../../base/random.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { Capabilities } from "./capabilities.ts";

/** What both sides have agreed on, once INIT and INIT ACK are known. TSNs and tags as on the wire. */
export interface HandshakeResult {
  readonly localTag: number;
  readonly peerTag: number;
  readonly localInitialTsn: number;
  readonly peerInitialTsn: number;
  readonly peerReceiverWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly capabilities: Capabilities;
}

/** The cookie's content. */
export interface StateCookie extends HandshakeResult {
  readonly createdAt: Instant;
  /** Tags of the association that existed when the INIT came; 0 for none (RFC 9260 §5.2.2). */
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

const CONTENT_LENGTH = 48;
const MAC_LENGTH = 32;
/** Bytes of a cookie. */
export const COOKIE_LENGTH = CONTENT_LENGTH + MAC_LENGTH;
const FORMAT = 0x5357_0001;
const KEY_LENGTH = 32;

const NOT_OURS = malformed("sctp: state cookie is not ours");

/** Seals and opens the cookies of one association object. */
export class CookieJar {
  readonly #crypto: CryptoProvider;
  readonly #key: Uint8Array;

  constructor(crypto: CryptoProvider, random: Random) {
    this.#crypto = crypto;
    this.#key = randomBytes(random, KEY_LENGTH);
  }

  seal(cookie: StateCookie): Uint8Array {
    const out = new Uint8Array(COOKIE_LENGTH);
    const view = new DataView(out.buffer);
    view.setUint32(0, FORMAT);
    view.setFloat64(4, cookie.createdAt);
    view.setUint32(12, cookie.localTag);
    view.setUint32(16, cookie.peerTag);
    view.setUint32(20, cookie.localInitialTsn);
    view.setUint32(24, cookie.peerInitialTsn);
    view.setUint32(28, cookie.peerReceiverWindow);
    view.setUint16(32, cookie.outboundStreams);
    view.setUint16(34, cookie.inboundStreams);
    view.setUint32(36, cookie.localTieTag);
    view.setUint32(40, cookie.peerTieTag);
    const { partialReliability, reconfiguration, zeroChecksum } = cookie.capabilities;
    view.setUint32(44, (partialReliability ? 1 : 0) | (reconfiguration ? 2 : 0) | (zeroChecksum ? 4 : 0));
    out.set(this.#mac(out.subarray(0, CONTENT_LENGTH)), CONTENT_LENGTH);
    return out;
  }

  open(bytes: Uint8Array): StateCookie | Malformed {
    if (bytes.length !== COOKIE_LENGTH) return NOT_OURS;
    const mac = this.#mac(bytes.subarray(0, CONTENT_LENGTH));
    if (!equalConstantTime(mac, bytes.subarray(CONTENT_LENGTH))) return NOT_OURS;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0) !== FORMAT) return NOT_OURS;
    const capabilities = view.getUint32(44);
    return {
      createdAt: view.getFloat64(4),
      localTag: view.getUint32(12),
      peerTag: view.getUint32(16),
      localInitialTsn: view.getUint32(20),
      peerInitialTsn: view.getUint32(24),
      peerReceiverWindow: view.getUint32(28),
      outboundStreams: view.getUint16(32),
      inboundStreams: view.getUint16(34),
      localTieTag: view.getUint32(36),
      peerTieTag: view.getUint32(40),
      capabilities: {
        partialReliability: (capabilities & 1) !== 0,
        reconfiguration: (capabilities & 2) !== 0,
        zeroChecksum: (capabilities & 4) !== 0,
      },
    };
  }

  #mac(content: Uint8Array): Uint8Array {
    return this.#crypto.hmac("sha256", this.#key, content);
  }
}
