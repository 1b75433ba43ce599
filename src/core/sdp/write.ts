import { assert } from "../base/assert.ts";
import type { MediaDescription, SdpLine, SdpSection, SessionDescription } from "./session-description.ts";

/** Writes a description with CRLF line ends: exactly the text it was read from, if that had them too. */
export function serialiseSdp(description: SessionDescription): string {
  const parts: string[] = [];
  writeLines(parts, description);
  for (const media of description.media) {
    parts.push("m=", media.head.value, "\r\n");
    writeLines(parts, media);
  }
  return parts.join("");
}

function writeLines(parts: string[], section: SdpSection): void {
  for (const { type, value } of section.lines) parts.push(type, "=", value, "\r\n");
}

/** A line of our own. A control character in `value` would inject lines of somebody else's: callers keep them out. */
export function sdpLine(type: string, value: string): SdpLine {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    assert(code !== 0 && code !== 10 && code !== 13, "a written line has no NUL, CR or LF");
  }
  return { type, value, number: 0 };
}

/** An attribute line of our own: `a=<name>`, or `a=<name>:<value>`. */
export function attributeLine(name: string, value?: string): SdpLine {
  return sdpLine("a", value === undefined ? name : `${name}:${value}`);
}

/** A media description of our own. */
export function writeMediaDescription(
  kind: string,
  port: number,
  protocol: string,
  formats: readonly string[],
  lines: readonly SdpLine[],
): MediaDescription {
  const head = sdpLine("m", [kind, String(port), protocol, ...formats].join(" "));
  return { head, kind, port, protocol, formats, lines };
}
