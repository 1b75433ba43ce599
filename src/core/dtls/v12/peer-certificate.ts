/** Judging the peer's Certificate message, the same way on both sides (RFC 5246 §7.4.2, RFC 8122 §6.2). */
import { Malformed } from "../../base/malformed.ts";
import { parseCertificate } from "../../crypto/certificate.ts";
import { matchesFingerprint } from "../../crypto/fingerprint.ts";
import { BAD_CERTIFICATE, HANDSHAKE_FAILURE } from "../message/alert.ts";
import { decodeCertificateMessage } from "../message/certificate-message.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import type { Handshake, PeerCertificate } from "./handshake.ts";
import { type Refusal, refuse, refuseMalformed } from "./step.ts";

const NO_CERTIFICATE = refuse(HANDSHAKE_FAILURE, "the peer has no certificate");
const WRONG_FINGERPRINT: Refusal = {
  kind: "refusal",
  alert: BAD_CERTIFICATE,
  detail: "fingerprint-failure",
  message: "the peer's certificate matches none of the fingerprints",
};

/** Remembers the chain, and returns its leaf if the fingerprints name it. That the peer holds its key is proved later. */
export function acceptCertificate(
  message: HandshakeMessage,
  handshake: Handshake,
): PeerCertificate | Refusal {
  const chain = decodeCertificateMessage(message.body);
  if (chain instanceof Malformed) return refuseMalformed(chain);
  const leaf = chain[0];
  if (leaf === undefined) return NO_CERTIFICATE;
  if (!matchesFingerprint(handshake.crypto, leaf, handshake.options.fingerprints)) return WRONG_FINGERPRINT;
  const parsed = parseCertificate(leaf);
  if (parsed instanceof Malformed) return refuse(BAD_CERTIFICATE, parsed.reason);
  handshake.remoteCertificates = chain;
  return parsed;
}
