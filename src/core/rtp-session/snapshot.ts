/** What a session has counted, as statistics want it (webrtc-stats §8). Seconds where the session has milliseconds. */
import type { Instant } from "../base/instant.ts";
import type {
  CongestionFeedback,
  PictureSize,
  RemoteReport,
  ReportedPackets,
  SenderStatistics,
} from "../media/index.ts";
import type {
  InboundRtpSnapshot,
  OutboundRtpSnapshot,
  RemoteInboundRtpSnapshot,
  RemoteOutboundRtpSnapshot,
  RtpSnapshot,
} from "../stats/index.ts";
import type { ReceiveSection } from "./receive-section.ts";
import type { ReceiveStream } from "./receive-stream.ts";
import type { SendSection } from "./send-section.ts";
import type { SendStream } from "./send-stream.ts";

/** All streams of a session. */
export function snapshotOf(
  now: Instant,
  senders: readonly SendSection[],
  receivers: readonly ReceiveSection[],
  congestion: CongestionFeedback,
): RtpSnapshot {
  const { messagesSent: sent, messagesReceived: received } = congestion;
  const isAgreed = receivers.some(({ wantsCongestionFeedback }) => wantsCongestionFeedback);
  return {
    outbound: senders.flatMap((section) =>
      section.streams.map((stream, index) => outbound(now, section, stream, index)),
    ),
    inbound: receivers.flatMap((section) =>
      section.streams.map((stream) => {
        const reported = section.wantsCongestionFeedback ? congestion.reported(stream.ssrc) : undefined;
        return inbound(now, section, stream, reported);
      }),
    ),
    ...(isAgreed || sent + received > 0 ? { ccfb: { sent, received } } : {}),
  };
}

function outbound(
  now: Instant,
  { media, kind, firstFormat }: SendSection,
  stream: SendStream,
  encodingIndex: number,
): OutboundRtpSnapshot {
  const { statistics } = stream;
  const { framesSent, keyFramesSent, hugeFramesSent, pliCount, firCount, remote } = statistics;
  const format = stream.format ?? firstFormat;
  return {
    transceiver: media,
    name: stream.name,
    ssrc: stream.ssrc,
    rtxSsrc: format?.rtxPayloadType === undefined ? undefined : stream.rtxSsrc,
    payloadType: format?.payloadType,
    encodingIndex,
    counters: {
      packetsSent: statistics.packetsSent,
      bytesSent: statistics.bytesSent,
      headerBytesSent: statistics.headerBytesSent,
      retransmittedPacketsSent: statistics.retransmittedPacketsSent,
      retransmittedBytesSent: statistics.retransmittedBytesSent,
      nackCount: statistics.nackCount,
      totalPacketSendDelay: statistics.totalSendDelay / 1000,
    },
    // Frames come encoded: what an encoder would count is what was sent.
    ...(kind === "video"
      ? {
          video: {
            framesSent,
            framesEncoded: framesSent,
            keyFramesEncoded: keyFramesSent,
            hugeFramesSent,
            ...sizeMembers(stream.pictureSize),
            ...rateMember(stream.pace.perSecond(now)),
            pliCount,
            firCount,
          },
        }
      : {}),
    remote: remote && remoteInbound(statistics, remote),
  };
}

function rateMember(framesPerSecond: number | undefined): { framesPerSecond?: number } {
  return framesPerSecond === undefined ? {} : { framesPerSecond };
}

function sizeMembers(size: PictureSize | undefined): { frameWidth?: number; frameHeight?: number } {
  return size ? { frameWidth: size.width, frameHeight: size.height } : {};
}

function remoteInbound(
  { totalRoundTrip, roundTripMeasurements }: SenderStatistics,
  remote: RemoteReport,
): RemoteInboundRtpSnapshot {
  const { at, packetsReceived, packetsLost, jitter, fractionLost, roundTrip } = remote;
  return {
    arrived: at,
    counters: {
      packetsReceived,
      packetsLost,
      jitter,
      fractionLost,
      ...(roundTrip === undefined ? {} : { roundTripTime: roundTrip / 1000 }),
      totalRoundTripTime: totalRoundTrip / 1000,
      roundTripTimeMeasurements: roundTripMeasurements,
    },
  };
}

