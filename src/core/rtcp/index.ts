/** RTCP packets, compound and of reduced size (RFC 3550, RFC 4585, RFC 5506): docs/rtp.md. */

export { type Application, writeApplication } from "./application.ts";
export { type Bye, writeBye } from "./bye.ts";
export { decodeCompound, MAX_COMPOUND_PACKETS, type RtcpPacket } from "./compound.ts";
export * from "./congestion-control-feedback.ts";
export { type DelaySinceReference, type ExtendedReport, writeExtendedReport } from "./extended-report.ts";
export {
  type FullIntraRequest,
  type IntraRequestEntry,
  writeFullIntraRequest,
} from "./full-intra-request.ts";
export { isRtcp } from "./is-rtcp.ts";
export { MAX_NACK_NUMBERS, type Nack, writeNack } from "./nack.ts";
export { type PictureLoss, writePictureLoss } from "./picture-loss.ts";
export { type ReceiverReport, writeReceiverReport } from "./receiver-report.ts";
export { MAX_REMB_BITRATE, type ReceiverEstimatedMaximumBitrate, writeRemb } from "./remb.ts";
export { MAX_REPORT_BLOCKS, type ReportBlock } from "./report-block.ts";
export { type SenderReport, writeSenderReport } from "./sender-report.ts";
export {
  SDES,
  type SdesChunk,
  type SdesItem,
  type SourceDescription,
  writeSourceDescription,
} from "./source-description.ts";
export {
  isReceiveDelta,
  MAX_FEEDBACK_PACKETS,
  NOT_RECEIVED,
  RECEIVE_DELTA_UNIT,
  REFERENCE_TIME_UNIT,
  type TransportWideFeedback,
  writeTransportWideFeedback,
} from "./transport-wide-feedback.ts";
