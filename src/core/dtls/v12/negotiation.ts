/** The server's choices from a ClientHello, as a pure function: decide first, act afterwards. */
import { Malformed } from "../../base/malformed.ts";
import type { KeyAgreementGroup, SignatureScheme } from "../../crypto/provider.ts";
import { HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, PROTOCOL_VERSION } from "../message/alert.ts";
import { type ClientHello, NULL_COMPRESSION } from "../message/client-hello.ts";
import { checkEcPointFormats } from "../message/ec-point-formats.ts";
import {
  EXTENSION_EC_POINT_FORMATS,
  EXTENSION_EXTENDED_MASTER_SECRET,
  EXTENSION_RECORD_SIZE_LIMIT,
  EXTENSION_RENEGOTIATION_INFO,
  EXTENSION_SIGNATURE_ALGORITHMS,
  EXTENSION_SUPPORTED_GROUPS,
  EXTENSION_SUPPORTED_VERSIONS,
  EXTENSION_USE_SRTP,
  type ExtensionBlock,
} from "../message/extension-block.ts";
import { decodeRecordSizeLimit } from "../message/record-size-limit.ts";
import { EMPTY_RENEGOTIATION_INFO_SCSV, isEmptyRenegotiationInfo } from "../message/renegotiation-info.ts";
import { decodeSignatureAlgorithms, schemeForOwnKey } from "../message/signature-algorithms.ts";
import { decodeSupportedGroups, namedGroupCode } from "../message/supported-groups.ts";
import { decodeSupportedVersions } from "../message/supported-versions.ts";
import { decodeUseSrtp } from "../message/use-srtp.ts";
import { DTLS_1_2 } from "../record/content-type.ts";
import { type CipherSuite, suiteFitsKey } from "./cipher-suites.ts";
import type { HandshakeOptions } from "./handshake.ts";
import { type Refusal, refuse, refuseMalformed } from "./step.ts";

/** What the server will answer. */
export interface Choice {
  readonly suite: CipherSuite;
  readonly group: KeyAgreementGroup;
  readonly signWith: { readonly code: number; readonly scheme: SignatureScheme };
  readonly extendedMasterSecret: boolean;
  readonly secureRenegotiation: boolean;
  readonly srtpProfile: number | undefined;
  readonly peerRecordSizeLimit: number | undefined;
}

const WRONG_VERSION = refuse(PROTOCOL_VERSION, "the client does not offer DTLS 1.2");
const COMPRESSION = refuse(ILLEGAL_PARAMETER, "the client does not offer null compression");
const NO_COMMON_SUITE = refuse(HANDSHAKE_FAILURE, "no common cipher suite");
const NO_COMMON_GROUP = refuse(HANDSHAKE_FAILURE, "no common group");
const NO_COMMON_SCHEME = refuse(HANDSHAKE_FAILURE, "no common signature algorithm");
const RENEGOTIATION = refuse(HANDSHAKE_FAILURE, "the client's renegotiation_info is not empty");
const BAD_EXTENSION = refuse(ILLEGAL_PARAMETER, "extended_master_secret is not empty");

