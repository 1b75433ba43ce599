/** What a negotiated step does to the transports: their objects here, and the engine's commands. */
import { type Effect, negotiatedSctp, sctpTransport } from "../core/jsep/index.ts";
import type { TransportId } from "../core/session/protocol.ts";
import { announceClosed } from "./channel-state.ts";
import type { Connection } from "./connection.ts";
import { changeReadyState, type DataChannelSlots } from "./data-channel-slots.ts";
import { fireSimple, queueTask } from "./dispatch.ts";
import { announceEndOfCandidates } from "./ice-events.ts";
import { assignStreamId, openChannel } from "./open-channel.ts";
import { isProhibited } from "./prohibited-candidates.ts";
import { updateMaxMessageSize } from "./RTCSctpTransport.ts";
import type { RTCSdpType } from "./RTCSessionDescription.ts";
import { createSctp, Transport, TransportComponent } from "./transports.ts";

/** webrtc-pc §6.1.1 / RFC 8831 §6.2: channels on one connection; SCTP negotiates the smaller number of both ends. */
const MAX_CHANNELS = 65_535;

/** What the objects of a connection have gone through in a step, to be announced at its end. */
export interface AppliedEffects {
  /** Channels for which there was no stream id left. */
  readonly failed: readonly DataChannelSlots[];
  /** Components that no section uses any more. */
  readonly closed: readonly TransportComponent[];
}

/**
 * Carries out `effects`; part of the task that commits a step. `type`: of the description that was set, undefined for a
 * candidate.
 */
export function applyEffects(
  connection: Connection,
  source: "local" | "remote",
  type: RTCSdpType | undefined,
  effects: readonly Effect[],
): AppliedEffects {
  const closed: TransportComponent[] = [];
  // §4.4.1.5: a rollback goes back to the transport of the last stable state; an offer may bring the first one.
  if (type === "rollback") connection.sctp = connection.lastStableSctp;
  if (type === "offer") ensureSctp(connection, source);
  else if (type !== undefined && type !== "rollback") moveSctp(connection);
  for (const effect of effects) applyEffect(connection, effect, closed);
  if (type !== "answer" && type !== "pranswer") return { failed: [], closed };
  // §4.4.1.5, RFC 8841 §10.3 and §10.4: the answer ends an association, or refuses the first one.
  if (sctpTransport(connection.jsep) === undefined) endSctp(connection);
  const negotiated = negotiatedSctp(connection.jsep);
  if (negotiated && connection.sctp)
    updateMaxMessageSize(connection.sctp.slots, negotiated.remoteMaxMessageSize);
  return { failed: assignIds(connection), closed };
}

/** §4.4.1.5: an offer that describes an SCTP association makes the transport objects. */
function ensureSctp(connection: Connection, source: "local" | "remote"): void {
  const id = sctpTransport(connection.jsep);
  if (connection.sctp || id === undefined) return;
  const transport = connection.transports.get(id) ?? new Transport(id, connection);
  connection.transports.set(id, transport);
  connection.sctp = createSctp(transport);
  // §4.4.1.5 [[IceRole]]: the offerer controls, unless that is the peer, and lite where we are not.
  const { iceLite } = connection.capabilities();
  const offererIsLite = connection.jsep.pendingRemote?.sdp.includes("\na=ice-lite") && !iceLite;
  const controlling = source === "local" || offererIsLite;
  transport.ice.role = controlling ? "controlling" : "controlled";
}

/** RFC 9143 §7.3: an answer may have put the data section on another section's transport. */
function moveSctp(connection: Connection): void {
  const { sctp } = connection;
  const id = sctpTransport(connection.jsep);
  const transport = id === undefined ? undefined : connection.transports.get(id);
  if (!sctp || !transport || transport === sctp.transport) return;
  sctp.slots.transport = transport.dtlsTransport;
  connection.sctp = { ...sctp, transport };
}

function applyEffect(connection: Connection, effect: Effect, closed: TransportComponent[]): void {
  switch (effect.type) {
    case "create-transport":
      createTransport(connection, effect);
      break;
    case "gather":
      connection.command({
        type: "gather",
        transport: effect.transport,
        servers: connection.configuration.servers,
        policy: connection.configuration.iceTransportPolicy,
      });
      break;
    case "restart-ice":
    case "cancel-ice-restart": {
      const { transport, usernameFragment, password } = effect;
      for (const { ice } of componentsOf(connection, transport))
        ice.localParameters = { usernameFragment, password };
      connection.command({ type: "restart-ice", transport, usernameFragment, password });
      break;
    }
    case "set-ice-role": {
      for (const { ice } of componentsOf(connection, effect.transport))
        ice.role = effect.controlling ? "controlling" : "controlled";
      connection.command(effect);
      break;
    }
    case "set-remote-ice-parameters": {
      const { transport, usernameFragment, password } = effect;
      for (const { ice } of componentsOf(connection, transport))
        ice.remoteParameters = { usernameFragment, password };
      connection.command(effect);
      break;
    }
    case "add-remote-candidate":
      if (isProhibited(effect.candidate, connection.configuration.iceTransportPolicy)) break;
      connection.command(effect);
      break;
    case "end-of-remote-candidates":
      connection.command(effect);
      break;
    case "start-dtls": {
      const transport = connection.transports.get(effect.transport);
      if (transport) transport.dtlsRole = effect.role;
      connection.command(effect);
      break;
    }
    case "start-sctp":
      connection.command({ ...effect, maxChannels: MAX_CHANNELS });
      break;
    case "stop-sctp":
    case "expect-succession":
      connection.command(effect);
      break;
    case "use-rtcp-mux":
      connection.command(effect);
      closed.push(...removeRtcp(connection, effect.transport));
      break;
    case "remove-transport":
      connection.command(effect);
      closed.push(...componentsOf(connection, effect.transport));
      connection.transports.delete(effect.transport);
      break;
  }
}

