/** Putting frames together from payloads: by the codec's own rules where it has any. */
import { Malformed } from "../base/malformed.ts";
import { type PayloadInfo, type VideoFormat, videoCodec } from "../media/index.ts";
import type { MediaFormat } from "./payload-formats.ts";

/** What one codec knows of its payloads. Total over a peer's bytes. */
export interface Depacketizer {
  /** Whether a frame begins with this payload for certain: a gap ends before such a one. */
  beginsFrame(payload: Uint8Array): boolean;
  /** The frame of consecutive payloads with one timestamp; undefined when they make none. */
  assemble(payloads: readonly Uint8Array[]): AssembledFrame | undefined;
}

export interface AssembledFrame {
  readonly data: Uint8Array;
  readonly key: boolean;
}

/** Audio: a payload is a frame. */
const whole: Depacketizer = {
  beginsFrame: () => true,
  assemble: (payloads) => (payloads.length === 1 ? { data: payloads[0]!, key: true } : undefined),
};

/** Filled in anew for every payload. One serves all. */
const info: PayloadInfo = { mayBegin: false, begins: false, keyFrame: false };

class VideoDepacketizer implements Depacketizer {
  readonly #format: VideoFormat;

  constructor(format: VideoFormat) {
    this.#format = format;
  }

  beginsFrame(payload: Uint8Array): boolean {
    return this.#format.inspect(payload, info) === undefined && info.begins;
  }

  assemble(payloads: readonly Uint8Array[]): AssembledFrame | undefined {
    let key = false;
    for (let i = 0; i < payloads.length; i++) {
      if (this.#format.inspect(payloads[i]!, info) !== undefined) return undefined;
      // Joined in the middle of a frame, or its beginning was lost with what came before.
      if (i === 0 && !info.mayBegin) return undefined;
      key ||= info.keyFrame;
    }
    const data = this.#format.assemble(payloads);
    return data instanceof Malformed ? undefined : { data, key };
  }
}

/** Undefined for a codec whose payload format is not implemented: its packets can be passed on, but make no frames. */
export function depacketizerFor(format: MediaFormat): Depacketizer | undefined {
  if (format.key.startsWith("audio/")) return whole;
  const codec = videoCodec(format.mimeType);
  return codec && new VideoDepacketizer(codec.format);
}
