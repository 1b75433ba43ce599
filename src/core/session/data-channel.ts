import { BufferedBytes } from "./buffered-bytes.ts";
import type { ChannelId, DataChannelParameters } from "./protocol.ts";

/** Where a channel stands between being made and being forgotten. */
type ChannelState =
  /** The stream id, or the association, is not there yet. */
  | "waiting"
  | "open"
  /** Our outgoing stream is being reset. */
  | "closing";

/** One channel, as the engine sees it. */
export interface DataChannel {
  readonly id: ChannelId;
  readonly parameters: DataChannelParameters;
  readonly negotiated: boolean;
  streamId: number | undefined;
  state: ChannelState;
  /** We sent DATA_CHANNEL_OPEN and saw no ACK yet: everything goes ordered (RFC 8832 §6). */
  awaitingAck: boolean;
  /** The peer has reset its outgoing stream: nothing more will come in. */
  incomingReset: boolean;
  /** Our reset was performed. */
  outgoingReset: boolean;
  readonly buffered: BufferedBytes;
  /** Bytes of the peer's DATA_CHANNEL_OPEN; 0 for channels of ours. */
  readonly announcedBytes: number;
}

/** Whether every message arrives, or the channel fails. */
export function isReliable({ parameters }: DataChannel): boolean {
  return parameters.maxRetransmits === undefined && parameters.maxPacketLifeTime === undefined;
}

type NewChannel = Pick<DataChannel, "id" | "parameters" | "negotiated" | "state"> & {
  announcedBytes?: number;
};

/** A channel on which nothing has happened yet. */
export function newChannel({ announcedBytes = 0, ...fields }: NewChannel): DataChannel {
  return {
    ...fields,
    announcedBytes,
    streamId: undefined,
    awaitingAck: false,
    incomingReset: false,
    outgoingReset: false,
    buffered: new BufferedBytes(),
  };
}
