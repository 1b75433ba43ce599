/** Calls of the public interface as no application makes them: valid, invalid, at any moment. */
import {
  MediaStream,
  type RTCDataChannel,
  RTCError,
  type RTCPeerConnection,
  type RTCRtpEncodingParameters,
  RTCRtpReceiver,
  type RTCRtpSender,
  type RTCRtpTransceiver,
  type RTCSessionDescriptionInit,
} from "../../src/index.ts";
import { createTrack } from "../../src/media/index.ts";
import type { SeededRandom } from "../../src/sim/index.ts";

/** What the standards let these methods throw or reject with. */
const ALLOWED = [
  "InvalidStateError",
  "InvalidAccessError",
  "InvalidModificationError",
  "InvalidCharacterError",
  "OperationError",
  "NotSupportedError",
  "SyntaxError",
];

/** Events that applications act in. */
const EVENTS = [
  "track",
  "negotiationneeded",
  "signalingstatechange",
  "icecandidate",
  "icegatheringstatechange",
  "iceconnectionstatechange",
  "connectionstatechange",
  "datachannel",
] as const;

/** A connection that random calls are made on, and what it needs to make them look real. */
export class RandomCaller {
  readonly pc: RTCPeerConnection;
  readonly channels: RTCDataChannel[] = [];
  /** Errors that no standard names. */
  readonly faults: unknown[] = [];
  /** Every description of the other side, and garbage made of them. */
  readonly seen: RTCSessionDescriptionInit[] = [];
  /** Calls that were refused. */
  refused = 0;
  /** The last calls, for messages. */
  readonly log: string[] = [];
  /** Calls are made inside of events, too, close() among them. */
  actsInEvents = false;
  readonly #random: SeededRandom;

