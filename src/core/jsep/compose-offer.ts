/** RFC 9429 §5.2.1, §5.2.2: which sections an offer has, in which bundle, on which transport. */

import {
  type Composition,
  type CredentialSource,
  chooseCredentials,
  chooseTlsId,
  ICE_OPTIONS,
  transportText,
} from "./credentials.ts";
import type { AppliedDescription, MediaSection } from "./description.ts";
import { offeredLipSync } from "./lip-sync.ts";
import type { LocalTransceiver } from "./media-types.ts";
import { RtpNumbers } from "./rtp-numbers.ts";
import { offeredRtp } from "./rtp-offer.ts";
import { bundledInto, type SectionText, type TransportText } from "./session-text.ts";
import {
  type Agreement,
  type JsepState,
  type JsepTransport,
  latestAgreement,
  latestAnswer,
  type Slot,
} from "./state.ts";
import type { TransportId } from "./types.ts";

/** A section that will be offered. */
interface Entry {
  readonly index: number;
  readonly kind: string;
  readonly mid: string;
  readonly rejected: boolean;
  readonly transceiver: LocalTransceiver | undefined;
  /** In use; undefined for a new section. */
  readonly inUse: JsepTransport | undefined;
}

/** Sections keep their places; new ones take those of rejected sections first, then follow at the end. */
export function composeOffer(state: JsepState, source: CredentialSource, restart: boolean): Composition {
  const { entries, nextMid } = planEntries(state, source);
  const base = state.pendingLocal ?? state.currentLocal;
  const places = placeEntries(entries, state, base, source, restart);
  const numbers = new RtpNumbers([base, state.currentLocal, state.currentRemote], state.extensionIds);
  const headerEncryption = offersEncryption(entries, state, source);
  const sections = entries.map((entry): SectionText => {
    const { index, kind, mid, transceiver } = entry;
    if (entry.rejected) return stillRejected(base?.sections[index], kind, mid);
    const transport = places[index]!;
    if (transceiver === undefined) return offeredData(mid, transport, source);
    const before = beforeOf(state, base, entry);
    const rtp = { ...offeredRtp(transceiver, source.local, numbers, before), headerEncryption };
    const protocol = before.own?.protocol ?? "UDP/TLS/RTP/SAVPF";
    return { type: "media", kind, protocol, mid, transport, rtp, rtcp: !before.muxed };
  });
  // Sections in use first: a new one must not take the tag, and the transport, from those that it may join.
  const live = entries.filter(({ rejected }) => !rejected);
  const bundle = [...live.filter(isInUse), ...live.filter((entry) => !isInUse(entry))].map(({ mid }) => mid);
  return {
    iceLite: source.local.iceLite ?? false,
    iceOptions: ICE_OPTIONS,
    fingerprints: source.local.fingerprints,
    bundles: bundle.length > 0 ? [bundle] : [],
    lipSync: offeredLipSync(
      live.flatMap(({ mid, transceiver }) => (transceiver === undefined ? [] : { mid, transceiver })),
      latestAnswer(state)?.lipSync ?? [],
    ),
    extmapAllowMixed: sections.some(({ type }) => type === "media"),
    sections,
    transceivers: entries.map(({ transceiver }) => transceiver?.id),
    nextMid,
  };
}

function isInUse({ inUse }: Entry): boolean {
  return inUse !== undefined;
}

/**
 * What every index of the offer stands for (RFC 9429 §5.2.2, the rules about recycling). In a bundled session, free places
 * before all sections in use stay free: in the order of the m= lines, which browsers always name a bundle after, a new
 * section would become its tag. Chromium 156 fails when the offer says otherwise, and when it does not, both browsers
 * replace the bundle's transport, and lose what is on its way. ("max-compat" asks for what the standard says, and for
 * transports of their own.)
 */
