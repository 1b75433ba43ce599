/** Checks and decrypts what the peer sends under one master key (RFC 3711 §3.3). Nothing changes before a tag was right. */

import type { CryptoProvider } from "../crypto/provider.ts";
import { plainProfile } from "./cryptex.ts";
import { estimatePacketIndex, LAST_PACKET_INDEX, nextRollover } from "./packet-index.ts";
import type { SrtpMasterKey, SrtpProfile } from "./profile.ts";
import {
  MAX_SRTP_STREAMS,
  SRTP_MALFORMED,
  SRTP_NOT_AUTHENTIC,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_STREAMS,
} from "./refusal.ts";
import { ReplayWindow, SRTCP_REPLAY_WINDOW, SRTP_REPLAY_WINDOW } from "./replay-window.ts";
import {
  csrcLength,
  EXTENSION_HEADER_LENGTH,
  FIXED_HEADER_LENGTH,
  hasExtension,
  readUint32,
  rtpHeaderLength,
} from "./rtp-extent.ts";
import { createTransform } from "./srtp-sender.ts";
import { RTCP_CLEAR_LENGTH, SRTCP_ENCRYPTED, type SrtpTransform } from "./transform.ts";

/** What was taken and what was refused, in packets. */
export interface SrtpReceiverStatistics {
  accepted: number;
  malformed: number;
  notAuthentic: number;
  replayed: number;
  tooManyStreams: number;
}

/** What may change during the life of a key. */
export interface SrtpReceiverOptions {
  /** Both sides have said `a=cryptex` (RFC 9335). */
  readonly cryptex?: boolean;
}

export class SrtpReceiver {
  /** Whether packets with encrypted header extensions are understood (RFC 9335). May change at any time. */
  cryptex: boolean;
  readonly statistics: SrtpReceiverStatistics = {
    accepted: 0,
    malformed: 0,
    notAuthentic: 0,
    replayed: 0,
    tooManyStreams: 0,
  };
  readonly #transform: SrtpTransform;
  readonly #streams = new Map<number, ReplayWindow>();
  readonly #rtcpStreams = new Map<number, ReplayWindow>();
  #lastSsrc = -1;
  #lastStream: ReplayWindow | undefined;

  constructor(
    crypto: CryptoProvider,
    profile: SrtpProfile,
    master: SrtpMasterKey,
    options: SrtpReceiverOptions = {},
  ) {
    this.#transform = createTransform(crypto, profile, master);
    this.cryptex = options.cryptex ?? false;
  }

  /**
   * Checks and decrypts an SRTP packet in place; returns the RTP packet's length, or a negative refusal, after which the
   * packet is as it came.
   */
  unprotectRtp(packet: Uint8Array): number {
    return this.#count(this.#unprotectRtp(packet));
  }

  /** The same for SRTCP. */
  unprotectRtcp(packet: Uint8Array): number {
    return this.#count(this.#unprotectRtcp(packet));
  }

  #count(result: number): number {
    const statistics = this.statistics;
    if (result >= 0) statistics.accepted++;
    else if (result === SRTP_MALFORMED) statistics.malformed++;
    else if (result === SRTP_NOT_AUTHENTIC) statistics.notAuthentic++;
    else if (result === SRTP_REPLAYED) statistics.replayed++;
    else statistics.tooManyStreams++;
    return result;
  }

  #unprotectRtp(packet: Uint8Array): number {
    const header = rtpHeaderLength(packet, packet.length);
    if (header < 0 || header + this.#transform.rtpOverhead > packet.length) return SRTP_MALFORMED;
    const ssrc = readUint32(packet, 8);
    const known = ssrc === this.#lastSsrc ? this.#lastStream : this.#streams.get(ssrc);
    if (known === undefined && this.#streams.size >= MAX_SRTP_STREAMS) return SRTP_TOO_MANY_STREAMS;
    const highest = known === undefined ? -1 : known.highest;
    const sequenceNumber = (packet[2]! << 8) | packet[3]!;
    let index = estimatePacketIndex(highest, sequenceNumber);
    if (index > LAST_PACKET_INDEX) return SRTP_NOT_AUTHENTIC;
    const fresh = known?.isFresh(index) ?? true;
    let length = fresh ? this.#open(packet, header, ssrc, index) : -1;
    if (length < 0) {
      // Half a cycle or more was lost, or the wrap before our first packet: the counter may be one further. The tag tells.
      index = nextRollover(index);
      if (index > LAST_PACKET_INDEX) return fresh ? SRTP_NOT_AUTHENTIC : SRTP_REPLAYED;
      length = this.#open(packet, header, ssrc, index);
      if (length < 0) return fresh ? SRTP_NOT_AUTHENTIC : SRTP_REPLAYED;
    }
    const stream = known ?? this.#addStream(ssrc);
    stream.accept(index);
    this.#lastSsrc = ssrc;
    this.#lastStream = stream;
    return length;
  }

  #addStream(ssrc: number): ReplayWindow {
    const stream = new ReplayWindow(SRTP_REPLAY_WINDOW);
    this.#streams.set(ssrc, stream);
    return stream;
  }

  #open(packet: Uint8Array, header: number, ssrc: number, index: number): number {
    const transform = this.#transform;
    if (!this.cryptex || !hasExtension(packet))
      return transform.unprotectRtp(packet, packet.length, header, 0, ssrc, index);
    const csrcs = csrcLength(packet);
    const at = FIXED_HEADER_LENGTH + csrcs;
    const profile = plainProfile((packet[at]! << 8) | packet[at + 1]!);
    if (profile < 0) return transform.unprotectRtp(packet, packet.length, header, 0, ssrc, index);
    const clear = FIXED_HEADER_LENGTH + EXTENSION_HEADER_LENGTH;
    const length = transform.unprotectRtp(packet, packet.length, clear, csrcs, ssrc, index);
    if (length < 0) return length;
    packet[at] = profile >>> 8;
    packet[at + 1] = profile & 0xff;
    return length;
  }

  #unprotectRtcp(packet: Uint8Array): number {
    const transform = this.#transform;
    if (packet.length < RTCP_CLEAR_LENGTH + transform.rtcpOverhead || packet[0]! >>> 6 !== 2)
      return SRTP_MALFORMED;
    const word = transform.readRtcpIndexWord(packet, packet.length);
    // DTLS-SRTP negotiates no clear SRTCP (RFC 5764 §4.1.2), so a packet that says it is in the clear is a forgery or a fault.
    if (word < SRTCP_ENCRYPTED) return SRTP_MALFORMED;
    const index = word - SRTCP_ENCRYPTED;
    const ssrc = readUint32(packet, 4);
    const known = this.#rtcpStreams.get(ssrc);
    if (known === undefined && this.#rtcpStreams.size >= MAX_SRTP_STREAMS) return SRTP_TOO_MANY_STREAMS;
    if (known?.isFresh(index) === false) return SRTP_REPLAYED;
    const length = transform.unprotectRtcp(packet, packet.length, ssrc, index);
    if (length < 0) return SRTP_NOT_AUTHENTIC;
    const stream = known ?? new ReplayWindow(SRTCP_REPLAY_WINDOW);
    if (known === undefined) this.#rtcpStreams.set(ssrc, stream);
    stream.accept(index);
    return length;
  }
}
