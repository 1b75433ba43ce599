/** webrtc-pc §5.6: what ICE reports, as the bodies of the tasks that the standard prescribes. The connection is open. */
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import { addLocalCandidate, type CandidatePlace, endLocalCandidates } from "../core/jsep/index.ts";
import { formatCandidate } from "../core/sdp/candidate.ts";
import type { EngineEvent, IceCandidatePairInfo, TransportId } from "../core/session/protocol.ts";
import {
  addCandidatePair,
  dropCandidatePair,
  findPair,
  proposeNomination,
  settleChoice,
} from "./candidate-pairs.ts";
import type { Connection } from "./connection.ts";
import { showCandidates } from "./descriptions.ts";
import { fire, fireSimple } from "./dispatch.ts";
import { createDiscoveredCandidate, createIceCandidate, type RTCIceCandidate } from "./RTCIceCandidate.ts";
import { createCandidatePair, type RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";
import { RTCPeerConnectionIceErrorEvent } from "./RTCPeerConnectionIceErrorEvent.ts";
import { RTCPeerConnectionIceEvent } from "./RTCPeerConnectionIceEvent.ts";
import type { TransportComponent } from "./transports.ts";

type EventOf<T extends EngineEvent["type"]> = Extract<EngineEvent, { type: T }>;

/** The ICE agent began gathering, or has finished and the candidates were surfaced. */
export function changeGatheringState(connection: Connection, event: EventOf<"ice-gathering-state">): void {
  const transport = connection.componentOf(event);
  if (transport === undefined || transport.ice.gatheringState === event.state) return;
  if (event.state === "gathering") transport.gatheringEnded = false;
  transport.ice.gatheringState = event.state;
  const connectionChanged = connection.updateIceGatheringState();
  const state = connection.iceGatheringState;
  // "Do not read or modify state beyond this point."
  fireSimple(transport.iceTransport, "gatheringstatechange");
  if (connectionChanged) fireSimple(connection.target, "icegatheringstatechange");
  // "Only one event containing a null candidate is fired" (§4.8.2), when all transports are complete.
  if (connectionChanged && state === "complete") {
    fire(connection.target, new RTCPeerConnectionIceEvent("icecandidate", { candidate: null }));
  }
}

/** The first of the two tasks at the end of gathering: the end-of-candidates indication. */
export function endCandidates(connection: Connection, event: EventOf<"ice-gathering-state">): void {
  const component = connection.componentOf(event);
  if (component === undefined) return;
  component.gatheringEnded = true;
  announceEndOfCandidates(connection, event.transport);
}

/** The indication is a generation's (RFC 8838 §13): it waits for both components, which share their username fragment. */
export function announceEndOfCandidates(connection: Connection, id: TransportId): void {
  const transport = connection.transports.get(id);
  const parameters = transport?.ice.localParameters;
  if (!parameters || !transport?.components.every(({ gatheringEnded }) => gatheringEnded)) return;
  const { usernameFragment } = parameters;
  const ended = endLocalCandidates(connection.jsep, id, usernameFragment);
  if (ended === undefined) return;
  connection.jsep = ended.state;
  showCandidates(connection);
  const candidate = createIceCandidate({ ...ended.place, usernameFragment, candidate: "" });
  fire(connection.target, new RTCPeerConnectionIceEvent("icecandidate", { candidate }));
}

/** "Surface a candidate" */
export function surfaceCandidate(connection: Connection, event: EventOf<"ice-candidate">): void {
  const transport = connection.componentOf(event);
  const added = addLocalCandidate(connection.jsep, event.transport, event.usernameFragment, event.candidate);
  if (transport === undefined || added === undefined) return;
  connection.jsep = added.state;
  showCandidates(connection);
  const candidate = localCandidate(event.candidate, added.place, event.usernameFragment);
  transport.ice.place = added.place;
  transport.ice.localCandidates.push(candidate);
  const url = event.candidate.url ?? null;
  fire(connection.target, new RTCPeerConnectionIceEvent("icecandidate", { candidate, url }));
}

function localCandidate(
  candidate: IceCandidate,
  place: CandidatePlace,
  usernameFragment: string | null,
): RTCIceCandidate {
  return createIceCandidate({
    ...place,
    usernameFragment,
    candidate: formatCandidate(candidate),
    relayProtocol: candidate.relayProtocol ?? null,
    url: candidate.url ?? null,
  });
}

/** "Change the selected candidate pair and state": at least one of both is given. */
export function changePairAndState(
  connection: Connection,
  pairEvent: EventOf<"ice-selected-pair"> | undefined,
  stateEvent: EventOf<"ice-state"> | undefined,
): void {
  const transport = connection.componentOf((pairEvent ?? stateEvent)!);
  if (transport === undefined) return;
  if (pairEvent) {
    // webrtc-extensions: it is one of [[CandidatePairs]].
    transport.ice.selectedCandidatePair =
      findPair(transport.ice.pairs, pairEvent.number) ??
      (pairEvent.pair ? pairOf(transport, pairEvent.pair) : null);
  }
  const stateChanged = stateEvent !== undefined && stateEvent.state !== transport.ice.state;
  if (stateChanged) transport.ice.state = stateEvent.state;
  const iceConnectionStateChanged = connection.updateIceConnectionState();
  const connectionStateChanged = connection.updateConnectionState();
  if (pairEvent) fireSimple(transport.iceTransport, "selectedcandidatepairchange");
  if (stateChanged) fireSimple(transport.iceTransport, "statechange");
  if (iceConnectionStateChanged) fireSimple(connection.target, "iceconnectionstatechange");
  if (connectionStateChanged) fireSimple(connection.target, "connectionstatechange");
}

/** The pair as objects: the candidates that the application knows already are the same objects. */
function pairOf(transport: TransportComponent, pair: IceCandidatePairInfo): RTCIceCandidatePair {
  const { localCandidates, remoteCandidates, place, localParameters } = transport.ice;
  const local =
    localCandidates.find((known) => sameCandidate(known, pair.local)) ??
    localCandidate(pair.local, place, localParameters?.usernameFragment ?? null);
  const remote =
    remoteCandidates.find((known) => sameCandidate(known, pair.remote)) ??
    remoteCandidate(pair.remote, place);
  return createCandidatePair(local, remote);
}

function sameCandidate(known: RTCIceCandidate, candidate: IceCandidate): boolean {
  return (
    known.address === candidate.address &&
    known.port === candidate.port &&
    known.protocol === candidate.protocol &&
    known.type === candidate.type
  );
}

function remoteCandidate(candidate: IceCandidate, place: CandidatePlace): RTCIceCandidate {
  if (candidate.type === "prflx") return createDiscoveredCandidate(candidate, place);
  const usernameFragment = candidate.usernameFragment ?? null;
  return createIceCandidate({ ...place, usernameFragment, candidate: formatCandidate(candidate) });
}

/** webrtc-extensions: what happens to candidate pairs. */
export function changePairs(
  connection: Connection,
  event: EventOf<"ice-pair-added" | "ice-pair-removed" | "ice-nomination-proposed" | "ice-pair-chosen">,
): void {
  const transport = connection.componentOf(event);
  if (transport === undefined) return;
  const { iceTransport, ice } = transport;
  switch (event.type) {
    case "ice-pair-added":
      addCandidatePair(iceTransport, ice, event.number, pairOf(transport, event.pair));
      break;
    case "ice-pair-removed":
      dropCandidatePair(iceTransport, ice, event.number);
      break;
    case "ice-nomination-proposed":
      proposeNomination(iceTransport, ice, event.number);
      break;
    case "ice-pair-chosen":
      settleChoice(ice, event.request, event.succeeded);
      break;
  }
}

/** §4.8.3: a server could not be reached or has refused. */
export function reportCandidateError(connection: Connection, event: EventOf<"ice-candidate-error">): void {
  const { address, port, url, errorCode, errorText } = event;
  const members = { address: address ?? null, port: port ?? null, url, errorCode, errorText };
  fire(connection.target, new RTCPeerConnectionIceErrorEvent("icecandidateerror", members));
}