function planEntries(state: JsepState, source: CredentialSource): { entries: Entry[]; nextMid: number } {
  const { local, last } = source;
  const agreement = latestAgreement(state);
  const transceivers = local.transceivers ?? [];
  const byId = new Map(transceivers.map((transceiver) => [transceiver.id, transceiver]));
  const associated = new Set(agreement.slots.map((slot) => slot.transceiver));
  const waiting: (LocalTransceiver | undefined)[] = transceivers.filter(
    ({ id, stopping, stopped }) => !stopping && !stopped && !associated.has(id),
  );
  const hasData = agreement.slots.some(
    ({ kind, transport }) => kind === "application" && transport !== undefined,
  );
  if (local.dataChannelsFirst && agreement.slots.length === 0) waiting.unshift(undefined);
  else if (local.dataChannels && !hasData) waiting.push(undefined);
  let { nextMid } = state;
  const used = new Set([...state.agreed.slots, ...agreement.slots].map(({ mid }) => mid));
  const fresh = (index: number): string => {
    const offered = last?.sections[index];
    let mid = offered?.rejected === false ? offered.mid : undefined;
    if (mid === undefined || used.has(mid)) {
      while (used.has(String(nextMid))) nextMid++;
      mid = String(nextMid++);
    }
    used.add(mid);
    return mid;
  };
  const kept = agreement.slots.map((slot, index) => keptEntry(slot, index, agreement, byId));
  const keepsFree = isBundled(state) && local.bundlePolicy !== "max-compat";
  const firstFree = keepsFree ? kept.findIndex(({ rejected }) => !rejected) : 0;
  const entries = kept.map((entry, index): Entry => {
    const slot = agreement.slots[index]!;
    if (!entry.rejected || index < firstFree || !isRecyclable(state, slot, index)) return entry;
    // Data goes where data was, or to the end: RFC 9429 §5.2.2 recycles for transceivers only.
    if (waiting.length === 0 || (waiting[0] === undefined && slot.kind !== "application")) return entry;
    return newEntry(index, fresh(index), waiting.shift());
  });
  for (const transceiver of waiting)
    entries.push(newEntry(entries.length, fresh(entries.length), transceiver));
  return { entries, nextMid };
}

function newEntry(index: number, mid: string, transceiver: LocalTransceiver | undefined): Entry {
  const kind = transceiver?.kind ?? "application";
  return { index, kind, mid, rejected: false, transceiver, inUse: undefined };
}

function keptEntry(
  { kind, mid, transport, transceiver: id }: Slot,
  index: number,
  agreement: Agreement,
  byId: ReadonlyMap<number, LocalTransceiver>,
): Entry {
  const inUse = transport === undefined ? undefined : agreement.transports.get(transport);
  const transceiver = id === undefined ? undefined : byId.get(id);
  const stopped =
    kind !== "application" && (transceiver === undefined || transceiver.stopping || transceiver.stopped);
  return { index, kind, mid, rejected: inUse === undefined || stopped, transceiver, inUse };
}

/** Rejected since the last stable state: both ends know that the place is free. */
function isRecyclable(state: JsepState, slot: Slot, index: number): boolean {
  const agreed = state.agreed.slots[index];
  return agreed !== undefined && agreed.transport === undefined && slot.transport === undefined;
}

/** The transport attributes of every section. Undefined for rejected ones. */
function placeEntries(
  entries: readonly Entry[],
  state: JsepState,
  base: AppliedDescription | undefined,
  source: CredentialSource,
  restart: boolean,
): (TransportText | undefined)[] {
  const live = entries.filter(({ rejected }) => !rejected);
  const tag = live.find(isInUse) ?? live[0];
  const bundleOnly = bundleOnlyEntries(live, tag, state, base, source);
  const { slots } = latestAgreement(state);
  const carried = new Map<TransportId, TransportText>();
  const place = ({ index, inUse }: Entry): TransportText => {
    const tagged = inUse && carried.get(inUse.id);
    if (tagged !== undefined) return bundledInto(tagged, false);
    const replace = restart || (inUse !== undefined && source.toReplace.has(inUse.local.usernameFragment));
    const credentials = chooseCredentials(inUse?.local, replace, index, source);
    const isCarried = (at: number) => inUse !== undefined && slots[at]?.transport === inUse.id;
    // RFC 8842 §5.2: every offer leaves the choice to the answerer.
    const tlsId = chooseTlsId(inUse?.tlsId, index, source);
    const text = transportText({ credentials, tlsId, rtcp: inUse?.rtcp ?? true }, base, isCarried, "actpass");
    if (inUse !== undefined) carried.set(inUse.id, text);
    return text;
  };
  const places = entries.map((entry) => (entry.rejected || bundleOnly.has(entry) ? undefined : place(entry)));
  const tagged = tag && places[tag.index];
  return entries.map((entry, index) =>
    tagged !== undefined && bundleOnly.has(entry) ? bundledInto(tagged, true) : places[index],
  );
}

