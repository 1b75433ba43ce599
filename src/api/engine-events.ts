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
import { announcedSlots, type DataChannelSlots } from "./data-channel-slots.ts";
import { fire, fireSimple, runTasks } from "./dispatch.ts";
import {
  changeGatheringState,
  changePairAndState,
  endCandidates,
  reportCandidateError,
  surfaceCandidate,
} from "./ice-events.ts";
import { createDataChannelObject } from "./RTCDataChannel.ts";
import { RTCDataChannelEvent } from "./RTCDataChannelEvent.ts";
import { toRTCError } from "./RTCError.ts";
import { RTCErrorEvent } from "./RTCErrorEvent.ts";

type EventOf<T extends EngineEvent["type"]> = Extract<EngineEvent, { type: T }>;
type Task = () => void;

/** Takes one batch of the engine's events; called in a task of its own. */
export function handleEngineEvents(connection: Connection, events: readonly EngineEvent[]): void {
  const tasks: Task[] = [];
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    const next = events[i + 1];
    // "The selected pair and RTCIceTransportState are related and are handled in the same task" (§5.6).
    if (
      event.type === "ice-selected-pair" &&
      next?.type === "ice-state" &&
      next.transport === event.transport
    ) {
      tasks.push(() => changePairAndState(connection, event, next));
      i++;
    } else addTasks(connection, event, tasks);
  }
  runTasks(connection, tasks);
}

function addTasks(connection: Connection, event: EngineEvent, tasks: Task[]): void {
  const whileOpen = (steps: Task) => {
    tasks.push(() => {
      if (!connection.isClosed) steps();
    });
  };
  // Channels are looked up when the task runs: the one that announces a channel may still be waiting.
  const onChannel = (steps: (slots: DataChannelSlots) => void) => {
    tasks.push(() => {
      const slots = "channel" in event ? connection.channels.get(event.channel) : undefined;
      if (slots) steps(slots);
    });
  };
  switch (event.type) {
    case "channel-message":
      onChannel((slots) => receiveMessage(slots, event.binary, event.data));
      break;
    case "buffered-amount-decrease":
      onChannel((slots) => decreaseBufferedAmount(slots, event.bytes));
      break;
    case "channel-announced":
      whileOpen(() => announceChannel(connection, event));
      // "Announce the data channel as open" queues a task: it is queued here, before messages that came with it.
      onChannel(announceOpen);
      break;
    case "channel-open":
      onChannel(announceOpen);
      break;
    case "channel-id":
      onChannel((slots) => {
        slots.id ??= event.streamId;
      });
      break;
    case "channel-closing":
      onChannel(announceClosing);
      break;
    case "channel-closed":
      onChannel((slots) => announceClosed(slots, event.error));
      break;
    case "ice-gathering-state":
      if (event.state === "complete") whileOpen(() => endCandidates(connection, event));
      whileOpen(() => changeGatheringState(connection, event));
      break;
    case "ice-candidate":
      whileOpen(() => surfaceCandidate(connection, event));
      break;
    case "ice-candidate-error":
      whileOpen(() => reportCandidateError(connection, event));
      break;
    case "ice-state":
      whileOpen(() => changePairAndState(connection, undefined, event));
      break;
    case "ice-selected-pair":
      whileOpen(() => changePairAndState(connection, event, undefined));
      break;
    case "ice-role":
      whileOpen(() => {
        const transport = connection.transports.get(event.transport);
        if (transport) transport.ice.role = event.controlling ? "controlling" : "controlled";
      });
      break;
    case "dtls-state":
      tasks.push(() => changeDtlsState(connection, event));
      // §4.4.1.3: "whenever the state of an RTCDtlsTransport changes", another task.
      whileOpen(() => {
        if (connection.updateConnectionState()) fireSimple(connection.target, "connectionstatechange");
      });
      break;
    case "sctp-connected":
      whileOpen(() => sctpConnected(connection, event));
      break;
    case "sctp-closed":
      whileOpen(() => sctpClosed(connection, event));
      break;
  }
}

/** §6.2.3 announcing a data channel instance */
function announceChannel(connection: Connection, event: EventOf<"channel-announced">): void {
  // Steps 3 to 6
  const slots = announcedSlots(connection, event.channel, event.streamId, event.parameters);
  const channel = createDataChannelObject(slots);
  // Step 7
  connection.dataChannels.add(slots);
  connection.channels.set(slots.channel, slots);
  // Step 8: messages can be sent inside of the event's listeners.
  slots.readyState = "open";
  // Step 9
  fire(connection.target, new RTCDataChannelEvent("datachannel", { channel }));
}

/** §5.5 the two algorithms for a changed state of a DTLS transport */
function changeDtlsState(connection: Connection, event: EventOf<"dtls-state">): void {
  const transport = connection.transports.get(event.transport);
  if (transport === undefined || connection.isClosed) return;
  const { dtls, dtlsTransport } = transport;
  if (dtls.state === event.state) return;
  dtls.state = event.state;
  if (event.state === "connected") dtls.remoteCertificates = event.remoteCertificates;
  if (event.state === "failed" && event.error) {
    fire(dtlsTransport, new RTCErrorEvent("error", { error: toRTCError(event.error) }));
  }
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
