/** webrtc-pc §5.1.1: the streams that a connection has created for the peer's `a=msid`. */
import { createStream, type MediaStream } from "../media/MediaStream.ts";

/**
 * A stream is the same object whenever its id comes back, and costs nothing when nobody could tell: the ids are the
 * peer's, and there may be new ones in every description.
 */
export class RemoteStreams {
  readonly #streams = new Map<string, WeakRef<MediaStream>>();
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (this.#streams.get(id)?.deref() === undefined) this.#streams.delete(id);
  });

  /** How many ids are remembered. */
  get size(): number {
    return this.#streams.size;
  }

  /** The stream with this id, created if need be. */
  get(id: string): MediaStream {
    const known = this.#streams.get(id)?.deref();
    if (known !== undefined) return known;
    const stream = createStream(id);
    this.#streams.set(id, new WeakRef(stream));
    this.#collected.register(stream, id);
    return stream;
  }
}
