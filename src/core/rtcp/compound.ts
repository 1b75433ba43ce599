/**
 * Compound packets (RFC 3550 §6.1), and those of reduced size (RFC 5506), which differ only in what comes first: both are
 * read. A fault in the framing refuses the datagram; a fault inside one packet leaves out that packet.
 */
import { Malformed, malformed } from "../base/malformed.ts";
import { type Application, decodeApplication } from "./application.ts";
import { type Bye, decodeBye } from "./bye.ts";
import {
  type CongestionControlFeedback,
  decodeCongestionControlFeedback,
} from "./congestion-control-feedback.ts";
import { decodeExtendedReport, type ExtendedReport } from "./extended-report.ts";
import { decodeFullIntraRequest, type FullIntraRequest } from "./full-intra-request.ts";
import { PAYLOAD_FMT, PT, RTCP_HEADER_LENGTH, TRANSPORT_FMT } from "./header.ts";
import { decodeNack, type Nack } from "./nack.ts";
import { decodePictureLoss, type PictureLoss } from "./picture-loss.ts";
import { decodeReceiverReport, type ReceiverReport } from "./receiver-report.ts";
import { decodeRemb, type ReceiverEstimatedMaximumBitrate } from "./remb.ts";
import { decodeSenderReport, type SenderReport } from "./sender-report.ts";
import { decodeSourceDescription, type SourceDescription } from "./source-description.ts";
import { decodeTransportWideFeedback, type TransportWideFeedback } from "./transport-wide-feedback.ts";

/** Any packet that is understood; `type` tells which. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | Application
  | ExtendedReport
  | Nack
  | TransportWideFeedback
  | CongestionControlFeedback
  | PictureLoss
  | FullIntraRequest
  | ReceiverEstimatedMaximumBitrate;

/** Packets of one datagram that are read, the rest is ignored: a datagram holds more only to keep us busy. */
export const MAX_COMPOUND_PACKETS = 64;

const TOO_SHORT = malformed("rtcp: shorter than a header");
const BAD_VERSION = malformed("rtcp: version is not 2");
const OVERRUN = malformed("rtcp: packet overruns datagram");
const BAD_PADDING = malformed("rtcp: padding length out of range, or not on the last packet");
const UNKNOWN = malformed("rtcp: unknown packet type");

/**
 * Reads all packets of a datagram; those that are of an unknown type or wrong inside are handed to `refused`, if given.
 * Data inside the results is borrowed from `datagram`.
 */
export function decodeCompound(
  datagram: Uint8Array,
  refused?: (reason: Malformed) => void,
): RtcpPacket[] | Malformed {
  const fault = checkFraming(datagram);
  if (fault !== undefined) return fault;
  const packets: RtcpPacket[] = [];
  for (let at = 0, count = 0; at < datagram.length && count < MAX_COMPOUND_PACKETS; count++) {
    const first = datagram[at]!;
    const end = at + packetLength(datagram, at);
    const padding = (first & 0x20) !== 0 ? datagram[end - 1]! : 0;
    const body = datagram.subarray(at + RTCP_HEADER_LENGTH, end - padding);
    const packet = decodePacket(datagram[at + 1]!, first & 31, body);
    if (packet instanceof Malformed) refused?.(packet);
    else packets.push(packet);
    at = end;
  }
  return packets;
}

function packetLength(datagram: Uint8Array, at: number): number {
  return (((datagram[at + 2]! << 8) | datagram[at + 3]!) + 1) * 4;
}

function isTransportWideFeedback(datagram: Uint8Array, at: number): boolean {
  return datagram[at + 1] === PT.TRANSPORT_FEEDBACK && (datagram[at]! & 31) === TRANSPORT_FMT.TRANSPORT_WIDE;
}

/** All headers before any body. */
function checkFraming(datagram: Uint8Array): Malformed | undefined {
  if (datagram.length < RTCP_HEADER_LENGTH) return TOO_SHORT;
  for (let at = 0; at < datagram.length; ) {
    if (at + RTCP_HEADER_LENGTH > datagram.length) return OVERRUN;
    if (datagram[at]! >>> 6 !== 2) return BAD_VERSION;
    const length = packetLength(datagram, at);
    if (at + length > datagram.length) return OVERRUN;
    if ((datagram[at]! & 0x20) !== 0) {
      // RFC 3550 §6.4.1: on the last packet only. Transport-wide feedback fills its last word this way, wherever it stands.
      const padding = datagram[at + length - 1]!;
      const last = at + length === datagram.length || isTransportWideFeedback(datagram, at);
      if (!last || padding === 0 || padding > length - RTCP_HEADER_LENGTH) return BAD_PADDING;
    }
    at += length;
  }
  return undefined;
}

function decodePacket(packetType: number, count: number, body: Uint8Array): RtcpPacket | Malformed {
  switch (packetType) {
    case PT.SENDER_REPORT:
      return decodeSenderReport(body, count);
    case PT.RECEIVER_REPORT:
      return decodeReceiverReport(body, count);
    case PT.SOURCE_DESCRIPTION:
      return decodeSourceDescription(body, count);
    case PT.BYE:
      return decodeBye(body, count);
    case PT.APPLICATION:
      return decodeApplication(body, count);
    case PT.TRANSPORT_FEEDBACK:
      return decodeTransportFeedback(count, body);
    case PT.PAYLOAD_FEEDBACK:
      return decodePayloadFeedback(count, body);
    case PT.EXTENDED_REPORT:
      return decodeExtendedReport(body);
    default:
      return UNKNOWN;
  }
}

function decodeTransportFeedback(format: number, body: Uint8Array): RtcpPacket | Malformed {
  if (format === TRANSPORT_FMT.NACK) return decodeNack(body);
  if (format === TRANSPORT_FMT.TRANSPORT_WIDE) return decodeTransportWideFeedback(body);
  return format === TRANSPORT_FMT.CONGESTION_CONTROL ? decodeCongestionControlFeedback(body) : UNKNOWN;
}

function decodePayloadFeedback(format: number, body: Uint8Array): RtcpPacket | Malformed {
  if (format === PAYLOAD_FMT.PICTURE_LOSS) return decodePictureLoss(body);
  if (format === PAYLOAD_FMT.FULL_INTRA_REQUEST) return decodeFullIntraRequest(body);
  return format === PAYLOAD_FMT.APPLICATION_LAYER ? decodeRemb(body) : UNKNOWN;
}
