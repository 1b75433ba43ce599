/** webrtc-pc §8 without a network: the engine's answers come from the tests. */
import { describe, expect, test } from "vitest";
import { reportViolations } from "../../../test/api/stats-idl.testing.ts";
import { createTrack, TrackSource, trackFrom } from "../../media/index.ts";
import { FakeRealm, negotiated } from "../fake-realm.testing.ts";
import type { RTCPeerConnection } from "../RTCPeerConnection.ts";
import type { RTCStatsReport } from "../RTCStatsReport.ts";
import { REMEMBERED_CLOSED_CHANNELS } from "./connection-statistics.ts";
import type { RTCStats, RTCStatsType } from "./dictionaries.ts";
import {
  engineSnapshot,
  inboundSnapshot,
  outboundSnapshot,
  TAKEN_AT,
  transportSnapshot,
} from "./snapshots.testing.ts";

/** The clock of FakeRealm's host, at the moment when the snapshots are taken. */
const TIMESTAMP = 1_700_000_000_000 + TAKEN_AT;

const asMap = (report: RTCStatsReport) => new Map<string, RTCStats>(report);

function only<T = Record<string, unknown>>(report: RTCStatsReport, type: RTCStatsType): T {
  const found = [...report.values()].filter((stats) => stats.type === type);
  expect(found).toHaveLength(1);
  return found[0];
}

const typesOf = (report: RTCStatsReport) => [...report.values()].map(({ type }) => type).sort();

/** Audio is received, video is sent, and data goes along. */
async function mediaCall() {
  const call = await negotiated((pc) => {
    pc.addTransceiver(createTrack("video"), { direction: "sendonly" });
    pc.addTransceiver("audio");
  });
  const [video, audio] = call.pc.getTransceivers();
  // The peer's half of the audio section is recvonly until it sends; what has come before counts all the same.
  const [videoType, audioType] = [video!, audio!].map(
    ({ sender, receiver }) =>
      (sender.track ? sender : receiver).getParameters().codecs[0]?.payloadType ?? 111,
  );
  const transport = Number(
    call.realm.commands.find((command) => command.type === "create-transport")?.transport,
  );
  const rtp = {
    outbound: [outboundSnapshot(1, videoType!)],
    inbound: [inboundSnapshot(2, audioType!)],
  };
  const snapshot = engineSnapshot({ transports: [transportSnapshot(transport, rtp)] });
  const ask = async (source: { getStats(): Promise<RTCStatsReport> } = call.pc) => {
    const promise = source.getStats();
    call.realm.report({ type: "statistics", snapshot });
    return call.realm.settled(promise);
  };
  return { ...call, video: video!, audio: audio!, ask, snapshot };
}

