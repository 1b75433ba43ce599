/** RFC 8285 §8 `extmap`: `<id>["/"<direction>] <URI> [<extension attributes>]`. */
import { type Malformed, malformed } from "../base/malformed.ts";
import type { Direction } from "./direction.ts";
import { decimal, fields } from "./scan.ts";

/** One RTP header extension and the id that stands for it. */
export interface ExtMap {
  /** 1..255, or 4096..4351 for an offer of more than fits. */
  readonly id: number;
  readonly direction: Direction | undefined;
  readonly uri: string;
  readonly attributes: string | undefined;
}

const MALFORMED = malformed("sdp: malformed extmap");

/** Reads the value of `extmap`. */
export function parseExtMap(value: string): ExtMap | Malformed {
  const [head, uri, attributes] = fields(value.trimEnd(), 3);
  if (uri === undefined || uri === "") return MALFORMED;
  const slash = head!.indexOf("/");
  const id = decimal(slash < 0 ? head! : head!.slice(0, slash), 4351);
  const direction = slash < 0 ? undefined : DIRECTIONS.get(head!.slice(slash + 1));
  if (id < 1 || (id > 255 && id < 4096) || (slash >= 0 && direction === undefined)) return MALFORMED;
  return { id, direction, uri, attributes };
}

/** Writes the value of `extmap`. */
export function formatExtMap(map: ExtMap): string {
  const head = map.direction === undefined ? String(map.id) : `${map.id}/${map.direction}`;
  return map.attributes === undefined ? `${head} ${map.uri}` : `${head} ${map.uri} ${map.attributes}`;
}

const DIRECTIONS: ReadonlyMap<string, Direction> = new Map([
  ["sendrecv", "sendrecv"],
  ["sendonly", "sendonly"],
  ["recvonly", "recvonly"],
  ["inactive", "inactive"],
]);
