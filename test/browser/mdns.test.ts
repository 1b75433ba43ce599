/** Names in place of our addresses, which the browser has to look up by multicast DNS. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { withIceOptions } from "../../src/host-entry.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { createNodeHost } from "../../src/node/host.ts";
import { describeInBrowser } from "./in-browser.testing.ts";
import { inbox, opened, Session } from "./session.testing.ts";

/** Why the tests cannot run here; undefined when they can: one host of ours asks another one for a name. */
async function whyNoMulticast(): Promise<string | undefined> {
  const address = createNodeHost()
    .localAddresses()
    .find(({ loopback, family }) => !loopback && family === 4)?.address;
  if (address === undefined) return "this machine has no network";
  const name = `${randomUUID()}.local`;
  const published = createNodeHost().publishMdns(name, address);
  const found = await new Promise<readonly string[]>((resolve) =>
    createNodeHost().resolveMdns(name, resolve),
  );
  published.cancel();
  return found.includes(address) ? undefined : "multicast does not get through on this machine";
}

const reason = await whyNoMulticast();
if (reason !== undefined) console.log(`Skipped: names of ours in a browser: ${reason}`);

describe.skipIf(reason !== undefined)("names of ours", () => {
  describeInBrowser("Chromium", "page.js", (page) => {
    test.each(["browser", "node"] as const)(
      "are looked up by the browser, which has nothing else to go by, when the offer comes from the %s",
      async (offerer) => {
        const connection = withIceOptions({ mdns: true, tcp: [] }, () => new RTCPeerConnection());
        const told: string[] = [];
        connection.addEventListener("icecandidate", ({ candidate }) => {
          if (candidate?.address) told.push(candidate.address);
        });
        const session = await Session.open(page(), connection);
        try {
          // Or our checks would show the browser where we are.
          session.hidePageCandidates = true;
          const channel = connection.createDataChannel("names");
          await session.call("createChannel", "any");
          await session.offerFrom(offerer);
          await session.connected();
          await opened(channel);
          const box = inbox(channel);
          await session.call("echo", "names");
          channel.send("across");
          expect(await box.take(1)).toEqual(["across"]);
          expect(told.length).toBeGreaterThan(0);
          for (const address of told) expect(address).toMatch(/^[0-9a-f-]{36}\.local$/);
          const pair = connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
          expect(told).toContain(pair.local.address);
          expect(pair.remote.type).toBe("prflx");
        } finally {
          await session.close();
        }
      },
    );
  });
});
