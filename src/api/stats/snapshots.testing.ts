/** What an engine may answer when it is asked for statistics. */
import type {
  EngineSnapshot,
  InboundRtpSnapshot,
  OutboundRtpSnapshot,
  PairSnapshot,
  RtpSnapshot,
  TransportSnapshot,
} from "../../core/stats/index.ts";

/** When all snapshots here are taken, on the engine's clock. */
export const TAKEN_AT = 5000;

export const PAIR: PairSnapshot = {
  name: 3,
  local: 1,
  remote: 2,
  state: "succeeded",
  nominated: true,
  packetsSent: 4,
  packetsReceived: 5,
  bytesSent: 400,
  bytesReceived: 500,
  lastPacketSent: 4990,
  lastPacketReceived: 4995,
  requestsSent: 2,
  requestsReceived: 3,
  responsesSent: 3,
  responsesReceived: 4,
  consentRequestsSent: 2,
  totalRoundTripTime: 40,
  currentRoundTripTime: 10,
};

/** A connected transport over one pair; the remote candidate was discovered. */
export function transportSnapshot(transport: number, rtp: Partial<RtpSnapshot> = {}): TransportSnapshot {
  const common = { component: 1, protocol: "udp", priority: 126 } as const;
  return {
    transport,
    component: 1,
    rtp: { outbound: [], inbound: [], ccfb: { sent: 6, received: 7 }, ...rtp },
    ice: {
      localCandidates: [
        {
          name: 1,
          candidate: {
            ...common,
            foundation: "1",
            address: "198.51.100.1",
            port: 1000,
            type: "srflx",
            relatedAddress: "192.0.2.1",
            relatedPort: 1001,
            url: "stun:stun.example",
          },
          usernameFragment: "near",
          signalled: true,
        },
      ],
      remoteCandidates: [
        {
          name: 2,
          candidate: { ...common, foundation: "2", address: "192.0.2.2", port: 1002, type: "prflx" },
          usernameFragment: undefined,
          signalled: false,
        },
      ],
      pairs: [PAIR],
      selectedPair: PAIR.name,
      selectedPairChanges: 1,
      traffic: { packetsSent: 4, packetsReceived: 5, bytesSent: 400, bytesReceived: 500 },
    },
    dtls: {
      role: "client",
      version: 0xfefd,
      cipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      srtpProfile: 0x0007,
    },
  };
}

/** A stream of video that the transceiver sends, reported about by the peer. */
export function outboundSnapshot(transceiver: number, payloadType: number): OutboundRtpSnapshot {
  return {
    transceiver,
    name: 10,
    ssrc: 1111,
    rtxSsrc: 2222,
    payloadType,
    encodingIndex: 0,
    counters: {
      packetsSent: 10,
      bytesSent: 1000,
      headerBytesSent: 120,
      retransmittedPacketsSent: 1,
      retransmittedBytesSent: 100,
      nackCount: 1,
      totalPacketSendDelay: 0.01,
      targetBitrate: 100_000,
    },
    video: {
      framesSent: 3,
      framesEncoded: 3,
      keyFramesEncoded: 1,
      hugeFramesSent: 1,
      firCount: 0,
      pliCount: 1,
      frameWidth: 640,
      frameHeight: 480,
      framesPerSecond: 30,
    },
    remote: {
      arrived: 4000,
      counters: {
        packetsReceived: 9,
        packetsLost: 1,
        jitter: 0.001,
        fractionLost: 0.1,
        roundTripTime: 0.05,
        totalRoundTripTime: 0.1,
        roundTripTimeMeasurements: 2,
      },
    },
  };
}

/** A stream of audio that the transceiver receives, reported about by the peer. */
export function inboundSnapshot(transceiver: number, payloadType: number): InboundRtpSnapshot {
  return {
    transceiver,
    name: 11,
    ssrc: 3333,
    rtxSsrc: undefined,
    fecSsrc: undefined,
    payloadType,
    lastPacketReceived: 4999,
    playout: { at: 4990, captureTime: 1_790_000_000_000 },
    counters: {
      packetsReceived: 50,
      packetsLost: -1,
      jitter: 0.002,
      bytesReceived: 5000,
      headerBytesReceived: 600,
      packetsDiscarded: 0,
      nackCount: 0,
      jitterBufferDelay: 1,
      jitterBufferEmittedCount: 48_000,
    },
    audio: { audioLevel: 0.5, totalAudioEnergy: 0.25, totalSamplesDuration: 1, totalSamplesReceived: 48_000 },
    remote: {
      arrived: 3000,
      counters: {
        packetsSent: 51,
        bytesSent: 5100,
        remoteTimestamp: 1_700_000_000_500,
        reportsSent: 2,
        totalRoundTripTime: 0,
        roundTripTimeMeasurements: 0,
      },
    },
  };
}

/** An engine's answer. */
export function engineSnapshot(parts: Partial<EngineSnapshot> = {}): EngineSnapshot {
  return { at: TAKEN_AT, transports: [], ...parts };
}
