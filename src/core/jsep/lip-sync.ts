/** Groups of sections to be played in step, `a=group:LS` (RFC 5888 §7, RFC 9429 §5.2.1, §5.3.1). */
import type { LocalTransceiver } from "./media-types.ts";

/** A live section and the transceiver for it. */
export interface SynchronizedSection {
  readonly mid: string;
  readonly transceiver: LocalTransceiver;
}

type Mids = readonly string[];

/**
 * Of an offer: the sections of each stream that has more than one, and what `answered` groups are left with: sections that
 * only receive have no other way to stay in step (RFC 9429 §5.2.2).
 */
export function offeredLipSync(sections: readonly SynchronizedSection[], answered: readonly Mids[]): Mids[] {
  const groups: Mids[] = [];
  const ofStream = new Map<string, string[]>();
  for (const { mid, transceiver } of sections) {
    for (const stream of new Set(transceiver.streamIds)) {
      const mids = ofStream.get(stream);
      if (mids === undefined) ofStream.set(stream, [mid]);
      else mids.push(mid);
    }
  }
  groups.push(...ofStream.values());
  const live = new Set(sections.map(({ mid }) => mid));
  for (const mids of answered) groups.push(mids.filter((mid) => live.has(mid)));
  return withoutRepetition(groups);
}

/** Of an answer: the offered groups, with the sections whose transceivers have a stream in common or none at all. */
export function answeredLipSync(sections: readonly SynchronizedSection[], offered: readonly Mids[]): Mids[] {
  const byMid = new Map(sections.map(({ mid, transceiver }) => [mid, transceiver]));
  const groups = offered.map((mids) => {
    const counts = new Map<string, number>();
    for (const mid of mids) {
      for (const stream of new Set(byMid.get(mid)?.streamIds))
        counts.set(stream, (counts.get(stream) ?? 0) + 1);
    }
    const [common] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
    return mids.filter((mid) => {
      const streamIds = byMid.get(mid)?.streamIds;
      return streamIds !== undefined && (streamIds.length === 0 || streamIds.includes(common!));
    });
  });
  return withoutRepetition(groups);
}

/** Groups of two or more, each once, and none that is part of another one. */
function withoutRepetition(groups: readonly Mids[]): Mids[] {
  const kept: { readonly mids: Mids; readonly members: ReadonlySet<string> }[] = [];
  for (const mids of [...groups].sort((a, b) => b.length - a.length)) {
    if (mids.length < 2 || kept.some(({ members }) => mids.every((mid) => members.has(mid)))) continue;
    kept.push({ mids, members: new Set(mids) });
  }
  return kept.map(({ mids }) => mids);
}
