/** Finding attributes in a section (RFC 8866 §5.13). Names are case-sensitive. */
import type { SdpLine, SdpSection } from "./session-description.ts";

/**
 * The value of `line` if it is the attribute `name`: the text after the colon, "" for a property attribute without one,
 * undefined for any other line.
 */
export function attributeOf(line: SdpLine, name: string): string | undefined {
  if (line.type !== "a" || !line.value.startsWith(name)) return undefined;
  if (line.value.length === name.length) return "";
  return line.value.charCodeAt(name.length) === 58 ? line.value.slice(name.length + 1) : undefined;
}

/** The first line with the attribute `name`. */
export function findAttribute(section: SdpSection, name: string): SdpLine | undefined {
  return section.lines.find((line) => attributeOf(line, name) !== undefined);
}

/** All lines with the attribute `name`, in order. */
export function findAttributes(section: SdpSection, name: string): SdpLine[] {
  return section.lines.filter((line) => attributeOf(line, name) !== undefined);
}

/** The value of the first attribute `name`, as {@link attributeOf}. */
export function attributeValue(section: SdpSection, name: string): string | undefined {
  const line = findAttribute(section, name);
  return line === undefined ? undefined : attributeOf(line, name);
}

/** Whether the attribute `name` is there, with or without a value. */
export function hasAttribute(section: SdpSection, name: string): boolean {
  return findAttribute(section, name) !== undefined;
}
