/** "transport", "candidate-pair", "local-candidate" and "remote-candidate" (webrtc-stats §8.16 to §8.18). */
import type { CandidateSnapshot, PairSnapshot, TransportSnapshot } from "../../core/stats/index.ts";
import type { Transport } from "../transports.ts";
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

/** The id of a transport's dictionary. */
export function transportStatsId(collection: StatsCollection, { id }: Transport): string {
  return collection.id("transport", id);
}

/** Adds a transport and everything below it. `counted`: by the engine; undefined when that has never heard of it. */
export function addTransport(
  collection: StatsCollection,
  transport: Transport,
  counted: TransportSnapshot | undefined,
): void {
  const { ice, dtls } = transport;
  const { localCertificate } = collection.connection;
  const transportId = transportStatsId(collection, transport);
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
    selectedCandidatePairId:
      selected === undefined ? undefined : collection.id("candidate-pair", transport.id, selected),
    localCertificateId: localCertificate && addCertificates(collection, [localCertificate.certificate]),
    remoteCertificateId: addCertificates(collection, dtls.remoteCertificates),
    tlsVersion: version?.toString(16).toUpperCase().padStart(4, "0"),
    dtlsCipher: counted?.dtls?.cipherSuite,
    dtlsRole: counted?.dtls?.role ?? "unknown",
    srtpCipher: profile === undefined ? undefined : SRTP_PROFILES.get(profile),
    selectedCandidatePairChanges: counted?.ice.selectedPairChanges ?? 0,
  });
  if (counted === undefined) return;
  for (const pair of counted.ice.pairs) addPair(collection, transport, pair);
  for (const local of counted.ice.localCandidates) addCandidate(collection, transport, "local", local);
  for (const remote of counted.ice.remoteCandidates) addCandidate(collection, transport, "remote", remote);
}

function addPair(collection: StatsCollection, transport: Transport, pair: PairSnapshot): void {
  const { currentRoundTripTime } = pair;
  collection.add<RTCIceCandidatePairStats>(
    "candidate-pair",
    collection.id("candidate-pair", transport.id, pair.name),
    {
      transportId: transportStatsId(collection, transport),
      localCandidateId: collection.id("local-candidate", transport.id, pair.local),
      remoteCandidateId: collection.id("remote-candidate", transport.id, pair.remote),
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
    },
  );
}

function addCandidate(
  collection: StatsCollection,
  transport: Transport,
  side: "local" | "remote",
  { name, candidate, usernameFragment, signalled }: CandidateSnapshot,
): void {
  const isLocal = side === "local";
  collection.add<RTCIceCandidateStats>(
    `${side}-candidate`,
    collection.id(`${side}-candidate`, transport.id, name),
    {
      transportId: transportStatsId(collection, transport),
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
    },
  );
}
