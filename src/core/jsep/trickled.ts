/** Writing candidates into descriptions that were set (RFC 8840 §4.2, §4.4): the texts show what was trickled. */
import {
  attributeLine,
  attributeOf,
  hasAttribute,
  type MediaDescription,
  type SdpLine,
  sdpLine,
} from "../sdp/index.ts";
import { type AppliedDescription, bundleOf, type MediaSection, withMedia } from "./description.ts";
import { credentialsOf, sameCredentials } from "./offered.ts";
import type { Slot } from "./state.ts";

/** Candidates that one section keeps; what is beyond is not shown. */
export const MAX_CANDIDATES_SHOWN = 512;

/** `media` with the line `a=<text>` behind its other candidates; itself if it has that line already. */
export function withCandidate(media: MediaDescription, text: string): MediaDescription {
  const lines = [...media.lines];
  let at = lines.length;
  let count = 0;
  for (const [index, line] of lines.entries()) {
    if (attributeOf(line, "candidate") !== undefined) {
      if (line.value === text || ++count === MAX_CANDIDATES_SHOWN) return media;
    } else if (attributeOf(line, "end-of-candidates") !== undefined) at = Math.min(at, index);
  }
  lines.splice(at, 0, sdpLine("a", text));
  return withLines(media, lines);
}

/** `media` with `a=end-of-candidates`. */
export function withEndOfCandidates(media: MediaDescription): MediaDescription {
  if (hasAttribute(media, "end-of-candidates")) return media;
  return withLines(media, [...media.lines, attributeLine("end-of-candidates")]);
}

/** `applied` without the candidates of these sections: they belonged to transports that are gone. */
export function withoutCandidates(
  applied: AppliedDescription,
  indices: ReadonlySet<number>,
): AppliedDescription {
  return changeSections(applied, indices, (media) => {
    const lines = media.lines.filter(
      (line) =>
        attributeOf(line, "candidate") === undefined && attributeOf(line, "end-of-candidates") === undefined,
    );
    return lines.length === media.lines.length ? media : withLines(media, lines);
  });
}

function withLines(media: MediaDescription, lines: readonly SdpLine[]): MediaDescription {
  return { ...media, lines };
}

/** The description with the sections that `changes` picks changed. Itself if nothing changes. */
export function changeSections(
  applied: AppliedDescription,
  indices: ReadonlySet<number>,
  change: (media: MediaDescription) => MediaDescription,
): AppliedDescription {
  const before = applied.description.media;
  const after = before.map((media, index) => (indices.has(index) ? change(media) : media));
  return after.some((media, index) => media !== before[index]) ? withMedia(applied, after) : applied;
}

/**
 * `applied` with the candidates that `earlier` shows for the same generations. `carrier`: which section shows them now;
 * `finish` has the last word on it.
 */
export function withCandidatesOf(
  applied: AppliedDescription,
  earlier: AppliedDescription | undefined,
  carrier: (index: number) => number | undefined = (index) => index,
  finish: (media: MediaDescription) => MediaDescription = (media) => media,
): AppliedDescription {
  let result = applied;
  for (const before of earlier?.sections ?? []) {
    const section = applied.sections[carrier(before.index) ?? -1];
    const credentials = credentialsOf(before);
    if (section === undefined || section.rejected || credentials === undefined) continue;
    if (!sameCredentials(credentials, credentialsOf(section))) continue;
    result = changeSections(result, new Set([section.index]), (media) => {
      const shown = before.candidates.reduce((described, { text }) => withCandidate(described, text), media);
      return finish(before.endOfCandidates ? withEndOfCandidates(shown) : shown);
    });
  }
  return result;
}

/** The section of `applied`, one of ours, that shows the candidates of the transport that a section had `before`. */
export function carrierOf(
  applied: AppliedDescription,
  before: readonly Slot[],
  now: readonly Slot[],
): (index: number) => number | undefined {
  return (index) => {
    const transport = before[index]?.transport;
    if (transport === undefined) return undefined;
    const carriers = applied.sections.filter(
      (section) => !section.rejected && now[section.index]?.transport === transport,
    );
    const isTag = (section: MediaSection) => bundleOf(applied, section)?.[0] === section.mid;
    return (carriers.find(isTag) ?? carriers[0])?.index;
  };
}
