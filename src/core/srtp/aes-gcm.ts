/**
 * AES-GCM (RFC 7714): the nonce is
 *
 *     RTP  (§8.1):  0 0 | SSRC | ROC | SEQ          XOR the session salt of 12 octets
 *     RTCP (§9.1):  0 0 | SSRC | 0 0 | SRTCP index  XOR the session salt
 *
 * For RTCP the word with the E flag and the index is authenticated behind the clear octets and sent behind the tag (§9.2).
 */
import { AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, type Aead, type CryptoProvider } from "../crypto/provider.ts";
import { liftExtensionHeader, lowerExtensionHeader } from "./cryptex.ts";
import { deriveSessionKeys } from "./key-derivation.ts";
import { rolloverCounter } from "./packet-index.ts";
import type { SrtpMasterKey, SrtpProfile } from "./profile.ts";
import { readUint32, writeUint32 } from "./rtp-extent.ts";
import { RTCP_CLEAR_LENGTH, SRTCP_ENCRYPTED, SRTCP_INDEX_LENGTH, type SrtpTransform } from "./transform.ts";

export class AesGcm implements SrtpTransform {
  readonly rtpOverhead = AEAD_TAG_LENGTH;
  readonly rtcpOverhead = AEAD_TAG_LENGTH + SRTCP_INDEX_LENGTH;
  readonly #rtp: Aead;
  readonly #rtcp: Aead;
  readonly #rtpSalt: Uint8Array;
  readonly #rtcpSalt: Uint8Array;
  readonly #nonce = new Uint8Array(AEAD_NONCE_LENGTH);
  readonly #rtcpClear = new Uint8Array(RTCP_CLEAR_LENGTH + SRTCP_INDEX_LENGTH);

  constructor(crypto: CryptoProvider, profile: SrtpProfile, master: SrtpMasterKey) {
    const { rtp, rtcp } = deriveSessionKeys(crypto, profile, master);
    const name = profile.keyLength === 16 ? "aes-128-gcm" : "aes-256-gcm";
    this.#rtp = crypto.createAead(name, rtp.encryption);
    this.#rtcp = crypto.createAead(name, rtcp.encryption);
    this.#rtpSalt = rtp.salt;
    this.#rtcpSalt = rtcp.salt;
  }

  protectRtp(packet: Uint8Array, length: number, clear: number, csrcs: number, ssrc: number, index: number) {
    this.#setRtpNonce(ssrc, index);
    liftExtensionHeader(packet, csrcs);
    const body = packet.subarray(clear);
    this.#rtp.seal(this.#nonce, packet.subarray(0, clear), packet.subarray(clear, length), body);
    lowerExtensionHeader(packet, csrcs);
    return length + AEAD_TAG_LENGTH;
  }

  unprotectRtp(
    packet: Uint8Array,
    length: number,
    clear: number,
    csrcs: number,
    ssrc: number,
    index: number,
  ) {
    if (length - AEAD_TAG_LENGTH < clear) return -1;
    this.#setRtpNonce(ssrc, index);
    liftExtensionHeader(packet, csrcs);
    const body = packet.subarray(clear, length);
    const opened = this.#rtp.open(this.#nonce, packet.subarray(0, clear), body, body);
    lowerExtensionHeader(packet, csrcs);
    return opened < 0 ? -1 : clear + opened;
  }

  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#setRtcpNonce(packet, ssrc, index);
    const body = packet.subarray(RTCP_CLEAR_LENGTH);
    this.#rtcp.seal(this.#nonce, this.#rtcpClear, packet.subarray(RTCP_CLEAR_LENGTH, length), body);
    writeUint32(packet, length + AEAD_TAG_LENGTH, SRTCP_ENCRYPTED + index);
    return length + this.rtcpOverhead;
  }

  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#setRtcpNonce(packet, ssrc, index);
    const body = packet.subarray(RTCP_CLEAR_LENGTH, length - SRTCP_INDEX_LENGTH);
    const opened = this.#rtcp.open(this.#nonce, this.#rtcpClear, body, body);
    return opened < 0 ? -1 : RTCP_CLEAR_LENGTH + opened;
  }

  readRtcpIndexWord(packet: Uint8Array, length: number): number {
    return readUint32(packet, length - SRTCP_INDEX_LENGTH);
  }

  #setRtpNonce(ssrc: number, index: number): void {
    const nonce = this.#nonce;
    nonce.fill(0, 0, 2);
    writeUint32(nonce, 2, ssrc);
    writeUint32(nonce, 6, rolloverCounter(index));
    nonce[10] = (index % 0x1_0000) >>> 8;
    nonce[11] = index % 0x1_0000;
    this.#addSalt(this.#rtpSalt);
  }

  #setRtcpNonce(packet: Uint8Array, ssrc: number, index: number): void {
    const nonce = this.#nonce;
    nonce.fill(0);
    writeUint32(nonce, 2, ssrc);
    writeUint32(nonce, 8, index);
    this.#addSalt(this.#rtcpSalt);
    for (let i = 0; i < RTCP_CLEAR_LENGTH; i++) this.#rtcpClear[i] = packet[i]!;
    writeUint32(this.#rtcpClear, RTCP_CLEAR_LENGTH, SRTCP_ENCRYPTED + index);
  }

  #addSalt(salt: Uint8Array): void {
    for (let i = 0; i < AEAD_NONCE_LENGTH; i++) this.#nonce[i]! ^= salt[i]!;
  }
}
