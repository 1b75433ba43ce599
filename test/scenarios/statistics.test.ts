import { describe, expect, test } from "vitest";
import type {
  RTCConfiguration,
  RTCDataChannelStats,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCPeerConnectionStats,
  RTCStats,
  RTCStatsReport,
  RTCTransportStats,
} from "../../src/index.ts";
import { reportViolations } from "../api/stats-idl.testing.ts";
import { connectChannel, end, negotiate, type Peer, pattern, type Stage, stage } from "./peers.ts";

interface ByType {
  "peer-connection": RTCPeerConnectionStats;
  "data-channel": RTCDataChannelStats;
  transport: RTCTransportStats;
  "candidate-pair": RTCIceCandidatePairStats;
  "local-candidate": RTCIceCandidateStats;
  "remote-candidate": RTCIceCandidateStats;
}

const all = <T extends keyof ByType>(report: RTCStatsReport, type: T): ByType[T][] =>
  [...report.values()].filter((stats) => stats.type === type);

const only = <T extends keyof ByType>(report: RTCStatsReport, type: T): ByType[T] => {
  const found = all(report, type);
  expect(found).toHaveLength(1);
  return found[0]!;
};

async function statsOf({ world }: Stage, { connection }: Peer): Promise<RTCStatsReport> {
  const report = await world.runUntilSettled(connection.getStats(), 1000);
  expect(reportViolations(new Map<string, RTCStats>(report))).toEqual([]);
  return report;
}

const selectedPair = (report: RTCStatsReport): RTCIceCandidatePairStats =>
  report.get(only(report, "transport").selectedCandidatePairId!);

describe("counters against what was sent", () => {
  test("data channels count messages and payload bytes at both ends, empty messages included", async () => {
    const play = await stage(1, { latency: 10 });
    const { near, far } = await connectChannel(play, { protocol: "p" });
    let received = 0;
    far.onmessage = () => {
      received++;
    };
    for (const message of ["", "ä", pattern(100_000, 1), new ArrayBuffer(0), new Blob(["blob"])]) {
      near.send(message as string);
    }
    await play.world.runUntilAsync(() => received === 5, 10_000);
    far.send("back");
    await play.world.runAsync(1000);
    const [nearStats, farStats] = [await statsOf(play, play.a), await statsOf(play, play.z)];
    const bytes = 2 + 100_000 + 4;
    expect(only(nearStats, "data-channel")).toMatchObject({
      label: "test",
      protocol: "p",
      dataChannelIdentifier: near.id,
      state: "open",
      messagesSent: 5,
      bytesSent: bytes,
      messagesReceived: 1,
      bytesReceived: 4,
    });
    expect(only(farStats, "data-channel")).toMatchObject({
      dataChannelIdentifier: near.id,
      messagesSent: 1,
      bytesSent: 4,
      messagesReceived: 5,
      bytesReceived: bytes,
    });
    end(play);
  });

  test("what one end's transport has sent the other end's has received, datagram for datagram", async () => {
    const play = await stage(2, { latency: 10 });
    const { near } = await connectChannel(play);
    for (let i = 0; i < 100; i++) near.send(pattern(10_000, i));
    await play.world.runUntilAsync(() => near.bufferedAmount === 0, 10_000);
    await play.world.runAsync(2000);
    const [a, z] = [await statsOf(play, play.a), await statsOf(play, play.z)];
    const [near_, far_] = [only(a, "transport"), only(z, "transport")];
    expect([far_.packetsReceived, far_.bytesReceived]).toEqual([near_.packetsSent, near_.bytesSent]);
    expect([near_.packetsReceived, near_.bytesReceived]).toEqual([far_.packetsSent, far_.bytesSent]);
    expect(near_.bytesSent).toBeGreaterThan(1_000_000);
    expect(near_.bytesSent).toBeLessThan(1_100_000);
    end(play);
  });

  test("the pairs carry what the transport has; the round trip of the one in use is the link's", async () => {
    const play = await stage(3, { latency: 25 });
    await connectChannel(play);
    await play.world.runAsync(30_000);
    const report = await statsOf(play, play.a);
    const transport = only(report, "transport");
    const pair = selectedPair(report);
    expect(pair).toMatchObject({ nominated: true, state: "succeeded" });
    for (const counter of ["packetsSent", "bytesSent", "packetsReceived", "bytesReceived"] as const) {
      const pairs = all(report, "candidate-pair").map((one) => one[counter]!);
      expect(pairs.reduce((sum, one) => sum + one)).toBe(transport[counter]);
      expect(pair[counter]).toBeGreaterThan(0);
    }
    expect(pair.currentRoundTripTime).toBeCloseTo(0.05, 3);
    expect(pair.totalRoundTripTime! / pair.responsesReceived!).toBeCloseTo(0.05, 3);
    expect(pair.consentRequestsSent).toBeGreaterThanOrEqual(4);
    end(play);
  });

  test("a lost datagram is sent and not received", async () => {
    const play = await stage(4, { latency: 10 });
    const { near } = await connectChannel(play, { ordered: false, maxRetransmits: 0 });
    await play.world.runAsync(5000);
    const before = [await statsOf(play, play.a), await statsOf(play, play.z)].map((r) =>
      only(r, "transport"),
    );
    play.world.link(play.a.host, play.z.host, { loss: 1 });
    near.send("lost");
    await play.world.runAsync(100);
    const after = [await statsOf(play, play.a), await statsOf(play, play.z)].map((r) => only(r, "transport"));
    expect(after[0]!.packetsSent).toBeGreaterThan(before[0]!.packetsSent!);
    expect(after[1]!.packetsReceived).toBe(before[1]!.packetsReceived);
    end(play);
  });
});