describe("getStats() (webrtc-pc §8.2)", () => {
  test("before anything is negotiated it tells of the connection alone, in a task of its own", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const promise = pc.getStats();
    let settled = false;
    void promise.then(() => {
      settled = true;
    });
    await Promise.resolve();
    expect(settled).toBe(false);
    const report = await realm.settled(promise);
    expect(reportViolations(asMap(report))).toEqual([]);
    expect(typesOf(report)).toEqual(["peer-connection"]);
    expect(realm.commands).toEqual([]);
  });

  test("every dictionary is as the IDL has it, and all are of one moment", async () => {
    const { ask } = await mediaCall();
    const report = await ask();
    expect(reportViolations(asMap(report))).toEqual([]);
    expect(new Set(typesOf(report))).toEqual(
      new Set([
        "candidate-pair",
        "certificate",
        "codec",
        "data-channel",
        "inbound-rtp",
        "local-candidate",
        "media-source",
        "outbound-rtp",
        "peer-connection",
        "remote-candidate",
        "remote-inbound-rtp",
        "remote-outbound-rtp",
        "transport",
      ]),
    );
    const remote = new Set(["remote-inbound-rtp", "remote-outbound-rtp"]);
    for (const { type, timestamp } of report.values()) {
      if (!remote.has(type)) expect(timestamp, type).toBe(TIMESTAMP);
    }
    expect(only(report, "remote-inbound-rtp").timestamp).toBe(TIMESTAMP - 1000);
    expect(only(report, "remote-outbound-rtp").timestamp).toBe(TIMESTAMP - 2000);
  });

  test("answers go to those who have asked, in order", async () => {
    const { realm, pc } = await mediaCall();
    const asked = [pc.getStats(), pc.getStats()];
    realm.report({ type: "statistics", snapshot: engineSnapshot({ at: 1 }) });
    realm.report({ type: "statistics", snapshot: engineSnapshot({ at: 2 }) });
    await realm.settle();
    const reports = await Promise.all(asked);
    expect(reports.map((report) => only(report, "peer-connection").timestamp)).toEqual([
      1_700_000_000_001, 1_700_000_000_002,
    ]);
  });

  test("ids are the same in every report of a connection, and other ones in another connection", async () => {
    const [one, other] = [await mediaCall(), await mediaCall()];
    const ids = [...(await one.ask()).keys()];
    expect([...(await one.ask()).keys()]).toEqual(ids);
    const unlike = [...(await other.ask()).keys()].filter((id) => ids.includes(id));
    // The test's realms share one certificate, but not one id.
    expect(unlike).toEqual([]);
  });

  test("refuses what is no track, at once", async () => {
    const pc = new FakeRealm().connection();
    await expect(pc.getStats({} as never)).rejects.toThrow(TypeError);
    await expect(pc.getStats((() => {}) as never)).rejects.toThrow(TypeError);
  });

  test("InvalidAccessError: the track selects nothing, or more than one sender or receiver", async () => {
    const pc = new FakeRealm().connection();
    const refused = expect.objectContaining({ name: "InvalidAccessError" });
    const track = createTrack("audio");
    await expect(pc.getStats(track)).rejects.toEqual(refused);
    pc.addTransceiver(track);
    pc.addTransceiver(track);
    await expect(pc.getStats(track)).rejects.toEqual(refused);
    const { receiver } = pc.addTransceiver("video");
    pc.addTransceiver(receiver.track);
    await expect(pc.getStats(receiver.track)).rejects.toEqual(refused);
  });
});

describe("the selection algorithm (webrtc-pc §8.5)", () => {
  const ofTransport = ["candidate-pair", "certificate", "local-candidate", "remote-candidate", "transport"];

  test("a sender gets its outbound streams and everything they refer to", async () => {
    const { ask, video, pc } = await mediaCall();
    const wanted = [...ofTransport, "codec", "media-source", "outbound-rtp", "remote-inbound-rtp"].sort();
    expect(typesOf(await ask(video.sender))).toEqual(wanted);
    const byTrack = { getStats: () => pc.getStats(video.sender.track) };
    expect(typesOf(await ask(byTrack))).toEqual(wanted);
  });

  test("a receiver gets its inbound streams and everything they refer to", async () => {
    const { ask, audio, pc } = await mediaCall();
    const report = await ask(audio.receiver);
    expect(typesOf(report)).toEqual(
      expect.arrayContaining([...ofTransport, "inbound-rtp", "remote-outbound-rtp"]),
    );
    expect(typesOf(report)).not.toContain("outbound-rtp");
    expect(reportViolations(asMap(report))).toEqual([]);
    const byTrack = { getStats: () => pc.getStats(audio.receiver.track) };
    expect([...(await ask(byTrack)).keys()]).toEqual([...report.keys()]);
  });

  test("one without streams gets nothing", async () => {
    const { ask, video } = await mediaCall();
    expect((await ask(video.receiver)).size).toBe(0);
  });
});

