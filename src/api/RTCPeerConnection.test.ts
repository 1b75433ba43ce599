import { describe, expect, test } from "vitest";
import { FakeRealm, negotiated, record } from "./fake-realm.testing.ts";
import { RTCPeerConnection } from "./RTCPeerConnection.ts";

const STATES = ["signalingstatechange", "negotiationneeded", "connectionstatechange"];

function named(name: string) {
  return expect.objectContaining({ name });
}

describe("constructor (webrtc-pc §4.4.1.1)", () => {
  test("starts in the initial states, without an engine", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    await realm.settle();
    expect(pc.signalingState).toBe("stable");
    expect([pc.iceGatheringState, pc.iceConnectionState, pc.connectionState]).toEqual(["new", "new", "new"]);
    expect([pc.localDescription, pc.remoteDescription, pc.sctp, pc.canTrickleIceCandidates]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(realm.engines).toBe(0);
  });

  test("refuses an expired certificate with InvalidAccessError (step 5)", async () => {
    const realm = new FakeRealm();
    const certificate = await realm.settled(
      realm.run(() =>
        RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256", expires: 1000 }),
      ),
    );
    realm.connection({ certificates: [certificate] });
    realm.wallClock += 1001;
    expect(() => realm.connection({ certificates: [certificate] })).toThrow(named("InvalidAccessError"));
  });

  test("is subclassable, and its members can be redefined on the prototype", () => {
    class Mine extends RTCPeerConnection {
      extra = 1;
    }
    const realm = new FakeRealm();
    const pc = realm.run(() => new Mine());
    expect(pc).toBeInstanceOf(RTCPeerConnection);
    expect(pc.signalingState).toBe("stable");
    const descriptor = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription")!;
    expect(descriptor.configurable).toBe(true);
  });
});

describe("createOffer and createAnswer (webrtc-pc §4.4.2)", () => {
  test("resolve to plain writable objects", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const offer = await realm.settled(pc.createOffer());
    expect(Object.keys(offer)).toEqual(["type", "sdp"]);
    expect(Object.getPrototypeOf(offer)).toBe(Object.prototype);
    offer.sdp += "a=x\r\n";
    expect(offer.type).toBe("offer");
  });

  test("createAnswer needs a remote offer: InvalidStateError", async () => {
    const realm = new FakeRealm();
    await expect(realm.settled(realm.connection().createAnswer())).rejects.toEqual(
      named("InvalidStateError"),
    );
  });

  test("reject with OperationError when no certificate can be made", async () => {
    const realm = new FakeRealm();
    realm.keysWork = false;
    const pc = realm.connection();
    await expect(realm.settled(pc.createOffer())).rejects.toEqual(named("OperationError"));
  });

  test("a changed offer is refused by setLocalDescription with InvalidModificationError", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const offer = await realm.settled(pc.createOffer());
    const changed = { type: offer.type, sdp: offer.sdp.replace("actpass", "active") };
    await expect(realm.settled(pc.setLocalDescription(changed))).rejects.toEqual(
      named("InvalidModificationError"),
    );
    expect(pc.signalingState).toBe("stable");
  });
});

