/** What the engine reports, as the tasks that webrtc-pc prescribes for it. */
import type { EngineEvent } from "../core/session/protocol.ts";
import {
  announceClosed,
  announceClosing,
  announceOpen,
  decreaseBufferedAmount,
  receiveMessage,
} from "./channel-state.ts";
import type { Connection } from "./connection.ts";
import { announcedSlots, changeReadyState, type DataChannelSlots } from "./data-channel-slots.ts";
import { fire, fireSimple, queueTask } from "./dispatch.ts";
import {
  changeGatheringState,
  changePairAndState,
  changePairs,
  endCandidates,
  reportCandidateError,
  surfaceCandidate,
} from "./ice-events.ts";
import { passOnKeyFrameRequest, setFlowing, takeFrames } from "./media-flow.ts";
import { createDataChannelObject } from "./RTCDataChannel.ts";
import { RTCDataChannelEvent } from "./RTCDataChannelEvent.ts";
import { toRTCError } from "./RTCError.ts";
import { RTCErrorEvent } from "./RTCErrorEvent.ts";

type EventOf<T extends EngineEvent["type"]> = Extract<EngineEvent, { type: T }>;

/** Takes what the engine reports as one task: mostly one event. */
export function handleEngineEvents(connection: Connection, events: readonly EngineEvent[]): void {
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    const next = events[i + 1];
    // "The selected pair and RTCIceTransportState are related and are handled in the same task" (§5.6).
    if (
      event.type === "ice-selected-pair" &&
      next?.type === "ice-state" &&
      next.transport === event.transport &&
      next.component === event.component
    ) {
      if (!connection.isClosed) changePairAndState(connection, event, next);
      i++;
    } else if (event.type === "statistics") connection.statistics.answered(event.snapshot);
    else if (event.type === "ended") connection.statistics.ended(event.snapshot);
    else if ("channel" in event) handleChannelEvent(connection, event);
    else if ("media" in event) handleMediaEvent(connection, event);
    else if (!connection.isClosed) handleTransportEvent(connection, event);
  }
}

type ChannelEvent = Extract<EngineEvent, { channel: unknown }>;
type TransportEvent = Extract<EngineEvent, { transport: unknown }>;

function handleChannelEvent(connection: Connection, event: ChannelEvent): void {
  if (event.type === "channel-announced") {
    if (!connection.isClosed) announceChannel(connection, event);
    return;
  }
  const slots = connection.channels.get(event.channel);
  if (slots === undefined) return;
  // Nothing overtakes the `open` of a channel that the peer has announced.
  if (slots.openIsQueued) queueTask(connection, () => changeChannel(slots, event));
  else changeChannel(slots, event);
}

function changeChannel(
  slots: DataChannelSlots,
  event: Exclude<ChannelEvent, { type: "channel-announced" }>,
): void {
  switch (event.type) {
    case "channel-message":
      receiveMessage(slots, event.binary, event.data);
      break;
    case "buffered-amount-decrease":
      decreaseBufferedAmount(slots, event.bytes);
      break;
    case "channel-id":
      slots.id ??= event.streamId;
      break;
    case "channel-open":
      announceOpen(slots);
      break;
    case "channel-closing":
      announceClosing(slots);
      break;
    case "channel-closed":
      announceClosed(slots, event.error);
      break;
  }
}

type MediaEvent = Extract<EngineEvent, { media: unknown }>;

function handleMediaEvent(connection: Connection, event: MediaEvent): void {
  const transceiver = connection.transceivers.find(({ id }) => id === event.media);
  if (transceiver === undefined || connection.isClosed) return;
  const { source } = transceiver.receiver;
  switch (event.type) {
    case "media-frames":
      takeFrames(transceiver.receiver, event.frames);
      break;
    case "media-packets":
      source.writePackets(event.packets);
      break;
    case "media-clock":
      source.writeClock(event.clock);
      break;
    case "media-tone":
      source.writeTone(event.tone);
      break;
    case "media-flowing":
      setFlowing(transceiver.receiver, event.flowing);
      break;
    case "key-frame-wanted":
      passOnKeyFrameRequest(transceiver.sender, event.rid);
      break;
  }
}

