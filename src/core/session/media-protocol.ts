/** The part of the border between `api` and the engine that is about audio and video. See `protocol.ts`. */
import type { EncodedFrame, MediaPacket, SourceClock } from "../base/media-frame.ts";
import type { RtpSessionEvent } from "../rtp-session/events.ts";
import type { MediaId, MediaSectionParameters } from "../rtp-session/parameters.ts";
import type { TransportId } from "./protocol.ts";

/** What `api` tells the engine about audio and video. */
export type MediaCommand =
  /** All audio and video sections of a transport, as negotiated: replaces what was said before. */
  | {
      readonly type: "configure-media";
      readonly transport: TransportId;
      readonly sections: readonly MediaSectionParameters[];
      /** RTP header extensions are encrypted, too (RFC 9335): both ends have agreed on it for all sections. */
      readonly headerEncryption?: boolean;
    }
  /** Ignored while the section does not send. */
  | {
      readonly type: "send-frame";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly frame: EncodedFrame;
    }
  /** RTP packets of another section or connection, passed on. Ignored while the section does not send. */
  | {
      readonly type: "send-packets";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly packets: readonly MediaPacket[];
    }
  /** When packets that are passed on were captured, as far as their source tells: what our sender reports say of them. */
  | {
      readonly type: "set-source-clock";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly clock: SourceClock;
    }
  /** In which forms a section's media is wanted: nothing is made for nobody. */
  | {
      readonly type: "want-media";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly frames: boolean;
      readonly packets: boolean;
    }
  /** The decoder cannot go on (RFC 4585 §6.3.1, RFC 5104 §3.5.1). */
  | {
      readonly type: "request-key-frame";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly rid: string | undefined;
    }
  /**
   * Plays one telephone event (RFC 4733) on an audio section: a command for each tone of an `RTCDTMFSender`, given when the tone
   * begins; the times between tones are the caller's. `event`: `eventOfTone()` of the character, 0..15; `duration`: milliseconds,
   * 40..6000. A tone that is given while another one plays begins behind it (at most 16 wait). While tones play, audio frames
   * are dropped; packets that are passed on are not. Ignored while the section does not send, and where no telephone-event of
   * the audio codec's clock rate was negotiated.
   */
  | {
      readonly type: "send-tone";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly event: number;
      readonly duration: number;
    }
  /** webrtc-pc §5.3 jitterBufferTarget, milliseconds; undefined: the engine decides. */
  | {
      readonly type: "set-jitter-buffer-target";
      readonly transport: TransportId;
      readonly media: MediaId;
      readonly target: number | undefined;
    };

/** What the engine tells `api` about audio and video. */
export type MediaEvent = RtpSessionEvent;
