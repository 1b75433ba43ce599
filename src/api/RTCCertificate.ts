/** webrtc-pc §4.9 certificate management. */
import type { CertificateWithKey, Fingerprint } from "../core/crypto/certificate-with-key.ts";
import { certificateDigest } from "../core/crypto/fingerprint.ts";
import type { SigningKeyParameters } from "../core/crypto/provider.ts";
import { buildSelfSignedCertificate } from "../core/crypto/self-signed-certificate.ts";
import type { Host } from "../host/host.ts";
import { Construction } from "../webidl/construction.ts";
import { exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

/** webrtc-pc §5.5.2 */
export interface RTCDtlsFingerprint {
  algorithm?: string;
  value?: string;
}

/** The internal slots of an `RTCCertificate`. */
export interface CertificateSlots extends CertificateWithKey {
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly fingerprint: Fingerprint;
}

/** webrtc-pc §4.9.1: 30 days, milliseconds. */
const DEFAULT_LIFETIME = 30 * 24 * 60 * 60 * 1000;
/** webrtc-pc §4.9.1: 365 days at most, milliseconds. */
const MAX_LIFETIME = 365 * 24 * 60 * 60 * 1000;
/** Peers whose clocks are behind accept the certificate all the same, milliseconds. */
const BACKDATING = 24 * 60 * 60 * 1000;

const construction = new Construction<CertificateSlots>();
const internals = internalSlots<CertificateSlots, RTCCertificate>("RTCCertificate");

/**
 * A certificate with its key. Node's `structuredClone` cannot carry objects of classes like this one, so it can be kept
 * and reused within the process only.
 */
export class RTCCertificate {
  constructor() {
    internals.attach(this, construction.take());
  }

  get expires(): number {
    return internals.of(this).expires;
  }
  getFingerprints(): RTCDtlsFingerprint[] {
    const { algorithm, value } = internals.of(this).fingerprint;
    const hex = Array.from(value, (byte) => byte.toString(16).padStart(2, "0"));
    return [{ algorithm, value: hex.join(":") }];
  }
}

exposeInterface(RTCCertificate, "RTCCertificate");

/** Brand check. */
export const isRTCCertificate: (value: unknown) => value is RTCCertificate = internals.has;

/** The slots of a certificate that passed the brand check. */
export function certificateSlots(certificate: RTCCertificate): CertificateSlots {
  return internals.of(certificate);
}

/** Wraps a generated certificate for the application. */
export function createCertificate(slots: CertificateSlots): RTCCertificate {
  return construction.run(slots, () => new RTCCertificate());
}

/**
 * Makes a key and a certificate that lives for `lifetime` milliseconds, without blocking. Randomised serial number, a
 * name that says nothing (webrtc-pc §4.9.1). Rejects when the key cannot be made.
 */
export function generateCertificate(
  host: Host,
  parameters: SigningKeyParameters,
  lifetime: number = DEFAULT_LIFETIME,
): Promise<CertificateSlots> {
  return new Promise((resolve, reject) => {
    host.crypto.generateSigningKey(parameters, (key) => {
      if (key === undefined) {
        reject(new DOMException("the key could not be generated", "OperationError"));
        return;
      }
      const now = host.wallClock();
      const expires = Math.floor(now + Math.min(lifetime, MAX_LIFETIME));
      const notBefore = now - BACKDATING;
      const options = { key, random: host.crypto, notBefore, notAfter: expires };
      const certificate = buildSelfSignedCertificate(options);
      const value = certificateDigest(host.crypto, "sha-256", certificate)!;
      resolve({ key, certificate, expires, fingerprint: { algorithm: "sha-256", value } });
    });
  });
}
