import { describe, expect, test } from "vitest";
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import { FakeRealm, negotiated, record } from "./fake-realm.testing.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import type { RTCPeerConnectionIceErrorEvent } from "./RTCPeerConnectionIceErrorEvent.ts";
import type { RTCPeerConnectionIceEvent } from "./RTCPeerConnectionIceEvent.ts";

const HOST: IceCandidate = {
  foundation: "1",
  component: 1,
  protocol: "udp",
  priority: 2_130_706_431,
  address: "192.0.2.7",
  port: 4000,
  type: "host",
};
const REMOTE: IceCandidate = { ...HOST, address: "192.0.2.9", port: 9000 };

async function offering() {
  const realm = new FakeRealm();
  const pc = realm.connection();
  pc.createDataChannel("a");
  await realm.settled(pc.setLocalDescription());
  const usernameFragment = pc.sctp!.transport.iceTransport.getLocalParameters()!.usernameFragment!;
  return { realm, pc, usernameFragment };
}

function candidateText(event: Event): string {
  const { candidate } = event as RTCPeerConnectionIceEvent;
  return candidate === null ? "null" : `'${candidate.candidate}'`;
}

/** Everything that the connection and its transports fire, in order, with the states at that moment. */
function recordAll(pc: RTCPeerConnection): string[] {
  const log: string[] = [];
  const dtls = pc.sctp!.transport;
  const ice = dtls.iceTransport;
  record(ice, ["gatheringstatechange"], log, () => `ice gathering ${ice.gatheringState}`);
  record(ice, ["statechange"], log, () => `ice ${ice.state}`);
  record(ice, ["selectedcandidatepairchange"], log, () => "ice pair");
  record(dtls, ["error"], log, () => `dtls error in ${dtls.state}`);
  record(dtls, ["statechange"], log, () => `dtls ${dtls.state}`);
  record(pc.sctp!, ["statechange"], log, () => `sctp ${pc.sctp!.state}`);
  record(pc, ["icegatheringstatechange"], log, () => `gathering ${pc.iceGatheringState}`);
  record(pc, ["icecandidate"], log, candidateText);
  record(pc, ["iceconnectionstatechange"], log, () => `ice connection ${pc.iceConnectionState}`);
  record(pc, ["connectionstatechange"], log, () => `connection ${pc.connectionState}`);
  return log;
}

describe("gathering (webrtc-pc §5.6)", () => {
  test("fires states and candidates in the standard's order", async () => {
    const { realm, pc, usernameFragment } = await offering();
    const log = recordAll(pc);
    realm.report(
      { type: "ice-gathering-state", transport: 1, component: 1, state: "gathering" },
      { type: "ice-candidate", transport: 1, component: 1, candidate: HOST, usernameFragment },
      { type: "ice-gathering-state", transport: 1, component: 1, state: "complete" },
    );
    await realm.settle();
    expect(log).toEqual([
      "ice gathering gathering",
      "gathering gathering",
      "'candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host'",
      "''",
      "ice gathering complete",
      "gathering complete",
      "null",
    ]);
  });

  test("each of these is a task: the end-of-candidates comes while the state is still gathering", async () => {
    const { realm, pc } = await offering();
    const states: string[] = [];
    pc.onicecandidate = () => states.push(pc.iceGatheringState);
    realm.report(
      { type: "ice-gathering-state", transport: 1, component: 1, state: "gathering" },
      { type: "ice-gathering-state", transport: 1, component: 1, state: "complete" },
    );
    await realm.settle();
    expect(states).toEqual(["gathering", "complete"]);
  });

  test("a candidate names its section and generation, and is in the description when it is fired", async () => {
    const { realm, pc, usernameFragment } = await offering();
    const seen: unknown[] = [];
    pc.onicecandidate = ({ candidate, url }) => {
      seen.push(candidate!.toJSON(), url, pc.localDescription!.sdp.includes(candidate!.candidate));
    };
    const description = pc.localDescription;
    const url = "stun:stun.example.org";
    const candidate: IceCandidate = {
      ...HOST,
      type: "srflx",
      relatedAddress: "10.0.0.1",
      relatedPort: 9,
      url,
    };
    realm.report({ type: "ice-candidate", transport: 1, component: 1, candidate, usernameFragment });
    await realm.settle();
    const text = "candidate:1 1 udp 2130706431 192.0.2.7 4000 typ srflx raddr 10.0.0.1 rport 9";
    expect(seen).toEqual([{ candidate: text, sdpMid: "0", sdpMLineIndex: 0, usernameFragment }, url, true]);
    // What the application took before does not change under it.
    expect(description!.sdp).not.toContain(text);
    expect(pc.localDescription!.sdp).toContain(text);
    expect(pc.sctp!.transport.iceTransport.getLocalCandidates()).toHaveLength(1);
  });

  test("candidates of a generation that is gone are not shown", async () => {
    const { realm, pc } = await offering();
    const log = recordAll(pc);
    realm.report({
      type: "ice-candidate",
      transport: 1,
      component: 1,
      candidate: HOST,
      usernameFragment: "gone",
    });
    await realm.settle();
    expect(log).toEqual([]);
  });

  test("a server that cannot be reached is an icecandidateerror", async () => {
    const { realm, pc } = await offering();
    let error: RTCPeerConnectionIceErrorEvent | undefined;
    pc.onicecandidateerror = (event) => {
      error = event;
    };
    realm.report({
      type: "ice-candidate-error",
      transport: 1,
      component: 1,
      address: undefined,
      port: undefined,
      url: "stun:192.0.2.1",
      errorCode: 701,
      errorText: "no answer",
    });
    await realm.settle();
    expect(error).toMatchObject({ address: null, port: null, url: "stun:192.0.2.1", errorCode: 701 });
  });
});