describe("what the dictionaries say", () => {
  test("a transport: states as its objects have them, names as IANA has them", async () => {
    const { ask } = await mediaCall();
    const report = await ask();
    const transport = only(report, "transport");
    expect(transport).toMatchObject({
      iceRole: "controlling",
      iceState: "new",
      dtlsState: "new",
      dtlsRole: "client",
      dtlsCipher: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      tlsVersion: "FEFD",
      srtpCipher: "SRTP_AEAD_AES_128_GCM",
      selectedCandidatePairChanges: 1,
      ccfbMessagesSent: 6,
      ccfbMessagesReceived: 7,
      bytesSent: 400,
      packetsReceived: 5,
    });
    expect(report.get(transport.selectedCandidatePairId as string)).toMatchObject({
      type: "candidate-pair",
      transportId: transport.id,
      state: "succeeded",
      nominated: true,
      totalRoundTripTime: 0.04,
      currentRoundTripTime: 0.01,
      lastPacketSentTimestamp: TIMESTAMP - 10,
      lastPacketReceivedTimestamp: TIMESTAMP - 5,
      requestsSent: 2,
      consentRequestsSent: 2,
    });
  });

  test("where playing is now goes on from the last frame's capture, as an NTP timestamp of the sender (§8.4)", async () => {
    const report = await (await mediaCall()).ask();
    expect(only(report, "inbound-rtp")).toMatchObject({
      estimatedPlayoutTimestamp: 1_790_000_000_010 + 2_208_988_800_000,
    });
  });

  test("a remote address that signalling has not named is not shown", async () => {
    const report = await (await mediaCall()).ask();
    expect(only(report, "remote-candidate")).toMatchObject({ address: null, candidateType: "prflx" });
    expect(only(report, "remote-candidate")).not.toHaveProperty("usernameFragment");
    expect(only(report, "local-candidate")).toMatchObject({
      address: "198.51.100.1",
      relatedAddress: "192.0.2.1",
      url: "stun:stun.example",
      usernameFragment: "near",
    });
  });

  test("certificates: fingerprint, bytes, and the chain to the issuer", async () => {
    const { realm, pc, ask } = await mediaCall();
    const own = await ask();
    const local = only(own, "certificate");
    const announced = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(pc.localDescription!.sdp)![1]!;
    expect(local).toMatchObject({ fingerprint: announced.toUpperCase(), fingerprintAlgorithm: "sha-256" });
    expect(local).not.toHaveProperty("issuerCertificateId");
    const transport = Number(
      realm.commands.find((command) => command.type === "create-transport")?.transport,
    );
    const remoteCertificates = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
    realm.report({
      type: "dtls-state",
      transport,
      component: 1,
      state: "connected",
      remoteCertificates,
      error: undefined,
    });
    const report = await ask();
    const leaf = report.get(only(report, "transport").remoteCertificateId as string);
    expect(leaf).toMatchObject({ base64Certificate: "AQID" });
    expect(report.get(leaf.issuerCertificateId)).toMatchObject({ base64Certificate: "BAUG" });
    expect(reportViolations(asMap(report))).toEqual([]);
  });

  test("an outbound stream: its encoding, its source, its codec, and what the peer says of it", async () => {
    const { ask, video } = await mediaCall();
    const report = await ask();
    const stream = only(report, "outbound-rtp");
    expect(stream).toMatchObject({
      ssrc: 1111,
      rtxSsrc: 2222,
      kind: "video",
      mid: video.mid,
      encodingIndex: 0,
      active: true,
      framesSent: 3,
      // Frames come encoded: nothing limits their quality here.
      qualityLimitationReason: "none",
      qualityLimitationDurations: { cpu: 0, bandwidth: 0, other: 0 },
      qualityLimitationResolutionChanges: 0,
    });
    expect(report.get(stream.mediaSourceId as string)).toMatchObject({
      type: "media-source",
      trackIdentifier: video.sender.track!.id,
      kind: "video",
    });
    const [codec] = video.sender.getParameters().codecs;
    expect(report.get(stream.codecId as string)).toMatchObject({ ...codec });
    expect(report.get(stream.remoteId as string)).toMatchObject({ localId: stream.id, roundTripTime: 0.05 });
  });

  test("streams of a transceiver that is told to stop are gone, as in browsers", async () => {
    const { ask, video, pc } = await mediaCall();
    video.stop();
    expect(typesOf(await ask())).not.toContain("outbound-rtp");
    expect((await ask(video.sender)).size).toBe(0);
    pc.close();
  });
});

describe("media sources (webrtc-stats §8.10 to §8.12)", () => {
  test("a track at two senders is one source; what it has yielded is told as far as it is known", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const camera = new TrackSource("video", { settings: { width: 640, height: 480 } });
    const microphone = new TrackSource("audio");
    const track = trackFrom(camera);
    pc.addTransceiver(track);
    pc.addTransceiver(track);
    pc.addTransceiver(trackFrom(microphone));
    const sources = async () => {
      const report = await realm.settled(pc.getStats());
      expect(reportViolations(asMap(report))).toEqual([]);
      const found = [...report.values()].filter(({ type }) => type === "media-source");
      return found.map(({ id, timestamp, type, trackIdentifier, ...rest }) => rest);
    };
    expect(await sources()).toEqual([{ kind: "video" }, { kind: "audio" }]);
    const data = new Uint8Array(0);
    camera.writeFrame({ type: "key", data, timestamp: 0 });
    microphone.writeFrame({ type: "key", data, timestamp: 0, audioLevel: 0 });
    microphone.writeFrame({ type: "key", data, timestamp: 20_000, audioLevel: 20 });
    expect(await sources()).toEqual([
      { kind: "video", frames: 1, width: 640, height: 480 },
      { kind: "audio", audioLevel: 0.1, totalAudioEnergy: 0.02, totalSamplesDuration: 0.02 },
    ]);
  });
});

