/** Against coturn: the server that most applications use. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IceOptions } from "../../src/host-entry.ts";
import type { RTCConfiguration } from "../../src/index.ts";
import { Call, Coturn, whyNoCoturn } from "./coturn.testing.ts";

const reason = whyNoCoturn();
if (reason !== undefined) console.log(`skipped: ${reason}`);

let coturn: Coturn;
let calls: Call[] = [];

function call(
  urls: string | string[],
  more: Partial<RTCConfiguration> & { credential?: string } = {},
  options: IceOptions = {},
): Call {
  const { credential = "secret", ...configuration } = more;
  const iceServers = [{ urls, username: "user", credential }];
  const made = new Call(coturn, { iceServers, iceTransportPolicy: "relay", ...configuration }, options);
  calls.push(made);
  return made;
}

function url(kind: "udp" | "tcp" | "tls"): string {
  if (kind === "tls") return `turns:localhost:${coturn.tlsPort}`;
  return `turn:127.0.0.1:${coturn.port}?transport=${kind}`;
}

afterEach(async () => {
  for (const made of calls) made.close();
  calls = [];
  await coturn?.stop();
});

describe.skipIf(reason !== undefined)("coturn", () => {
  describe("as it comes", () => {
    beforeEach(async () => {
      coturn = await Coturn.start();
    });

    test.each(["udp", "tcp", "tls"] as const)("relays a data channel over %s", async (kind) => {
      const made = call(url(kind));
      const { near, far } = await made.open();
      const pair = made.a.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
      expect(pair.local!.type).toBe("relay");
      expect(pair.local!.relayProtocol).toBe(kind);
      expect(pair.local!.url).toBe(url(kind));
      await made.sendMegabytes(near, far);
    });

    test.each(["tcp", "tls"] as const)(
      "relays connections between peers when asked to, over %s (RFC 6062)",
      async (kind) => {
        const made = call(url(kind), {}, { relayTransports: ["tcp"] });
        const { near, far } = await made.open();
        for (const connection of [made.a, made.z]) {
          const pair = connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
          expect(pair.local!.type).toBe("relay");
          expect(pair.local!.protocol).toBe("tcp");
          expect(pair.local!.relayProtocol).toBe(kind);
        }
        expect(made.a.localDescription!.sdp).toMatch(/ tcp \d+ 127\.0\.0\.1 9 typ relay .*tcptype active/);
        expect(made.a.localDescription!.sdp).toMatch(/ tcp \d+ 127\.0\.0\.1 \d+ typ relay .*tcptype passive/);
        await made.sendMegabytes(near, far);
        await made.exchange(far, near, "and back");
      },
    );

    test("three servers side by side: the best that answers is used", async () => {
      const made = call([url("tls"), url("tcp"), url("udp")]);
      await made.open();
      await made.until(() => made.a.iceGatheringState === "complete");
      expect(made.a.localDescription!.sdp.match(/typ relay/g)?.length).toBeGreaterThanOrEqual(3);
    });

    test.each(["udp", "tcp", "tls"] as const)("answers wrong credentials over %s with 401", async (kind) => {
      const made = call(url(kind), { credential: "wrong" });
      made.a.createDataChannel("x");
      await made.a.setLocalDescription();
      await made.until(() => made.a.iceGatheringState === "complete");
      expect(made.errors).toContain(`401 ${url(kind)}`);
      expect(made.a.localDescription!.sdp).not.toContain("a=candidate");
    });

    test("is not trusted over TLS with a certificate for another name", async () => {
      const urls = `turns:ip6-localhost:${coturn.tlsPort}`;
      const made = call([urls, `turns:127.0.0.2:${coturn.tlsPort}`]);
      made.a.createDataChannel("x");
      await made.a.setLocalDescription();
      await made.until(() => made.a.iceGatheringState === "complete");
      expect(made.errors.length).toBeGreaterThan(0);
      expect(made.a.localDescription!.sdp).not.toContain("a=candidate");
    });

    test.each(["udp", "tcp"] as const)(
      "killed and started again in a call over %s: an ICE restart brings it back, and nothing is lost",
      async (kind) => {
        const made = call(url(kind));
        const { near, far } = await made.open();
        await made.exchange(near, far, "before");
        await coturn.kill();
        near.send("in between");
        await made.until(
          () => made.a.connectionState === "disconnected" || made.a.connectionState === "failed",
        );
        await coturn.start();
        const received: unknown[] = [];
        far.onmessage = ({ data }) => {
          received.push(data);
          made.changed();
        };
        made.a.restartIce();
        await made.negotiate();
        near.send("after");
        await made.until(() => received.includes("after"));
        expect(received).toEqual(["in between", "after"]);
      },
    );
  });

  test("with nonces of a second and allocations of four: both are renewed in a call", async () => {
    coturn = await Coturn.start(["--stale-nonce=1", "--max-allocate-lifetime=4"]);
    const made = call(url("udp"));
    const { near, far } = await made.open();
    const end = performance.now() + 9000;
    for (let i = 0; performance.now() < end; i++) {
      await made.exchange(near, far, `message ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await made.until(() => made.a.connectionState === "connected");
  });

  test("that sends clients on to another server: they go there (RFC 8489 §10)", async () => {
    const other = await Coturn.start();
    try {
      coturn = await Coturn.start([`--alternate-server=127.0.0.1:${other.port}`]);
      const made = call(url("udp"));
      const { near, far } = await made.open();
      // It was not the first one that relays.
      await coturn.kill();
      await made.exchange(near, far, "all the same");
    } finally {
      await other.stop();
    }
  });

  test("with a quota for one allocation tells the other one 486", async () => {
    coturn = await Coturn.start(["--user-quota=1"]);
    const made = call(url("udp"));
    for (const connection of [made.a, made.z]) {
      connection.createDataChannel("x");
      await connection.setLocalDescription();
      await made.until(() => connection.iceGatheringState === "complete");
    }
    expect(made.errors).toEqual([`486 ${url("udp")}`]);
  });
});
