/** RFC 9429 §5.8.3 and §5.11: what has to hold between two descriptions of the same audio or video section. */
import { isReceiving, isSending } from "../sdp/index.ts";
import type { AppliedDescription, MediaSection } from "./description.ts";
import { sameFingerprints } from "./offered.ts";
import type { RtpDescription } from "./rtp-description.ts";

/** What is wrong with an answered section; both are accepted. */
export function mediaAnswerProblem(answer: MediaSection, offer: MediaSection): string | undefined {
  if (answer.rtp === undefined || offer.rtp === undefined) return undefined;
  // RFC 3264 §6.1: nobody sends what the other one does not want, nor waits for what is not sent.
  if (isSending(answer.direction) && !isReceiving(offer.direction))
    return "sends what the offer does not take";
  if (isReceiving(answer.direction) && !isSending(offer.direction))
    return "takes what the offer does not send";
  return reassigns(offer.rtp.extensions, answer.rtp.extensions) ? REASSIGNED : undefined;
}

const REASSIGNED = "a header extension id has got another meaning";

/**
 * RFC 8285 §6: what an id has come to mean stays through the session; one that we have not taken up is free. Another
 * certificate is another peer, to whom the session was handed over, with a mapping of its own. `before`, `ours`: the
 * section in the peer's and in our description in force.
 */
export function mediaReofferProblem(
  offer: MediaSection,
  before: MediaSection | undefined,
  ours: MediaSection | undefined,
): string | undefined {
  if (offer.rtp === undefined || before?.rtp === undefined || before.rejected) return undefined;
  if (offer.mid !== before.mid || offer.kind !== before.kind) return undefined;
  if (!sameFingerprints(offer.fingerprints, before.fingerprints)) return undefined;
  const taken = new Set(ours?.rtp?.extensions.map(({ uri }) => uri));
  const agreed = before.rtp.extensions.filter(({ uri }) => taken.has(uri));
  return reassigns(agreed, offer.rtp.extensions) ? REASSIGNED : undefined;
}

type Extensions = RtpDescription["extensions"];

function reassigns(before: Extensions, after: Extensions): boolean {
  const meaning = new Map(before.map(({ id, uri }) => [id, uri]));
  return after.some(({ id, uri }) => (meaning.get(id) ?? uri) !== uri);
}

/** RFC 8830 §2: an identifier with its appdata names one track, which is in one section only. The section that has it again. */
export function repeatedTrack({ sections }: AppliedDescription): MediaSection | undefined {
  const known = new Set<string>();
  for (const section of sections) {
    if (section.rejected) continue;
    const tracks = new Set<string>();
    for (const { stream, appdata } of section.rtp?.msids ?? []) {
      if (appdata !== undefined && appdata !== "") tracks.add(`${stream} ${appdata}`);
    }
    for (const track of tracks) if (known.has(track)) return section;
    for (const track of tracks) known.add(track);
  }
  return undefined;
}
