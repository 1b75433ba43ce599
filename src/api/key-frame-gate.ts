/** Where a sender begins to pass on a stream that is under way: at a frame that needs none before it. */
import type { Duration, Instant } from "../core/base/instant.ts";
import type { MediaPacket } from "../core/base/media-frame.ts";
import { type PayloadInfo, videoCodec } from "../core/media/index.ts";

/** Then the stream is passed on as it is: not every source makes key frames when it is asked. Milliseconds. */
export const KEY_FRAME_PATIENCE: Duration = 3000;

/** Filled in anew for every payload. One serves all. */
const info: PayloadInfo = {
  mayBegin: false,
  begins: false,
  keyFrame: false,
  pictureId: -1,
  pictureIdBits: 0,
};

export class KeyFrameGate {
  #isOpen = false;
  #since: Instant | undefined;

  /** Whether all that comes may pass. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How many of the packets, at their beginning, may not pass: all of them as long as no key frame begins. */
  held(now: Instant, packets: readonly MediaPacket[]): number {
    this.#since ??= now;
    if (now - this.#since >= KEY_FRAME_PATIENCE) this.#isOpen = true;
    let held = 0;
    while (!this.#isOpen && held < packets.length) {
      this.#isOpen = beginsKeyFrame(packets[held]!);
      if (!this.#isOpen) held++;
    }
    return held;
  }
}

/** True as well for what cannot be looked into. */
function beginsKeyFrame({ mimeType, payload }: MediaPacket): boolean {
  const codec = videoCodec(mimeType);
  if (codec === undefined) return true;
  return codec.format.inspect(payload, info) === undefined && info.mayBegin && info.keyFrame;
}
