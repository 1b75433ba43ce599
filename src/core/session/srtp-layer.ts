/** DTLS-SRTP on one component (RFC 5764): keys from its handshake, and SRTP between the network and the RTP session. */
import type { Instant } from "../base/instant.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { DtlsEndpoint } from "../dtls/index.ts";
import { isRtcp } from "../rtcp/index.ts";
import type { RtpSession } from "../rtp-session/rtp-session.ts";
import {
  exportedKeyLength,
  SRTP_EXPORTER_LABEL,
  SRTP_PROFILE,
  SrtpReceiver,
  SrtpSender,
  splitExportedKeys,
  srtpProfile,
} from "../srtp/index.ts";

/**
 * use_srtp, best first. Every DTLS handshake offers it: audio or video may be added later. AES-CM leads because its key stream
 * comes from a cipher that is kept, which takes half the time of GCM here (docs/srtp.md); RFC 8827 §6.5 asks everybody for it.
 * The short tag is for peers that have nothing else.
 */
export const SRTP_PROFILES: readonly number[] = [
  SRTP_PROFILE.AES128_CM_HMAC_SHA1_80,
  SRTP_PROFILE.AEAD_AES_128_GCM,
  SRTP_PROFILE.AEAD_AES_256_GCM,
  SRTP_PROFILE.AES128_CM_HMAC_SHA1_32,
];

/** What a component sends: RTCP goes over the second one where there is one. */
export type Carried = "rtp" | "rtcp" | "both";

/** Dropped, by reason. */
export interface SrtpDrops {
  /** Before there were keys. */
  withoutKeys: number;
  /** Not from the peer, repeated, or no RTP. */
  refused: number;
}

export class SrtpLayer {
  readonly drops: SrtpDrops = { withoutKeys: 0, refused: 0 };
  /** Changes when the peer agrees to multiplex (RFC 5761 §5.1.1). */
  carried: Carried;
  readonly #session: RtpSession;
  #cryptex = false;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;

  constructor(session: RtpSession, carried: Carried) {
    this.#session = session;
    this.carried = carried;
  }

  /** The handshake is over. Without a common profile there are no keys, and nothing flows (RFC 5764 §4.1). */
  start(now: Instant, crypto: CryptoProvider, dtls: DtlsEndpoint, role: "client" | "server"): void {
    const profile = dtls.srtpProfile === undefined ? undefined : srtpProfile(dtls.srtpProfile);
    if (profile === undefined) return;
    const length = exportedKeyLength(profile);
    const material = dtls.exportKeyingMaterial(SRTP_EXPORTER_LABEL, undefined, length);
    const { local, remote } = splitExportedKeys(profile, material, role);
    material.fill(0);
    const options = { cryptex: this.#cryptex };
    this.#sender = new SrtpSender(crypto, profile, local, options);
    this.#receiver = new SrtpReceiver(crypto, profile, remote, options);
    if (this.carried !== "rtcp") this.#session.start(now);
  }

  /** Whether RTP header extensions are encrypted from now on (RFC 9335). */
  encryptHeaders(cryptex: boolean): void {
    this.#cryptex = cryptex;
    if (this.#sender) this.#sender.cryptex = cryptex;
    if (this.#receiver) this.#receiver.cryptex = cryptex;
  }

  /** The association is over, or another one takes its place. */
  stop(): void {
    if (this.#sender === undefined) return;
    this.#sender = undefined;
    this.#receiver = undefined;
    if (this.carried !== "rtcp") this.#session.stop();
  }

  /** RTP or RTCP from a proven path; decrypted in place. */
  handleDatagram(now: Instant, datagram: Uint8Array): void {
    const receiver = this.#receiver;
    if (receiver === undefined) {
      this.drops.withoutKeys++;
      return;
    }
    const isControl = isRtcp(datagram);
    const length = isControl ? receiver.unprotectRtcp(datagram) : receiver.unprotectRtp(datagram);
    if (length < 0) this.drops.refused++;
    else if (isControl) this.#session.handleRtcp(now, datagram.subarray(0, length));
    else this.#session.handleRtp(now, datagram.subarray(0, length));
  }

  /** Writes the next packet, protected; returns its length, 0 when nothing is owed. */
  pollTransmit(now: Instant, out: Uint8Array): number {
    const sender = this.#sender;
    if (sender === undefined) return 0;
    for (;;) {
      const length = this.#poll(now, out);
      if (length === 0) return 0;
      if (isRtcp(out)) {
        const protectedLength = sender.protectRtcp(out, length);
        if (protectedLength > 0) return protectedLength;
      } else {
        if (this.#session.isProtected) return length;
        const protectedLength = sender.protectRtp(out, length);
        if (protectedLength > 0) {
          this.#session.packetLeft(now, out, protectedLength);
          return protectedLength;
        }
      }
      this.drops.refused++;
    }
  }

  #poll(now: Instant, out: Uint8Array): number {
    const control = this.carried === "rtp" ? 0 : this.#session.pollControl(out);
    return control > 0 || this.carried === "rtcp" ? control : this.#session.pollPacket(now, out);
  }
}
