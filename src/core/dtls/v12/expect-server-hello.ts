/** Client: after ClientHello. */

import { Malformed } from "../../base/malformed.ts";
import {
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  PROTOCOL_VERSION,
  UNSUPPORTED_EXTENSION,
} from "../message/alert.ts";
import { type ClientHello, encodeClientHello, NULL_COMPRESSION } from "../message/client-hello.ts";
import { checkEcPointFormats } from "../message/ec-point-formats.ts";
import {
  EXTENSION_EC_POINT_FORMATS,
  EXTENSION_EXTENDED_MASTER_SECRET,
  EXTENSION_RENEGOTIATION_INFO,
  EXTENSION_USE_SRTP,
  type ExtensionBlock,
} from "../message/extension-block.ts";
import { CLIENT_HELLO, HELLO_VERIFY_REQUEST, SERVER_HELLO } from "../message/handshake-type.ts";
import { decodeHelloVerifyRequest } from "../message/hello-verify-request.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { isEmptyRenegotiationInfo } from "../message/renegotiation-info.ts";
import { decodeServerHello } from "../message/server-hello.ts";
import { decodeUseSrtp } from "../message/use-srtp.ts";
import { DTLS_1_2 } from "../record/content-type.ts";
import { ExpectServerCertificate } from "./expect-server-certificate.ts";
import type { Handshake } from "./handshake.ts";
import { readRecordSizeLimit } from "./negotiation.ts";
import {
  type Expecting,
  type Refusal,
  refuse,
  refuseMalformed,
  refuseUnexpected,
  type Step,
} from "./step.ts";

const WRONG_VERSION = refuse(PROTOCOL_VERSION, "the server's version is not DTLS 1.2");
const WRONG_SUITE = refuse(ILLEGAL_PARAMETER, "the server chose a cipher suite that was not offered");
const COMPRESSION = refuse(ILLEGAL_PARAMETER, "the server chose compression");
const NOT_OFFERED = refuse(UNSUPPORTED_EXTENSION, "the server sent an extension that was not offered");
const RENEGOTIATION = refuse(HANDSHAKE_FAILURE, "the server's renegotiation_info is not empty");
const BAD_EXTENSION = refuse(ILLEGAL_PARAMETER, "extended_master_secret is not empty");
const BAD_SRTP = refuse(ILLEGAL_PARAMETER, "the server's use_srtp does not answer ours");

export class ExpectServerHello implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "server_hello";
  readonly survivesRefusal = false;
  readonly #hello: ClientHello;

  constructor(hello: ClientHello) {
    this.#hello = hello;
  }

  sendHello(handshake: Handshake): void {
    handshake.transcript.clear();
    handshake.flight.begin(true);
    handshake.send(CLIENT_HELLO, encodeClientHello(this.#hello));
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type === HELLO_VERIFY_REQUEST) return this.#retry(message, handshake);
    if (message.type !== SERVER_HELLO) return refuseUnexpected(message, this.awaited);
    const hello = decodeServerHello(message.body);
    if (hello instanceof Malformed) return refuseMalformed(hello);
    if (hello.version !== DTLS_1_2) return WRONG_VERSION;
    const suite = handshake.options.cipherSuites.find((candidate) => candidate.code === hello.cipherSuite);
    if (suite === undefined) return WRONG_SUITE;
    if (hello.compressionMethod !== NULL_COMPRESSION) return COMPRESSION;
    for (const type of hello.extensions.keys()) if (!this.#hello.extensions.has(type)) return NOT_OFFERED;
    const refusal = checkExtensions(hello.extensions);
    if (refusal !== undefined) return refusal;
    const srtpProfile = chosenSrtpProfile(hello.extensions, handshake.options.srtpProfiles);
    if (typeof srtpProfile === "object") return srtpProfile;
    const peerRecordSizeLimit = readRecordSizeLimit(hello.extensions);
    if (typeof peerRecordSizeLimit === "object") return peerRecordSizeLimit;
    handshake.heard(message);
    return new ExpectServerCertificate({
      suite,
      randoms: { client: this.#hello.random, server: hello.random },
      extendedMasterSecret: hello.extensions.has(EXTENSION_EXTENDED_MASTER_SECRET),
      srtpProfile,
      peerRecordSizeLimit,
    });
  }

  /** RFC 6347 §4.2.1: the same hello once more, with the cookie. */
  #retry(message: HandshakeMessage, handshake: Handshake): Step {
    // A second request would mean that the first cookie was not good enough.
    if (this.#hello.cookie.length > 0) return refuseUnexpected(message, this.awaited);
    const cookie = decodeHelloVerifyRequest(message.body);
    if (cookie instanceof Malformed) return refuseMalformed(cookie);
    const expecting = new ExpectServerHello({ ...this.#hello, cookie });
    expecting.sendHello(handshake);
    return expecting;
  }
}

function checkExtensions(extensions: ExtensionBlock): Refusal | undefined {
  const renegotiation = extensions.get(EXTENSION_RENEGOTIATION_INFO);
  if (renegotiation !== undefined && !isEmptyRenegotiationInfo(renegotiation)) return RENEGOTIATION;
  const master = extensions.get(EXTENSION_EXTENDED_MASTER_SECRET);
  if (master !== undefined && master.length > 0) return BAD_EXTENSION;
  const formats = extensions.get(EXTENSION_EC_POINT_FORMATS);
  const wrong = formats === undefined ? undefined : checkEcPointFormats(formats);
  return wrong === undefined ? undefined : refuse(ILLEGAL_PARAMETER, wrong.reason);
}

/** RFC 5764 §4.1.1: exactly one of ours, and our (absent) MKI. */
function chosenSrtpProfile(
  extensions: ExtensionBlock,
  offered: readonly number[],
): number | undefined | Refusal {
  const data = extensions.get(EXTENSION_USE_SRTP);
  if (data === undefined) return undefined;
  const useSrtp = decodeUseSrtp(data);
  if (useSrtp instanceof Malformed) return refuseMalformed(useSrtp);
  const profile = useSrtp.profiles[0]!;
  if (useSrtp.profiles.length !== 1 || !offered.includes(profile) || useSrtp.mki.length > 0) return BAD_SRTP;
  return profile;
}
