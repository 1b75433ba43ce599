/** webrtc-pc §6.1 createDataChannel, and the stream ids of RFC 8832 §6. */
import type { Connection } from "./connection.ts";
import { type convertDataChannelInit, wirePriority } from "./data-channel-init.ts";
import { type DataChannelSlots, initialSlots } from "./data-channel-slots.ts";
import { createDataChannelObject, type RTCDataChannel } from "./RTCDataChannel.ts";
import { MAX_STREAM_ID } from "./stream-ids.ts";

/** webrtc-pc §6.1: UTF-8 bytes of a label or protocol (16-bit lengths in DCEP). */
export const MAX_NAME_BYTES = 65_535;

const encoder = new TextEncoder();

/** §6.1 createDataChannel from step 2 on; the arguments are converted. */
export function createDataChannel(
  connection: Connection,
  label: string,
  options: ReturnType<typeof convertDataChannelInit>,
): RTCDataChannel {
  // Step 2
  if (connection.isClosed) throw new DOMException("the connection is closed.", "InvalidStateError");
  // Steps 5 and 11
  requireShort("label", label);
  requireShort("protocol", options.protocol);
  const slots: DataChannelSlots = {
    ...initialSlots(connection, connection.nextChannelId()),
    label,
    protocol: options.protocol,
    ordered: options.ordered,
    maxPacketLifeTime: options.maxPacketLifeTime ?? null,
    maxRetransmits: options.maxRetransmits ?? null,
    negotiated: options.negotiated,
    priority: options.priority,
    // Step 13: the id of a channel that is negotiated in-band is ignored.
    id: options.negotiated ? (options.id ?? null) : null,
  };
  // Step 14
  if (slots.negotiated && slots.id === null) throw new TypeError("a negotiated channel needs an id.");
  // Step 15
  if (slots.maxPacketLifeTime !== null && slots.maxRetransmits !== null) {
    throw new TypeError("maxPacketLifeTime and maxRetransmits cannot both be set.");
  }
  // Step 17
  if (slots.id !== null && slots.id > MAX_STREAM_ID) throw new TypeError(`id ${slots.id} is too large.`);
  // Steps 18 and 19
  claimId(connection, slots);
  // Step 20
  const first = !connection.dataChannelCreated;
  connection.dataChannelCreated = true;
  // webrtc-extensions: there may be an association already, which was negotiated without a channel.
  if (first && connection.sctp === undefined) connection.updateNegotiationNeeded();
  // Steps 21 to 23
  const channel = createDataChannelObject(slots);
  connection.dataChannels.add(slots);
  connection.channels.set(slots.channel, slots);
  if (connection.dtlsRole !== undefined && connection.sctp) openChannel(connection, slots);
  return channel;
}

function requireShort(what: string, text: string): void {
  if (text.length * 3 > MAX_NAME_BYTES && encoder.encode(text).length > MAX_NAME_BYTES) {
    throw new TypeError(`the ${what} is longer than ${MAX_NAME_BYTES} bytes.`);
  }
}

/** Steps 18 and 19: an id of its own, if the DTLS role is known or the application has named one. */
function claimId(connection: Connection, slots: DataChannelSlots): void {
  const { sctp } = connection;
  if (slots.id === null) {
    if (connection.dtlsRole === undefined || sctp === undefined) return;
    if (!assignStreamId(connection, slots)) throw operationError("no id is left.");
    return;
  }
  const maxChannels = sctp?.slots.state === "connected" ? sctp.slots.maxChannels : null;
  if (maxChannels !== null && slots.id >= maxChannels) {
    throw operationError(`id ${slots.id} is not below maxChannels, ${maxChannels}.`);
  }
  if (!connection.streamIds.claim(slots.id)) throw operationError(`id ${slots.id} is in use.`);
}

/** Gives a channel the next free id unless it has one; false when none is left below maxChannels. */
export function assignStreamId(connection: Connection, slots: DataChannelSlots): boolean {
  if (slots.id !== null) return true;
  const limit = connection.sctp?.slots.maxChannels ?? MAX_STREAM_ID + 1;
  slots.id = connection.streamIds.next(connection.dtlsRole!, limit) ?? null;
  return slots.id !== null;
}

/** Step 23: makes the underlying data transport. */
export function openChannel(connection: Connection, slots: DataChannelSlots): void {
  slots.opened = true;
  connection.command({
    type: "open-channel",
    channel: slots.channel,
    negotiated: slots.negotiated,
    streamId: slots.id ?? undefined,
    parameters: {
      label: slots.label,
      protocol: slots.protocol,
      ordered: slots.ordered,
      maxPacketLifeTime: slots.maxPacketLifeTime ?? undefined,
      maxRetransmits: slots.maxRetransmits ?? undefined,
      priority: wirePriority(slots.priority),
    },
  });
}

function operationError(message: string): DOMException {
  return new DOMException(message, "OperationError");
}
