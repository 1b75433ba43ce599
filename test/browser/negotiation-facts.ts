/** What the ends of the negotiation tests say of themselves, as plain objects. Runs in the page, too. */
import type {
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  RTCRtpTransceiver,
} from "../../src/index.ts";

/** What the two ends are compared by. */
export interface TransceiverFacts {
  readonly mid: string | null;
  readonly kind: string;
  readonly direction: string;
  readonly currentDirection: string | null;
  readonly sends: readonly string[];
  readonly receives: readonly string[];
  readonly extensions: readonly string[];
  readonly rids: readonly string[];
  readonly remoteTrack: string;
}

export interface Facts {
  readonly signaling: string;
  readonly connection: string;
  readonly ice: string;
  readonly gathering: string;
  /** Offers that the impolite end has ignored. */
  readonly ignored: number;
  readonly transceivers: readonly TransceiverFacts[];
  /** How many different RTCDtlsTransports there are, and the states of all. */
  readonly transports: readonly string[];
  readonly tracks: readonly { mid: string | null; kind: string; streams: readonly string[] }[];
  /** The local description in force. */
  readonly local: string;
  readonly isAnswerer: boolean;
}

export function factsOf({
  mid,
  direction,
  currentDirection,
  sender,
  receiver,
}: RTCRtpTransceiver): TransceiverFacts {
  const sent = sender.getParameters();
  const received = receiver.getParameters();
  const { kind, readyState } = receiver.track;
  return {
    mid,
    kind,
    direction,
    currentDirection,
    sends: (sent.codecs ?? []).map(codecText),
    receives: (received.codecs ?? []).map(codecText),
    extensions: (sent.headerExtensions ?? []).map(extensionText).sort(),
    rids: sent.encodings.flatMap(({ rid }) => (rid === undefined ? [] : [rid])),
    remoteTrack: readyState,
  };
}

function codecText({
  payloadType,
  mimeType,
  clockRate,
  channels,
  sdpFmtpLine,
}: RTCRtpCodecParameters): string {
  const rest = channels === undefined ? "" : `/${channels}`;
  return `${payloadType} ${mimeType.toLowerCase()}/${clockRate}${rest} ${sortedParameters(sdpFmtpLine ?? "")}`.trim();
}

/** The parameters of an `a=fmtp`, in an order that can be compared. */
export function sortedParameters(fmtp: string): string {
  return fmtp
    .split(";")
    .map((parameter) => parameter.trim())
    .sort()
    .join(";");
}

function extensionText({ id, uri }: RTCRtpHeaderExtensionParameters): string {
  return `${id} ${uri}`;
}