function createTransport(
  connection: Connection,
  effect: Extract<Effect, { type: "create-transport" }>,
): void {
  const transport =
    connection.transports.get(effect.transport) ?? new Transport(effect.transport, connection);
  const { usernameFragment, password, controlling } = effect;
  if (effect.rtcp) transport.rtcp = new TransportComponent("rtcp", connection, effect.transport);
  for (const { ice } of transport.components) {
    ice.localParameters = { usernameFragment, password };
    if (ice.role === "unknown") ice.role = controlling ? "controlling" : "controlled";
  }
  connection.transports.set(effect.transport, transport);
  connection.candidatePool.take(effect.transport);
  connection.command({ ...effect, certificate: 0 });
}

/** §4.4.1.5: in-band channels without an id get one as soon as the DTLS role is known, and all can be opened then. */
function assignIds(connection: Connection): DataChannelSlots[] {
  const failed: DataChannelSlots[] = [];
  if (connection.dtlsRole === undefined) return failed;
  for (const slots of [...connection.dataChannels]) {
    if (slots.opened || slots.readyState !== "connecting") continue;
    if (assignStreamId(connection, slots)) openChannel(connection, slots);
    else {
      changeReadyState(slots, "closed");
      connection.forgetChannel(slots);
      failed.push(slots);
    }
  }
  return failed;
}

/** The data section was rejected: the association ends, and its channels with it. */
function endSctp(connection: Connection): void {
  const { sctp } = connection;
  if (sctp === undefined) return;
  connection.sctp = undefined;
  queueTask(connection, () => {
    if (connection.isClosed || sctp.slots.state === "closed") return;
    sctp.slots.state = "closed";
    fireSimple(sctp.target, "statechange");
  });
  for (const slots of connection.channels.values()) {
    // §6.2.7: a channel that never had a transport has failed; the others are closed.
    const refused = {
      detail: "data-channel-failure",
      message: "the peer has refused data channels.",
    } as const;
    const error = slots.opened ? undefined : refused;
    queueTask(connection, () => {
      if (!connection.isClosed) announceClosed(slots, error);
    });
  }
}

function componentsOf(connection: Connection, id: TransportId): readonly TransportComponent[] {
  return connection.transports.get(id)?.components ?? [];
}

/** RTP and RTCP share a component from now on: returns the other one, if there is one. */
function removeRtcp(connection: Connection, id: TransportId): readonly TransportComponent[] {
  const transport = connection.transports.get(id);
  const rtcp = transport?.rtcp;
  if (transport === undefined || rtcp === undefined) return [];
  transport.rtcp = undefined;
  if (!rtcp.gatheringEnded && transport.gatheringEnded) {
    queueTask(connection, () => {
      if (!connection.isClosed) announceEndOfCandidates(connection, id);
    });
  }
  return [rtcp];
}

/**
 * The aggregated states once a description is in force (§4.3.2 to §4.3.4), when transports have come or, as `closed`,
 * gone: a transport that comes has yet to connect, one that goes is none of them any more. Its objects close in a task of
 * their own. Returns what fires the connection's events.
 */
export function settleTransports(connection: Connection, closed: readonly TransportComponent[]): () => void {
  if (closed.length > 0) queueTask(connection, () => closeComponents(connection, closed));
  // A new transport begins to gather within the same step: that it has not yet is nobody's concern.
  const gatheringChanged = closed.length > 0 && connection.updateIceGatheringState();
  const iceChanged = connection.updateIceConnectionState();
  const connectionChanged = connection.updateConnectionState();
  return () => {
    if (gatheringChanged) fireSimple(connection.target, "icegatheringstatechange");
    if (iceChanged) fireSimple(connection.target, "iceconnectionstatechange");
    if (connectionChanged) fireSimple(connection.target, "connectionstatechange");
  };
}

function closeComponents(connection: Connection, components: readonly TransportComponent[]): void {
  const open = components.map((component) => ({
    component,
    dtls: component.dtls.state !== "closed",
    ice: component.ice.state !== "closed",
  }));
  for (const component of components) component.close();
  if (connection.isClosed) return;
  for (const { component, dtls, ice } of open) {
    if (dtls) fireSimple(component.dtlsTransport, "statechange");
    if (ice) fireSimple(component.iceTransport, "statechange");
  }
}
