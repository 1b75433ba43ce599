/** webrtc-encoded-transform §5.7 and §6 RTCRtpScriptTransformer: the end of a transform in a worker. */
import { Construction } from "../webidl/construction.ts";
import { domString } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface, operationContext, promiseReturning } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { createKeyFrameRequestEvent, type KeyFrameRequestEvent } from "./KeyFrameRequestEvent.ts";
import { audioFrameSlots, createAudioFrame, type RTCEncodedAudioFrame } from "./RTCEncodedAudioFrame.ts";
import { createVideoFrame, type RTCEncodedVideoFrame, videoFrameSlots } from "./RTCEncodedVideoFrame.ts";
import type {
  FrameMessage,
  TransformerMessage,
  TransformMessage,
  TransformPort,
  TransformSetup,
} from "./transform-messages.ts";

/** Frames that a script has not read yet; of more, the new ones are given up. The standard has no limit. */
export const MAX_UNREAD_FRAMES = 1024;

/** The events of an `RTCRtpScriptTransformer`. */
export interface RTCRtpScriptTransformerEventMap {
  keyframerequest: KeyFrameRequestEvent;
}

type EncodedFrameObject = RTCEncodedAudioFrame | RTCEncodedVideoFrame;

interface KeyFrameRequest {
  resolve(): void;
  reject(reason: DOMException): void;
}

/** The internal slots of an `RTCRtpScriptTransformer`. */
class TransformerSlots {
  readonly options: unknown;
  readonly readable: ReadableStream<EncodedFrameObject>;
  readonly writable: WritableStream<unknown>;
  /** Set as soon as the object exists. */
  target: RTCRtpScriptTransformer | undefined;
  /** Which side it is on; undefined while no sender or receiver has it. */
  association: { readonly role: "sender" | "receiver"; readonly kind: "audio" | "video" } | undefined;
  readonly #port: TransformPort;
  readonly #requests = new Map<number, KeyFrameRequest>();
  #controller: ReadableStreamDefaultController<EncodedFrameObject> | undefined;
  #lastRequest = 0;
  /** [[lastReceivedFrameCounter]] */
  #lastWritten = 0;

