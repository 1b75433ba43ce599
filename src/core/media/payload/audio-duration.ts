/** How long a payload of audio lasts, by its MIME type in lower case. */
import { opusDuration } from "./opus.ts";
import { pcmDuration } from "./pcm-audio.ts";

/** Ticks of the RTP clock; 0 for a format that does not tell. */
export function audioDuration(mimeType: string, payload: Uint8Array): number {
  switch (mimeType) {
    case "audio/opus":
      return opusDuration(payload);
    case "audio/pcmu":
    case "audio/pcma":
    case "audio/g722":
      return pcmDuration(payload);
    default:
      return 0;
  }
}
