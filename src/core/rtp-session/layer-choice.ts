/** Which stream of a section a frame or packet is for. A source without layers feeds the first one. */
import type { Instant } from "../base/instant.ts";
import { STREAM_SILENCE } from "../media/index.ts";
import type { SendStream } from "./send-stream.ts";

export class LayerChoice {
  readonly #streams: readonly SendStream[];
  readonly #hasLayers: boolean;
  /** The source's simulcast layer that a section without layers sends. */
  #layer: string | undefined;
  #seenAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(streams: readonly SendStream[]) {
    this.#streams = streams;
    this.#hasLayers = streams.length > 1 || streams[0]?.rid !== undefined;
  }

  /** Of frames with layers, a section without them sends one. */
  forFrame(now: Instant, rid: string | undefined): SendStream | undefined {
    if (rid !== undefined && !this.#hasLayers) {
      if (rid !== this.#layer && now - this.#seenAt < STREAM_SILENCE) return undefined;
      this.#layer = rid;
      this.#seenAt = now;
    }
    return this.forPacket(rid);
  }

  /** Of packets a section without layers is given one source's: which one is decided before. */
  forPacket(rid: string | undefined): SendStream | undefined {
    const streams = this.#streams;
    if (rid === undefined || !this.#hasLayers) return streams[0];
    for (let i = 0; i < streams.length; i++) if (streams[i]!.rid === rid) return streams[i];
    return undefined;
  }
}
