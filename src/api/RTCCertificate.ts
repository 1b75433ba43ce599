/** webrtc-pc §4.9 certificate management. */
import type { CertificateWithKey, Fingerprint } from "../core/crypto/certificate-with-key.ts";
import { certificateDigest } from "../core/crypto/fingerprint.ts";
import type { SigningKeyParameters } from "../core/crypto/provider.ts";
import { buildSelfSignedCertificate } from "../core/crypto/self-signed-certificate.ts";
import type { Host } from "../host/host.ts";
import { Construction } from "../webidl/construction.ts";
import { isObject } from "../webidl/convert.ts";
import { exposeInterface, illegalInvocation } from "../webidl/expose.ts";

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
/** Brand check. */
export let isRTCCertificate: (value: unknown) => value is RTCCertificate;
let slotsOf: (target: unknown) => CertificateSlots;

/**
 * A certificate with its key. Node's `structuredClone` cannot carry objects of classes like this one, so it can be kept
 * and reused within the process only.
 */
export class RTCCertificate {
  readonly #slots: CertificateSlots;

  constructor() {
    this.#slots = construction.take();
  }

  static {
    isRTCCertificate = (value): value is RTCCertificate => isObject(value) && #slots in value;
    slotsOf = (target) => {
      if (isRTCCertificate(target)) return target.#slots;
      throw illegalInvocation("RTCCertificate");
    };
  }

  get expires(): number {
    return slotsOf(this).expires;
  }
  getFingerprints(): RTCDtlsFingerprint[] {
    const { algorithm, value } = slotsOf(this).fingerprint;
    const hex = Array.from(value, (byte) => byte.toString(16).padStart(2, "0"));
    return [{ algorithm, value: hex.join(":") }];
  }
}

exposeInterface(RTCCertificate, "RTCCertificate");

/** The slots of a certificate that passed the brand check. */
export function certificateSlots(certificate: RTCCertificate): CertificateSlots {
  return slotsOf(certificate);
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
