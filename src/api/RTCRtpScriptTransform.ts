/** webrtc-encoded-transform §5.7 and §6 RTCRtpScriptTransform: frames pass through a worker. */
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { enumeration, isObject, sequence } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import {
  type DescribedFrame,
  SETUP_KEY,
  type TransformerMessage,
  type TransformMessage,
  type TransformPort,
  type TransformSetup,
} from "./transform-messages.ts";

/**
 * A worker, as far as a transform needs it: a `Worker` of `node:worker_threads`, or what another package makes of one. In
 * the worker `skywave/worker` must have been imported.
 */
export interface TransformWorker {
  // biome-ignore lint/suspicious/noExplicitAny: so that lib.dom's and Node's workers are both assignable.
  postMessage(message: any, transfer: any): void;
}

/** webrtc-encoded-transform §5.7 */
export interface WorkerAndParameters {
  worker: TransformWorker;
}

/** Frames that are in the worker at a time; of more, the oldest are given up. */
export const MAX_FRAMES_IN_TRANSFORM = 1024;

/** Key frames that a script waits for at a time; more are answered at once. */
export const MAX_PENDING_KEY_FRAMES = 64;

/** The sender or receiver that a transform is used by. */
export interface TransformOwner {
  readonly role: "sender" | "receiver";
  readonly kind: "audio" | "video";
  /** Takes a frame that has come back: "as if it came directly from the encoded data source". */
  deliver(frame: EncodedFrame): void;
  /** Asks the encoder for key frames of the active layers that `rid` names (all of them if undefined); returns those. */
  generateKeyFrame(rid: string | undefined): readonly (string | undefined)[];
  /** Asks the peer for a key frame. */
  requestKeyFrame(): void;
}

/** The internal slots of an `RTCRtpScriptTransform`. */
export class ScriptTransformSlots {
  /** [[owner]] */
  owner: TransformOwner | null = null;
  readonly #port: TransformPort;
  /** Frames in the worker, by their counters, in their order. */
  readonly #frames = new Map<number, EncodedFrame>();
  /** The layers that a "generate-key-frame" still waits for, by its number. */
  readonly #keyFrames = new Map<number, Set<string | undefined>>();
  #counter = 0;
  #isReleased = false;

  constructor(worker: TransformWorker, options: unknown, transfer: readonly object[]) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1 as unknown as TransformPort;
    this.#port.addEventListener("message", ({ data }) => this.#receive(data as TransformMessage));
    this.#port.start();
    this.#port.unref?.();
    const setup: TransformSetup = { options, port: port2 as unknown as TransformPort };
    worker.postMessage({ [SETUP_KEY]: setup }, [...transfer, port2]);
  }

  associate(owner: TransformOwner): void {
    this.owner = owner;
    this.#post({ type: "associate", role: owner.role, kind: owner.kind });
  }

  /** Nothing passes any more. What is in the worker is lost. */
  release(): void {
    this.#isReleased = true;
    this.#frames.clear();
    this.#keyFrames.clear();
  }

  /** Ends the worker's streams. */
  close(): void {
    this.release();
    this.#port.close();
  }

  /** "readEncodedData": sends a frame to the worker. Its bytes are copied: others may have them, too. */
  write(frame: EncodedFrame, described: DescribedFrame, layer: string | undefined): void {
    if (frame.type === "key") this.#answerKeyFrames(layer);
    this.#counter++;
    this.#frames.set(this.#counter, frame);
    if (this.#frames.size > MAX_FRAMES_IN_TRANSFORM) {
      const [oldest] = this.#frames.keys();
      this.#frames.delete(oldest!);
    }
    const data = frame.data.slice().buffer;
    this.#post({ ...described, type: "frame", counter: this.#counter, data }, [data]);
  }

  /** The peer wants a key frame: the script decides whether it gets one. */
  passOnKeyFrameRequest(rid: string | undefined): void {
    this.#post({ type: "key-frame-wanted", rid });
  }

  #receive(message: TransformMessage): void {
    switch (message.type) {
      case "frame":
        this.#deliver(message.counter, message.data);
        break;
      case "generate-key-frame":
        this.#generateKeyFrame(message.request, message.rid);
        break;
      case "request-key-frame":
        if (!this.#isReleased) this.owner?.requestKeyFrame();
        break;
    }
  }

  /** "writeEncodedData": frames come back in their order, or not at all. */
  #deliver(counter: number, data: ArrayBuffer): void {
    const frame = this.#frames.get(counter);
    if (frame === undefined) return;
    for (const earlier of this.#frames.keys()) {
      if (earlier > counter) break;
      this.#frames.delete(earlier);
    }
    this.owner?.deliver({ ...frame, data: new Uint8Array(data) });
  }

  #generateKeyFrame(request: number, rid: string | undefined): void {
    // A transform that is not in use any more leaves the promise pending.
    if (this.owner === null || this.#isReleased) return;
    const layers = this.owner.generateKeyFrame(rid);
    if (layers.length === 0 || this.#keyFrames.size >= MAX_PENDING_KEY_FRAMES) {
      this.#post({ type: "key-frame-answer", request, found: layers.length > 0 });
    } else this.#keyFrames.set(request, new Set(layers));
  }

  /** Before a key frame is sent, so that the script learns of it first (§6.4). */
  #answerKeyFrames(layer: string | undefined): void {
    for (const [request, layers] of this.#keyFrames) {
      layers.delete(layer);
      if (layers.size > 0) continue;
      this.#keyFrames.delete(request);
      this.#post({ type: "key-frame-answer", request, found: true });
    }
  }

  #post(message: TransformerMessage, transfer: readonly object[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

const NAME = "RTCRtpScriptTransform";

const internals = internalSlots<ScriptTransformSlots, RTCRtpScriptTransform>(NAME);

/** Sends the encoded frames of a sender or receiver through a worker's `onrtctransform`. */
export class RTCRtpScriptTransform {
  constructor(
    ...args: [
      workerOrWorkerAndParameters: TransformWorker | WorkerAndParameters,
      options?: unknown,
      transfer?: object[],
    ]
  ) {
    const context = constructorContext(NAME);
    requireArguments(context, args, 1);
    const worker = workerOf(args[0], context);
    const transfer = args[2] === undefined ? [] : convertTransfer(args[2], context);
    internals.attach(this, new ScriptTransformSlots(worker, args[1], transfer));
  }
}

exposeInterface(RTCRtpScriptTransform, NAME, { length: 1 });

/** The slots of a transform. */
export const scriptTransformSlots: (transform: RTCRtpScriptTransform) => ScriptTransformSlots = internals.of;

/** Brand check. */
export const isScriptTransform: (value: unknown) => value is RTCRtpScriptTransform = internals.has;

const convertTransfer = sequence((value, context) => {
  if (isObject(value)) return value;
  throw new TypeError(`${context} is not an object.`);
});

function isWorker(value: unknown): value is TransformWorker {
  return isObject(value) && typeof (value as Partial<TransformWorker>).postMessage === "function";
}

const convertWorkerAndParameters = dictionary("WorkerAndParameters", {
  worker: required((value, context) => {
    if (isWorker(value)) return value;
    throw new TypeError(`${context} is not of type 'Worker'.`);
  }),
  type: optional(enumeration("RTCRtpScriptTransformType", ["sframe"])),
});

function workerOf(value: unknown, context: string): TransformWorker {
  if (isWorker(value)) return value;
  const { worker, type } = convertWorkerAndParameters(value, context);
  if (type !== undefined) {
    throw new DOMException(`${context}: '${type}' is not supported.`, "NotSupportedError");
  }
  return worker;
}
