/**
 * `skywave/worker`: the interfaces of webrtc-encoded-transform in a worker thread of Node.js, put on its `globalThis`. To be
 * imported first, before anything listens for messages: a message that makes a transformer becomes an `rtctransform` event
 * and is seen by nobody else.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { KeyFrameRequestEvent } from "./api/KeyFrameRequestEvent.ts";
import { RTCEncodedAudioFrame } from "./api/RTCEncodedAudioFrame.ts";
import { RTCEncodedVideoFrame } from "./api/RTCEncodedVideoFrame.ts";
import { createTransformer, RTCRtpScriptTransformer } from "./api/RTCRtpScriptTransformer.ts";
import { createTransformEvent, RTCTransformEvent } from "./api/RTCTransformEvent.ts";
import { SETUP_KEY, type TransformSetup } from "./api/transform-messages.ts";
import { defineEventHandlers, type EventHandler } from "./webidl/event-handler.ts";

export type { RTCRtpScriptTransformerEventMap } from "./api/RTCRtpScriptTransformer.ts";
export {
  KeyFrameRequestEvent,
  RTCEncodedAudioFrame,
  RTCEncodedVideoFrame,
  RTCRtpScriptTransformer,
  RTCTransformEvent,
};

const interfaces = {
  KeyFrameRequestEvent,
  RTCEncodedAudioFrame,
  RTCEncodedVideoFrame,
  RTCRtpScriptTransformer,
  RTCTransformEvent,
};
for (const [name, value] of Object.entries(interfaces)) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}

/** The events of a worker's global object, as far as this package fires them. */
interface TransformEventTarget extends EventTarget {
  onrtctransform: EventHandler<RTCTransformEvent>;
}

const scope = globalThis as unknown as TransformEventTarget;
const target = typeof scope.dispatchEvent === "function" ? scope : targetOfOurOwn();
listen(parentPort);

/** A scope that fires events calls its handlers itself; Node.js has none, so that the handler is all there is. */
function targetOfOurOwn(): TransformEventTarget {
  class WorkerScope extends EventTarget {
    declare onrtctransform: EventHandler<RTCTransformEvent>;
  }
  defineEventHandlers(WorkerScope.prototype, () => {}, ["rtctransform"]);
  const own = new WorkerScope();
  Object.defineProperty(globalThis, "onrtctransform", {
    get: () => own.onrtctransform,
    set: (handler: EventHandler<RTCTransformEvent>) => {
      own.onrtctransform = handler;
    },
    enumerable: true,
    configurable: true,
  });
  return own;
}

function listen(port: MessagePort | null): void {
  // On the main thread there is nobody to talk to.
  const events = port as unknown as EventTarget | null;
  events?.addEventListener("message", (event) => {
    const { data } = event as Event & { readonly data: unknown };
    if (typeof data !== "object" || data === null || !(SETUP_KEY in data)) return;
    event.stopImmediatePropagation();
    const setup = data[SETUP_KEY] as TransformSetup;
    target.dispatchEvent(createTransformEvent(createTransformer(setup)));
  });
}