describe("descriptions (webrtc-pc §4.4.1.5)", () => {
  test("are visible, with the new signaling state, before the event and the resolution", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const log: string[] = [];
    pc.onsignalingstatechange = () => log.push(`event ${pc.signalingState} ${pc.localDescription?.type}`);
    await realm.settled(pc.setLocalDescription().then(() => void log.push("resolved")));
    expect(log).toEqual(["event have-local-offer offer", "resolved"]);
  });

  test("an object moves from pending to current when the answer comes", async () => {
    const realm = new FakeRealm();
    const peerRealm = new FakeRealm();
    const pc = realm.connection();
    const peer = peerRealm.connection();
    pc.createDataChannel("a");
    await realm.settled(pc.setLocalDescription());
    const offer = pc.pendingLocalDescription!;
    expect(pc.localDescription).toBe(offer);
    await peerRealm.settled(peer.setRemoteDescription(offer));
    await peerRealm.settled(peer.setLocalDescription());
    await realm.settled(pc.setRemoteDescription(peer.localDescription!));
    expect(pc.currentLocalDescription).toBe(offer);
    expect(pc.pendingLocalDescription).toBeNull();
    expect(pc.signalingState).toBe("stable");
  });

  test("a syntax error is an RTCError with the line, and leaves no trace", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const broken = { type: "offer", sdp: "v=0\r\nnonsense\r\n" } as const;
    await expect(realm.settled(pc.setRemoteDescription(broken))).rejects.toEqual(
      expect.objectContaining({ name: "OperationError", errorDetail: "sdp-syntax-error", sdpLineNumber: 2 }),
    );
    expect([pc.signalingState, pc.remoteDescription]).toEqual(["stable", null]);
    expect(realm.commands).toEqual([]);
  });

  test("a description that does not fit the state is an InvalidStateError, at once for a rollback", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    for (const type of ["answer", "pranswer", "rollback"] as const) {
      await expect(pc.setLocalDescription({ type, sdp: "x" })).rejects.toEqual(named("InvalidStateError"));
      await expect(realm.settled(pc.setRemoteDescription({ type, sdp: "" }))).rejects.toEqual(
        named("InvalidStateError"),
      );
    }
  });

  test("a remote offer rolls a local one back first", async () => {
    const realm = new FakeRealm();
    const peerRealm = new FakeRealm();
    const pc = realm.connection();
    const peer = peerRealm.connection();
    pc.createDataChannel("a");
    peer.createDataChannel("b");
    await realm.settled(pc.setLocalDescription());
    await peerRealm.settled(peer.setLocalDescription());
    const log: string[] = [];
    pc.onsignalingstatechange = () => log.push(pc.signalingState);
    await realm.settled(pc.setRemoteDescription(peer.localDescription!));
    expect(log).toEqual(["stable", "have-remote-offer"]);
    expect(pc.pendingLocalDescription).toBeNull();
  });
});

describe("operations chain (webrtc-pc §4.4.1.2)", () => {
  test("runs one operation at a time, in the order of the calls", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const order: string[] = [];
    const first = pc.createOffer().then(() => order.push("offer"));
    const second = pc.setLocalDescription().then(() => order.push("local"));
    const third = pc.addIceCandidate().catch(() => order.push("candidate"));
    await realm.settled(Promise.all([first, second, third]));
    expect(order).toEqual(["offer", "local", "candidate"]);
  });

  test("after close() what was pending stays pending, and new calls reject", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    let settled = false;
    pc.createOffer().finally(() => {
      settled = true;
    });
    pc.close();
    await realm.settle();
    expect(settled).toBe(false);
    for (const call of [
      () => pc.createOffer(),
      () => pc.createAnswer(),
      () => pc.setLocalDescription(),
      () => pc.setRemoteDescription({ type: "offer", sdp: "" }),
      () => pc.addIceCandidate(),
    ]) {
      await expect(call()).rejects.toEqual(named("InvalidStateError"));
    }
  });
});

describe("negotiationneeded (webrtc-pc §4.7.3)", () => {
  test("fires once for the first data channel, in a task", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const log = record(pc, STATES, []);
    pc.createDataChannel("a");
    pc.createDataChannel("b");
    expect(log).toEqual([]);
    await realm.settle();
    expect(log).toEqual(["negotiationneeded"]);
  });

  test("waits for the operations chain to be empty", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const log = record(pc, STATES, []);
    const offer = pc.createOffer().then(() => log.push("offer created"));
    pc.createDataChannel("a");
    await realm.settled(offer);
    expect(log).toEqual(["offer created", "negotiationneeded"]);
  });

  test("does not fire when the negotiation has taken place", async () => {
    const { realm, pc } = await negotiated();
    const log = record(pc, STATES, []);
    pc.createDataChannel("later");
    await realm.settle();
    expect(log).toEqual([]);
  });

  test("fires for restartIce(), and the next offer has other credentials", async () => {
    const { realm, pc } = await negotiated();
    const log = record(pc, STATES, []);
    const ufrag = /a=ice-ufrag:(.*)/;
    const before = ufrag.exec(pc.localDescription!.sdp)![1];
    pc.restartIce();
    await realm.settle();
    expect(log).toEqual(["negotiationneeded"]);
    const offer = await realm.settled(pc.createOffer());
    expect(ufrag.exec(offer.sdp)![1]).not.toBe(before);
  });
});

