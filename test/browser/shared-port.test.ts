/** A browser and a connection of ours that shares its UDP port with others. */
import { afterAll, afterEach, expect, test } from "vitest";
import { nodeHost, openEngine, SharedUdpPort, withRealm } from "../../src/host-entry.ts";
import { describeInBrowser } from "./in-browser.testing.ts";
import { Negotiation } from "./negotiation.testing.ts";

const port = new SharedUdpPort(nodeHost);

afterAll(() => port.close());

describeInBrowser("Chromium", "negotiation-page.js", (page) => {
  let negotiation: Negotiation;

  afterEach(async () => {
    await negotiation.close();
  });

  test.each(["browser", "node"] as const)(
    "connects, talks, and survives an ICE restart when the offer comes from the %s",
    async (offerer) => {
      negotiation = await withRealm({ host: port, openEngine }, () => Negotiation.open(page()));
      const [a] = negotiation.ends(offerer);
      await a.createChannel("beside");
      await negotiation.exchange(offerer);
      await negotiation.connected();
      await negotiation.talk();
      await a.restartIce();
      await negotiation.exchange(offerer);
      await negotiation.talk();
      expect(port.ports.size).toBeGreaterThan(0);
      expect(port.drops.unknownTransaction).toBe(0);
    },
  );
});
