/** "transport", "candidate-pair", "local-candidate" and "remote-candidate" (webrtc-stats §8.16 to §8.18). */
import type { CandidateSnapshot, PairSnapshot } from "../../core/stats/index.ts";
import type { Transport, TransportComponent } from "../transports.ts";
import { addCertificates } from "./certificate-stats.ts";
import type { StatsCollection } from "./collection.ts";
import type { RTCIceCandidatePairStats, RTCIceCandidateStats, RTCTransportStats } from "./dictionaries.ts";

/** The "Profile" column of IANA's DTLS-SRTP protection profiles (RFC 5764 §4.1.2, RFC 7714 §14.2). */
const SRTP_PROFILES: ReadonlyMap<number, string> = new Map([
  [0x0001, "SRTP_AES128_CM_HMAC_SHA1_80"],
  [0x0002, "SRTP_AES128_CM_HMAC_SHA1_32"],
  [0x0007, "SRTP_AEAD_AES_128_GCM"],
  [0x0008, "SRTP_AEAD_AES_256_GCM"],
]);

/** The id of the dictionary of a transport's component. */
export function transportStatsId(collection: StatsCollection, { id }: Transport, component = 1): string {
  return collection.id("transport", id, component);
}

/** Adds a transport and everything below it: one dictionary for each `RTCDtlsTransport`, so one for each component. */
export function addTransport(collection: StatsCollection, transport: Transport): void {
  addComponent(collection, transport, 1, transport);
  if (transport.rtcp !== undefined) addComponent(collection, transport, 2, transport.rtcp);
}

function addComponent(
  collection: StatsCollection,
  transport: Transport,
  component: 1 | 2,
  { ice, dtls }: TransportComponent,
): void {
  const { localCertificate } = collection.connection;
  // Not there when the engine has never heard of it.
  const counted = collection.snapshot.transports.find(
    (snapshot) => snapshot.transport === transport.id && snapshot.component === component,
  );
  const names: Names = (kind, name) => collection.id(kind, transport.id, component, name);
  const transportId = transportStatsId(collection, transport, component);
  const traffic = counted?.ice.traffic;
  const selected = counted?.ice.selectedPair;
  const version = counted?.dtls?.version;
  const profile = counted?.dtls?.srtpProfile;
  collection.add<RTCTransportStats>("transport", transportId, {
    packetsSent: traffic?.packetsSent ?? 0,
    packetsReceived: traffic?.packetsReceived ?? 0,
    bytesSent: traffic?.bytesSent ?? 0,
    bytesReceived: traffic?.bytesReceived ?? 0,
    iceRole: ice.role,
    iceLocalUsernameFragment: ice.localParameters?.usernameFragment,
    dtlsState: dtls.state,
    iceState: ice.state,
    selectedCandidatePairId: selected === undefined ? undefined : names("candidate-pair", selected),
    localCertificateId: localCertificate && addCertificates(collection, [localCertificate.certificate]),
    remoteCertificateId: addCertificates(collection, dtls.remoteCertificates),
    tlsVersion: version?.toString(16).toUpperCase().padStart(4, "0"),
    dtlsCipher: counted?.dtls?.cipherSuite,
    dtlsRole: counted?.dtls?.role ?? "unknown",
    srtpCipher: profile === undefined ? undefined : SRTP_PROFILES.get(profile),
    selectedCandidatePairChanges: counted?.ice.selectedPairChanges ?? 0,
    ccfbMessagesSent: counted?.rtp.ccfb?.sent,
    ccfbMessagesReceived: counted?.rtp.ccfb?.received,
  });
  if (counted === undefined) return;
  const { pairs, localCandidates, remoteCandidates } = counted.ice;
  for (const pair of pairs) addPair(collection, transportId, names, pair);
  for (const local of localCandidates) addCandidate(collection, transportId, names, "local", local);
  for (const remote of remoteCandidates) addCandidate(collection, transportId, names, "remote", remote);
}

/** The ids of what belongs to one component, by the agent's names. */
type Names = (kind: "candidate-pair" | "local-candidate" | "remote-candidate", name: number) => string;

function addPair(collection: StatsCollection, transportId: string, names: Names, pair: PairSnapshot): void {
  const { currentRoundTripTime } = pair;
  collection.add<RTCIceCandidatePairStats>("candidate-pair", names("candidate-pair", pair.name), {
    transportId,
    localCandidateId: names("local-candidate", pair.local),
    remoteCandidateId: names("remote-candidate", pair.remote),
    state: pair.state,
    nominated: pair.nominated,
    packetsSent: pair.packetsSent,
    packetsReceived: pair.packetsReceived,
    bytesSent: pair.bytesSent,
    bytesReceived: pair.bytesReceived,
    lastPacketSentTimestamp: collection.timestampIfAny(pair.lastPacketSent),
    lastPacketReceivedTimestamp: collection.timestampIfAny(pair.lastPacketReceived),
    totalRoundTripTime: pair.totalRoundTripTime / 1000,
    currentRoundTripTime: currentRoundTripTime === undefined ? undefined : currentRoundTripTime / 1000,
    requestsReceived: pair.requestsReceived,
    requestsSent: pair.requestsSent,
    responsesReceived: pair.responsesReceived,
    responsesSent: pair.responsesSent,
    consentRequestsSent: pair.consentRequestsSent,
  });
}

function addCandidate(
  collection: StatsCollection,
  transportId: string,
  names: Names,
  side: "local" | "remote",
  { name, candidate, usernameFragment, signalled }: CandidateSnapshot,
): void {
  const isLocal = side === "local";
  collection.add<RTCIceCandidateStats>(`${side}-candidate`, names(`${side}-candidate`, name), {
    transportId,
    // A remote address that the application has not named itself is not shown.
    address: signalled ? candidate.address : null,
    port: candidate.port,
    protocol: candidate.protocol,
    candidateType: candidate.type,
    priority: candidate.priority,
    url: isLocal ? candidate.url : undefined,
    relayProtocol: isLocal ? candidate.relayProtocol : undefined,
    foundation: candidate.foundation,
    relatedAddress: candidate.relatedAddress,
    relatedPort: candidate.relatedPort,
    usernameFragment,
    tcpType: candidate.tcpType,
  });
}
