/** ICE over TCP with browsers, which connect to our passive candidates and never listen. */
import type { Page } from "puppeteer-core";
import { expect, test } from "vitest";
import { withIceOptions } from "../../src/host-entry.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { describeInBrowser } from "./in-browser.testing.ts";
import { inbox, opened, Session } from "./session.testing.ts";

describeInBrowser("Chromium", "page.js", describeTcp);
describeInBrowser("Firefox", "page.js", describeTcp);

function describeTcp(page: () => Page): void {
  test.each(["browser", "node"] as const)(
    "data both ways over TCP, where UDP gets lost, when the offer comes from the %s",
    async (offerer) => {
      const connection = withIceOptions({ tcp: ["passive"] }, () => new RTCPeerConnection());
      const session = await Session.open(page(), connection);
      try {
        session.withoutUdp = true;
        const channel = connection.createDataChannel("tcp");
        channel.binaryType = "arraybuffer";
        await session.call("createChannel", "any");
        await session.offerFrom(offerer);
        await session.connected();
        await opened(channel);
        const box = inbox(channel);
        await session.call("echo", "tcp");
        const pieces = 20;
        for (let i = 0; i < pieces; i++) channel.send(new Uint8Array(100_000).fill(i));
        const messages = (await box.take(pieces)) as ArrayBuffer[];
        for (const [index, message] of messages.entries()) {
          expect(message.byteLength).toBe(100_000);
          expect(new Uint8Array(message).every((byte) => byte === index)).toBe(true);
        }
        const pair = connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
        expect([pair.local.protocol, pair.local.tcpType, pair.remote.protocol]).toEqual([
          "tcp",
          "passive",
          "tcp",
        ]);
      } finally {
        await session.close();
      }
    },
  );
}
