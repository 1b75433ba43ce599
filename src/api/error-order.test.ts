/** Where a call is wrong in two ways, the standards' order of steps decides which error comes (webrtc-pc §4 to §7). */
import { describe, expect, test } from "vitest";
import { createTrack } from "../media/index.ts";
import { FakeRealm, negotiated } from "./fake-realm.testing.ts";
import { RTCDataChannel } from "./RTCDataChannel.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import type { RTCRtpTransceiver } from "./RTCRtpTransceiver.ts";

/** The name of what `call` throws or rejects with. */
async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).name;
  }
  return "none";
}

function closed(): RTCPeerConnection {
  const pc = new FakeRealm().connection();
  pc.close();
  return pc;
}

const foreign = new FakeRealm().connection().addTransceiver("audio").sender;
const used = createTrack("audio");
const any = (value: unknown) => value as never;

describe("on a closed connection, arguments are converted first, then comes InvalidStateError", () => {
  const cases: readonly [string, string, (pc: RTCPeerConnection) => unknown][] = [
    ["addTransceiver() with a kind that is none", "TypeError", (pc) => pc.addTransceiver("smell")],
    [
      "addTransceiver() with encodings that are refused",
      "InvalidStateError",
      (pc) => pc.addTransceiver("video", { sendEncodings: [{ scaleResolutionDownBy: 0.1 }] }),
    ],
    [
      "addTransceiver() with a direction that is none",
      "TypeError",
      (pc) => pc.addTransceiver("audio", any({ direction: "up" })),
    ],
    ["addTrack() with what is no track", "TypeError", (pc) => pc.addTrack(any({}))],
    ["addTrack() of a track", "InvalidStateError", (pc) => pc.addTrack(used)],
    ["removeTrack() of another connection's sender", "InvalidStateError", (pc) => pc.removeTrack(foreign)],
    ["removeTrack() of what is no sender", "TypeError", (pc) => pc.removeTrack(any({}))],
    [
      "createDataChannel() with too long a label",
      "InvalidStateError",
      (pc) => pc.createDataChannel("x".repeat(65_536)),
    ],
    [
      "createDataChannel() with an id beyond 16 bits",
      "TypeError",
      (pc) => pc.createDataChannel("x", { id: 65_536 }),
    ],
    [
      "setConfiguration() with a URL that is none",
      "InvalidStateError",
      (pc) => pc.setConfiguration({ iceServers: [{ urls: "x" }] }),
    ],
    [
      "setConfiguration() with a policy that is none",
      "TypeError",
      (pc) => pc.setConfiguration(any({ bundlePolicy: "x" })),
    ],
    ["createOffer()", "InvalidStateError", (pc) => pc.createOffer()],
    ["createAnswer()", "InvalidStateError", (pc) => pc.createAnswer()],
    ["setLocalDescription()", "InvalidStateError", (pc) => pc.setLocalDescription()],
    [
      "setRemoteDescription() with a type that is none",
      "TypeError",
      (pc) => pc.setRemoteDescription(any({ type: "x" })),
    ],
    [
      "setRemoteDescription() with garbage",
      "InvalidStateError",
      (pc) => pc.setRemoteDescription({ type: "offer", sdp: "x" }),
    ],
    ["addIceCandidate() that belongs nowhere", "TypeError", (pc) => pc.addIceCandidate({ candidate: "x" })],
    [
      "addIceCandidate() that cannot be read",
      "InvalidStateError",
      (pc) => pc.addIceCandidate({ candidate: "x", sdpMid: "0" }),
    ],
    ["addIceCandidate() of nothing", "InvalidStateError", (pc) => pc.addIceCandidate()],
  ];
  test.each(cases)("%s: %s", async (_, error, call) => {
    expect(await errorOf(() => call(closed()))).toBe(error);
  });

  test.each([
    ["restartIce()", (pc: RTCPeerConnection) => pc.restartIce()],
    ["close()", (pc: RTCPeerConnection) => pc.close()],
    ["getConfiguration()", (pc: RTCPeerConnection) => pc.getConfiguration()],
    ["getTransceivers()", (pc: RTCPeerConnection) => pc.getTransceivers()],
  ])("%s is still allowed", async (_, call) => {
    expect(await errorOf(() => call(closed()))).toBe("none");
  });
});

