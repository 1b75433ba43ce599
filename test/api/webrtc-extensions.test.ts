/**
 * What webrtc-extensions adds to the classes and dictionaries of webrtc-pc. No package of IDL and no copy of the Web Platform
 * Tests holds its IDL, so that idlharness cannot be asked: these are the facts of the editor's draft of June 2026.
 */
import { afterEach, describe, expect, test } from "vitest";
import * as skywave from "../../src/index.ts";

const { RTCPeerConnection, RTCRtpReceiver, RTCRtpSender } = skywave;

/** `length` of an operation, or what kind of attribute it is. */
type Member = number | "readonly" | "writable";

const MEMBERS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  RTCRtpTransceiver: {
    getHeaderExtensionsToNegotiate: 0,
    setHeaderExtensionsToNegotiate: 1,
    getNegotiatedHeaderExtensions: 0,
    rtpHeaderEncryptionNegotiated: "readonly",
  },
};

const STATIC_OPERATIONS = [
  ["RTCRtpSender.disableHardwareEncoding", RTCRtpSender.disableHardwareEncoding],
  ["RTCRtpReceiver.disableHardwareDecoding", RTCRtpReceiver.disableHardwareDecoding],
] as const;

/** An object that notes in which order its members are read. */
function observed(members: object, log: string[]): never {
  const get = (target: object, name: string | symbol) => {
    if (typeof name === "string") log.push(name);
    return Reflect.get(target, name);
  };
  return new Proxy(members, { get }) as never;
}

const isLegacy = (name: string) => name === "rtcpMuxPolicy" || name === "peerIdentity";

describe("members", () => {
  const rows = Object.entries(MEMBERS).flatMap(([holder, members]) =>
    Object.entries(members).map(([name, member]) => [holder, name, member] as const),
  );

  test.each(rows)("%s.%s: %s", (holder, name, member) => {
    const { prototype } = (skywave as unknown as Record<string, { prototype: object }>)[holder]!;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
    expect(descriptor).toMatchObject({ enumerable: true, configurable: true });
    if (typeof member === "number") expect(descriptor.value).toHaveLength(member);
    else {
      expect(descriptor.get).toBeTypeOf("function");
      expect(descriptor.set).toBeTypeOf(member === "readonly" ? "undefined" : "function");
    }
  });

  test.each(STATIC_OPERATIONS)("%s() takes nothing and returns nothing", (_, operation) => {
    expect(operation).toHaveLength(0);
    expect(operation()).toBeUndefined();
  });
});

describe("dictionaries: members are read in lexicographical order (WebIDL §3.2.17), and are what they are", () => {
  const opened: InstanceType<typeof RTCPeerConnection>[] = [];
  const open = (configuration?: object) => {
    const pc = new RTCPeerConnection(configuration as never);
    opened.push(pc);
    return pc;
  };
  afterEach(() => {
    for (const pc of opened.splice(0)) pc.close();
  });

  test("RTCConfiguration", () => {
    const log: string[] = [];
    open(observed({}, log));
    const own = log.filter((name) => !isLegacy(name));
    expect(own).toEqual([...own].sort());
    expect(own).toEqual(
      expect.arrayContaining(["alwaysNegotiateDataChannels", "rtpHeaderEncryptionPolicy", "targetLatency"]),
    );
    expect(open().getConfiguration()).toMatchObject({
      alwaysNegotiateDataChannels: false,
      rtpHeaderEncryptionPolicy: "negotiate",
      targetLatency: "lowest",
    });
  });

  test.each([
    ["rtpHeaderEncryptionPolicy", ["negotiate", "require"]],
    ["targetLatency", ["lowest", "none"]],
  ])("RTCConfiguration.%s is one of %s", (name, values) => {
    for (const value of values)
      expect(open({ [name]: value }).getConfiguration()).toMatchObject({ [name]: value });
    for (const wrong of ["", "Require", null, 1]) expect(() => open({ [name]: wrong })).toThrow(TypeError);
  });

  test("RTCRtpEncodingParameters and RTCResolutionRestriction", () => {
    const log: string[] = [];
    const size: string[] = [];
    const scaleResolutionDownTo = observed({ maxWidth: 640, maxHeight: 480 }, size);
    const encoding = observed({ scaleResolutionDownTo }, log);
    const { sender } = open().addTransceiver("video", { sendEncodings: [encoding] });
    // Members of the dictionary that it inherits from come first.
    const own = log.filter((name) => name !== "rid");
    expect(log[0]).toBe("rid");
    expect(own).toEqual([...own].sort());
    expect(own).toEqual(expect.arrayContaining(["adaptivePtime", "ptime", "scaleResolutionDownTo"]));
    expect(size).toEqual(["maxHeight", "maxWidth"]);
    const [kept] = sender.getParameters().encodings;
    expect(kept).toMatchObject({ scaleResolutionDownTo: { maxWidth: 640, maxHeight: 480 } });
  });

  test("a ptime is kept, and contradicts adaptivePtime", async () => {
    const pc = open();
    const { sender } = pc.addTransceiver("audio", { sendEncodings: [{ ptime: 60 } as never] });
    const parameters = sender.getParameters();
    expect(parameters.encodings).toMatchObject([{ ptime: 60, adaptivePtime: false }]);
    const both = { ptime: 20, adaptivePtime: true };
    Object.assign(parameters.encodings[0]!, both);
    const invalid = expect.objectContaining({ name: "InvalidModificationError" });
    await expect(sender.setParameters(parameters)).rejects.toEqual(invalid);
    expect(() => pc.addTransceiver("audio", { sendEncodings: [both as never] })).toThrow(invalid);
  });

  test("RTCSetParameterOptions and RTCEncodingOptions", async () => {
    const log: string[] = [];
    const { sender } = open().addTransceiver("video");
    const options = observed({ encodingOptions: [observed({ keyFrame: true }, log)] }, log);
    await sender.setParameters(sender.getParameters(), options);
    expect(log).toEqual(["encodingOptions", "keyFrame"]);
    const wrong = { encodingOptions: 5 } as never;
    await expect(sender.setParameters(sender.getParameters(), wrong)).rejects.toThrow(TypeError);
  });

  test("RTCRtpHeaderExtensionCapability: a direction is required, and is one of RTCRtpTransceiverDirection", () => {
    const transceiver = open().addTransceiver("audio");
    const extensions = transceiver.getHeaderExtensionsToNegotiate!();
    const log: string[] = [];
    transceiver.setHeaderExtensionsToNegotiate!([observed(extensions[0]!, log), ...extensions.slice(1)]);
    expect(log).toEqual(["direction", "uri"]);
    for (const direction of [undefined, "both"]) {
      const changed = extensions.map((extension) => ({ ...extension, direction }));
      expect(() => transceiver.setHeaderExtensionsToNegotiate!(changed as never)).toThrow(TypeError);
    }
  });
});
