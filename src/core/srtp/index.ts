/** SRTP and SRTCP for DTLS-SRTP (RFC 3711, RFC 5764, RFC 7714, RFC 9335): docs/srtp.md. */

export {
  exportedKeyLength,
  SRTP_EXPORTER_LABEL,
  SRTP_PROFILE,
  type SrtpMasterKey,
  type SrtpProfile,
  splitExportedKeys,
  srtpProfile,
} from "./profile.ts";
export {
  MAX_SRTP_STREAMS,
  SRTP_KEY_EXHAUSTED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_NOT_AUTHENTIC,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_STREAMS,
} from "./refusal.ts";
export { SrtpReceiver, type SrtpReceiverOptions, type SrtpReceiverStatistics } from "./srtp-receiver.ts";
export { SrtpSender, type SrtpSenderOptions } from "./srtp-sender.ts";