describe("setConfiguration (webrtc-pc §4.4.1.6)", () => {
  test("keeps what it had when anything is wrong", () => {
    const pc = new FakeRealm().connection();
    expect(() => pc.setConfiguration({ iceTransportPolicy: "relay", iceServers: [{ urls: "x" }] })).toThrow(
      named("SyntaxError"),
    );
    expect(pc.getConfiguration().iceTransportPolicy).toBe("all");
  });

  test("cannot change bundlePolicy, certificates, or the pool size after setLocalDescription", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    expect(() => pc.setConfiguration({ bundlePolicy: "max-bundle" })).toThrow(
      named("InvalidModificationError"),
    );
    pc.setConfiguration({ iceCandidatePoolSize: 1 });
    await realm.settled(pc.setLocalDescription());
    expect(() => pc.setConfiguration({ iceCandidatePoolSize: 2 })).toThrow(named("InvalidModificationError"));
  });

  test("servers and policy reach the engine with the next gathering", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.setConfiguration({ iceServers: [{ urls: "stun:stun.example.org" }], iceTransportPolicy: "relay" });
    pc.createDataChannel("a");
    await realm.settled(pc.setLocalDescription());
    expect(realm.commands).toContainEqual(
      expect.objectContaining({
        type: "gather",
        policy: "relay",
        servers: [
          {
            url: "stun:stun.example.org",
            scheme: "stun",
            host: "stun.example.org",
            port: 3478,
            transport: "udp",
          },
        ],
      }),
    );
  });

  test("getConfiguration() returns objects of the caller's own", () => {
    const pc = new FakeRealm().connection({ iceServers: [{ urls: "stun:a.example" }] });
    const first = pc.getConfiguration();
    first.iceServers!.length = 0;
    expect(pc.getConfiguration().iceServers).toEqual([{ urls: ["stun:a.example"] }]);
  });

  test("throws InvalidStateError after close()", () => {
    const pc = new FakeRealm().connection();
    pc.close();
    expect(() => pc.setConfiguration()).toThrow(named("InvalidStateError"));
  });
});

describe("addIceCandidate (webrtc-pc §4.4.2)", () => {
  test("TypeError without sdpMid and sdpMLineIndex, InvalidStateError without remote description", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    const candidate = "candidate:1 1 udp 1 192.0.2.1 1 typ host";
    await expect(realm.settled(pc.addIceCandidate({ candidate }))).rejects.toThrow(TypeError);
    await expect(realm.settled(pc.addIceCandidate({ candidate, sdpMid: "0" }))).rejects.toEqual(
      named("InvalidStateError"),
    );
    await expect(realm.settled(pc.addIceCandidate(null))).rejects.toEqual(named("InvalidStateError"));
  });

  test("OperationError for unknown mid, index, ufrag and for text that cannot be parsed", async () => {
    const { realm, pc } = await negotiated();
    const candidate = "candidate:1 1 udp 1 192.0.2.1 1 typ host";
    for (const init of [
      { candidate, sdpMid: "nowhere" },
      { candidate, sdpMLineIndex: 1 },
      { candidate, sdpMid: "0", usernameFragment: "other" },
      { candidate: "candidate:nonsense", sdpMid: "0" },
    ]) {
      await expect(realm.settled(pc.addIceCandidate(init))).rejects.toEqual(named("OperationError"));
    }
  });

  test("a candidate reaches the engine, the description and getRemoteCandidates()", async () => {
    const { realm, pc } = await negotiated();
    const candidate = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host";
    await realm.settled(pc.addIceCandidate({ candidate, sdpMid: "0" }));
    expect(realm.commands.at(-1)).toMatchObject({
      type: "add-remote-candidate",
      candidate: { address: "192.0.2.1", port: 5000 },
    });
    expect(pc.remoteDescription!.sdp).toContain(`a=${candidate}`);
    const [known] = pc.sctp!.transport.iceTransport.getRemoteCandidates();
    expect(known).toMatchObject({ candidate, address: "192.0.2.1", type: "host" });
  });

  test("null, undefined and an empty candidate end the candidates", async () => {
    for (const end of [null, undefined, { candidate: "" }, { candidate: "", sdpMid: "0" }]) {
      const { realm, pc } = await negotiated();
      await realm.settled(pc.addIceCandidate(end));
      expect(realm.commands.at(-1)).toMatchObject({ type: "end-of-remote-candidates" });
      expect(pc.remoteDescription!.sdp).toContain("a=end-of-candidates");
    }
  });
});

