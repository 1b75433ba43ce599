/** What encoded frames of audio and of video have in common (webrtc-encoded-transform §5). */
import type { Converter } from "../webidl/convert.ts";

/** The internal slots of an encoded frame. */
export interface FrameSlots<Metadata> {
  data: ArrayBuffer;
  readonly metadata: Metadata;
  /** [[owner]]: the transformer that may write it. */
  readonly owner: object | undefined;
  /** [[counter]] */
  readonly counter: number;
}

/** WebIDL `ArrayBuffer`: neither shared nor a view. */
export const convertArrayBuffer: Converter<ArrayBuffer> = (value, context) => {
  if (value instanceof ArrayBuffer) return value;
  throw new TypeError(`${context}: the value is not an ArrayBuffer.`);
};
