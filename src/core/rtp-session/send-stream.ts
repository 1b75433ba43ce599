/** One RTP stream that we send: its numbers, its history and its counters. */
import type { Duration, Instant } from "../base/instant.ts";
import { type Random, randomUint32 } from "../base/random.ts";
import type { OutgoingPacket } from "./outgoing-packets.ts";
import { PacketHistory } from "./packet-history.ts";
import type { SendStreamParameters } from "./parameters.ts";
import type { MediaFormat } from "./payload-formats.ts";

/** webrtc-stats RTCOutboundRtpStreamStats and RTCSentRtpStreamStats, as far as they are counted here. */
export interface SendStatistics {
  packetsSent: number;
  /** Octets of payload, retransmissions included. */
  bytesSent: number;
  headerBytesSent: number;
  retransmittedPacketsSent: number;
  retransmittedBytesSent: number;
  framesSent: number;
  keyFramesSent: number;
  nackCount: number;
  pliCount: number;
  firCount: number;
}

/** What the peer's reports say of the stream (RFC 3550 §6.4.1). */
export interface RemoteReport {
  readonly at: Instant;
  /** 0..1 */
  readonly fractionLost: number;
  readonly packetsLost: number;
  readonly packetsReceived: number;
  /** Seconds */
  readonly jitter: number;
  /** Milliseconds. */
  readonly roundTripTime: Duration | undefined;
}

export class SendStream {
  /** Number within the session, never used again (webrtc-stats §8.1: an SSRC that comes back is another stream). */
  readonly name: number;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly rid: string | undefined;
  active: boolean;
  readonly statistics: SendStatistics = {
    packetsSent: 0,
    bytesSent: 0,
    headerBytesSent: 0,
    retransmittedPacketsSent: 0,
    retransmittedBytesSent: 0,
    framesSent: 0,
    keyFramesSent: 0,
    nackCount: 0,
    pliCount: 0,
    firCount: 0,
  };
  readonly history = new PacketHistory();
  /** What was sent last. */
  format: MediaFormat | undefined;
  /** Undefined before the first report. */
  remote: RemoteReport | undefined;
  /** Milliseconds, of all reports that tell. */
  totalRoundTripTime = 0;
  roundTripTimeMeasurements = 0;
  /** Of the last frame: what sender reports extrapolate from (RFC 3550 §6.4.1). */
  lastTimestamp = 0;
  lastTimestampAt: Instant = Number.NEGATIVE_INFINITY;
  /** RFC 5104 §4.3.1.2: the sequence number of the last FIR that was obeyed. */
  lastFir = -1;
  readonly #firstSequenceNumber: number;
  #sequenceNumber: number;
  #rtxSequenceNumber: number;
  /** RFC 3550 §5.1: timestamps begin anywhere. */
  readonly #timestampOffset: number;
  /** Where a forwarded stream joins ours. */
  #joined: { ssrc: number; sequenceOffset: number; timestampOffset: number } | undefined;
  #highestJoined = -1;

  constructor(random: Random, name: number, parameters: SendStreamParameters) {
    this.name = name;
    this.ssrc = parameters.ssrc;
    this.rtxSsrc = parameters.rtxSsrc;
    this.rid = parameters.rid;
    this.active = parameters.active;
    // In the lower half, so that a receiver that joins before the first wrap can tell its rollover counter (RFC 3711 §3.3.1).
    this.#firstSequenceNumber = randomUint32(random) & 0x7fff;
    this.#sequenceNumber = this.#firstSequenceNumber;
    this.#rtxSequenceNumber = randomUint32(random) & 0x7fff;
    this.#timestampOffset = randomUint32(random);
  }

  /** Packets that a receiver expects which has seen this number, with its cycles (RFC 3550 §6.4.1). */
  expectedUpTo(highestSequenceNumber: number): number {
    return highestSequenceNumber - this.#firstSequenceNumber + 1;
  }

  /** The next packet's sequence number. */
  nextSequenceNumber(): number {
    const next = this.#sequenceNumber;
    this.#sequenceNumber = (next + 1) & 0xffff;
    return next;
  }

  nextRtxSequenceNumber(): number {
    const next = this.#rtxSequenceNumber;
    this.#rtxSequenceNumber = (next + 1) & 0xffff;
    return next;
  }

  /** `microseconds` on the source's clock, in units of `clockRate`. */
  timestampAt(microseconds: number, clockRate: number): number {
    return modulo(this.#timestampOffset + Math.round((microseconds * clockRate) / 1e6), 0x1_0000_0000);
  }

  /**
   * The numbers of a packet that is passed on. Gaps stay gaps: the receiver asks for what is missing. Another source goes on
   * right behind what was sent, `elapsed` timestamp units later; -1: too old to be put in.
   */
  joinSequenceNumber(ssrc: number, sequenceNumber: number, timestamp: number, elapsed: number): number {
    if (this.#joined === undefined || this.#joined.ssrc !== ssrc) {
      this.#joined = {
        ssrc,
        sequenceOffset: this.#sequenceNumber - sequenceNumber,
        timestampOffset: this.lastTimestamp + elapsed - timestamp,
      };
      this.#highestJoined = sequenceNumber - 1;
    }
    const joined = modulo(sequenceNumber + this.#joined.sequenceOffset, 0x1_0000);
    if (sequenceNumber > this.#highestJoined) {
      this.#highestJoined = sequenceNumber;
      this.#sequenceNumber = (joined + 1) & 0xffff;
    }
    return joined;
  }

  /** Where the stream's clock is now: it goes on from what was sent last. */
  timestampNow(now: Instant, clockRate: number): number {
    if (this.lastTimestampAt < 0) return this.#timestampOffset;
    const elapsed = Math.round(((now - this.lastTimestampAt) * clockRate) / 1000);
    return modulo(this.lastTimestamp + elapsed, 0x1_0000_0000);
  }

  /** The timestamp of a packet that is passed on, after its `joinSequenceNumber`. */
  joinTimestamp(timestamp: number): number {
    return modulo(timestamp + (this.#joined?.timestampOffset ?? 0), 0x1_0000_0000);
  }

  /** A frame, or a packet of one, has got its timestamp. */
  sending(now: Instant, timestamp: number, format: MediaFormat): void {
    this.lastTimestamp = timestamp;
    this.lastTimestampAt = now;
    this.format = format;
  }

  /** A packet goes to the network now. */
  left(now: Instant, packet: OutgoingPacket): void {
    const { statistics } = this;
    const header = packet.bytes.length - packet.payloadLength;
    statistics.packetsSent++;
    statistics.bytesSent += packet.payloadLength;
    statistics.headerBytesSent += header;
    if (packet.sequenceNumber === undefined) {
      statistics.retransmittedPacketsSent++;
      statistics.retransmittedBytesSent += packet.payloadLength;
    } else this.history.keep(now, packet.sequenceNumber, packet.bytes);
  }
}

function modulo(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}
