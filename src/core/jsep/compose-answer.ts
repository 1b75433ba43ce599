/** RFC 9429 §5.3.1, §5.3.2: a section for each one offered, accepted or rejected. */
import type { Setup } from "../sdp/index.ts";
import {
  type Composition,
  type CredentialSource,
  chooseCredentials,
  chooseTlsId,
  ICE_OPTIONS,
  transportText,
} from "./credentials.ts";
import { type AppliedDescription, bundleOf, type MediaSection, transportSection } from "./description.ts";
import { answeredLipSync, type SynchronizedSection } from "./lip-sync.ts";
import type { LocalTransceiver } from "./media-types.ts";
import { answerBundles, continuesDtls, isEligible, restartsIce } from "./offered.ts";
import { answeredRtp } from "./rtp-answer.ts";
import type { RtpText } from "./rtp-text.ts";
import { bundledInto, type SectionText, type TransportText } from "./session-text.ts";
import { type JsepState, type JsepTransport, latestAgreement } from "./state.ts";

/** A section that is accepted; `rtp` is undefined for data. */
interface Accepted {
  readonly section: MediaSection;
  readonly transport: JsepTransport;
  readonly rtp: Omit<RtpText, "headerEncryption"> | undefined;
  readonly transceiver: LocalTransceiver | undefined;
}

export function composeAnswer(
  state: JsepState,
  offer: AppliedDescription,
  source: CredentialSource,
): Composition {
  const accepted = offer.sections.map((section) => accept(state, offer, section, source));
  const mids = new Set(accepted.flatMap((one) => one?.section.mid ?? []));
  const bundles = answerBundles(offer, mids);
  const tags = new Map(bundles.flatMap((group) => group.map((mid) => [mid, group[0]!] as const)));
  // The transports of bundles, by the mids of the sections that they are named after.
  const tagged = new Map<string, TransportText>();
  for (const one of accepted) {
    const mid = one?.section.mid;
    if (mid !== undefined && tags.get(mid) === mid) tagged.set(mid, place(state, offer, one!, source));
  }
  const sections = offer.sections.map((section, index): SectionText => {
    const { kind, protocol, formats, mid } = section;
    const one = accepted[index];
    if (one === undefined) return { type: "rejected", kind, protocol, formats, mid };
    const tag = mid === undefined ? undefined : tags.get(mid);
    const shared = tag === undefined ? undefined : tagged.get(tag);
    const own = shared !== undefined && tag === mid;
    const transport =
      shared === undefined ? place(state, offer, one, source) : own ? shared : bundledInto(shared, false);
    if (one.rtp === undefined) return answeredData(section, transport, source);
    const rtp = { ...one.rtp, headerEncryption: isEncrypted(offer, section) };
    return { type: "media", kind, protocol, mid, transport, rtp, rtcp: !rtp.rtcpMux };
  });
  return {
    iceLite: source.local.iceLite ?? false,
    iceOptions: [...(offer.trickle ? ICE_OPTIONS : []), ...(offer.renomination ? ["renomination"] : [])],
    fingerprints: source.local.fingerprints,
    bundles,
    lipSync: answeredLipSync(synchronized(accepted), offer.lipSync),
    extmapAllowMixed: offer.extmapAllowMixed && sections.some(({ type }) => type === "media"),
    sections,
    transceivers: [],
    nextMid: state.nextMid,
  };
}

/** RFC 9335 §4: only where all RTP sections of the bundle have it. */
function isEncrypted(offer: AppliedDescription, section: MediaSection): boolean {
  const bundle = bundleOf(offer, section);
  return offer.sections.every((other) => {
    const together = other === section || (bundle !== undefined && bundleOf(offer, other) === bundle);
    return !together || other.rejected || (other.rtp?.headerEncryption ?? true);
  });
}

function accept(
  state: JsepState,
  offer: AppliedDescription,
  section: MediaSection,
  { local }: CredentialSource,
): Accepted | undefined {
  const agreement = latestAgreement(state);
  const slot = agreement.slots[section.index];
  const transport = slot?.transport === undefined ? undefined : agreement.transports.get(slot.transport);
  if (transport === undefined || !isEligible(offer, section, local)) return undefined;
  if (section.rtp === undefined) return { section, transport, rtp: undefined, transceiver: undefined };
  const transceiver = local.transceivers?.find(({ id }) => id === slot?.transceiver);
  // webrtc-pc §5.4 stop(): one that is only stopping "will not affect createAnswer", but for its direction.
  if (transceiver === undefined || transceiver.stopped) return undefined;
  const muxed =
    section.rtcpMux || (bundleOf(offer, section) !== undefined && transportSection(offer, section).rtcpMux);
  const rtp = answeredRtp(
    transceiver,
    local,
    { ...section, rtcpMux: muxed },
    section.rtp,
    offer.extmapAllowMixed,
  );
  return rtp && { section, transport, rtp, transceiver };
}

function synchronized(accepted: readonly (Accepted | undefined)[]): SynchronizedSection[] {
  return accepted.flatMap((one) =>
    one?.transceiver && one.section.mid !== undefined
      ? { mid: one.section.mid, transceiver: one.transceiver }
      : [],
  );
}

function place(
  state: JsepState,
  offer: AppliedDescription,
  { section, transport }: Accepted,
  source: CredentialSource,
): TransportText {
  const remote = transportSection(offer, section);
  const { index } = section;
  const credentials = chooseCredentials(transport.local, restartsIce(transport, remote), index, source);
  const base = state.pendingLocal ?? state.currentLocal;
  const { slots } = latestAgreement(state);
  const isCarried = (at: number) => slots[at]?.transport === transport.id;
  // RFC 8842 §5.3: only if the offer has one; another one where the offer's is another one.
  const anew = transport.dtls !== undefined && !continuesDtls(transport, remote);
  const tlsId = remote.tlsId === undefined ? undefined : chooseTlsId(transport.tlsId, index, source, anew);
  return transportText(
    { credentials, tlsId, rtcp: transport.rtcp },
    base,
    isCarried,
    answerSetup(transport, remote),
  );
}

function answeredData(
  section: MediaSection,
  transport: TransportText,
  { local }: CredentialSource,
): SectionText {
  const { protocol, formats, mid } = section;
  const legacy = section.sctp?.legacy ?? false;
  return {
    type: "data",
    protocol,
    formats,
    mid,
    transport,
    legacy,
    // Legacy: the format is the port, and it has to be the offer's (RFC 9429 §5.3.1).
    sctpPort: legacy ? (section.sctp?.port ?? local.sctpPort) : local.sctpPort,
    maxMessageSize: local.maxMessageSize,
  };
}

/**
 * RFC 8842 §5.3, RFC 9429 §5.3.1: active when we may choose; the role of the association that goes on, when there is one.
 */
function answerSetup(transport: JsepTransport, remote: MediaSection): Setup {
  if (remote.setup === "active") return "passive";
  if (remote.setup === "passive") return "active";
  return transport.dtls?.role === "server" && continuesDtls(transport, remote) ? "passive" : "active";
}
