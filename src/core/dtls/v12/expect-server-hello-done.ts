/** Client: the server's flight ends; ours answers it (RFC 6347 §4.2.4, flight 5). */
import type { SignatureScheme } from "../../crypto/provider.ts";
import { DECODE_ERROR, ILLEGAL_PARAMETER } from "../message/alert.ts";
import { encodeCertificateMessage } from "../message/certificate-message.ts";
import { encodeCertificateVerify } from "../message/certificate-verify.ts";
import { encodeClientKeyExchange } from "../message/client-key-exchange.ts";
import {
  CERTIFICATE,
  CERTIFICATE_VERIFY,
  CLIENT_KEY_EXCHANGE,
  SERVER_HELLO_DONE,
} from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import type { ServerKeyShare } from "./expect-certificate-request.ts";
import { ExpectServerFinished } from "./expect-server-finished.ts";
import type { Handshake } from "./handshake.ts";
import { type Agreed, type Expecting, refuse, refuseUnexpected, type Step } from "./step.ts";

const NOT_EMPTY = refuse(DECODE_ERROR, "server_hello_done has contents");
const BAD_SHARE = refuse(ILLEGAL_PARAMETER, "the server's public key is invalid");

export class ExpectServerHelloDone implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "server_hello_done";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #share: ServerKeyShare;
  /** Undefined when the server asked for no certificate. */
  readonly #signWith: { code: number; scheme: SignatureScheme } | undefined;

  constructor(
    agreed: Agreed,
    share: ServerKeyShare,
    signWith: { code: number; scheme: SignatureScheme } | undefined,
  ) {
    this.#agreed = agreed;
    this.#share = share;
    this.#signWith = signWith;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== SERVER_HELLO_DONE) return refuseUnexpected(message, this.awaited);
    if (message.body.length > 0) return NOT_EMPTY;
    const { group, publicKey } = this.#share;
    const agreement = handshake.crypto.generateKeyAgreement(group);
    const preMasterSecret = agreement.deriveSharedSecret(publicKey);
    if (preMasterSecret === undefined) return BAD_SHARE;
    handshake.heard(message);

    const { certificate } = handshake.options;
    handshake.flight.begin(true);
    if (this.#signWith !== undefined) {
      handshake.send(CERTIFICATE, encodeCertificateMessage([certificate.certificate]));
    }
    handshake.send(CLIENT_KEY_EXCHANGE, encodeClientKeyExchange(agreement.publicKey));
    const secret = handshake.deriveKeys(this.#agreed, preMasterSecret);
    if (this.#signWith !== undefined) {
      const { code, scheme } = this.#signWith;
      const signature = certificate.key.sign(scheme, handshake.transcript.bytes());
      handshake.send(CERTIFICATE_VERIFY, encodeCertificateVerify({ signatureScheme: code, signature }));
    }
    handshake.sendFinished(this.#agreed, secret);
    return new ExpectServerFinished(this.#agreed, group, secret);
  }
}