describe("what a report tells", () => {
  test("a connected transport: roles, DTLS, certificates that each end sees of the other", async () => {
    const play = await stage(5, { latency: 10 });
    await connectChannel(play);
    await play.world.runUntilAsync(() => play.a.connection.iceConnectionState === "completed", 5000);
    const [a, z] = [await statsOf(play, play.a), await statsOf(play, play.z)];
    expect(only(a, "transport")).toMatchObject({
      iceRole: "controlling",
      iceState: "completed",
      dtlsState: "connected",
      dtlsRole: "server",
      tlsVersion: "FEFD",
      dtlsCipher: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    });
    expect(only(z, "transport")).toMatchObject({ iceRole: "controlled", dtlsRole: "client" });
    const fragment = /a=ice-ufrag:(\S+)/.exec(play.a.connection.localDescription!.sdp)![1];
    expect(only(a, "transport").iceLocalUsernameFragment).toBe(fragment);
    const remote = a.get(only(a, "transport").remoteCertificateId!);
    const local = z.get(only(z, "transport").localCertificateId!);
    expect(remote.fingerprint).toBe(local.fingerprint);
    expect(remote.base64Certificate).toBe(local.base64Certificate);
    end(play);
  });

  test("RTCP with a component of its own has a transport of its own", async () => {
    const negotiable = { rtcpMuxPolicy: "negotiate" } as unknown as RTCConfiguration;
    const play = await stage(11, { latency: 10 }, negotiable);
    play.a.connection.addTransceiver("audio");
    await play.world.runUntilSettled(play.a.connection.setLocalDescription(), 1000);
    await play.world.runAsync(1000);
    const report = await statsOf(play, play.a);
    const transports = all(report, "transport");
    expect(transports).toHaveLength(2);
    for (const { id } of transports) {
      const candidates = all(report, "local-candidate").filter(({ transportId }) => transportId === id);
      expect(candidates.length).toBeGreaterThan(0);
    }
    end(play);
  });

  test("all objects are of one moment of the host's performance clock", async () => {
    const play = await stage(6, { latency: 10 });
    await connectChannel(play);
    const { host } = play.a;
    const asked = host.timeOrigin + host.now();
    const report = await statsOf(play, play.a);
    const timestamps = new Set([...report.values()].map(({ timestamp }) => timestamp));
    expect(timestamps.size).toBe(1);
    const [timestamp] = timestamps;
    expect(timestamp).toBeGreaterThanOrEqual(asked);
    expect(timestamp).toBeLessThanOrEqual(host.timeOrigin + host.now());
    const { lastPacketSentTimestamp } = selectedPair(report);
    expect(lastPacketSentTimestamp).toBeLessThanOrEqual(timestamp!);
    end(play);
  });

  test("ids stay, and a restart brings new candidates and pairs under new ids", async () => {
    const play = await stage(7, { latency: 10 });
    await connectChannel(play);
    const before = await statsOf(play, play.a);
    expect([...(await statsOf(play, play.a)).keys()]).toEqual([...before.keys()]);
    const old = selectedPair(before);
    play.a.connection.restartIce();
    await negotiate(play);
    await play.world.runAsync(5000);
    const after = await statsOf(play, play.a);
    expect(after.has(old.id)).toBe(false);
    expect(after.has(old.localCandidateId)).toBe(false);
    expect(only(after, "transport").id).toBe(only(before, "transport").id);
    expect(only(after, "transport").selectedCandidatePairChanges).toBeGreaterThan(
      only(before, "transport").selectedCandidatePairChanges!,
    );
    expect(only(after, "transport").bytesSent).toBeGreaterThanOrEqual(only(before, "transport").bytesSent!);
    end(play);
  });

  test("after close() the last counts are told for good", async () => {
    const play = await stage(8, { latency: 10 });
    const { near } = await connectChannel(play);
    near.send("last words");
    await play.world.runUntilAsync(() => near.bufferedAmount === 0, 1000);
    const before = await statsOf(play, play.a);
    play.a.connection.close();
    const after = await statsOf(play, play.a);
    expect(only(after, "transport")).toMatchObject({
      dtlsState: "closed",
      iceState: "closed",
      bytesSent: only(before, "transport").bytesSent,
    });
    expect(only(after, "data-channel")).toMatchObject({ state: "closed", bytesSent: 10 });
    expect(only(after, "peer-connection")).toMatchObject({ dataChannelsOpened: 1, dataChannelsClosed: 1 });
    expect([...(await statsOf(play, play.a)).keys()]).toEqual([...after.keys()]);
    end(play);
  });
});

