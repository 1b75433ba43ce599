import type { AgreementDraft } from "./agreement-draft.ts";
import type { AppliedDescription } from "./description.ts";
import type { JsepState } from "./state.ts";

/**
 * The section that a bundle is named after is being stopped or taken out. The bundle's transport goes on under the next
 * section's name (RFC 9143 §7.2, §7.5), but browsers end it and make another one, with the same credentials: the engine is
 * told to expect that. `description`: an offer or an answer of either side.
 */
export function noteStoppedTags(
  draft: AgreementDraft,
  state: JsepState,
  description: AppliedDescription,
): void {
  const { currentLocal, currentRemote, agreed } = state;
  const answer = currentLocal?.type === "answer" ? currentLocal : currentRemote;
  const goesOn = (name: string) =>
    description.sections.some(({ mid, rejected }) => mid === name && !rejected);
  for (const [tag, ...others] of answer?.bundles ?? []) {
    const transport = agreed.slots.find(({ mid }) => mid === tag)?.transport;
    if (transport !== undefined && tag !== undefined && !goesOn(tag) && others.some(goesOn))
      draft.effects.push({ type: "expect-succession", transport });
  }
}
