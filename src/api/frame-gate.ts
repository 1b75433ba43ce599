/** Where a sender begins to send the frames of a track: each layer at a key frame, for receivers have seen nothing before it. */
import type { EncodedFrame } from "../core/base/media-frame.ts";
import { FrameChain, KeyFrameRequests } from "../core/media/index.ts";

/** Layers that are told apart; frames of more are sent as they are. */
const MAX_LAYERS = 16;

interface Layer {
  readonly chain: FrameChain;
  readonly requests: KeyFrameRequests;
}

export class FrameGate {
  readonly #layers = new Map<string | undefined, Layer>();
  /** Whether a key frame is to be asked for, of the layer whose frame has not passed. */
  asks = false;

  /** Whether a frame may be sent; not for ever, as not every source makes key frames when it is asked. */
  passes(now: number, { rid, type }: EncodedFrame): boolean {
    let layer = this.#layers.get(rid);
    if (layer === undefined) {
      if (this.#layers.size >= MAX_LAYERS) return true;
      layer = { chain: new FrameChain(), requests: new KeyFrameRequests() };
      layer.chain.break();
      this.#layers.set(rid, layer);
    }
    const passes = layer.chain.takes(now, type === "key");
    this.asks = !passes && layer.requests.received(now);
    return passes;
  }
}
