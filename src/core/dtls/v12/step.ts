/** What the handshake of DTLS 1.2 is made of: one class per awaited message, in the order of the flights (RFC 6347 §4.2.4). */
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import { DECODE_ERROR, UNEXPECTED_MESSAGE } from "../message/alert.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { Handshake } from "./handshake.ts";
import type { HelloRandoms } from "./key-schedule.ts";

/** Awaits one message (or one of two, where the standard leaves one out). */
export interface Expecting {
  readonly kind: "expecting";
  /** The awaited message, for logs and errors. */
  readonly awaited: string;
  /**
   * Whether a message that is refused ends the handshake. Anybody can send the first hello, so one that is refused leaves
   * the server waiting for a better one.
   */
  readonly survivesRefusal: boolean;
  /** The next message in order. Its body is the state's to keep. */
  handle(message: HandshakeMessage, handshake: Handshake): Step;
}

/** Both Finished are checked: the peer holds the key of the certificate that the fingerprints name. */
export interface Established {
  readonly kind: "established";
  readonly session: Session;
}

/** A message that we do not take, and the alert that says so. */
export interface Refusal {
  readonly kind: "refusal";
  readonly alert: number;
  readonly detail: "dtls-failure" | "fingerprint-failure";
  readonly message: string;
}

export type Step = Expecting | Established | Refusal;

/** What a finished handshake leaves behind. */
export interface Session {
  readonly suite: CipherSuite;
  readonly group: KeyAgreementGroup;
  readonly randoms: HelloRandoms;
  readonly masterSecret: Uint8Array;
  readonly srtpProfile: number | undefined;
  /** Plaintext bytes that the peer takes in one record, if it has said so (RFC 8449). */
  readonly peerRecordSizeLimit: number | undefined;
}

/** What the two hellos agreed on. */
export interface Agreed {
  readonly suite: CipherSuite;
  readonly randoms: HelloRandoms;
  readonly extendedMasterSecret: boolean;
  readonly srtpProfile: number | undefined;
  /** Plaintext bytes that the peer takes in one record, if it has said so (RFC 8449). */
  readonly peerRecordSizeLimit: number | undefined;
}

/** The last step: what the hellos and the key exchange came to. */
export function established(agreed: Agreed, group: KeyAgreementGroup, masterSecret: Uint8Array): Established {
  const { suite, randoms, srtpProfile, peerRecordSizeLimit } = agreed;
  const session = { suite, group, randoms, masterSecret, srtpProfile, peerRecordSizeLimit };
  return { kind: "established", session };
}

export function refuse(alert: number, message: string): Refusal {
  return { kind: "refusal", alert, detail: "dtls-failure", message };
}

export function refuseMalformed(malformed: { readonly reason: string }): Refusal {
  return refuse(DECODE_ERROR, malformed.reason);
}

export function refuseUnexpected(message: HandshakeMessage, awaited: string): Refusal {
  return refuse(UNEXPECTED_MESSAGE, `handshake message ${message.type} instead of ${awaited}`);
}
