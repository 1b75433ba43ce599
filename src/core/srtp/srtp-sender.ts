/** Protects what we send under one master key (RFC 3711 §3.3): one for each DTLS association and direction. */

import type { CryptoProvider } from "../crypto/provider.ts";
import { AesCmHmac } from "./aes-cm-hmac.ts";
import { AesGcm } from "./aes-gcm.ts";
import { cryptexProfile, insertEmptyExtension } from "./cryptex.ts";
import { estimatePacketIndex, LAST_PACKET_INDEX } from "./packet-index.ts";
import type { SrtpMasterKey, SrtpProfile } from "./profile.ts";
import {
  MAX_SRTP_STREAMS,
  SRTP_KEY_EXHAUSTED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_STREAMS,
} from "./refusal.ts";
import { ReplayWindow, SRTP_REPLAY_WINDOW } from "./replay-window.ts";
import {
  csrcLength,
  EXTENSION_HEADER_LENGTH,
  FIXED_HEADER_LENGTH,
  hasExtension,
  readUint32,
  rtpHeaderLength,
} from "./rtp-extent.ts";
import { RTCP_CLEAR_LENGTH, type SrtpTransform } from "./transform.ts";

/** The last index of SRTCP under one key (RFC 3711 §3.2.1). */
export const LAST_SRTCP_INDEX = 2 ** 31 - 1;

/** The transform of a profile under a master key. */
export function createTransform(
  crypto: CryptoProvider,
  profile: SrtpProfile,
  master: SrtpMasterKey,
): SrtpTransform {
  return profile.cipher === "aead-aes-gcm"
    ? new AesGcm(crypto, profile, master)
    : new AesCmHmac(crypto, profile, master);
}

/** What may change during the life of a key. */
export interface SrtpSenderOptions {
  /** Both sides have said `a=cryptex` (RFC 9335). */
  readonly cryptex?: boolean;
  /** The rollover counter that streams begin with: for a key that was in use elsewhere before. Default 0. */
  readonly initialRolloverCounter?: number;
  /** The first SRTCP index. Default 0. */
  readonly initialRtcpIndex?: number;
}

export class SrtpSender {
  /** Whether header extensions and CSRCs are encrypted as well (RFC 9335). May change at any time. */
  cryptex: boolean;
  readonly #transform: SrtpTransform;
  /** Indexes that have been used, by SSRC. */
  readonly #streams = new Map<number, ReplayWindow>();
  readonly #rtcpIndexes = new Map<number, number>();
  readonly #initialRolloverCounter: number;
  readonly #initialRtcpIndex: number;
  #lastSsrc = -1;
  #lastStream: ReplayWindow | undefined;

  constructor(
    crypto: CryptoProvider,
    profile: SrtpProfile,
    master: SrtpMasterKey,
    options: SrtpSenderOptions = {},
  ) {
    this.#transform = createTransform(crypto, profile, master);
    this.cryptex = options.cryptex ?? false;
    this.#initialRolloverCounter = options.initialRolloverCounter ?? 0;
    this.#initialRtcpIndex = options.initialRtcpIndex ?? 0;
  }

  /** Octets that {@link protectRtp} adds at most. */
  get rtpOverhead(): number {
    return this.#transform.rtpOverhead + (this.cryptex ? EXTENSION_HEADER_LENGTH : 0);
  }

  /** Octets that {@link protectRtcp} adds. */
  get rtcpOverhead(): number {
    return this.#transform.rtcpOverhead;
  }

  /**
   * Protects the RTP packet `packet[0, length)` in place and returns its new length, or a negative refusal. The same SSRC
   * and index are never protected twice: whoever sends a packet again without RTX sends the protected octets again.
   */
  protectRtp(packet: Uint8Array, length: number): number {
    const header = rtpHeaderLength(packet, length);
    if (header < 0) return SRTP_MALFORMED;
    if (length + this.rtpOverhead > packet.length) return SRTP_NO_ROOM;
    const ssrc = readUint32(packet, 8);
    const stream = this.#stream(ssrc);
    if (stream === undefined) return SRTP_TOO_MANY_STREAMS;
    const sequenceNumber = (packet[2]! << 8) | packet[3]!;
    const index =
      stream.highest < 0
        ? this.#initialRolloverCounter * 0x1_0000 + sequenceNumber
        : estimatePacketIndex(stream.highest, sequenceNumber);
    if (index > LAST_PACKET_INDEX) return SRTP_KEY_EXHAUSTED;
    if (!stream.isFresh(index)) return SRTP_REPLAYED;
    stream.accept(index);
    if (this.cryptex) return this.#protectWithHeader(packet, length, header, ssrc, index);
    return this.#transform.protectRtp(packet, length, header, 0, ssrc, index);
  }

  #protectWithHeader(packet: Uint8Array, length: number, header: number, ssrc: number, index: number) {
    const csrcs = csrcLength(packet);
    let end = length;
    if (!hasExtension(packet)) {
      if (csrcs === 0) return this.#transform.protectRtp(packet, length, header, 0, ssrc, index);
      end = insertEmptyExtension(packet, length, csrcs);
    }
    const at = FIXED_HEADER_LENGTH + csrcs;
    const profile = cryptexProfile((packet[at]! << 8) | packet[at + 1]!);
    if (profile < 0) return this.#transform.protectRtp(packet, end, header, 0, ssrc, index);
    packet[at] = profile >>> 8;
    packet[at + 1] = profile & 0xff;
    const clear = FIXED_HEADER_LENGTH + EXTENSION_HEADER_LENGTH;
    return this.#transform.protectRtp(packet, end, clear, csrcs, ssrc, index);
  }

  /** Protects the compound RTCP packet `packet[0, length)` in place; returns its new length, or a negative refusal. */
  protectRtcp(packet: Uint8Array, length: number): number {
    if (length < RTCP_CLEAR_LENGTH || length > packet.length || packet[0]! >>> 6 !== 2) return SRTP_MALFORMED;
    if (length + this.#transform.rtcpOverhead > packet.length) return SRTP_NO_ROOM;
    const ssrc = readUint32(packet, 4);
    const index = this.#rtcpIndexes.get(ssrc) ?? this.#initialRtcpIndex;
    if (index > LAST_SRTCP_INDEX) return SRTP_KEY_EXHAUSTED;
    if (this.#rtcpIndexes.size >= MAX_SRTP_STREAMS && !this.#rtcpIndexes.has(ssrc))
      return SRTP_TOO_MANY_STREAMS;
    this.#rtcpIndexes.set(ssrc, index + 1);
    return this.#transform.protectRtcp(packet, length, ssrc, index);
  }

  #stream(ssrc: number): ReplayWindow | undefined {
    if (ssrc === this.#lastSsrc) return this.#lastStream;
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_SRTP_STREAMS) return undefined;
      stream = new ReplayWindow(SRTP_REPLAY_WINDOW);
      this.#streams.set(ssrc, stream);
    }
    this.#lastSsrc = ssrc;
    this.#lastStream = stream;
    return stream;
  }
}
