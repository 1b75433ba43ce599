/** Cutting frames into payloads: by the codec's own rules where it has any. */
import type { MediaFormat } from "./payload-formats.ts";

/** Cuts a frame into payloads of at most `limit` octets, appended to `out`. False: it cannot be cut for that codec. */
export type Packetize = (frame: Uint8Array, limit: number, out: Uint8Array[]) => boolean;

/** Audio: a frame is a payload (RFC 7587 §4.2, RFC 3551 §4.5). */
const whole: Packetize = (frame, limit, out) => {
  if (frame.length === 0 || frame.length > limit) return false;
  out.push(frame);
  return true;
};

/** A packetizer of its own for one stream; undefined for a codec whose payload format is not implemented. */
export function packetizerFor(format: MediaFormat): Packetize | undefined {
  return format.key.startsWith("audio/") ? whole : undefined;
}