describe("ICE states (webrtc-pc §5.6)", () => {
  test("pair and state change in one task; all attributes change before the first event", async () => {
    const { realm, pc } = await negotiated();
    const log = recordAll(pc);
    realm.report({ type: "ice-state", transport: 1, component: 1, state: "checking" });
    await realm.settle();
    expect(log).toEqual(["ice checking", "ice connection checking", "connection connecting"]);
    log.length = 0;
    const { iceTransport } = pc.sctp!.transport;
    iceTransport.onselectedcandidatepairchange = () =>
      log.push(`pair event in ${iceTransport.state} ${pc.iceConnectionState}`);
    realm.reportTogether(
      { type: "ice-selected-pair", transport: 1, component: 1, pair: { local: HOST, remote: REMOTE } },
      { type: "ice-state", transport: 1, component: 1, state: "connected" },
    );
    await realm.settle();
    expect(log).toEqual([
      "ice pair",
      "pair event in connected connected",
      "ice connected",
      "ice connection connected",
    ]);
  });

  test("the selected pair holds the objects that the application knows", async () => {
    const { realm, pc } = await negotiated();
    const { iceTransport } = pc.sctp!.transport;
    const { usernameFragment } = iceTransport.getLocalParameters()!;
    realm.report({
      type: "ice-candidate",
      transport: 1,
      component: 1,
      candidate: HOST,
      usernameFragment: usernameFragment!,
    });
    const init = { candidate: "candidate:1 1 udp 2130706431 192.0.2.9 9000 typ host", sdpMid: "0" };
    await realm.settled(pc.addIceCandidate(init));
    realm.reportTogether(
      { type: "ice-selected-pair", transport: 1, component: 1, pair: { local: HOST, remote: REMOTE } },
      { type: "ice-state", transport: 1, component: 1, state: "connected" },
    );
    await realm.settle();
    const pair = iceTransport.getSelectedCandidatePair()!;
    expect(pair.local).toBe(iceTransport.getLocalCandidates()[0]);
    expect(pair.remote).toBe(iceTransport.getRemoteCandidates()[0]);
    expect(pair.local).toBe(pair.local);
  });

  test("a peer-reflexive remote candidate does not show its address (webrtc-pc §4.8.1.1)", async () => {
    const { realm, pc } = await negotiated();
    const remote: IceCandidate = { ...REMOTE, type: "prflx" };
    realm.reportTogether(
      { type: "ice-selected-pair", transport: 1, component: 1, pair: { local: HOST, remote } },
      { type: "ice-state", transport: 1, component: 1, state: "connected" },
    );
    await realm.settle();
    const pair = pc.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
    expect(pair.remote).toMatchObject({ candidate: "", address: null, type: "prflx", port: 9000 });
  });

  test("a role conflict changes the role", async () => {
    const { realm, pc } = await negotiated();
    const { iceTransport } = pc.sctp!.transport;
    expect(iceTransport.role).toBe("controlling");
    realm.report({ type: "ice-role", transport: 1, component: 1, controlling: false });
    await realm.settle();
    expect(iceTransport.role).toBe("controlled");
  });
});

