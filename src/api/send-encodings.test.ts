import { describe, expect, test } from "vitest";
import { FakeRealm, negotiated } from "./fake-realm.testing.ts";
import type { RTCRtpEncodingParameters } from "./rtp-parameters.ts";

function addVideo(sendEncodings: RTCRtpEncodingParameters[]) {
  return new FakeRealm().connection().addTransceiver("video", { sendEncodings }).sender;
}

function nameOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as Error).name;
  }
  return undefined;
}

describe("scalability modes (webrtc-svc §4.2)", () => {
  test.each([
    ["a mode that does not exist", [{ scalabilityMode: "L4T4" }]],
    ["a mode with a suffix that its layers do not have", [{ scalabilityMode: "L1T2_KEY" }]],
    ["a mode that the encoding's own codec has not", [{ scalabilityMode: "L3T3", codec: vp8() }]],
    ["an S mode beside another active encoding", [{ rid: "a", scalabilityMode: "S2T1" }, { rid: "b" }]],
  ])("addTransceiver() refuses %s", (_, encodings) => {
    expect(nameOf(() => addVideo(encodings))).toBe("OperationError");
  });

  test("an S mode beside inactive encodings is accepted", () => {
    const sender = addVideo([
      { rid: "a", scalabilityMode: "S2T1" },
      { rid: "b", active: false },
    ]);
    expect(sender.getParameters().encodings[0]!.scalabilityMode).toBe("S2T1");
  });

  test("setParameters() refuses with InvalidModificationError", async () => {
    const sender = addVideo([{}]);
    const parameters = sender.getParameters();
    parameters.encodings[0]!.scalabilityMode = "L9T9";
    await expect(sender.setParameters(parameters)).rejects.toMatchObject({
      name: "InvalidModificationError",
    });
  });

  test("a mode that the negotiated codec has not keeps its temporal layers only", async () => {
    const { pc } = await negotiated((offerer) => {
      const sendEncodings = [{ scalabilityMode: "L3T2" }];
      offerer.addTransceiver("video", { sendEncodings }).setCodecPreferences([vp8()]);
    });
    expect(pc.getSenders()[0]!.getParameters().encodings[0]!.scalabilityMode).toBe("L1T2");
  });
});

describe("scaleResolutionDownTo (webrtc-extensions §5.3)", () => {
  const some = { maxWidth: 320, maxHeight: 180 };

  test.each([
    ["no height", [{ scaleResolutionDownTo: { maxWidth: 320 } }]],
    ["a width of 0", [{ scaleResolutionDownTo: { maxWidth: 0, maxHeight: 180 } }]],
    ["one of two active encodings", [{ rid: "a", scaleResolutionDownTo: some }, { rid: "b" }]],
  ])("addTransceiver() refuses it with %s", (_, encodings) => {
    expect(nameOf(() => addVideo(encodings))).toBe("OperationError");
  });

  test("encodings that are not active may go without it", () => {
    const sender = addVideo([
      { rid: "a", scaleResolutionDownTo: some },
      { rid: "b", active: false },
    ]);
    expect(sender.getParameters().encodings[0]!.scaleResolutionDownTo).toEqual(some);
  });
});

describe("encodingOptions (webrtc-extensions §5.4)", () => {
  test("there is one for each encoding, or none", async () => {
    const sender = addVideo([{}]);
    const refused = sender.setParameters(sender.getParameters(), { encodingOptions: [{}, {}] });
    await expect(refused).rejects.toMatchObject({ name: "InvalidModificationError" });
  });

  test("audio has no key frames: the list is not looked at", async () => {
    const realm = new FakeRealm();
    const { sender } = realm.connection().addTransceiver("audio");
    const encodingOptions = [{ keyFrame: true }, {}];
    await realm.settled(sender.setParameters(sender.getParameters(), { encodingOptions }));
  });
});

describe("header extensions to negotiate (webrtc-extensions §5.2)", () => {
  const stop = (extensions: { uri: string; direction?: string }[]) =>
    extensions.map(({ uri }, index) => ({ uri, direction: index === 1 ? "stopped" : "sendrecv" }) as const);

  test("an answer settles what later offers ask for, also of the transceivers to come", async () => {
    const { pc } = await negotiated((offerer) => {
      const transceiver = offerer.addTransceiver("audio");
      transceiver.setHeaderExtensionsToNegotiate!(stop(transceiver.getHeaderExtensionsToNegotiate!()));
    });
    const [first] = pc.getTransceivers();
    const settled = first!.getHeaderExtensionsToNegotiate!();
    expect(settled).toEqual(first!.getNegotiatedHeaderExtensions!());
    expect(settled[1]!.direction).toBe("stopped");
    expect(pc.addTransceiver("audio").getHeaderExtensionsToNegotiate!()).toEqual(settled);
  });

  test("what the peer did not offer is not offered in return, and answered when it comes", async () => {
    const { pc, realm, peer, peerRealm } = await negotiated((offerer) => {
      const transceiver = offerer.addTransceiver("audio");
      transceiver.setHeaderExtensionsToNegotiate!(stop(transceiver.getHeaderExtensionsToNegotiate!()));
    });
    const [ours, theirs] = [pc.getTransceivers()[0]!, peer.getTransceivers()[0]!];
    expect(theirs.getHeaderExtensionsToNegotiate!()[1]!.direction).toBe("stopped");
    const all = ours.getHeaderExtensionsToNegotiate!().map(
      ({ uri }) => ({ uri, direction: "sendrecv" }) as const,
    );
    ours.setHeaderExtensionsToNegotiate!(all);
    await realm.settled(pc.setLocalDescription());
    await peerRealm.settled(peer.setRemoteDescription(pc.localDescription!));
    await peerRealm.settled(peer.setLocalDescription());
    await realm.settled(pc.setRemoteDescription(peer.localDescription!));
    expect(ours.getNegotiatedHeaderExtensions!()[1]!.direction).not.toBe("stopped");
  });

  test.each([
    ["audio", ["csrc-audio-level"]],
    ["video", ["dependency-descriptor-rtp-header-extension", "video-layers-allocation00"]],
  ] as const)("of %s there are some that are offered on request only, and accepted", async (kind, names) => {
    const directions = (extensions: { uri: string; direction?: string }[]) =>
      names.map((name) => extensions.find(({ uri }) => uri.endsWith(name))!.direction);
    const offered = new FakeRealm().connection().addTransceiver(kind).getHeaderExtensionsToNegotiate!();
    expect(directions(offered)).toEqual(names.map(() => "stopped"));
    const { pc, peer } = await negotiated((offerer) => {
      const transceiver = offerer.addTransceiver(kind);
      const all = transceiver.getHeaderExtensionsToNegotiate!();
      transceiver.setHeaderExtensionsToNegotiate!(all.map(({ uri }) => ({ uri, direction: "sendrecv" })));
    });
    const [ours] = pc.getTransceivers();
    expect(directions(ours!.getNegotiatedHeaderExtensions!())).toEqual(names.map(() => "sendrecv"));
    const [theirs] = peer.getTransceivers();
    expect(directions(theirs!.getNegotiatedHeaderExtensions!())).toEqual(names.map(() => "sendrecv"));
  });
});

function vp8() {
  return { mimeType: "video/VP8", clockRate: 90_000 };
}
