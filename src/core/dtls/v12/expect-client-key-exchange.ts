/** Server: after the client's Certificate. */
import { Malformed } from "../../base/malformed.ts";
import type { KeyAgreement } from "../../crypto/provider.ts";
import { ILLEGAL_PARAMETER } from "../message/alert.ts";
import { decodeClientKeyExchange } from "../message/client-key-exchange.ts";
import { CLIENT_KEY_EXCHANGE } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { ExpectCertificateVerify } from "./expect-certificate-verify.ts";
import type { Handshake, PeerCertificate } from "./handshake.ts";
import { type Agreed, type Expecting, refuse, refuseMalformed, refuseUnexpected, type Step } from "./step.ts";

const BAD_SHARE = refuse(ILLEGAL_PARAMETER, "the client's public key is invalid");

export class ExpectClientKeyExchange implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "client_key_exchange";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #agreement: KeyAgreement;
  readonly #certificate: PeerCertificate;

  constructor(agreed: Agreed, agreement: KeyAgreement, certificate: PeerCertificate) {
    this.#agreed = agreed;
    this.#agreement = agreement;
    this.#certificate = certificate;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CLIENT_KEY_EXCHANGE) return refuseUnexpected(message, this.awaited);
    const publicKey = decodeClientKeyExchange(message.body);
    if (publicKey instanceof Malformed) return refuseMalformed(publicKey);
    const preMasterSecret = this.#agreement.deriveSharedSecret(publicKey);
    if (preMasterSecret === undefined) return BAD_SHARE;
    handshake.heard(message);
    const secret = handshake.deriveKeys(this.#agreed, preMasterSecret);
    return new ExpectCertificateVerify(this.#agreed, this.#agreement.group, secret, this.#certificate);
  }
}
