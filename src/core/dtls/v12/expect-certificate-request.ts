/** Client: after ServerKeyExchange. A server that asks for no certificate goes on to ServerHelloDone at once. */
import { Malformed } from "../../base/malformed.ts";
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import { HANDSHAKE_FAILURE } from "../message/alert.ts";
import { decodeCertificateRequest } from "../message/certificate-request.ts";
import { CERTIFICATE_REQUEST } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { schemeForOwnKey } from "../message/signature-algorithms.ts";
import { ExpectServerHelloDone } from "./expect-server-hello-done.ts";
import type { Handshake } from "./handshake.ts";
import { type Agreed, type Expecting, refuse, refuseMalformed, type Step } from "./step.ts";

const NO_COMMON_SCHEME = refuse(HANDSHAKE_FAILURE, "the server accepts no signature of our key");

/** The server's half of the key agreement. */
export interface ServerKeyShare {
  readonly group: KeyAgreementGroup;
  readonly publicKey: Uint8Array;
}

export class ExpectCertificateRequest implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "certificate_request";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #share: ServerKeyShare;

  constructor(agreed: Agreed, share: ServerKeyShare) {
    this.#agreed = agreed;
    this.#share = share;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CERTIFICATE_REQUEST) {
      return new ExpectServerHelloDone(this.#agreed, this.#share, undefined).handle(message, handshake);
    }
    const accepted = decodeCertificateRequest(message.body);
    if (accepted instanceof Malformed) return refuseMalformed(accepted);
    const signWith = schemeForOwnKey(handshake.options.certificate.key.type, accepted);
    if (signWith === undefined) return NO_COMMON_SCHEME;
    handshake.heard(message);
    return new ExpectServerHelloDone(this.#agreed, this.#share, signWith);
  }
}
