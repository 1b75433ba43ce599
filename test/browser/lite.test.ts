/** Browsers and a lite end of ours, which they control. */
import type { Page } from "puppeteer-core";
import { expect, test } from "vitest";
import { withIceOptions } from "../../src/host-entry.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { describeInBrowser } from "./in-browser.testing.ts";
import { inbox, opened, Session } from "./session.testing.ts";

describeInBrowser("Chromium", "page.js", describeLite);
describeInBrowser("Firefox", "page.js", describeLite);

function describeLite(page: () => Page): void {
  test.each(["browser", "node"] as const)(
    "data both ways to a lite end of ours when the offer comes from the %s",
    async (offerer) => {
      const connection = withIceOptions({ lite: true }, () => new RTCPeerConnection());
      const session = await Session.open(page(), connection);
      try {
        const channel = connection.createDataChannel("lite");
        await session.call("createChannel", "any");
        await session.offerFrom(offerer);
        await session.connected();
        await opened(channel);
        const box = inbox(channel);
        await session.call("echo", "lite");
        channel.send("there and back");
        expect(await box.take(1)).toEqual(["there and back"]);
        expect(connection.sctp!.transport.iceTransport.role).toBe("controlled");
        expect(connection.localDescription!.sdp).toContain("\r\na=ice-lite\r\n");
      } finally {
        await session.close();
      }
    },
  );
}