describe("close (webrtc-pc §4.4.2)", () => {
  test("returns undefined, changes every state at once and fires nothing at the connection", async () => {
    const { realm, pc } = await negotiated();
    const channel = pc.createDataChannel("a");
    const log = record(pc, [...STATES, "iceconnectionstatechange", "icegatheringstatechange"], []);
    record(channel, ["close", "error", "closing"], log);
    const { sctp } = pc;
    const { iceTransport } = sctp!.transport;
    record(sctp!.transport, ["statechange"], log, () => "dtls");
    record(iceTransport, ["statechange"], log, () => "ice");
    record(sctp!, ["statechange"], log, () => `sctp ${sctp!.state}`);
    expect(pc.close()).toBeUndefined();
    expect([pc.signalingState, pc.iceConnectionState, pc.connectionState]).toEqual([
      "closed",
      "closed",
      "closed",
    ]);
    expect([channel.readyState, sctp!.state, sctp!.transport.state, iceTransport.state]).toEqual([
      "closed",
      "closed",
      "closed",
      "closed",
    ]);
    await realm.settle();
    expect(log).toEqual(["sctp closed"]);
    expect(realm.commands.at(-1)).toEqual({ type: "close" });
  });

  test("drops what the engine reported before and after it", async () => {
    const { realm, pc } = await negotiated();
    const log = record(pc, [...STATES, "icecandidate"], []);
    realm.report({ type: "ice-state", transport: 1, component: 1, state: "checking" });
    pc.close();
    realm.report({
      type: "dtls-state",
      transport: 1,
      component: 1,
      state: "failed",
      remoteCertificates: [],
      error: undefined,
    });
    await realm.settle();
    expect(log).toEqual([]);
    expect(pc.connectionState).toBe("closed");
  });

  test("stops a description that is about to be set", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const offer = await realm.settled(pc.createOffer());
    const log = record(pc, STATES, []);
    pc.setLocalDescription(offer);
    await new Promise(setImmediate);
    pc.close();
    await realm.settle();
    expect(log).toEqual([]);
    expect(pc.localDescription).toBeNull();
    expect(realm.commands).toEqual([{ type: "close" }]);
  });

  test("can be called twice, and before anything has happened", () => {
    const pc = new FakeRealm().connection();
    pc.close();
    pc.close();
    expect(pc.signalingState).toBe("closed");
  });
});

describe("legacy overloads (webrtc-pc §4.4.3)", () => {
  test("call back and resolve to undefined", async () => {
    const realm = new FakeRealm();
    const pc = realm.connection();
    pc.createDataChannel("a");
    const log: string[] = [];
    const failure = (error: DOMException) => void log.push(error.name);
    const offered = pc.createOffer((offer) => void log.push(offer.type), failure);
    expect(await realm.settled(offered)).toBeUndefined();
    await realm.settled(pc.setLocalDescription({ type: "offer" }, () => void log.push("local"), failure));
    await realm.settled(pc.createAnswer(() => log.push("answer"), failure));
    expect(log).toEqual(["offer", "local", "InvalidStateError"]);
  });

  test("two arguments need to be functions: TypeError", async () => {
    const pc = new FakeRealm().connection();
    const call = pc.createOffer as unknown as (...args: unknown[]) => Promise<void>;
    await expect(call.call(pc, () => {}, null)).rejects.toThrow(TypeError);
  });
});

test("promise-returning methods reject for receivers of another kind, others throw (WebIDL)", async () => {
  const { createOffer, close } = RTCPeerConnection.prototype;
  await expect(Reflect.apply(createOffer, {}, [])).rejects.toThrow(TypeError);
  expect(() => close.call({} as RTCPeerConnection)).toThrow(TypeError);
});