/** `reported`: by RFC 8888, where it was agreed on. */
function inbound(
  now: Instant,
  section: ReceiveSection,
  stream: ReceiveStream,
  reported: ReportedPackets | undefined,
): InboundRtpSnapshot {
  const { media, kind } = section;
  const { statistics, frames, recovery, format } = stream;
  // webrtc-stats §8.4: of what was agreed on, whether or not anything was sent again so far.
  const announced = format.rtxPayloadType === undefined ? undefined : section.repairOf(stream.ssrc);
  const buffer = kind === "video" ? frames.video : frames.audio;
  // Video counts frames, audio samples: these are summed in milliseconds times ticks.
  return {
    transceiver: media,
    name: stream.name,
    ssrc: stream.ssrc,
    rtxSsrc: stream.rtxSsrc ?? announced,
    fecSsrc: recovery.fecSsrc,
    payloadType: format.payloadType,
    lastPacketReceived: statistics.lastPacketAt,
    playout: stream.playout,
    counters: {
      packetsReceived: statistics.packetsReceived + stream.repairedPackets,
      packetsLost: statistics.packetsLost,
      ...(reported && reportedMembers(reported)),
      jitter: statistics.jitter,
      bytesReceived: statistics.bytesReceived + stream.repairedBytes,
      headerBytesReceived: statistics.headerBytesReceived + stream.repairedHeaderBytes,
      packetsDiscarded: frames.packetsDiscarded,
      nackCount: stream.nackCount,
      retransmittedPacketsReceived: stream.repairedPackets,
      retransmittedBytesReceived: stream.repairedBytes,
      fecPacketsReceived: recovery.fecPacketsReceived,
      fecBytesReceived: recovery.fecBytesReceived,
      fecPacketsDiscarded: recovery.fecPacketsDiscarded,
      jitterBufferDelay: buffer.jitterBufferDelay / 1000,
      jitterBufferTargetDelay: buffer.jitterBufferTargetDelay / 1000,
      jitterBufferMinimumDelay: buffer.jitterBufferMinimumDelay / 1000,
      jitterBufferEmittedCount: buffer.jitterBufferEmittedCount,
      // Frames are given away encoded: waiting is all that is done with them.
      totalProcessingDelay: buffer.jitterBufferDelay / 1000,
    },
    ...(kind === "video" ? { video: videoMembers(now, stream) } : { audio: audioMembers(stream) }),
    remote: stream.senderReport && remoteOutbound(stream, stream.senderReport),
  };
}

function reportedMembers({ packetsReportedAsLost, packetsReportedAsLostButRecovered }: ReportedPackets) {
  return { packetsReportedAsLost, packetsReportedAsLostButRecovered };
}

/** What is given counts as decoded ("would be displayed if no frames are dropped"), and as rendered. */
function videoMembers(now: Instant, { frames, framesPassedOn, pace, pliCount, firCount }: ReceiveStream) {
  const { video } = frames;
  const framesReceived = video.framesReceived + framesPassedOn;
  return {
    framesReceived,
    framesDecoded: framesReceived,
    keyFramesDecoded: video.keyFrames,
    ...sizeMembers(frames.pictureSize),
    ...rateMember(pace.perSecond(now)),
    totalInterFrameDelay: pace.totalInterFrameDelay,
    totalSquaredInterFrameDelay: pace.totalSquaredInterFrameDelay,
    freezeCount: pace.freezeCount,
    totalFreezesDuration: pace.totalFreezesDuration,
    pauseCount: pace.pauseCount,
    totalPausesDuration: pace.totalPausesDuration,
    framesDropped: video.framesDropped,
    framesAssembledFromMultiplePackets: video.framesAssembledFromMultiplePackets,
    totalAssemblyTime: video.totalAssemblyTime / 1000,
    pliCount,
    firCount,
  };
}

function audioMembers({ frames }: ReceiveStream) {
  const { jitterBufferEmittedCount, concealedSamples, concealmentEvents } = frames.audio;
  return {
    totalSamplesReceived: jitterBufferEmittedCount + concealedSamples,
    concealedSamples,
    concealmentEvents,
  };
}

function remoteOutbound(
  { senderReports, roundTrip, totalRoundTrip, roundTripMeasurements }: ReceiveStream,
  report: NonNullable<ReceiveStream["senderReport"]>,
): RemoteOutboundRtpSnapshot {
  return {
    arrived: report.at,
    counters: {
      packetsSent: report.packetCount,
      bytesSent: report.octetCount,
      remoteTimestamp: report.wallClock,
      reportsSent: senderReports,
      ...(roundTrip === undefined ? {} : { roundTripTime: roundTrip / 1000 }),
      totalRoundTripTime: totalRoundTrip / 1000,
      roundTripTimeMeasurements: roundTripMeasurements,
    },
  };
}
