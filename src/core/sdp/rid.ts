/** RFC 8851 §10 `rid`: `<rid-id> ("send" | "recv") [" " <restrictions>]`. */
import { type Malformed, malformed } from "../base/malformed.ts";
import { fields } from "./scan.ts";

/** One RTP stream within an m= section. */
export interface Rid {
  /** Letters and digits; real stacks send "-" and "_", too. */
  readonly id: string;
  readonly direction: "send" | "recv";
  /** `pt=…`, `max-width=…` and the like, as written. */
  readonly restrictions: string | undefined;
}

const MALFORMED = malformed("sdp: malformed rid");

/** Longest rid-id: it has to fit into an RTP header extension (RFC 8852 §3). */
export const MAX_RID_LENGTH = 255;

/** RFC 8851 §10 `rid-id`, with the "-" and "_" of real stacks. */
export function isRid(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 32;
    if ((letter >= 97 && letter <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95) continue;
    return false;
  }
  return text.length > 0 && text.length <= MAX_RID_LENGTH;
}

/** Reads the value of `rid`. */
export function parseRid(value: string): Rid | Malformed {
  const [id, direction, restrictions] = fields(value.trimEnd(), 3);
  if (id === undefined || !isRid(id) || (direction !== "send" && direction !== "recv")) return MALFORMED;
  return { id, direction, restrictions };
}

/** Writes the value of `rid`. */
export function formatRid(rid: Rid): string {
  const head = `${rid.id} ${rid.direction}`;
  return rid.restrictions === undefined ? head : `${head} ${rid.restrictions}`;
}