/** RFC 9143 §6: new sections that rely on their bundle, and those that did in the pending offer. */
function bundleOnlyEntries(
  live: readonly Entry[],
  tag: Entry | undefined,
  state: JsepState,
  base: AppliedDescription | undefined,
  source: CredentialSource,
): Set<Entry> {
  const bundled = isBundled(state);
  const kinds = new Set<string>();
  const transports = new Set<TransportId>();
  const found = new Set<Entry>();
  for (const entry of live) {
    const { index, kind, mid, inUse } = entry;
    const firstOfKind = !kinds.has(kind);
    kinds.add(kind);
    const relies =
      inUse === undefined
        ? entry !== tag && isBundleOnly(source, firstOfKind, bundled)
        : transports.has(inUse.id) &&
          base?.sections[index]?.bundleOnly === true &&
          state.agreed.slots[index]?.mid !== mid;
    if (relies) found.add(entry);
    else if (inUse !== undefined) transports.add(inUse.id);
  }
  return found;
}

/**
 * RFC 9429 §5.2.1: whether a new section relies on its bundle. In a session that is bundled already there is no need for
 * a transport that would be thrown away again.
 */
function isBundleOnly({ local }: CredentialSource, firstOfKind: boolean, bundled: boolean): boolean {
  if (local.bundlePolicy === "max-compat") return false;
  return local.bundlePolicy === "max-bundle" || !firstOfKind || bundled;
}

/** Whether the peer has agreed to BUNDLE for a section that is still there. */
function isBundled(state: JsepState): boolean {
  const mids = new Set(latestAnswer(state)?.bundles.flat());
  return state.agreed.slots.some(({ mid, transport }) => transport !== undefined && mids.has(mid));
}

function beforeOf(state: JsepState, base: AppliedDescription | undefined, { index, mid, inUse }: Entry) {
  const same = (description: AppliedDescription | undefined): MediaSection | undefined => {
    const section = description?.sections[index];
    const known = section !== undefined && !section.rejected && (section.mid ?? mid) === mid;
    return known ? section : undefined;
  };
  const answered = same(latestAnswer(state));
  // Nothing else takes the second component away, or leaves it there.
  const muxed = answered !== undefined && inUse?.rtcp === false;
  return { own: same(base), peer: same(state.currentRemote), answer: answered, muxed };
}

/**
 * RFC 9335 §4: all RTP sections of a bundle have it, or none; as it was answered. At first only where it is required: Firefox
 * 153, which does not know it, lost its data channel when the tagged section that had it was stopped.
 */
function offersEncryption(entries: readonly Entry[], state: JsepState, { local }: CredentialSource): boolean {
  const answer = latestAnswer(state);
  const answered = entries.flatMap(({ index, rejected, inUse }) => {
    const rtp = rejected || inUse === undefined ? undefined : answer?.sections[index]?.rtp;
    return rtp === undefined ? [] : [rtp.headerEncryption];
  });
  return answered.length > 0 ? answered.every(Boolean) : local.headerEncryptionPolicy === "require";
}

function offeredData(mid: string, transport: TransportText, { local }: CredentialSource): SectionText {
  return {
    type: "data",
    protocol: "UDP/DTLS/SCTP",
    formats: ["webrtc-datachannel"],
    mid,
    transport,
    legacy: false,
    sctpPort: local.sctpPort,
    maxMessageSize: local.maxMessageSize,
  };
}

function stillRejected(section: MediaSection | undefined, kind: string, mid: string): SectionText {
  const protocol = kind === "application" ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF";
  const known = section?.kind === kind ? section : { protocol, formats: ["0"] };
  return { type: "rejected", kind, protocol: known.protocol, formats: known.formats, mid };
}
