/** Server: waits for somebody to say hello. */

import { Malformed } from "../../base/malformed.ts";
import { randomBytes } from "../../base/random.ts";
import { encodeCertificateMessage } from "../message/certificate-message.ts";
import { encodeCertificateRequest } from "../message/certificate-request.ts";
import {
  type ClientHello,
  decodeClientHello,
  HELLO_RANDOM_LENGTH,
  NULL_COMPRESSION,
} from "../message/client-hello.ts";
import { EC_POINT_FORMATS } from "../message/ec-point-formats.ts";
import {
  EXTENSION_EC_POINT_FORMATS,
  EXTENSION_EXTENDED_MASTER_SECRET,
  EXTENSION_RECORD_SIZE_LIMIT,
  EXTENSION_RENEGOTIATION_INFO,
  EXTENSION_USE_SRTP,
  type ExtensionBlock,
} from "../message/extension-block.ts";
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CLIENT_HELLO,
  HELLO_VERIFY_REQUEST,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
  SERVER_KEY_EXCHANGE,
} from "../message/handshake-type.ts";
import { encodeHelloVerifyRequest } from "../message/hello-verify-request.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { encodeRecordSizeLimit, RECORD_SIZE_LIMIT } from "../message/record-size-limit.ts";
import { EMPTY_RENEGOTIATION_INFO } from "../message/renegotiation-info.ts";
import { encodeServerHello } from "../message/server-hello.ts";
import { encodeServerEcdhParams, encodeServerKeyExchange } from "../message/server-key-exchange.ts";
import { namedGroupCode } from "../message/supported-groups.ts";
import { encodeUseSrtp } from "../message/use-srtp.ts";
import { DTLS_1_2 } from "../record/content-type.ts";
import { CookieMaker } from "./cookie.ts";
import { ExpectClientCertificate } from "./expect-client-certificate.ts";
import type { Handshake } from "./handshake.ts";
import { type Choice, negotiate } from "./negotiation.ts";
import { type Expecting, refuseMalformed, refuseUnexpected, type Step } from "./step.ts";

export class ExpectClientHello implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "client_hello";
  readonly survivesRefusal = true;
  /** Undefined when the client's address needs no proof: ICE has checked it. */
  readonly #cookies: CookieMaker | undefined;

  constructor(handshake: Handshake) {
    const { cookieExchange, crypto, random } = handshake.options;
    this.#cookies = cookieExchange ? new CookieMaker(crypto, random) : undefined;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type !== CLIENT_HELLO) return refuseUnexpected(message, this.awaited);
    const hello = decodeClientHello(message.body);
    if (hello instanceof Malformed) return refuseMalformed(hello);
    const choice = negotiate(hello, handshake.options);
    if ("kind" in choice) return choice;
    if (this.#cookies !== undefined && !this.#cookies.fits(hello)) {
      handshake.flight.begin(false);
      handshake.sendUnrecorded(HELLO_VERIFY_REQUEST, encodeHelloVerifyRequest(this.#cookies.make(hello)));
      return this;
    }
    handshake.heard(message);
    return answer(hello, choice, handshake);
  }
}

/** RFC 6347 §4.2.4, flight 4. */
function answer(hello: ClientHello, choice: Choice, handshake: Handshake): Step {
  const { crypto, random, certificate } = handshake.options;
  const serverRandom = randomBytes(random, HELLO_RANDOM_LENGTH);
  handshake.flight.begin(true);
  const serverHello = {
    version: DTLS_1_2,
    random: serverRandom,
    sessionId: new Uint8Array(0), // no resumption
    cipherSuite: choice.suite.code,
    compressionMethod: NULL_COMPRESSION,
    extensions: extensionsFor(hello, choice),
  };
  handshake.send(SERVER_HELLO, encodeServerHello(serverHello));
  handshake.send(CERTIFICATE, encodeCertificateMessage([certificate.certificate]));

  const agreement = crypto.generateKeyAgreement(choice.group);
  const params = encodeServerEcdhParams(namedGroupCode(choice.group), agreement.publicKey);
  const signed = new Uint8Array(2 * HELLO_RANDOM_LENGTH + params.length);
  signed.set(hello.random);
  signed.set(serverRandom, HELLO_RANDOM_LENGTH);
  signed.set(params, 2 * HELLO_RANDOM_LENGTH);
  const signature = certificate.key.sign(choice.signWith.scheme, signed);
  handshake.send(SERVER_KEY_EXCHANGE, encodeServerKeyExchange(params, choice.signWith.code, signature));
  handshake.send(CERTIFICATE_REQUEST, encodeCertificateRequest());
  handshake.send(SERVER_HELLO_DONE, new Uint8Array(0));
  const agreed = {
    suite: choice.suite,
    randoms: { client: hello.random, server: serverRandom },
    extendedMasterSecret: choice.extendedMasterSecret,
    srtpProfile: choice.srtpProfile,
    peerRecordSizeLimit: choice.peerRecordSizeLimit,
  };
  return new ExpectClientCertificate(agreed, agreement);
}

/** Only what the client offered may be answered (RFC 5246 §7.4.1.4). */
function extensionsFor(hello: ClientHello, choice: Choice): ExtensionBlock {
  const extensions = new Map<number, Uint8Array>();
  if (choice.secureRenegotiation) extensions.set(EXTENSION_RENEGOTIATION_INFO, EMPTY_RENEGOTIATION_INFO);
  if (choice.extendedMasterSecret) extensions.set(EXTENSION_EXTENDED_MASTER_SECRET, new Uint8Array(0));
  if (hello.extensions.has(EXTENSION_EC_POINT_FORMATS)) {
    extensions.set(EXTENSION_EC_POINT_FORMATS, EC_POINT_FORMATS);
  }
  if (choice.srtpProfile !== undefined) {
    extensions.set(EXTENSION_USE_SRTP, encodeUseSrtp([choice.srtpProfile]));
  }
  if (choice.peerRecordSizeLimit !== undefined) {
    extensions.set(EXTENSION_RECORD_SIZE_LIMIT, encodeRecordSizeLimit(RECORD_SIZE_LIMIT));
  }
  return extensions;
}
