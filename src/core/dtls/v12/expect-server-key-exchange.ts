/** Client: after the server's Certificate. */
import { Malformed } from "../../base/malformed.ts";
import { DECRYPT_ERROR, ILLEGAL_PARAMETER } from "../message/alert.ts";
import { SERVER_KEY_EXCHANGE } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { decodeServerKeyExchange } from "../message/server-key-exchange.ts";
import { schemeForPeer } from "../message/signature-algorithms.ts";
import { namedGroup } from "../message/supported-groups.ts";
import { ExpectCertificateRequest } from "./expect-certificate-request.ts";
import type { Handshake, PeerCertificate } from "./handshake.ts";
import { type Agreed, type Expecting, refuse, refuseMalformed, refuseUnexpected, type Step } from "./step.ts";

const WRONG_GROUP = refuse(ILLEGAL_PARAMETER, "the server chose a group that was not offered");
const WRONG_SCHEME = refuse(ILLEGAL_PARAMETER, "the server signed with an algorithm that was not offered");
const BAD_SIGNATURE = refuse(DECRYPT_ERROR, "the server does not hold the key of its certificate");

export class ExpectServerKeyExchange implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "server_key_exchange";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #certificate: PeerCertificate;

  constructor(agreed: Agreed, certificate: PeerCertificate) {
    this.#agreed = agreed;
    this.#certificate = certificate;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== SERVER_KEY_EXCHANGE) return refuseUnexpected(message, this.awaited);
    const exchange = decodeServerKeyExchange(message.body);
    if (exchange instanceof Malformed) return refuseMalformed(exchange);
    const group = namedGroup(exchange.namedGroup);
    if (group === undefined || !handshake.options.groups.includes(group)) return WRONG_GROUP;
    const scheme = schemeForPeer(exchange.signatureScheme, this.#certificate.keyType);
    if (scheme === undefined) return WRONG_SCHEME;
    const { client, server } = this.#agreed.randoms;
    const signed = new Uint8Array(client.length + server.length + exchange.params.length);
    signed.set(client);
    signed.set(server, client.length);
    signed.set(exchange.params, client.length + server.length);
    const key = this.#certificate.subjectPublicKeyInfo;
    if (!handshake.crypto.verify(scheme, key, signed, exchange.signature)) return BAD_SIGNATURE;
    handshake.heard(message);
    return new ExpectCertificateRequest(this.#agreed, { group, publicKey: exchange.publicKey });
  }
}
