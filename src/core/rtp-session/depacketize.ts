/** Putting frames together from payloads: by the codec's own rules where it has any. */
import type { MediaFormat } from "./payload-formats.ts";

/** What one codec knows of its payloads. Total over a peer's bytes. */
export interface Depacketizer {
  /** Whether a frame begins with this payload, as far as it tells; a gap ends before such a one. */
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

/** Undefined for a codec whose payload format is not implemented: its packets can be passed on, but make no frames. */
export function depacketizerFor(format: MediaFormat): Depacketizer | undefined {
  return format.key.startsWith("audio/") ? whole : undefined;
}
