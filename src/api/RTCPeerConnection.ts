/** webrtc-pc §4.4 RTCPeerConnection, with §6.1 (data channels) and §4.9 (certificates): the interface of the standard. */
import { requestIceRestart } from "../core/jsep/index.ts";
import { isMediaStream, type MediaStream } from "../media/MediaStream.ts";
import { isMediaStreamTrack, type MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { domString, instanceOf, nullable, usvString } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import {
  constructorContext,
  exposeInterface,
  operationContext,
  promiseReturning,
  requireArguments,
} from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import {
  checkedConfiguration,
  convertConfiguration,
  exposedConfiguration,
  type RTCConfiguration,
  requireValidCertificates,
} from "./configuration.ts";
import { Connection } from "./connection.ts";
import {
  convertAnswerOptions,
  convertOfferOptions,
  convertTransceiverInit,
  type RTCAnswerOptions,
  type RTCOfferOptions,
  type RTCRtpTransceiverInit,
} from "./connection-options.ts";
import { connectionCreated } from "./created-connections.ts";
import { convertDataChannelInit, type RTCDataChannelInit } from "./data-channel-init.ts";
import { type KeygenAlgorithm, normalizeKeygenAlgorithm } from "./keygen-algorithm.ts";
import { callbacksFrom, legacy } from "./legacy-callbacks.ts";
import {
  type CreatedDescription,
  canTrickle,
  runAddIceCandidate,
  runCreateAnswer,
  runCreateOffer,
  runSetLocalDescription,
  runSetRemoteDescription,
} from "./negotiation.ts";
import { createDataChannel } from "./open-channel.ts";
import { createCertificate, generateCertificate, type RTCCertificate } from "./RTCCertificate.ts";
import type { RTCDataChannel } from "./RTCDataChannel.ts";
import type { RTCDataChannelEvent } from "./RTCDataChannelEvent.ts";
import { convertIceCandidateInit, type RTCIceCandidateInit } from "./RTCIceCandidate.ts";
import type { RTCPeerConnectionIceErrorEvent } from "./RTCPeerConnectionIceErrorEvent.ts";
import type { RTCPeerConnectionIceEvent } from "./RTCPeerConnectionIceEvent.ts";
import type { RTCRtpReceiver } from "./RTCRtpReceiver.ts";
import { isRTCRtpSender, type RTCRtpSender } from "./RTCRtpSender.ts";
import type { RTCRtpTransceiver } from "./RTCRtpTransceiver.ts";
import type { RTCSctpTransport } from "./RTCSctpTransport.ts";
import {
  convertLocalSessionDescriptionInit,
  convertSessionDescriptionInit,
  type RTCLocalSessionDescriptionInit,
  type RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from "./RTCSessionDescription.ts";
import type { RTCStatsReport } from "./RTCStatsReport.ts";
import type { RTCTrackEvent } from "./RTCTrackEvent.ts";
import { currentRealm } from "./realm.ts";
import type {
  RTCIceConnectionState,
  RTCIceGatheringState,
  RTCPeerConnectionState,
  RTCSignalingState,
} from "./states.ts";
import { getStats, selectorOf } from "./stats/get-stats.ts";
import {
  addTrack,
  addTransceiver,
  applyOfferToReceive,
  collectSenders,
  removeTrack,
} from "./transceivers.ts";

/** webrtc-pc §4.4.3.3 */
export type RTCSessionDescriptionCallback = (description: CreatedDescription) => void;
/** webrtc-pc §4.4.3.3 */
export type RTCPeerConnectionErrorCallback = (error: DOMException) => void;

/** The events of an `RTCPeerConnection`. */
export interface RTCPeerConnectionEventMap {
  connectionstatechange: Event;
  datachannel: RTCDataChannelEvent;
  icecandidate: RTCPeerConnectionIceEvent;
  icecandidateerror: RTCPeerConnectionIceErrorEvent;
  iceconnectionstatechange: Event;
  icegatheringstatechange: Event;
  negotiationneeded: Event;
  signalingstatechange: Event;
  track: RTCTrackEvent;
}

const NAME = "RTCPeerConnection";

const convertTrack = instanceOf("MediaStreamTrack", isMediaStreamTrack);
const convertSelector = nullable(convertTrack);
const convertStream = instanceOf("MediaStream", isMediaStream);
const convertSender = instanceOf("RTCRtpSender", isRTCRtpSender);

const internals = internalSlots<Connection, RTCPeerConnection>(NAME);

/** A connection between this process and a peer. */
export class RTCPeerConnection extends EventTargetWith<RTCPeerConnectionEventMap> {
  declare onnegotiationneeded: EventHandler;
  declare onicecandidate: EventHandler<RTCPeerConnectionIceEvent>;
  declare onicecandidateerror: EventHandler<RTCPeerConnectionIceErrorEvent>;
  declare onsignalingstatechange: EventHandler;
  declare oniceconnectionstatechange: EventHandler;
  declare onicegatheringstatechange: EventHandler;
  declare onconnectionstatechange: EventHandler;
  declare ondatachannel: EventHandler<RTCDataChannelEvent>;
  declare ontrack: EventHandler<RTCTrackEvent>;

  constructor(configuration: RTCConfiguration = {}) {
    const given = convertConfiguration(configuration, constructorContext(NAME));
    const realm = currentRealm();
    // Step 5
    requireValidCertificates(given.certificates, realm.host.wallClock());
    // Step 8
    const checked = checkedConfiguration(given, undefined, false);
    super();
    internals.attach(this, new Connection(this, realm, checked));
    connectionCreated(this);
  }

  createOffer(options?: RTCOfferOptions): Promise<CreatedDescription>;
  createOffer(
    successCallback: RTCSessionDescriptionCallback,
    failureCallback: RTCPeerConnectionErrorCallback,
    options?: RTCOfferOptions,
  ): Promise<void>;
  createOffer(...args: unknown[]): Promise<unknown> {
    return promiseReturning<unknown>(() => {
      const connection = internals.of(this);
      const context = operationContext(NAME, "createOffer");
      if (args.length >= 2) {
        const callbacks = callbacksFrom(args[0], args[1], context);
        const options = convertOfferOptions(args[2], context);
        applyOfferToReceive(connection, options);
        return legacy(
          callbacks,
          connection.operations.chain(() => runCreateOffer(connection, options)),
        );
      }
      const options = convertOfferOptions(args[0], context);
      applyOfferToReceive(connection, options);
      return connection.operations.chain(() => runCreateOffer(connection, options));
    });
  }

  createAnswer(options?: RTCAnswerOptions): Promise<CreatedDescription>;
  createAnswer(
    successCallback: RTCSessionDescriptionCallback,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  createAnswer(...args: unknown[]): Promise<unknown> {
    return promiseReturning<unknown>(() => {
      const connection = internals.of(this);
      const context = operationContext(NAME, "createAnswer");
      const run = () => connection.operations.chain(() => runCreateAnswer(connection));
      if (args.length >= 2) return legacy(callbacksFrom(args[0], args[1], context), run());
      convertAnswerOptions(args[0], context);
      return run();
    });
  }

  setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void>;
  setLocalDescription(
    description: RTCLocalSessionDescriptionInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  setLocalDescription(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const connection = internals.of(this);
      const context = operationContext(NAME, "setLocalDescription");
      const { type, sdp } = convertLocalSessionDescriptionInit(args[0], context);
      const run = () => {
        connection.localDescriptionSet = true;
        return connection.operations.chain(() => runSetLocalDescription(connection, type, sdp));
      };
      if (args.length < 2) return run();
      return legacy(callbacksFrom(args[1], args[2], context), run());
    });
  }

  get localDescription(): RTCSessionDescription | null {
    const { pendingLocal, currentLocal } = internals.of(this).descriptions;
    return pendingLocal ?? currentLocal;
  }
  get currentLocalDescription(): RTCSessionDescription | null {
    return internals.of(this).descriptions.currentLocal;
  }
  get pendingLocalDescription(): RTCSessionDescription | null {
    return internals.of(this).descriptions.pendingLocal;
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
  setRemoteDescription(
    description: RTCSessionDescriptionInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  setRemoteDescription(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const connection = internals.of(this);
      const context = operationContext(NAME, "setRemoteDescription");
      requireArguments(context, args, 1);
      const { type, sdp } = convertSessionDescriptionInit(args[0], context);
      const run = () => connection.operations.chain(() => runSetRemoteDescription(connection, type, sdp));
      if (args.length < 2) return run();
      return legacy(callbacksFrom(args[1], args[2], context), run());
    });
  }

  get remoteDescription(): RTCSessionDescription | null {
    const { pendingRemote, currentRemote } = internals.of(this).descriptions;
    return pendingRemote ?? currentRemote;
  }
  get currentRemoteDescription(): RTCSessionDescription | null {
    return internals.of(this).descriptions.currentRemote;
  }
  get pendingRemoteDescription(): RTCSessionDescription | null {
    return internals.of(this).descriptions.pendingRemote;
  }

  addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>;
  addIceCandidate(
    candidate: RTCIceCandidateInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  addIceCandidate(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const connection = internals.of(this);
      const context = operationContext(NAME, "addIceCandidate");
      const init = convertIceCandidateInit(args[0], context);
      const callbacks = args.length >= 2 ? callbacksFrom(args[1], args[2], context) : undefined;
      const run = () => {
        // Step 3
        if (init.candidate !== "" && init.sdpMid === null && init.sdpMLineIndex === null) {
          return Promise.reject(new TypeError(`${context}: sdpMid and sdpMLineIndex are both null.`));
        }
        // Step 4
        return connection.operations.chain(() => runAddIceCandidate(connection, init));
      };
      return callbacks ? legacy(callbacks, run()) : run();
    });
  }

  get signalingState(): RTCSignalingState {
    return internals.of(this).jsep.signalingState;
  }
  get iceGatheringState(): RTCIceGatheringState {
    return internals.of(this).iceGatheringState;
  }
  get iceConnectionState(): RTCIceConnectionState {
    return internals.of(this).iceConnectionState;
  }
  get connectionState(): RTCPeerConnectionState {
    return internals.of(this).connectionState;
  }
  get canTrickleIceCandidates(): boolean | null {
    return canTrickle(internals.of(this));
  }

  restartIce(): void {
    const connection = internals.of(this);
    connection.jsep = requestIceRestart(connection.jsep);
    connection.updateNegotiationNeeded();
  }

  getConfiguration(): RTCConfiguration {
    return exposedConfiguration(internals.of(this).configuration);
  }

  setConfiguration(configuration?: RTCConfiguration): void;
  setConfiguration(...args: unknown[]): void {
    const connection = internals.of(this);
    const given = convertConfiguration(args[0], operationContext(NAME, "setConfiguration"));
    if (connection.isClosed) throw new DOMException("the connection is closed.", "InvalidStateError");
    const { configuration, localDescriptionSet } = connection;
    connection.changeConfiguration(checkedConfiguration(given, configuration, localDescriptionSet));
  }

  close(): void {
    internals.of(this).close();
  }

  get sctp(): RTCSctpTransport | null {
    return internals.of(this).sctp?.target ?? null;
  }

  createDataChannel(label: string, dataChannelDict?: RTCDataChannelInit): RTCDataChannel;
  createDataChannel(...args: unknown[]): RTCDataChannel {
    const connection = internals.of(this);
    const context = operationContext(NAME, "createDataChannel");
    requireArguments(context, args, 1);
    const label = usvString(args[0], context);
    return createDataChannel(connection, label, convertDataChannelInit(args[1], context));
  }

  getSenders(): RTCRtpSender[] {
    return collectSenders(internals.of(this)).map(({ target }) => target);
  }
  getReceivers(): RTCRtpReceiver[] {
    const { transceivers } = internals.of(this);
    return transceivers.filter(({ stopped }) => !stopped).map(({ receiver }) => receiver.target);
  }
  getTransceivers(): RTCRtpTransceiver[] {
    return internals.of(this).transceivers.map(({ target }) => target);
  }

  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender;
  addTrack(...args: unknown[]): RTCRtpSender {
    const connection = internals.of(this);
    const context = operationContext(NAME, "addTrack");
    requireArguments(context, args, 1);
    const track = convertTrack(args[0], context);
    const streams = args.slice(1).map((stream) => convertStream(stream, context));
    return addTrack(connection, track, streams);
  }

  removeTrack(sender: RTCRtpSender): void;
  removeTrack(...args: unknown[]): void {
    const connection = internals.of(this);
    const context = operationContext(NAME, "removeTrack");
    requireArguments(context, args, 1);
    removeTrack(connection, convertSender(args[0], context));
  }

  addTransceiver(trackOrKind: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver;
  addTransceiver(...args: unknown[]): RTCRtpTransceiver {
    const connection = internals.of(this);
    const context = operationContext(NAME, "addTransceiver");
    requireArguments(context, args, 1);
    const [given] = args;
    const trackOrKind = isMediaStreamTrack(given) ? given : domString(given, context);
    const init = convertTransceiverInit(args[1], context);
    const { target } = addTransceiver(connection, trackOrKind, init);
    connection.updateNegotiationNeeded();
    return target;
  }

  getStats(selector?: MediaStreamTrack | null): Promise<RTCStatsReport>;
  getStats(...args: unknown[]): Promise<RTCStatsReport> {
    return promiseReturning(() => {
      const connection = internals.of(this);
      const track = convertSelector(args[0], operationContext(NAME, "getStats"));
      return getStats(connection, selectorOf(connection, track));
    });
  }

  static generateCertificate(keygenAlgorithm: KeygenAlgorithm): Promise<RTCCertificate>;
  static generateCertificate(...args: unknown[]): Promise<RTCCertificate> {
    return promiseReturning(() => {
      const context = operationContext(NAME, "generateCertificate");
      requireArguments(context, args, 1);
      const { parameters, lifetime } = normalizeKeygenAlgorithm(args[0], context);
      return generateCertificate(currentRealm().host, parameters, lifetime).then(createCertificate);
    });
  }
}

defineEventHandlers(RTCPeerConnection.prototype, internals.of, [
  "negotiationneeded",
  "icecandidate",
  "icecandidateerror",
  "signalingstatechange",
  "iceconnectionstatechange",
  "icegatheringstatechange",
  "connectionstatechange",
  "datachannel",
  "track",
]);
exposeInterface(RTCPeerConnection, NAME, {
  operations: {
    createOffer: 0,
    createAnswer: 0,
    setLocalDescription: 0,
    setRemoteDescription: 1,
    addIceCandidate: 0,
    setConfiguration: 0,
    createDataChannel: 1,
    addTrack: 1,
    removeTrack: 1,
    addTransceiver: 1,
    getStats: 0,
    generateCertificate: 1,
  },
});
