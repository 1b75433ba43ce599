/**
 * AES counter mode with HMAC-SHA1 (RFC 3711 §4): the tag covers the packet as it goes on the wire and, for RTP, the rollover
 * counter behind it; for RTCP the word with the E flag and the index, which is sent.
 */

import { assert } from "../base/assert.ts";
import type { CryptoProvider, KeyedHmac } from "../crypto/provider.ts";
import { CounterMode } from "./counter-mode.ts";
import { liftExtensionHeader, lowerExtensionHeader } from "./cryptex.ts";
import { deriveSessionKeys } from "./key-derivation.ts";
import { rolloverCounter } from "./packet-index.ts";
import type { SrtpMasterKey, SrtpProfile } from "./profile.ts";
import { readUint32, writeUint32 } from "./rtp-extent.ts";
import { RTCP_CLEAR_LENGTH, SRTCP_ENCRYPTED, SRTCP_INDEX_LENGTH, type SrtpTransform } from "./transform.ts";

const DIGEST_LENGTH = 20;
/** The longest tag, and so the room that is saved before the rollover counter is written over it. */
const MAX_TAG_LENGTH = 10;

export class AesCmHmac implements SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  readonly #rtpTag: number;
  readonly #rtcpTag: number;
  readonly #rtpCipher: CounterMode;
  readonly #rtcpCipher: CounterMode;
  readonly #rtpMac: KeyedHmac;
  readonly #rtcpMac: KeyedHmac;
  readonly #digest = new Uint8Array(DIGEST_LENGTH);
  readonly #received = new Uint8Array(MAX_TAG_LENGTH);

  constructor(crypto: CryptoProvider, profile: SrtpProfile, master: SrtpMasterKey) {
    assert(profile.rtpTagLength <= MAX_TAG_LENGTH, "the tag is one of HMAC-SHA1's");
    const { rtp, rtcp } = deriveSessionKeys(crypto, profile, master);
    this.#rtpTag = profile.rtpTagLength;
    this.#rtcpTag = profile.rtcpTagLength;
    this.rtpOverhead = profile.rtpTagLength;
    this.rtcpOverhead = profile.rtcpTagLength + SRTCP_INDEX_LENGTH;
    this.#rtpCipher = new CounterMode(crypto, rtp.encryption, rtp.salt);
    this.#rtcpCipher = new CounterMode(crypto, rtcp.encryption, rtcp.salt);
    this.#rtpMac = crypto.createKeyedHmac("sha1", rtp.authentication);
    this.#rtcpMac = crypto.createKeyedHmac("sha1", rtcp.authentication);
  }

  protectRtp(packet: Uint8Array, length: number, clear: number, csrcs: number, ssrc: number, index: number) {
    liftExtensionHeader(packet, csrcs);
    this.#rtpCipher.apply(packet, clear, length, ssrc, index);
    lowerExtensionHeader(packet, csrcs);
    // The rollover counter stands where the tag will be: it is authenticated, not sent.
    writeUint32(packet, length, rolloverCounter(index));
    this.#rtpMac.compute(packet, length + 4, this.#digest);
    for (let i = 0; i < this.#rtpTag; i++) packet[length + i] = this.#digest[i]!;
    return length + this.#rtpTag;
  }

  unprotectRtp(
    packet: Uint8Array,
    length: number,
    clear: number,
    csrcs: number,
    ssrc: number,
    index: number,
  ) {
    const end = length - this.#rtpTag;
    if (end < clear) return -1;
    for (let i = 0; i < this.#rtpTag; i++) this.#received[i] = packet[end + i]!;
    writeUint32(packet, end, rolloverCounter(index));
    this.#rtpMac.compute(packet, end + 4, this.#digest);
    for (let i = 0; i < this.#rtpTag; i++) packet[end + i] = this.#received[i]!;
    if (!this.#tagFits(packet, end, this.#rtpTag)) return -1;
    liftExtensionHeader(packet, csrcs);
    this.#rtpCipher.apply(packet, clear, end, ssrc, index);
    lowerExtensionHeader(packet, csrcs);
    return end;
  }

  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#rtcpCipher.apply(packet, RTCP_CLEAR_LENGTH, length, ssrc, index);
    writeUint32(packet, length, SRTCP_ENCRYPTED + index);
    const end = length + SRTCP_INDEX_LENGTH;
    this.#rtcpMac.compute(packet, end, this.#digest);
    for (let i = 0; i < this.#rtcpTag; i++) packet[end + i] = this.#digest[i]!;
    return end + this.#rtcpTag;
  }

  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const end = length - this.#rtcpTag;
    this.#rtcpMac.compute(packet, end, this.#digest);
    if (!this.#tagFits(packet, end, this.#rtcpTag)) return -1;
    const plain = end - SRTCP_INDEX_LENGTH;
    this.#rtcpCipher.apply(packet, RTCP_CLEAR_LENGTH, plain, ssrc, index);
    return plain;
  }

  readRtcpIndexWord(packet: Uint8Array, length: number): number {
    return readUint32(packet, length - this.#rtcpTag - SRTCP_INDEX_LENGTH);
  }

  /** In constant time. */
  #tagFits(packet: Uint8Array, at: number, tagLength: number): boolean {
    let difference = 0;
    for (let i = 0; i < tagLength; i++) difference |= packet[at + i]! ^ this.#digest[i]!;
    return difference === 0;
  }
}
