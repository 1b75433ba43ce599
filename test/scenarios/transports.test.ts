import { describe, expect, test } from "vitest";
import type { RTCConfiguration, RTCIceCandidate, RTCPeerConnection } from "../../src/index.ts";
import { end, negotiate, type Stage, stage } from "./peers.ts";

const NEGOTIATE = { rtcpMuxPolicy: "negotiate" } as unknown as RTCConfiguration;

const withoutMux = (sdp: string) => sdp.replaceAll("a=rtcp-mux\r\n", "");
const withoutBundle = (sdp: string) => sdp.replace(/a=group:BUNDLE[^\r]*\r\n/, "");

function candidatesOf(connection: RTCPeerConnection): RTCIceCandidate[] {
  const found: RTCIceCandidate[] = [];
  connection.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate) found.push(candidate);
  });
  return found;
}

async function connected({ world, a, z }: Stage): Promise<void> {
  const both = [a.connection, z.connection];
  await world.runUntilAsync(
    () => both.every(({ connectionState }) => connectionState === "connected"),
    30_000,
  );
}

describe("a peer that does not multiplex RTCP (RFC 5761 §5.1.1, RFC 8445 component 2)", () => {
  test("gets a second component with candidates, a pair and a DTLS association of its own (RFC 5764 §3)", async () => {
    const play = await stage(1, { latency: 10 }, NEGOTIATE);
    const { a, z } = play;
    a.connection.addTransceiver("audio");
    const [near, far] = [candidatesOf(a.connection), candidatesOf(z.connection)];
    await negotiate(play, withoutMux);
    await connected(play);
    for (const found of [near, far]) {
      const components = found.map(({ component }) => component);
      expect(components.filter((component) => component === "rtp").length).toBeGreaterThan(0);
      expect(components.filter((component) => component === "rtcp").length).toBe(
        components.filter((component) => component === "rtp").length,
      );
      // One indication for the generation, after all candidates of both.
      expect(found.map(({ candidate }) => candidate).indexOf("")).toBe(found.length - 1);
      expect(found.every(({ sdpMid }) => sdpMid === "0")).toBe(true);
      // RFC 8445 §5.1.1.3: the same base address has the same foundation in both components.
      const foundations = new Set(found.slice(0, -1).map(({ foundation }) => foundation));
      expect(foundations.size).toBe((found.length - 1) / 2);
    }
    const local = a.connection.localDescription!.sdp;
    expect(local).toMatch(/^a=rtcp:(?!9 )\d+ IN IP/m);
    expect(local.match(/^a=candidate:\S+ 2 /gm)).toHaveLength((near.length - 1) / 2);
    end(play);
  });

  test("is not connected while RTCP's component is not", async () => {
    const play = await stage(2, { latency: 10 }, NEGOTIATE);
    const { world, a, z } = play;
    a.connection.addTransceiver("audio");
    const onlyRtp = (from: RTCPeerConnection, to: RTCPeerConnection) => {
      from.onicecandidate = ({ candidate }) => {
        if (candidate?.component === "rtp") void to.addIceCandidate(candidate);
      };
    };
    onlyRtp(a.connection, z.connection);
    onlyRtp(z.connection, a.connection);
    const withoutRtcp = (sdp: string) => withoutMux(sdp).replace(/a=candidate:\S+ 2 [^\r]*\r\n/g, "");
    await negotiate(play, withoutRtcp);
    await world.runUntilAsync(() => a.connection.getSenders()[0]!.transport!.state === "connected", 30_000);
    expect(a.connection.connectionState).toBe("connecting");
    expect(a.connection.iceConnectionState).toBe("checking");
    end(play);
  });

  test("one that does, discards it with the answer: one pair, and gathering ends for the rest", async () => {
    const play = await stage(3, { latency: 10 }, NEGOTIATE);
    const { world, a } = play;
    a.connection.addTransceiver("audio");
    const near = candidatesOf(a.connection);
    await negotiate(play);
    await connected(play);
    expect(near.some(({ component }) => component === "rtcp")).toBe(true);
    await world.runUntilAsync(() => a.connection.iceGatheringState === "complete", 5000);
    expect(near.at(-1)!.candidate).toBe("");
    expect(a.connection.getSenders()[0]!.transport!.iceTransport.component).toBe("rtp");
    end(play);
  });
});

describe("bundle policies (RFC 9429 §4.1.1)", () => {
  const transportsOf = ({ connection }: { readonly connection: RTCPeerConnection }) =>
    new Set([...connection.getSenders().map(({ transport }) => transport), connection.sctp?.transport]);

  const fill = ({ connection }: { readonly connection: RTCPeerConnection }) => {
    for (const kind of ["audio", "audio", "video"]) connection.addTransceiver(kind);
    connection.createDataChannel("test");
  };

  test.each([
    ["balanced", 3],
    ["max-compat", 4],
    ["max-bundle", 1],
  ] as const)(
    "%s offers %i transports, and one is left when the peer bundles",
    async (bundlePolicy, count) => {
      const play = await stage(4, { latency: 10 }, { bundlePolicy });
      const { world, a, z } = play;
      fill(a);
      await world.runUntilSettled(a.connection.setLocalDescription(), 5000);
      // A bundle-only section shows the transport that it will have.
      const offered = transportsOf(a);
      expect(offered.size).toBe(count);
      await negotiate(play);
      await connected(play);
      const [left, ...others] = transportsOf(a);
      expect(others).toEqual([]);
      expect(left!.state).toBe("connected");
      expect(transportsOf(z).size).toBe(1);
      const closed = [...offered].filter((transport) => transport !== left);
      expect(closed.map((transport) => transport!.state)).toEqual(closed.map(() => "closed"));
      expect(closed.map((transport) => transport!.iceTransport.state)).toEqual(closed.map(() => "closed"));
      end(play);
    },
  );

  test("max-compat with a peer that does not bundle: four transports connect, and all must", async () => {
    const play = await stage(5, { latency: 10 }, { bundlePolicy: "max-compat" });
    const { a, z } = play;
    fill(a);
    await negotiate(play, withoutBundle);
    await connected(play);
    for (const peer of [a, z]) {
      const transports = [...transportsOf(peer)];
      expect(transports).toHaveLength(4);
      expect(transports.map((transport) => transport!.state)).toEqual(Array(4).fill("connected"));
    }
    end(play);
  });

  test("bundles in a later offer what was not bundled before, and goes through connecting for it", async () => {
    const play = await stage(6, { latency: 10 }, { bundlePolicy: "max-compat" });
    const { a } = play;
    a.connection.addTransceiver("audio");
    await negotiate(play, withoutBundle);
    await connected(play);
    const [audio] = transportsOf(a);
    a.states.length = 0;
    a.connection.createDataChannel("test");
    await negotiate(play);
    await connected(play);
    expect(a.states.filter((state) => state.startsWith("connection "))).toEqual([
      "connection connecting",
      "connection connected",
    ]);
    expect(transportsOf(a)).toEqual(new Set([audio]));
    end(play);
  });
});
