/** RFC 8830 §2 `msid`: `<stream id or "-"> [<appdata>]`. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { words } from "./scan.ts";

/** The stream that a media description's track is in. */
export interface Msid {
  /** "-": the track is in no stream. */
  readonly stream: string;
  /** The track's id in older descriptions; without meaning today. */
  readonly appdata: string | undefined;
}

const MALFORMED = malformed("sdp: malformed msid");

/** Reads the value of `msid`. */
export function parseMsid(value: string): Msid | Malformed {
  const [stream, appdata, more] = words(value);
  return stream === undefined || more !== undefined ? MALFORMED : { stream, appdata };
}

/** Writes the value of `msid`. */
export function formatMsid(msid: Msid): string {
  return msid.appdata === undefined ? msid.stream : `${msid.stream} ${msid.appdata}`;
}
