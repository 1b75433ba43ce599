/** Client: after ServerHello. */
import { ILLEGAL_PARAMETER } from "../message/alert.ts";
import { CERTIFICATE } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { suiteFitsKey } from "./cipher-suites.ts";
import { ExpectServerKeyExchange } from "./expect-server-key-exchange.ts";
import type { Handshake } from "./handshake.ts";
import { acceptCertificate } from "./peer-certificate.ts";
import { type Agreed, type Expecting, refuse, refuseUnexpected, type Step } from "./step.ts";

const WRONG_KEY = refuse(ILLEGAL_PARAMETER, "the server's key does not fit the cipher suite");

export class ExpectServerCertificate implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "certificate";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;

  constructor(agreed: Agreed) {
    this.#agreed = agreed;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CERTIFICATE) return refuseUnexpected(message, this.awaited);
    const certificate = acceptCertificate(message, handshake);
    if ("kind" in certificate) return certificate;
    if (!suiteFitsKey(this.#agreed.suite, certificate.keyType)) return WRONG_KEY;
    handshake.heard(message);
    return new ExpectServerKeyExchange(this.#agreed, certificate);
  }
}