  constructor({ options, port }: TransformSetup) {
    this.options = options;
    this.#port = port;
    this.readable = new ReadableStream<EncodedFrameObject>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = undefined;
        },
      },
      { highWaterMark: MAX_UNREAD_FRAMES },
    );
    // §3.1.1: backpressure is disabled.
    this.writable = new WritableStream(
      { write: (frame) => this.#write(frame) },
      { highWaterMark: Number.POSITIVE_INFINITY },
    );
    port.addEventListener("message", ({ data }) => this.#receive(data as TransformerMessage));
    port.addEventListener("close", () => this.#close());
    port.start();
  }

  /** "Generate key frame algorithm", §6.4 */
  generateKeyFrame(rid: string | undefined): Promise<void> {
    const { association } = this;
    if (association?.role !== "sender" || association.kind !== "video") {
      return Promise.reject(invalidState("the transformer is not a video sender's."));
    }
    if (rid !== undefined && !RID.test(rid)) {
      return Promise.reject(new TypeError(`'${rid}' is not a valid rid.`));
    }
    const request = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#requests.set(request, { resolve, reject });
      this.#post({ type: "generate-key-frame", request, rid });
    });
  }

  /** "Send request key frame algorithm", §6.4 */
  sendKeyFrameRequest(): Promise<void> {
    const { association } = this;
    if (association?.role !== "receiver" || association.kind !== "video") {
      return Promise.reject(invalidState("the transformer is not a video receiver's."));
    }
    this.#post({ type: "request-key-frame" });
    return Promise.resolve();
  }

  #receive(message: TransformerMessage): void {
    switch (message.type) {
      case "frame":
        this.#enqueue(message);
        break;
      case "associate":
        this.association = message;
        break;
      case "key-frame-wanted":
        this.#askForKeyFrame(message.rid);
        break;
      case "key-frame-answer":
        this.#answer(message.request, message.found);
        break;
    }
  }

  #enqueue(message: FrameMessage): void {
    const room = this.#controller?.desiredSize ?? 0;
    if (room <= 0) return;
    const { data, counter } = message;
    this.#controller?.enqueue(
      message.kind === "video"
        ? createVideoFrame({
            data,
            metadata: message.metadata,
            owner: this,
            counter,
            type: message.frameType,
          })
        : createAudioFrame({ data, metadata: message.metadata, owner: this, counter }),
    );
  }

  /** "writeEncodedData", §3.1.2. What it throws errors the stream. */
  #write(frame: unknown): void {
    const slots = videoFrameSlots(frame) ?? audioFrameSlots(frame);
    if (slots === undefined) throw new TypeError("only encoded frames can be written.");
    const { owner, counter, data } = slots;
    if (owner !== this || counter <= this.#lastWritten) return;
    this.#lastWritten = counter;
    this.#post({ type: "frame", counter, data }, [data]);
  }

  #askForKeyFrame(rid: string | undefined): void {
    if (!this.target?.dispatchEvent(createKeyFrameRequestEvent(rid))) return;
    this.generateKeyFrame(rid).catch(() => {
      // The standard's "new promise", which nobody sees.
    });
  }

  #answer(request: number, found: boolean): void {
    const pending = this.#requests.get(request);
    this.#requests.delete(request);
    if (found) pending?.resolve();
    else pending?.reject(new DOMException("there is no such layer.", "NotFoundError"));
  }

  /** The connection is closed. */
  #close(): void {
    this.#controller?.close();
    this.#controller = undefined;
    for (const { reject } of this.#requests.values()) reject(invalidState("the connection is closed."));
    this.#requests.clear();
  }

  #post(message: TransformMessage, transfer: readonly object[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** RFC 8851 §10 */
const RID = /^[A-Za-z0-9_-]{1,255}$/;

function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}

const NAME = "RTCRtpScriptTransformer";

const construction = new Construction<TransformerSlots>();
const internals = internalSlots<TransformerSlots, RTCRtpScriptTransformer>(NAME);

/** Gives a worker the encoded frames of one sender or receiver, and takes them back. */
export class RTCRtpScriptTransformer extends EventTargetWith<RTCRtpScriptTransformerEventMap> {
  declare onkeyframerequest: EventHandler<KeyFrameRequestEvent>;

  constructor() {
    const slots = construction.take();
    super();
    slots.target = this;
    internals.attach(this, slots);
  }

  get readable(): ReadableStream<EncodedFrameObject> {
    return internals.of(this).readable;
  }
  get writable(): WritableStream<unknown> {
    return internals.of(this).writable;
  }
  // biome-ignore lint/suspicious/noExplicitAny: as in lib.dom.
  get options(): any {
    return internals.of(this).options;
  }

  generateKeyFrame(rid?: string): Promise<void>;
  generateKeyFrame(...args: unknown[]): Promise<void> {
    return promiseReturning(() => {
      const slots = internals.of(this);
      const context = operationContext(NAME, "generateKeyFrame");
      return slots.generateKeyFrame(args[0] === undefined ? undefined : domString(args[0], context));
    });
  }
  sendKeyFrameRequest(): Promise<void> {
    return promiseReturning(() => internals.of(this).sendKeyFrameRequest());
  }
}

defineEventHandlers(RTCRtpScriptTransformer.prototype, internals.of, ["keyframerequest"]);
exposeInterface(RTCRtpScriptTransformer, NAME, { operations: { generateKeyFrame: 0 } });

/** The transformer that a message from the other thread asks for. */
export function createTransformer(setup: TransformSetup): RTCRtpScriptTransformer {
  return construction.run(new TransformerSlots(setup), () => new RTCRtpScriptTransformer());
}
