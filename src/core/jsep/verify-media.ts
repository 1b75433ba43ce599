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
  return reassignsExtension(offer.rtp, answer.rtp) ? REASSIGNED : undefined;
}

const REASSIGNED = "a header extension id has got another meaning";

/**
 * RFC 8285 §6: what an id means stays through the session. Another certificate is another peer, to whom the session was
 * handed over, with a mapping of its own.
 */
export function mediaReofferProblem(
  offer: MediaSection,
  before: MediaSection | undefined,
): string | undefined {
  if (offer.rtp === undefined || before?.rtp === undefined || before.rejected) return undefined;
  if (offer.mid !== before.mid || offer.kind !== before.kind) return undefined;
  if (!sameFingerprints(offer.fingerprints, before.fingerprints)) return undefined;
  return reassignsExtension(before.rtp, offer.rtp) ? REASSIGNED : undefined;
}

function reassignsExtension(before: RtpDescription, after: RtpDescription): boolean {
  const meaning = new Map(before.extensions.map(({ id, uri }) => [id, uri]));
  return after.extensions.some(({ id, uri }) => (meaning.get(id) ?? uri) !== uri);
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