function handleTransportEvent(connection: Connection, event: TransportEvent): void {
  switch (event.type) {
    case "ice-gathering-state":
      handleGatheringState(connection, event);
      break;
    case "ice-candidate":
      surfaceCandidate(connection, event);
      break;
    case "ice-candidate-error":
      reportCandidateError(connection, event);
      break;
    case "ice-state":
      changePairAndState(connection, undefined, event);
      break;
    case "ice-selected-pair":
      changePairAndState(connection, event, undefined);
      break;
    case "ice-pair-added":
    case "ice-pair-removed":
    case "ice-nomination-proposed":
    case "ice-pair-chosen":
      changePairs(connection, event);
      break;
    case "ice-role": {
      for (const { ice } of connection.transports.get(event.transport)?.components ?? [])
        ice.role = event.controlling ? "controlling" : "controlled";
      break;
    }
    case "dtls-state":
      changeDtlsState(connection, event);
      break;
    case "sctp-connected":
      sctpConnected(connection, event);
      break;
    case "sctp-closed":
      sctpClosed(connection, event);
      break;
  }
}

/** §5.6: at the end of gathering there are two tasks, the end-of-candidates and then the state. */
function handleGatheringState(connection: Connection, event: EventOf<"ice-gathering-state">): void {
  if (event.state !== "complete") {
    changeGatheringState(connection, event);
    return;
  }
  endCandidates(connection, event);
  queueTask(connection, () => {
    if (!connection.isClosed) changeGatheringState(connection, event);
  });
}

/** §6.2.3 announcing a data channel instance */
function announceChannel(connection: Connection, event: EventOf<"channel-announced">): void {
  // Steps 3 to 6
  const slots = announcedSlots(connection, event.channel, event.streamId, event.parameters);
  const channel = createDataChannelObject(slots);
  // Step 7
  connection.dataChannels.add(slots);
  connection.channels.set(slots.channel, slots);
  connection.streamIds.claim(event.streamId);
  // Step 8: messages can be sent inside of the event's listeners.
  changeReadyState(slots, "open");
  // Step 10, queued first: its task runs after this one in any case.
  slots.openIsQueued = true;
  queueTask(connection, () => {
    slots.openIsQueued = false;
    announceOpen(slots);
  });
  // Step 9
  fire(connection.target, new RTCDataChannelEvent("datachannel", { channel }));
}

/** §5.5 the two algorithms for a changed state of a DTLS transport */
function changeDtlsState(connection: Connection, event: EventOf<"dtls-state">): void {
  const transport = connection.componentOf(event);
  if (transport === undefined) return;
  const { dtls, dtlsTransport } = transport;
  if (dtls.state === event.state) return;
  dtls.state = event.state;
  if (event.state === "connected") dtls.remoteCertificates = event.remoteCertificates;
  if (event.state === "failed" && event.error) {
    fire(dtlsTransport, new RTCErrorEvent("error", { error: toRTCError(event.error) }));
  }
  // §4.4.1.3: "whenever the state of an RTCDtlsTransport changes", in another task.
  queueTask(connection, () => {
    if (!connection.isClosed && connection.updateConnectionState()) {
      fireSimple(connection.target, "connectionstatechange");
    }
  });
  fireSimple(dtlsTransport, "statechange");
}

/** §6.1.1.3 connected procedure. Channels open in tasks of their own ("channel-open"). */
function sctpConnected(connection: Connection, event: EventOf<"sctp-connected">): void {
  const { sctp } = connection;
  if (sctp === undefined || sctp.transport.id !== event.transport) return;
  sctp.slots.state = "connected";
  sctp.slots.maxChannels = event.maxChannels;
  fireSimple(sctp.target, "statechange");
}

/** §6.1.2 "closed" */
function sctpClosed(connection: Connection, event: EventOf<"sctp-closed">): void {
  const { sctp } = connection;
  if (sctp === undefined || sctp.transport.id !== event.transport) return;
  if (sctp.slots.state === "closed") return;
  sctp.slots.state = "closed";
  fireSimple(sctp.target, "statechange");
}
