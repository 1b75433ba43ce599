/**
 * What passes between an `RTCRtpScriptTransform` and the `RTCRtpScriptTransformer` in its worker: one message over the
 * worker's own channel, with a port on which everything else goes. Plain structured-cloneable objects.
 */
import type { RTCEncodedAudioFrameMetadata, RTCEncodedVideoFrameMetadata } from "./encoded-frame-metadata.ts";
import type { RTCEncodedVideoFrameType } from "./RTCEncodedVideoFrame.ts";

/** The member of a message to a worker by which it is known to be ours; its value is a {@link TransformSetup}. */
export const SETUP_KEY = "skywave:rtctransform";

/** Makes a transformer in the worker. */
export interface TransformSetup {
  readonly options: unknown;
  /** Transferred. */
  readonly port: TransformPort;
}

/** The part of a `MessagePort` that is used here. */
export interface TransformPort {
  postMessage(message: unknown, transfer?: readonly object[]): void;
  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void;
  start(): void;
  close(): void;
  /** Node.js: an idle port keeps no process alive. */
  unref?(): void;
}

/** A frame without its data. */
export type DescribedFrame =
  | {
      readonly kind: "video";
      readonly frameType: RTCEncodedVideoFrameType;
      readonly metadata: RTCEncodedVideoFrameMetadata;
    }
  | { readonly kind: "audio"; readonly metadata: RTCEncodedAudioFrameMetadata };

/** A frame on its way to the worker; its data is transferred. */
export type FrameMessage = DescribedFrame & {
  readonly type: "frame";
  /** Grows by one with each frame of the transform. */
  readonly counter: number;
  readonly data: ArrayBuffer;
};

/** To the worker. */
export type TransformerMessage =
  | FrameMessage
  /** The transform is in use: the "association steps" (webrtc-encoded-transform §6.1). */
  | {
      readonly type: "associate";
      readonly role: "sender" | "receiver";
      readonly kind: "audio" | "video";
    }
  /** The peer wants a key frame. */
  | { readonly type: "key-frame-wanted"; readonly rid: string | undefined }
  /** The answer to "generate-key-frame": all its layers have got theirs, or there is no such layer. */
  | { readonly type: "key-frame-answer"; readonly request: number; readonly found: boolean };

/** From the worker. */
export type TransformMessage =
  /** A frame that the script has written. */
  | { readonly type: "frame"; readonly counter: number; readonly data: ArrayBuffer }
  | { readonly type: "generate-key-frame"; readonly request: number; readonly rid: string | undefined }
  | { readonly type: "request-key-frame" };
