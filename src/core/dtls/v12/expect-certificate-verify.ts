/** Server: the client must prove that it holds the key of its certificate (RFC 5246 §7.4.8). */
import { Malformed } from "../../base/malformed.ts";
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import { DECRYPT_ERROR, ILLEGAL_PARAMETER } from "../message/alert.ts";
import { decodeCertificateVerify } from "../message/certificate-verify.ts";
import { CERTIFICATE_VERIFY } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { schemeForPeer } from "../message/signature-algorithms.ts";
import { ExpectClientFinished } from "./expect-client-finished.ts";
import type { Handshake, PeerCertificate } from "./handshake.ts";
import { type Agreed, type Expecting, refuse, refuseMalformed, refuseUnexpected, type Step } from "./step.ts";

const WRONG_SCHEME = refuse(ILLEGAL_PARAMETER, "the client signed with an algorithm that was not asked for");
const BAD_SIGNATURE = refuse(DECRYPT_ERROR, "the client does not hold the key of its certificate");

export class ExpectCertificateVerify implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "certificate_verify";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #group: KeyAgreementGroup;
  readonly #secret: Uint8Array;
  readonly #certificate: PeerCertificate;

  constructor(agreed: Agreed, group: KeyAgreementGroup, secret: Uint8Array, certificate: PeerCertificate) {
    this.#agreed = agreed;
    this.#group = group;
    this.#secret = secret;
    this.#certificate = certificate;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CERTIFICATE_VERIFY) return refuseUnexpected(message, this.awaited);
    const verify = decodeCertificateVerify(message.body);
    if (verify instanceof Malformed) return refuseMalformed(verify);
    const { keyType, subjectPublicKeyInfo } = this.#certificate;
    const scheme = schemeForPeer(verify.signatureScheme, keyType);
    if (scheme === undefined) return WRONG_SCHEME;
    const signed = handshake.transcript.bytes();
    if (!handshake.crypto.verify(scheme, subjectPublicKeyInfo, signed, verify.signature))
      return BAD_SIGNATURE;
    handshake.heard(message);
    return new ExpectClientFinished(this.#agreed, this.#group, this.#secret);
  }
}