describe("an engine that breaks", () => {
  test("answers who waits and who asks later", async () => {
    const play = await stage(12, { latency: 10 });
    const { world, a } = play;
    a.connection.createDataChannel("x");
    const crypto = a.host.crypto as { createAead: unknown };
    crypto.createAead = () => {
      throw new Error("broken");
    };
    await negotiate(play);
    await world.runUntilAsync(() => a.connection.connectionState === "failed", 10_000);
    for (const report of [await statsOf(play, a), await statsOf(play, a)]) {
      expect(only(report, "transport")).toMatchObject({ dtlsState: "failed", iceState: "failed" });
      expect(selectedPair(report).responsesReceived).toBeGreaterThan(0);
    }
    end(play);
  });
});

describe("privacy (webrtc-stats §8.17)", () => {
  test("a remote address that only checks have shown is null, whatever is known of it inside", async () => {
    const play = await stage(9, { latency: 10 });
    play.z.connection.onicecandidate = null; // z's candidates never reach a
    await connectChannel(play);
    const report = await statsOf(play, play.a);
    for (const { candidateType, address } of all(report, "remote-candidate")) {
      expect([candidateType, address]).toEqual(["prflx", null]);
    }
    expect(all(report, "remote-candidate").length).toBeGreaterThan(0);
    end(play);
  });

  test("with iceTransportPolicy relay no address of this host is told", async () => {
    const play = await stage(10, { latency: 10 });
    const configuration = play.a.connection.getConfiguration();
    play.a.connection.setConfiguration({ ...configuration, iceTransportPolicy: "relay" });
    play.a.connection.createDataChannel("x");
    await negotiate(play);
    await play.world.runAsync(2000);
    const report = await statsOf(play, play.a);
    const addresses = play.a.host.localAddresses().map(({ address }) => address);
    const told = JSON.stringify([...report.values()]);
    for (const address of addresses) expect(told).not.toContain(`"${address}"`);
    end(play);
  });
});
