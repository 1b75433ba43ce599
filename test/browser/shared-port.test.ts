/** A browser and a connection of ours that shares its UDP port with others. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeHost, openEngine, SharedUdpPort, withRealm } from "../../src/host-entry.ts";
import { describeInBrowser } from "./in-browser.testing.ts";
import { Negotiation } from "./negotiation.testing.ts";

describeInBrowser("Chromium", "negotiation-page.js", (page) => {
  let port: SharedUdpPort;
  let negotiation: Negotiation;

  // A port for each test: the answers to the last checks of a connection that is closed are counted as nobody's.
  beforeEach(() => {
    port = new SharedUdpPort(nodeHost);
  });

  afterEach(async () => {
    await negotiation.close();
    port.close();
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
      expect(port.ports.size).toBeGreaterThan(0);
      // Before the restart: it closes sockets that may still have been waiting for an answer.
      expect(port.drops.unknownTransaction).toBe(0);
      await a.restartIce();
      await negotiation.exchange(offerer);
      await negotiation.talk();
      await negotiation.connected();
    },
  );
});