describe("data channels (webrtc-stats §8.14, §8.15)", () => {
  async function openChannel() {
    const call = await negotiated();
    const channel = 1;
    call.realm.report({ type: "channel-open", channel });
    await call.realm.settle();
    const ask = async () => {
      const promise = call.pc.getStats();
      call.realm.report({ type: "statistics", snapshot: engineSnapshot() });
      return call.realm.settled(promise);
    };
    return { ...call, channel, ask };
  }

  test("opened and closed count entering and leaving the state open", async () => {
    const { realm, channel, ask } = await openChannel();
    const counts = async () => {
      const { dataChannelsOpened, dataChannelsClosed } = only(await ask(), "peer-connection");
      return [dataChannelsOpened, dataChannelsClosed];
    };
    expect(await counts()).toEqual([1, 0]);
    realm.report({ type: "channel-closing", channel });
    expect(await counts()).toEqual([1, 1]);
    realm.report({ type: "channel-closed", channel, error: undefined });
    expect(await counts()).toEqual([1, 1]);
  });

  test("a channel that never opened is neither opened nor closed", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const channel = pc.createDataChannel("x");
    channel.close();
    await realm.settle();
    const report = await realm.settled(pc.getStats());
    expect(only(report, "peer-connection")).toMatchObject({ dataChannelsOpened: 0, dataChannelsClosed: 0 });
    expect(only(report, "data-channel")).toMatchObject({ label: "x", state: "closed", messagesSent: 0 });
    expect(only(report, "data-channel")).not.toHaveProperty("dataChannelIdentifier");
  });

  test("a closed channel is remembered, the newest hundred of them", async () => {
    const closed = async (count: number) => {
      const realm = new FakeRealm();
      const pc = realm.connection();
      for (let i = 0; i < count; i++) pc.createDataChannel(`${i}`).close();
      await realm.settle();
      const report = await realm.settled(pc.getStats());
      return [...report.values()].filter(({ type }) => type === "data-channel").map(({ label }) => label);
    };
    expect(await closed(REMEMBERED_CLOSED_CHANNELS - 1)).toHaveLength(REMEMBERED_CLOSED_CHANNELS - 1);
    expect(await closed(REMEMBERED_CLOSED_CHANNELS)).toContain("0");
    const more = await closed(REMEMBERED_CLOSED_CHANNELS + 1);
    expect(more).toHaveLength(REMEMBERED_CLOSED_CHANNELS);
    expect(more).not.toContain("0");
  });
});

describe("after the end of the engine", () => {
  test("close(): who has asked gets what was counted at last, and so does who asks later", async () => {
    const { realm, pc, snapshot } = await mediaCall();
    const waiting = pc.getStats();
    pc.close();
    const between = pc.getStats();
    realm.report({ type: "ended", snapshot });
    const first = await realm.settled(waiting);
    const second = await realm.settled(between);
    const third = await realm.settled(pc.getStats());
    for (const report of [first, second, third]) {
      expect(reportViolations(asMap(report))).toEqual([]);
      expect(only(report, "transport")).toMatchObject({
        dtlsState: "closed",
        iceState: "closed",
        bytesSent: 400,
      });
      expect(only(report, "data-channel")).toMatchObject({ state: "closed" });
    }
    expect([...third.keys()]).toEqual([...first.keys()]);
  });

  test("a connection that was closed before it had an engine still answers", async () => {
    const realm = new FakeRealm();
    const pc: RTCPeerConnection = realm.connection();
    pc.close();
    expect(typesOf(await realm.settled(pc.getStats()))).toEqual(["peer-connection"]);
  });

  test("an engine that has failed has answered for good", async () => {
    const { realm, pc, snapshot } = await mediaCall();
    realm.report({ type: "ended", snapshot });
    await realm.settle();
    const asked = realm.commands.length;
    expect(only(await realm.settled(pc.getStats()), "transport")).toMatchObject({ bytesSent: 400 });
    expect(realm.commands.length).toBe(asked);
  });
});