/** Everything that the hello must be for us to go on; our own order of preference counts. */
export function negotiate(hello: ClientHello, options: HandshakeOptions): Choice | Refusal {
  const { extensions } = hello;
  const versions = offersDtls12(hello);
  if (versions !== undefined) return versions;
  if (!hello.compressionMethods.includes(NULL_COMPRESSION)) return COMPRESSION;
  const extendedMasterSecret = extensions.get(EXTENSION_EXTENDED_MASTER_SECRET);
  if (extendedMasterSecret !== undefined && extendedMasterSecret.length > 0) return BAD_EXTENSION;
  const renegotiation = extensions.get(EXTENSION_RENEGOTIATION_INFO);
  if (renegotiation !== undefined && !isEmptyRenegotiationInfo(renegotiation)) return RENEGOTIATION;
  const formats = extensions.get(EXTENSION_EC_POINT_FORMATS);
  const wrongFormats = formats === undefined ? undefined : checkEcPointFormats(formats);
  if (wrongFormats !== undefined) return refuse(ILLEGAL_PARAMETER, wrongFormats.reason);

  const keyType = options.certificate.key.type;
  const suite = options.cipherSuites.find(
    (candidate) => suiteFitsKey(candidate, keyType) && hello.cipherSuites.includes(candidate.code),
  );
  if (suite === undefined) return NO_COMMON_SUITE;
  const group = chooseGroup(extensions, options.groups);
  if (typeof group !== "string") return group;
  // RFC 5246 §7.4.1.4.1: without the extension the client wants SHA-1, which we do not do.
  const data = extensions.get(EXTENSION_SIGNATURE_ALGORITHMS);
  const accepted = data === undefined ? [] : decodeSignatureAlgorithms(data);
  if (accepted instanceof Malformed) return refuseMalformed(accepted);
  const signWith = schemeForOwnKey(keyType, accepted);
  if (signWith === undefined) return NO_COMMON_SCHEME;
  const srtpProfile = chooseSrtpProfile(extensions, options.srtpProfiles);
  if (typeof srtpProfile === "object") return srtpProfile;
  const peerRecordSizeLimit = readRecordSizeLimit(extensions);
  if (typeof peerRecordSizeLimit === "object") return peerRecordSizeLimit;
  return {
    suite,
    group,
    signWith,
    srtpProfile,
    peerRecordSizeLimit,
    extendedMasterSecret: extendedMasterSecret !== undefined,
    secureRenegotiation:
      renegotiation !== undefined || hello.cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV),
  };
}

/** A client that offers DTLS 1.3 besides says so in supported_versions (RFC 9147 §5.3). */
function offersDtls12(hello: ClientHello): Refusal | undefined {
  // Versions count downwards: anything above 0xfefd is older, as is a major version other than 0xfe.
  if (hello.version > DTLS_1_2 || hello.version >> 8 !== DTLS_1_2 >> 8) return WRONG_VERSION;
  const data = hello.extensions.get(EXTENSION_SUPPORTED_VERSIONS);
  if (data === undefined) return undefined;
  const versions = decodeSupportedVersions(data);
  if (versions instanceof Malformed) return refuseMalformed(versions);
  return versions.includes(DTLS_1_2) ? undefined : WRONG_VERSION;
}

function chooseGroup(
  extensions: ExtensionBlock,
  ours: readonly KeyAgreementGroup[],
): KeyAgreementGroup | Refusal {
  const data = extensions.get(EXTENSION_SUPPORTED_GROUPS);
  // RFC 8422 §4: a client without the extension leaves the choice to us; every stack has P-256.
  if (data === undefined) return ours.includes("secp256r1") ? "secp256r1" : NO_COMMON_GROUP;
  const offered = decodeSupportedGroups(data);
  if (offered instanceof Malformed) return refuseMalformed(offered);
  return ours.find((group) => offered.includes(namedGroupCode(group))) ?? NO_COMMON_GROUP;
}

/** The peer's record_size_limit; undefined when it names none (RFC 8449 §4). */
export function readRecordSizeLimit(extensions: ExtensionBlock): number | undefined | Refusal {
  const data = extensions.get(EXTENSION_RECORD_SIZE_LIMIT);
  if (data === undefined) return undefined;
  const limit = decodeRecordSizeLimit(data);
  return limit instanceof Malformed ? refuse(ILLEGAL_PARAMETER, limit.reason) : limit;
}

/** RFC 5764 §4.1.1: our best of the client's, or no extension in the answer. The client's MKI is not taken up. */
function chooseSrtpProfile(
  extensions: ExtensionBlock,
  ours: readonly number[],
): number | undefined | Refusal {
  const data = extensions.get(EXTENSION_USE_SRTP);
  if (data === undefined) return undefined;
  const offered = decodeUseSrtp(data);
  if (offered instanceof Malformed) return refuseMalformed(offered);
  return ours.find((profile) => offered.profiles.includes(profile));
}