describe("members of a closed connection's transceiver", () => {
  function left(): RTCRtpTransceiver {
    const pc = new FakeRealm().connection();
    const transceiver = pc.addTransceiver("audio");
    pc.close();
    return transceiver;
  }
  const cases: readonly [string, string, (transceiver: RTCRtpTransceiver) => unknown][] = [
    ["stop()", "InvalidStateError", (t) => t.stop()],
    [
      "direction",
      "InvalidStateError",
      (t) => {
        t.direction = "inactive";
      },
    ],
    [
      "direction set to stopped",
      "InvalidStateError",
      (t) => {
        t.direction = "stopped";
      },
    ],
    [
      "direction set to a word that is none",
      "none",
      (t) => {
        t.direction = any("up");
      },
    ],
    ["setStreams()", "InvalidStateError", (t) => t.sender.setStreams()],
    ["replaceTrack() with another kind", "TypeError", (t) => t.sender.replaceTrack(createTrack("video"))],
    ["replaceTrack()", "InvalidStateError", (t) => t.sender.replaceTrack(null)],
    ["setParameters() with what is no dictionary", "TypeError", (t) => t.sender.setParameters(any(1))],
    ["setParameters()", "InvalidStateError", (t) => t.sender.setParameters(t.sender.getParameters())],
    ["insertDTMF() with a tone that is none", "InvalidStateError", (t) => t.sender.dtmf!.insertDTMF("!")],
    [
      "insertDTMF() without tones",
      "TypeError",
      (t) => t.sender.dtmf!.insertDTMF.apply(t.sender.dtmf!, any([])),
    ],
    [
      "jitterBufferTarget beyond 4 seconds",
      "RangeError",
      (t) => {
        t.receiver.jitterBufferTarget = 4001;
      },
    ],
    [
      "jitterBufferTarget null",
      "none",
      (t) => {
        t.receiver.jitterBufferTarget = null;
      },
    ],
    ["setCodecPreferences() with nothing", "none", (t) => t.setCodecPreferences([])],
  ];
  test.each(cases)("%s: %s", async (_, error, call) => {
    expect(await errorOf(() => call(left()))).toBe(error);
  });
});

describe("addTransceiver() looks at its encodings in this order (webrtc-pc §5.1)", () => {
  const rids = [{ rid: "a" }, { rid: "a" }];
  const cases: readonly [string, string, object[]][] = [
    [
      "rids before codecs",
      "TypeError",
      [{ ...rids[0], codec: { mimeType: "video/x", clockRate: 1 } }, rids[1]!],
    ],
    [
      "codecs before scales",
      "OperationError",
      [{ codec: { mimeType: "video/x", clockRate: 1 }, scaleResolutionDownBy: 0 }],
    ],
    [
      "scalability modes before scales",
      "OperationError",
      [{ scalabilityMode: "x", scaleResolutionDownBy: 0 }],
    ],
    ["scales before frame rates", "RangeError", [{ scaleResolutionDownBy: 0, maxFramerate: -1 }]],
    [
      "what is refused before what is cut off",
      "RangeError",
      [{ rid: "a" }, { rid: "b" }, { rid: "c" }, { rid: "d", maxFramerate: -1 }],
    ],
  ];
  test.each(cases)("%s: %s", async (_, error, sendEncodings) => {
    const pc = new FakeRealm().connection();
    expect(await errorOf(() => pc.addTransceiver("video", { sendEncodings }))).toBe(error);
    expect(pc.getTransceivers()).toEqual([]);
  });

  test("a codec has to match a capability in all parameters", async () => {
    const pc = new FakeRealm().connection();
    const codec = { mimeType: "video/H264", clockRate: 90_000, sdpFmtpLine: "profile-level-id=42e0ff" };
    expect(await errorOf(() => pc.addTransceiver("video", { sendEncodings: [{ codec }] }))).toBe(
      "OperationError",
    );
  });
});

