/** The client's first flight (RFC 6347 §4.2.4, flights 1 and 3). */

import { randomBytes } from "../../base/random.ts";
import { type ClientHello, HELLO_RANDOM_LENGTH, NULL_COMPRESSION } from "../message/client-hello.ts";
import { EC_POINT_FORMATS } from "../message/ec-point-formats.ts";
import {
  EXTENSION_EC_POINT_FORMATS,
  EXTENSION_EXTENDED_MASTER_SECRET,
  EXTENSION_RECORD_SIZE_LIMIT,
  EXTENSION_RENEGOTIATION_INFO,
  EXTENSION_SIGNATURE_ALGORITHMS,
  EXTENSION_SUPPORTED_GROUPS,
  EXTENSION_USE_SRTP,
} from "../message/extension-block.ts";
import { encodeRecordSizeLimit, RECORD_SIZE_LIMIT } from "../message/record-size-limit.ts";
import { EMPTY_RENEGOTIATION_INFO } from "../message/renegotiation-info.ts";
import { encodeSignatureAlgorithms } from "../message/signature-algorithms.ts";
import { encodeSupportedGroups } from "../message/supported-groups.ts";
import { encodeUseSrtp } from "../message/use-srtp.ts";
import { DTLS_1_2 } from "../record/content-type.ts";
import { ExpectServerHello } from "./expect-server-hello.ts";
import type { Handshake, HandshakeOptions } from "./handshake.ts";
import type { Step } from "./step.ts";

/** Sends ClientHello and awaits the answer. */
export function startClient(handshake: Handshake): Step {
  const hello = clientHello(handshake.options);
  const expecting = new ExpectServerHello(hello);
  expecting.sendHello(handshake);
  return expecting;
}

function clientHello(options: HandshakeOptions): ClientHello {
  const extensions = new Map<number, Uint8Array>([
    [EXTENSION_EXTENDED_MASTER_SECRET, new Uint8Array(0)],
    [EXTENSION_RENEGOTIATION_INFO, EMPTY_RENEGOTIATION_INFO],
    [EXTENSION_SUPPORTED_GROUPS, encodeSupportedGroups(options.groups)],
    [EXTENSION_EC_POINT_FORMATS, EC_POINT_FORMATS],
    [EXTENSION_SIGNATURE_ALGORITHMS, encodeSignatureAlgorithms()],
    [EXTENSION_RECORD_SIZE_LIMIT, encodeRecordSizeLimit(RECORD_SIZE_LIMIT)],
  ]);
  if (options.srtpProfiles.length > 0)
    extensions.set(EXTENSION_USE_SRTP, encodeUseSrtp(options.srtpProfiles));
  return {
    version: DTLS_1_2,
    random: randomBytes(options.random, HELLO_RANDOM_LENGTH),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: options.cipherSuites.map((suite) => suite.code),
    compressionMethods: new Uint8Array([NULL_COMPRESSION]),
    extensions,
  };
}