  constructor(pc: RTCPeerConnection, random: SeededRandom) {
    this.pc = pc;
    this.#random = random;
    pc.addEventListener("datachannel", ({ channel }) => this.channels.push(channel));
    for (const type of EVENTS) pc.addEventListener(type, () => this.#reenter());
  }

  #reenter(): void {
    if (!this.actsInEvents) return;
    if (this.#chance(4)) this.objectCall();
    if (this.#chance(8)) this.descriptionCall();
    if (this.#chance(60)) this.pc.close();
  }

  #chance(one: number): boolean {
    return this.#random.below(one) === 0;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#random.below(list.length)];
  }

  /** Makes a call; whatever it throws or rejects with is judged. */
  try(name: string, call: () => unknown): void {
    this.log.push(name);
    const judge = (error: unknown) => {
      this.refused++;
      const known =
        error instanceof TypeError ||
        error instanceof RangeError ||
        (error instanceof DOMException && ALLOWED.includes(error.name)) ||
        error instanceof RTCError;
      if (!known || isInternal(error)) this.faults.push(error);
    };
    try {
      const result = call();
      if (result instanceof Promise) result.catch(judge);
    } catch (error) {
      judge(error);
    }
  }

  /** One of the calls that describe nothing: tracks, transceivers, parameters, channels, configuration. */
  objectCall(): void {
    const { pc } = this;
    const transceiver = this.#pick(pc.getTransceivers());
    const sender = this.#pick(pc.getSenders());
    const kind = this.#pick(["audio", "video"] as const)!;
    const streams = [new MediaStream(), new MediaStream()].slice(this.#random.below(3));
    const calls: Record<string, () => unknown> = {
      addTrack: () =>
        pc.addTrack(this.#chance(4) && sender?.track ? sender.track : createTrack(kind), ...streams),
      removeTrack: () => sender && pc.removeTrack(sender),
      addTransceiver: () => this.#addTransceiver(kind, streams),
      direction: () => transceiver && this.#setDirection(transceiver),
      stop: () => this.#chance(3) && transceiver?.stop(),
      setCodecPreferences: () => transceiver && this.#setCodecPreferences(transceiver),
      setParameters: () => sender && this.#setParameters(sender),
      replaceTrack: () => sender?.replaceTrack(this.#chance(3) ? null : createTrack(kind)),
      setStreams: () => sender?.setStreams(...streams),
      dtmf: () => sender?.dtmf?.insertDTMF(this.#pick(["1", "x", "", ",#"])!),
      createDataChannel: () => this.#createDataChannel(),
      useChannel: () => this.#useChannel(),
      restartIce: () => this.#chance(3) && pc.restartIce(),
      setConfiguration: () => this.#setConfiguration(),
      read: () => read(pc),
    };
    const name = this.#pick(Object.keys(calls))!;
    this.try(name, calls[name]!);
  }

  #addTransceiver(kind: "audio" | "video", streams: MediaStream[]): unknown {
    const direction = this.#pick(["sendrecv", "sendonly", "recvonly", "inactive", "stopped"] as const)!;
    const sendEncodings = this.#pick<RTCRtpEncodingParameters[]>([
      [],
      [{}],
      [{ rid: "a" }, { rid: "b" }],
      [{ rid: "a" }, { rid: "a" }],
      [{ rid: "no way" }],
      [{ rid: "l", scaleResolutionDownBy: 4 }, { rid: "m" }, { rid: "h" }, { rid: "x" }],
      [{ scaleResolutionDownBy: 0.5 }],
      [{ maxFramerate: -1 }],
      [{ scalabilityMode: "L9T9" }],
    ])!;
    const what = this.#pick([kind, createTrack(kind), "smell"] as const)!;
    return this.pc.addTransceiver(what, { direction, streams, sendEncodings });
  }

  #setDirection(transceiver: RTCRtpTransceiver): void {
    transceiver.direction = this.#pick(["sendrecv", "sendonly", "recvonly", "inactive", "stopped"] as const)!;
  }

  #setCodecPreferences(transceiver: RTCRtpTransceiver): void {
    const { codecs } = capabilitiesOf(transceiver);
    const some = codecs.filter(() => this.#chance(2));
    if (this.#chance(6)) some.push({ mimeType: "audio/none", clockRate: 1 });
    transceiver.setCodecPreferences(this.#chance(3) ? some.reverse() : some);
  }

  #setParameters(sender: RTCRtpSender): Promise<void> {
    const parameters = sender.getParameters();
    const [first] = parameters.encodings;
    if (first && this.#chance(2)) first.active = !first.active;
    if (first && this.#chance(3)) first.maxBitrate = this.#random.below(1e6);
    if (first && this.#chance(6)) first.scaleResolutionDownBy = this.#random.below(3);
    if (this.#chance(8)) parameters.encodings.push({});
    if (this.#chance(8)) parameters.transactionId = "another";
    return sender.setParameters(parameters);
  }

  #createDataChannel(): void {
    const id = this.#chance(3) ? { id: this.#pick([0, 1, 2, 65_534, 65_535])! } : {};
    const limits = this.#chance(3) ? { maxRetransmits: 1 } : {};
    const more = this.#chance(6) ? { maxPacketLifeTime: 5 } : {};
    const init = { negotiated: this.#chance(4), ordered: this.#chance(2), ...id, ...limits, ...more };
    this.channels.push(this.pc.createDataChannel("label", init));
  }

  #useChannel(): void {
    const channel = this.#pick(this.channels);
    if (channel === undefined) return;
    if (this.#chance(3)) channel.close();
    else channel.send("x".repeat(this.#random.below(5000)));
  }

  #setConfiguration(): void {
    const configuration = this.pc.getConfiguration();
    if (this.#chance(3))
      configuration.iceServers = [{ urls: this.#pick(["stun:s.example", "http://x", ""])! }];
    if (this.#chance(3)) configuration.iceTransportPolicy = "all";
    if (this.#chance(6))
      configuration.bundlePolicy = this.#pick(["balanced", "max-compat", "max-bundle"] as const)!;
    if (this.#chance(6)) configuration.iceCandidatePoolSize = this.#random.below(300);
    this.pc.setConfiguration(configuration);
  }

  /** One of the calls that are about descriptions and candidates, in no order at all. */
  descriptionCall(): void {
    const { pc } = this;
    const type = this.#pick(["offer", "answer", "pranswer", "rollback"] as const)!;
    const calls: Record<string, () => unknown> = {
      createOffer: () => pc.createOffer({ iceRestart: this.#chance(4) }),
      createAnswer: () => pc.createAnswer(),
      setLocal: () => pc.setLocalDescription(),
      setLocalTyped: () => pc.setLocalDescription({ type }),
      setLocalText: () => pc.setLocalDescription({ type, sdp: this.#text() }),
      setCreated: async () => pc.setLocalDescription(await pc.createOffer()),
      setRemote: () =>
        pc.setRemoteDescription(this.#pick(this.seen.slice(-3)) ?? { type, sdp: this.#text() }),
      setRemoteRollback: () => pc.setRemoteDescription({ type: "rollback" }),
      setRemoteGarbage: () => pc.setRemoteDescription({ type, sdp: this.#text() }),
      addIceCandidate: () => pc.addIceCandidate(this.#candidate()),
    };
    const name = this.#pick(Object.keys(calls))!;
    this.try(name, calls[name]!);
  }

  /** A description that was once good, with lines lost, doubled or cut. */
  #text(): string {
    const sdp = this.#pick(this.seen)?.sdp ?? "v=0\r\n";
    if (this.#chance(4)) return sdp;
    const lines = sdp.split("\r\n");
    const at = this.#random.below(lines.length);
    if (this.#chance(3)) lines.splice(at, 1 + this.#random.below(3));
    else if (this.#chance(2)) lines.splice(at, 0, lines[this.#random.below(lines.length)]!);
    else lines[at] = lines[at]!.slice(0, this.#random.below(lines[at]!.length + 1));
    return lines.join("\r\n");
  }

  #candidate(): object | null | undefined {
    return this.#pick([
      null,
      undefined,
      {},
      { candidate: "", sdpMid: "0" },
      { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0" },
      { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMLineIndex: 77 },
      { candidate: "candidate:what", sdpMLineIndex: 0 },
      { candidate: "", sdpMid: "0", usernameFragment: "unknown" },
    ]);
  }
}

function capabilitiesOf({ receiver }: RTCRtpTransceiver) {
  return RTCRtpReceiver.getCapabilities(receiver.track.kind)!;
}

/** An error of the engine's language: it was not thrown by a check. */
function isInternal(error: unknown): boolean {
  return error instanceof TypeError && /undefined|null \(|is not a function|not iterable/.test(error.message);
}

/** Reads every attribute of everything there is. */
function read(pc: RTCPeerConnection): void {
  const objects: object[] = [pc, ...pc.getTransceivers(), ...pc.getSenders(), ...pc.getReceivers()];
  if (pc.sctp) objects.push(pc.sctp, pc.sctp.transport, pc.sctp.transport.iceTransport);
  for (const object of objects) {
    for (let p = Object.getPrototypeOf(object); p !== Object.prototype; p = Object.getPrototypeOf(p)) {
      for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(p))) {
        if (get && name !== "constructor") get.call(object);
      }
    }
  }
  for (const sender of pc.getSenders()) sender.getParameters();
  for (const receiver of pc.getReceivers()) {
    receiver.getParameters();
    receiver.getContributingSources();
    receiver.getSynchronizationSources();
  }
}
