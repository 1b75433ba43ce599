/** Perfect negotiation with a browser. Run by negotiation-chromium.test.ts and negotiation-firefox.test.ts. */
import type { Page } from "puppeteer-core";
import { afterEach, describe, expect, test } from "vitest";
import { Negotiation } from "./negotiation.testing.ts";

/** Declares the tests. `page()` is the page in which negotiation-page.js runs. */
export function describeGlare(page: () => Page): void {
  let negotiation: Negotiation;

  describe.each(["browser", "node"] as const)(
    "perfect negotiation (webrtc-pc §10.7), when the %s is polite",
    (polite) => {
      afterEach(async () => {
        await negotiation.close();
      });

      const impolite = polite === "node" ? "browser" : "node";
      const roles = { [polite]: { polite: true }, [impolite]: { polite: false } };

      test("offers that meet on their way: the polite end gives way, both tracks arrive", async () => {
        negotiation = await Negotiation.open(page(), roles);
        const [a, b] = negotiation.ends(polite);
        await b.createChannel("beside");
        // Of the same kind: Chromium keeps the ids of header extensions of an offer that it has rolled back, and makes of them
        // and of those of the other kind an offer that it refuses itself (also between two Chromiums).
        for (const [round, kind] of [
          [1, "audio"],
          [2, "video"],
        ] as const) {
          await a.addTransceiver(kind);
          await b.addTransceiver(kind);
          await negotiation.glare();
          await negotiation.or(Promise.all([a.signaling("stable"), b.signaling("stable")]));
          await negotiation.agreed();
          // What the polite end wanted comes with its next offer.
          const facts = await negotiation.exchange(polite);
          expect(facts[impolite].ignored).toBe(round);
          expect(facts[polite].transceivers).toHaveLength(2 * round);
          await negotiation.connected();
          await negotiation.talk();
        }
      });

      test("negotiationneeded alone brings both ends together", async () => {
        negotiation = await Negotiation.open(page(), {
          [polite]: { polite: true, automatic: true },
          [impolite]: { polite: false, automatic: true },
        });
        const ends = negotiation.ends(polite);
        // By the end whose offers stand: Chromium never offers again the data section of an offer that it has rolled back.
        // And before all else: Firefox was seen never to offer a channel that was made while an offer of ours was under way.
        await ends[1].createChannel("beside");
        await Promise.all(ends.map((end) => end.addTransceiver("audio")));
        await Promise.all(ends.map((end) => end.addTransceiver("video")));
        await negotiation.or(Promise.all(ends.map((end) => end.settled(4))));
        await negotiation.agreed();
        await negotiation.connected();
        await negotiation.talk();
      });
    },
  );
}
