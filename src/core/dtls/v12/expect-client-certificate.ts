/** Server: after our flight. The client must have a certificate (RFC 8827 §6.5). */
import type { KeyAgreement } from "../../crypto/provider.ts";
import { CERTIFICATE } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { ExpectClientKeyExchange } from "./expect-client-key-exchange.ts";
import type { Handshake } from "./handshake.ts";
import { acceptCertificate } from "./peer-certificate.ts";
import { type Agreed, type Expecting, refuseUnexpected, type Step } from "./step.ts";

export class ExpectClientCertificate implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "certificate";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #agreement: KeyAgreement;

  constructor(agreed: Agreed, agreement: KeyAgreement) {
    this.#agreed = agreed;
    this.#agreement = agreement;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CERTIFICATE) return refuseUnexpected(message, this.awaited);
    const certificate = acceptCertificate(message, handshake);
    if ("kind" in certificate) return certificate;
    handshake.heard(message);
    return new ExpectClientKeyExchange(this.#agreed, this.#agreement, certificate);
  }
}
