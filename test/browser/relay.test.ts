/** A browser and Node through coturn. */
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";
import type { RTCConfiguration } from "../../src/index.ts";
import { Coturn, whyNoCoturn } from "../live/coturn.testing.ts";
import { describeInBrowser, NETWORK_ADDRESS, NO_NETWORK } from "./in-browser.testing.ts";
import { Negotiation } from "./negotiation.testing.ts";

const reason = whyNoCoturn() ?? NO_NETWORK;
if (reason !== undefined) console.log(`Skipped: a browser through coturn: ${reason}`);

describe.skipIf(reason !== undefined)("through coturn", () => {
  let coturn: Coturn;

  beforeAll(async () => {
    coturn = await Coturn.start([], { address: NETWORK_ADDRESS!, through: [] });
  });

  afterAll(async () => {
    await coturn?.stop();
  });

  describeInBrowser("Chromium", "negotiation-page.js", (page) => {
    let negotiation: Negotiation;

    afterEach(async () => {
      await negotiation.close();
    });

    function relayed(kind: "udp" | "tcp", credential = "secret"): RTCConfiguration {
      const urls = `turn:${NETWORK_ADDRESS}:${coturn.port}?transport=${kind}`;
      return { iceServers: [{ urls, username: "user", credential }], iceTransportPolicy: "relay" };
    }

    async function connected(node: RTCConfiguration, browser: RTCConfiguration): Promise<void> {
      negotiation = await Negotiation.open(page(), {
        node: { configuration: node },
        browser: { configuration: browser },
      });
      await negotiation.node.createChannel("beside");
      await negotiation.exchange("node");
      await negotiation.connected();
      await negotiation.talk();
    }

    test.each([
      ["udp", "udp"],
      ["tcp", "udp"],
      ["udp", "tcp"],
      ["tcp", "tcp"],
    ] as const)("relays on both sides: Node over %s, the browser over %s", async (ours, theirs) => {
      await connected(relayed(ours), relayed(theirs));
    });

    // The browser's own addresses are names, and looking those up is not for those who hide behind relays.
    test.each(["udp", "tcp"] as const)(
      "only relays on our side, over %s, anything on the browser's",
      async (kind) => {
        await connected(relayed(kind), { ...relayed(kind), iceTransportPolicy: "all" });
      },
    );

    test.each(["udp", "tcp"] as const)("a relay on the browser's side only, over %s", async (kind) => {
      await connected({}, relayed(kind));
    });

    test("the server is killed in the call and started again: an ICE restart brings it back", async () => {
      await connected(relayed("udp"), relayed("udp"));
      await coturn.kill();
      await coturn.start();
      await negotiation.node.restartIce();
      await negotiation.exchange("node");
      await negotiation.talk();
    });
  });
});