describe("setParameters() (webrtc-pc §5.2)", () => {
  const cases: readonly [string, string, (p: ReturnType<typeof foreign.getParameters>) => void][] = [
    ["another number of encodings", "InvalidModificationError", (p) => p.encodings.push({})],
    [
      "none at all",
      "InvalidModificationError",
      (p) => {
        p.encodings.length = 0;
      },
    ],
    [
      "another transaction, and a scale below 1",
      "InvalidModificationError",
      (p) => {
        p.transactionId = "x";
        p.encodings[0]!.scaleResolutionDownBy = 0;
      },
    ],
    [
      "another rid",
      "InvalidModificationError",
      (p) => {
        p.encodings[0]!.rid = "x";
      },
    ],
    [
      "another cname",
      "InvalidModificationError",
      (p) => {
        p.rtcp.cname = "x";
      },
    ],
    [
      "header extensions of its own",
      "InvalidModificationError",
      (p) => p.headerExtensions.push({ uri: "x", id: 1 }),
    ],
    [
      "codecs of its own",
      "InvalidModificationError",
      (p) => {
        p.codecs = [{ payloadType: 1, mimeType: "video/VP8", clockRate: 90_000 }];
      },
    ],
    [
      "a codec that cannot be sent, and a scale below 1",
      "InvalidModificationError",
      (p) => {
        p.encodings[0] = { codec: { mimeType: "video/x", clockRate: 1 }, scaleResolutionDownBy: 0 };
      },
    ],
    [
      "a scale below 1, and a negative frame rate",
      "RangeError",
      (p) => {
        p.encodings[0] = { scaleResolutionDownBy: 0.5, maxFramerate: -1 };
      },
    ],
    [
      "a negative frame rate",
      "RangeError",
      (p) => {
        p.encodings[0]!.maxFramerate = -1;
      },
    ],
    [
      "a priority that is none",
      "TypeError",
      (p) => {
        p.encodings[0]!.priority = any("x");
      },
    ],
    [
      "a frame rate of 0",
      "none",
      (p) => {
        p.encodings[0]!.maxFramerate = 0;
      },
    ],
  ];
  test.each(cases)("with %s: %s", async (_, error, change) => {
    const realm = new FakeRealm();
    const { sender } = realm.connection().addTransceiver("video");
    const parameters = sender.getParameters();
    change(parameters);
    const outcome = errorOf(() => sender.setParameters(parameters));
    await realm.settle();
    expect(await outcome).toBe(error);
  });

  test("without getParameters() before it in the same task: InvalidStateError", async () => {
    const realm = new FakeRealm();
    const { sender } = realm.connection().addTransceiver("audio");
    const parameters = sender.getParameters();
    await realm.settle();
    expect(await errorOf(() => sender.setParameters(parameters))).toBe("InvalidStateError");
  });

  test("after a description was set in between: InvalidStateError", async () => {
    const { pc, realm } = await negotiated((offerer) => void offerer.addTransceiver("audio"));
    const { sender } = pc.getTransceivers()[0]!;
    const parameters = sender.getParameters();
    await realm.settled(pc.setLocalDescription());
    expect(await errorOf(() => sender.setParameters(parameters))).toBe("InvalidStateError");
  });
});

describe("createDataChannel() (webrtc-pc §6.1)", () => {
  const cases: readonly [string, string, string, object][] = [
    ["too long a label, negotiated without id", "TypeError", "x".repeat(65_536), { negotiated: true }],
    ["both limits", "TypeError", "", { maxRetransmits: 0, maxPacketLifeTime: 0 }],
    ["the reserved id", "TypeError", "", { negotiated: true, id: 65_535 }],
    ["the reserved id, not negotiated", "none", "", { id: 65_535 }],
  ];
  test.each(cases)("with %s: %s", async (_, error, label, init) => {
    expect(await errorOf(() => new FakeRealm().connection().createDataChannel(label, init))).toBe(error);
  });

  test("an id that is taken: OperationError, and the wish for a channel was not one", async () => {
    const pc = new FakeRealm().connection();
    pc.createDataChannel("", { negotiated: true, id: 1 });
    expect(await errorOf(() => pc.createDataChannel("", { negotiated: true, id: 1 }))).toBe("OperationError");
  });

  test("send() before open is InvalidStateError, also for what is too long", async () => {
    const channel = new FakeRealm().connection().createDataChannel("");
    expect(channel).toBeInstanceOf(RTCDataChannel);
    expect(await errorOf(() => channel.send("x".repeat(20_000_000)))).toBe("InvalidStateError");
  });
});

test("setConfiguration() compares before it reads servers (webrtc-pc §4.4.1.6)", async () => {
  const pc = new FakeRealm().connection();
  const wrong = { bundlePolicy: "max-bundle" as const, iceServers: [{ urls: "x" }] };
  expect(await errorOf(() => pc.setConfiguration(wrong))).toBe("InvalidModificationError");
  expect(await errorOf(() => pc.setConfiguration({ iceServers: [{ urls: [] }] }))).toBe("SyntaxError");
  expect(await errorOf(() => pc.setConfiguration({ iceServers: [{ urls: "turn:x" }] }))).toBe(
    "InvalidAccessError",
  );
});

test("direction: the same value is no change, even where it could not be set (webrtc-pc §5.4)", async () => {
  const pc = new FakeRealm().connection();
  const transceiver = pc.addTransceiver("audio", { direction: "inactive" });
  transceiver.direction = "inactive";
  expect(
    await errorOf(() => {
      transceiver.direction = "stopped";
    }),
  ).toBe("TypeError");
  transceiver.stop();
  expect(
    await errorOf(() => {
      transceiver.direction = "inactive";
    }),
  ).toBe("InvalidStateError");
  transceiver.stop();
  expect(transceiver.direction).toBe("stopped");
  expect(transceiver.currentDirection).toBeNull();
});
