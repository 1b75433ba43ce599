/** webrtc-pc §4.4 RTCPeerConnection, with §6.1 (data channels) and §4.9 (certificates): the interface of the standard. */
import { requestIceRestart } from "../core/jsep/index.ts";
import { boolean, type Callback, callbackFunction, usvString } from "../webidl/convert.ts";
import { defaulted, dictionary } from "../webidl/dictionary.ts";
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
import { convertDataChannelInit, type RTCDataChannelInit } from "./data-channel-init.ts";
import { type KeygenAlgorithm, normalizeKeygenAlgorithm } from "./keygen-algorithm.ts";
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
import type { RTCSctpTransport } from "./RTCSctpTransport.ts";
import {
  convertLocalSessionDescriptionInit,
  convertSessionDescriptionInit,
  type RTCLocalSessionDescriptionInit,
  type RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from "./RTCSessionDescription.ts";
import { currentRealm } from "./realm.ts";
import type {
  RTCIceConnectionState,
  RTCIceGatheringState,
  RTCPeerConnectionState,
  RTCSignalingState,
} from "./states.ts";

/** webrtc-pc §4.2.8 */
export interface RTCOfferOptions {
  iceRestart?: boolean;
}

/** webrtc-pc §4.2.9: nothing so far. */
export type RTCAnswerOptions = object;

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
}

const NAME = "RTCPeerConnection";

const convertOfferOptions = dictionary("RTCOfferOptions", { iceRestart: defaulted(boolean, false) });
const convertAnswerOptions = dictionary("RTCAnswerOptions", {});

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

  constructor(configuration: RTCConfiguration = {}) {
    const given = convertConfiguration(configuration, constructorContext(NAME));
    const realm = currentRealm();
    // Step 5
    requireValidCertificates(given.certificates, realm.host.wallClock());
    // Step 8
    const checked = checkedConfiguration(given, undefined, false);
    super();
    internals.attach(this, new Connection(this, realm, checked));
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
        return legacy(
          callbacks,
          connection.operations.chain(() => runCreateOffer(connection, options)),
        );
      }
      const options = convertOfferOptions(args[0], context);
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
    connection.configuration = checkedConfiguration(
      given,
      connection.configuration,
      connection.localDescriptionSet,
    );
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
    generateCertificate: 1,
  },
});

interface Callbacks {
  readonly success: Callback;
  readonly failure: Callback;
}

function callbacksFrom(success: unknown, failure: unknown, context: string): Callbacks {
  return {
    success: callbackFunction(success, `${context}: successCallback`),
    failure: callbackFunction(failure, `${context}: failureCallback`),
  };
}

/** §4.4.3 legacy method extensions: the outcome goes to the callbacks, the promise resolves to nothing at once. */
function legacy(callbacks: Callbacks, outcome: Promise<unknown>): Promise<void> {
  outcome.then(
    (value) => invoke(callbacks.success, value),
    (reason) => invoke(callbacks.failure, reason),
  );
  return Promise.resolve();
}

/** WebIDL §3.12 "invoke a callback function": what it throws is reported, as an uncaught exception. */
function invoke(callback: Callback, value: unknown): void {
  try {
    Reflect.apply(callback, undefined, value === undefined ? [] : [value]);
  } catch (error) {
    reportError(error);
  }
}

function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
