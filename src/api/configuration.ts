/** webrtc-pc §4.2 RTCConfiguration, and §4.4.1.6 "set the configuration". */
import type { IceServer } from "../core/base/ice-candidate.ts";
import {
  boolean,
  domString,
  enforcedOctet,
  enumeration,
  instanceOf,
  sequence,
  stringOrSequence,
  usvString,
} from "../webidl/convert.ts";
import { defaulted, dictionary, optional, required } from "../webidl/dictionary.ts";
import { parseIceServerUrl } from "./ice-server-url.ts";
import { certificateSlots, isRTCCertificate, type RTCCertificate } from "./RTCCertificate.ts";

/** webrtc-pc §4.2.3 */
export type RTCIceTransportPolicy = "relay" | "all";
/** webrtc-pc §4.2.4 */
export type RTCBundlePolicy = "balanced" | "max-compat" | "max-bundle";
/** webrtc-pc §4.2.5. The "negotiate" of earlier editions is still accepted, and kept, at run time. */
export type RTCRtcpMuxPolicy = "require";

/** webrtc-extensions "RTP Header Extension Encryption": whether a peer that does not encrypt RTP header extensions (RFC 9335) is refused. */
export type RTCRtpHeaderEncryptionPolicy = "negotiate" | "require";
/** webrtc-extensions "target latency". A hint that changes nothing here. */
export type RTCConfigurationTargetLatency = "lowest" | "none";

/** webrtc-pc §4.2.2 */
export interface RTCIceServer {
  credential?: string;
  urls: string | string[];
  username?: string;
}

/** webrtc-pc §4.2.1 */
export interface RTCConfiguration {
  /** webrtc-extensions "Always negotiating data channels": the first offer has a section for data channels in any case, before all others. */
  alwaysNegotiateDataChannels?: boolean;
  bundlePolicy?: RTCBundlePolicy;
  /** Objects from `RTCPeerConnection.generateCertificate()`. */
  certificates?: Pick<RTCCertificate, keyof RTCCertificate>[];
  iceCandidatePoolSize?: number;
  iceServers?: RTCIceServer[];
  iceTransportPolicy?: RTCIceTransportPolicy;
  rtcpMuxPolicy?: RTCRtcpMuxPolicy;
  rtpHeaderEncryptionPolicy?: RTCRtpHeaderEncryptionPolicy;
  targetLatency?: RTCConfigurationTargetLatency;
}

/** webrtc-pc §4.2.1: servers beyond this many are ignored; the standard asks for at least 32. */
export const MAX_ICE_SERVERS = 32;

const convertIceServer = dictionary("RTCIceServer", {
  urls: required(stringOrSequence(usvString)),
  username: optional(domString),
  credential: optional(domString),
});

const convertStandardPolicy = enumeration("RTCIceTransportPolicy", ["relay", "all"]);
let acceptsPublic = false;

/** From here on `iceTransportPolicy: "public"` is accepted, and means "all" (`skywave/legacy`). */
export function acceptPublicTransportPolicy(): void {
  acceptsPublic = true;
}

function convertTransportPolicy(value: unknown, context: string): RTCIceTransportPolicy {
  return acceptsPublic && value === "public" ? "all" : convertStandardPolicy(value, context);
}

/** WebIDL converter of `RTCConfiguration`. */
export const convertConfiguration = dictionary("RTCConfiguration", {
  iceServers: defaulted(sequence(convertIceServer), []),
  iceTransportPolicy: defaulted(convertTransportPolicy, "all"),
  bundlePolicy: defaulted(
    enumeration("RTCBundlePolicy", ["balanced", "max-compat", "max-bundle"]),
    "balanced",
  ),
  rtcpMuxPolicy: defaulted(enumeration("RTCRtcpMuxPolicy", ["negotiate", "require"]), "require"),
  certificates: defaulted(sequence(instanceOf("RTCCertificate", isRTCCertificate)), []),
  iceCandidatePoolSize: defaulted(enforcedOctet, 0),
  rtpHeaderEncryptionPolicy: defaulted(
    enumeration("RTCRtpHeaderEncryptionPolicy", ["negotiate", "require"]),
    "negotiate",
  ),
  alwaysNegotiateDataChannels: defaulted(boolean, false),
  targetLatency: defaulted(enumeration("RTCConfigurationTargetLatency", ["lowest", "none"]), "lowest"),
});

