/** Cutting frames into payloads: by the codec's own rules where it has any. */
import { type Packetizer, videoCodec } from "../media/index.ts";
import type { MediaFormat } from "./payload-formats.ts";

/** Audio: a frame is a payload (RFC 7587 §4.2, RFC 3551 §4.5). */
class WholePacketizer implements Packetizer {
  #frame: Uint8Array | undefined;

  start(frame: Uint8Array, maxLength: number): number {
    this.#frame = frame;
    return frame.length === 0 || frame.length > maxLength ? 0 : 1;
  }

  write(out: Uint8Array, at: number): number {
    const frame = this.#frame!;
    out.set(frame, at);
    return frame.length;
  }
}

/**
 * A packetizer of its own for one stream; undefined for a codec whose payload format is not implemented. `seed`: any number,
 * where the format counts pictures from a random one.
 */
export function packetizerFor(format: MediaFormat, seed: number): Packetizer | undefined {
  if (format.key.startsWith("audio/")) return new WholePacketizer();
  return videoCodec(format.mimeType)?.createPacketizer(seed);
}
