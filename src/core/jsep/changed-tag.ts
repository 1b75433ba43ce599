import type { AgreementDraft } from "./agreement-draft.ts";
import type { AppliedDescription } from "./description.ts";
import { type JsepState, latestAnswer } from "./state.ts";

/**
 * Another section than before becomes the one that the bundle is named after: the first one is stopped or taken out, or a
 * new one takes a place before it. The bundle's transport goes on (RFC 9143 §7.2, §7.5), but browsers end it and make
 * another one, with the same credentials: the engine is told to expect that. `description`: an offer or an answer of either
 * side.
 */
export function noteChangedTags(
  draft: AgreementDraft,
  state: JsepState,
  description: AppliedDescription,
): void {
  const live = new Set(description.sections.flatMap(({ mid, rejected }) => (rejected ? [] : [mid])));
  for (const [tag, ...others] of latestAnswer(state)?.bundles ?? []) {
    const transport = state.agreed.slots.find(({ mid }) => mid === tag)?.transport;
    if (transport === undefined || tag === undefined) continue;
    const goesOn = (mids: readonly string[]) => mids.some((mid) => live.has(mid));
    const next = description.bundles.find((mids) => mids.includes(tag));
    const changes = live.has(tag) ? next?.find((mid) => live.has(mid)) !== tag : goesOn(others);
    if (changes) draft.effects.push({ type: "expect-succession", transport });
  }
}