describe("DTLS states (webrtc-pc §5.5)", () => {
  test("connected: the certificates are there, and connectionstatechange follows in a task of its own", async () => {
    const { realm, pc } = await negotiated();
    realm.report({ type: "ice-state", transport: 1, component: 1, state: "connected" });
    await realm.settle();
    const log = recordAll(pc);
    pc.sctp!.transport.onstatechange = () =>
      log.push(`${pc.sctp!.transport.getRemoteCertificates().length} certificates, ${pc.connectionState}`);
    const remoteCertificates = [Uint8Array.of(1, 2, 3)];
    realm.report({
      type: "dtls-state",
      transport: 1,
      component: 1,
      state: "connected",
      remoteCertificates,
      error: undefined,
    });
    await realm.settle();
    expect(log).toEqual(["dtls connected", "1 certificates, connecting", "connection connected"]);
    const [first] = pc.sctp!.transport.getRemoteCertificates();
    expect(new Uint8Array(first!)).toEqual(remoteCertificates[0]);
    expect(pc.sctp!.transport.getRemoteCertificates()[0]).not.toBe(first);
  });

  test("failed: error, then statechange, with the alert in the RTCError", async () => {
    const { realm, pc } = await negotiated();
    const log = recordAll(pc);
    let error: unknown;
    pc.sctp!.transport.onerror = (event) => {
      error = event.error;
    };
    realm.report({
      type: "dtls-state",
      transport: 1,
      component: 1,
      state: "failed",
      remoteCertificates: [],
      error: { detail: "dtls-failure", message: "bad certificate", receivedAlert: 42 },
    });
    await realm.settle();
    expect(log).toEqual(["dtls error in failed", "dtls failed", "connection failed"]);
    expect(error).toMatchObject({
      name: "OperationError",
      errorDetail: "dtls-failure",
      message: "bad certificate",
      receivedAlert: 42,
      sentAlert: null,
    });
  });
});

describe("SCTP states (webrtc-pc §6.1)", () => {
  test("the transport exists from the offer on, its size from the answer on, its channel count when connected", async () => {
    const { realm, pc } = await offering();
    expect(pc.sctp).toMatchObject({ state: "connecting", maxMessageSize: null, maxChannels: null });
    const connected = await negotiated();
    expect(connected.pc.sctp).toMatchObject({ state: "connecting", maxMessageSize: 262_144 });
    const log = recordAll(connected.pc);
    connected.realm.report({ type: "sctp-connected", transport: 1, maxChannels: 1024 });
    await connected.realm.settle();
    expect(connected.pc.sctp).toMatchObject({ state: "connected", maxChannels: 1024 });
    connected.realm.report({ type: "sctp-closed", transport: 1, error: undefined });
    await connected.realm.settle();
    expect(log).toEqual(["sctp connected", "sctp closed"]);
    await realm.settle();
  });

  test("a rollback takes the transport back", async () => {
    const { realm, pc } = await offering();
    await realm.settled(pc.setLocalDescription({ type: "rollback" }));
    expect(pc.sctp).toBeNull();
    expect(realm.commands.some((command) => command.type === "gather")).toBe(true);
  });
});

test("a listener that throws does not keep later events away", async () => {
  const { realm, pc } = await negotiated();
  const uncaught = new Promise<unknown>((resolve) => {
    process.prependOnceListener("uncaughtException", resolve);
  });
  const before = process.listeners("uncaughtException");
  for (const listener of before.slice(1)) process.removeListener("uncaughtException", listener);
  const states: string[] = [];
  pc.oniceconnectionstatechange = () => {
    states.push(pc.iceConnectionState);
    throw new Error("mine");
  };
  realm.report({ type: "ice-state", transport: 1, component: 1, state: "checking" });
  realm.report({ type: "ice-state", transport: 1, component: 1, state: "connected" });
  process.on("uncaughtException", () => {});
  await realm.settle();
  await expect(uncaught).resolves.toEqual(new Error("mine"));
  process.removeAllListeners("uncaughtException");
  for (const listener of before.slice(1)) process.on("uncaughtException", listener);
  expect(states).toEqual(["checking", "connected"]);
});
