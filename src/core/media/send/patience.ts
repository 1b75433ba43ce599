/** How long a stream that goes on from another source, or after a gap, waits for what it would best go on with. */
import type { Duration } from "../../base/instant.ts";

/** For a key frame. Then it goes on as it is: not every source makes key frames when it is asked. Milliseconds. */
export const KEY_FRAME_PATIENCE: Duration = 3000;
/** A source that was silent for so long has ended: of several that come side by side another one takes its place. Milliseconds. */
export const STREAM_SILENCE: Duration = 1000;