type ConvertedConfiguration = ReturnType<typeof convertConfiguration>;

/** [[Configuration]], with the servers parsed for the ICE agent. */
export interface Configuration extends Omit<ConvertedConfiguration, "iceServers"> {
  readonly iceServers: readonly { urls: string[]; username?: string; credential?: string }[];
  readonly servers: readonly IceServer[];
}

/** Constructor step 5 (webrtc-pc §4.4.1.1): a certificate past its time is refused. */
export function requireValidCertificates(certificates: readonly RTCCertificate[], now: number): void {
  for (const certificate of certificates) {
    if (certificateSlots(certificate).expires <= now) {
      throw new DOMException("a certificate has expired.", "InvalidAccessError");
    }
  }
}

/**
 * "Set the configuration" up to the point where nothing can fail any more. `previous` is [[Configuration]], undefined in
 * the constructor; `localDescriptionSet`: setLocalDescription has been called.
 */
export function checkedConfiguration(
  given: ConvertedConfiguration,
  previous: Configuration | undefined,
  localDescriptionSet: boolean,
): Configuration {
  if (previous) requireCompatible(given, previous, localDescriptionSet);
  const iceServers = given.iceServers.slice(0, MAX_ICE_SERVERS).map((server) => {
    const urls = typeof server.urls === "string" ? [server.urls] : server.urls;
    if (urls.length === 0) throw new DOMException("an ICE server has no URL.", "SyntaxError");
    return { ...server, urls };
  });
  const servers = iceServers.flatMap((server) => server.urls.map((url) => parseIceServerUrl(url, server)));
  return { ...given, iceServers, servers };
}

/** Whether other servers or another policy would be used. */
export function gathersOtherwise(before: Configuration, after: Configuration): boolean {
  const same = (a: IceServer, b: IceServer | undefined) =>
    a.url === b?.url && a.username === b.username && a.credential === b.credential;
  return (
    before.iceTransportPolicy !== after.iceTransportPolicy ||
    before.servers.length !== after.servers.length ||
    before.servers.some((server, index) => !same(server, after.servers[index]))
  );
}

/** "If oldConfig is not null": what cannot change any more. */
function requireCompatible(
  given: ConvertedConfiguration,
  previous: Configuration,
  localDescriptionSet: boolean,
): void {
  const sameCertificates =
    given.certificates.length === previous.certificates.length &&
    given.certificates.every((certificate, index) => certificate === previous.certificates[index]);
  if (!sameCertificates) throw invalidModification("certificates");
  if (given.bundlePolicy !== previous.bundlePolicy) throw invalidModification("bundlePolicy");
  if (given.rtcpMuxPolicy !== previous.rtcpMuxPolicy) throw invalidModification("rtcpMuxPolicy");
  if (localDescriptionSet && given.iceCandidatePoolSize !== previous.iceCandidatePoolSize) {
    throw invalidModification("iceCandidatePoolSize");
  }
}

function invalidModification(member: string): DOMException {
  return new DOMException(`${member} cannot be changed.`, "InvalidModificationError");
}

/** The dictionary that `getConfiguration` returns: fresh objects, so that the application cannot reach into ours. */
export function exposedConfiguration(configuration: Configuration): RTCConfiguration {
  const { servers: _, rtcpMuxPolicy, ...members } = configuration;
  const iceServers = configuration.iceServers.map((server) => ({ ...server, urls: [...server.urls] }));
  const certificates = [...configuration.certificates];
  return { ...members, iceServers, certificates, rtcpMuxPolicy: rtcpMuxPolicy as RTCRtcpMuxPolicy };
}
