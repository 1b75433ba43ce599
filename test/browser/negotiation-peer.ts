/**
 * One end of the negotiation tests. The same code runs in this process, over our classes, and in a browser's page, over
 * its own: arguments and results are plain objects, and a test calls both alike.
 */
import type {
  MediaStream,
  MediaStreamTrack,
  RTCConfiguration,
  RTCDataChannel,
  RTCOfferOptions,
  RTCPeerConnection,
  RTCRtpEncodingParameters,
  RTCRtpTransceiver,
  RTCRtpTransceiverDirection,
  RTCTrackEvent,
} from "../../src/index.ts";
import { type Facts, factsOf } from "./negotiation-facts.ts";

/** What the machine around an end has to give. */
export interface Platform {
  readonly RTCPeerConnection: new (configuration?: RTCConfiguration) => RTCPeerConnection;
  readonly MediaStream: new () => MediaStream;
  createTrack(kind: "audio" | "video"): MediaStreamTrack;
  getCodecs(kind: "audio" | "video"): Parameters<RTCRtpTransceiver["setCodecPreferences"]>[0];
}

/** What goes over the signalling path, as JSON. */
export interface Signal {
  readonly description?: { type: "offer" | "answer" | "pranswer"; sdp: string };
  /** `null`: gathering is complete. */
  readonly candidate?: { candidate: string; usernameFragment?: string | null } | null;
}

export interface PeerOptions {
  readonly configuration?: RTCConfiguration;
  /** Whose offer gives way when two meet (perfect negotiation, webrtc-pc §10.7). */
  readonly polite?: boolean;
  /** Offers whenever `negotiationneeded` fires. */
  readonly automatic?: boolean;
}

export interface TransceiverInit {
  readonly direction?: RTCRtpTransceiverDirection;
  /** Names of streams of this end; each is made when it is first named. */
  readonly streams?: readonly string[];
  readonly rids?: readonly string[];
  /** Codec names like "VP8" in the order of preference. */
  readonly codecs?: readonly string[];
  /** Whether there is a track, true by default. */
  readonly track?: boolean;
}

const WAIT_MS = 60_000;

export class Peer {
  readonly #connection: RTCPeerConnection;
  readonly #platform: Platform;
  readonly #options: PeerOptions;
  readonly #outbox: Signal[] = [];
  #wake = () => {};
  readonly #streams = new Map<string, MediaStream>();
  readonly #channels = new Map<string, RTCDataChannel>();
  readonly #received: string[] = [];
  readonly #tracks: Facts["tracks"][number][] = [];
  /** Of descriptions that were rolled back: their candidates stay here, and are not asked for. */
  readonly #dropped = new Set<string>();
  /** Set while there is an offer that nobody hears of. */
  #secretive = false;
  #ignored = 0;
  #offering = false;
  #ignoring = false;
  #holdsAnswers = false;

  constructor(platform: Platform, options: PeerOptions = {}) {
    this.#platform = platform;
    this.#options = options;
    const connection = new platform.RTCPeerConnection(options.configuration);
    this.#connection = connection;
    connection.onicecandidate = ({ candidate }) => {
      if (this.#secretive || this.#dropped.has(candidate?.usernameFragment ?? "")) return;
      this.#emit({ candidate: candidate === null ? null : (candidate.toJSON() as { candidate: string }) });
    };
    connection.ondatachannel = ({ channel }) => this.#watch(channel);
    connection.ontrack = (event) => this.#noteTrack(event);
    if (options.automatic) connection.onnegotiationneeded = () => this.offer();
  }

  /** Resolves to the signals that came up since the last call, once there are some. */
  async takeSignals(): Promise<Signal[]> {
    if (this.#outbox.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#outbox.splice(0);
  }

  async deliver({ description, candidate }: Signal): Promise<void> {
    if (description === undefined) await this.#addCandidate(candidate ?? null);
    else await this.#setRemote(description);
  }

  /** Makes an offer and sends it; does not wait for the answer. */
  async offer(options?: RTCOfferOptions): Promise<void> {
    this.#offering = true;
    try {
      if (options === undefined) await this.#connection.setLocalDescription();
      else await this.#connection.setLocalDescription(await this.#connection.createOffer(options));
      if (this.#connection.signalingState === "have-local-offer") this.#sendLocal();
    } finally {
      this.#offering = false;
    }
  }

  /** Sets an offer that nobody hears of. */
  async offerInSecret(): Promise<void> {
    this.#secretive = true;
    await this.#connection.setLocalDescription();
  }

  /** Whether offers are answered only when `answer()` is called. */
  holdAnswers(): void {
    this.#holdsAnswers = true;
  }

  async answer(type: "answer" | "pranswer" = "answer"): Promise<void> {
    if (type === "answer") await this.#connection.setLocalDescription();
    else {
      const { sdp } = await this.#connection.createAnswer();
      await this.#connection.setLocalDescription({ type, sdp: sdp! });
    }
    this.#sendLocal();
  }

  async rollBack(side: "local" | "remote"): Promise<void> {
    // Candidates of what is rolled back may still be on their way.
    if (side === "remote") this.#ignoring = true;
    if (side === "remote")
      this.#forget(this.#connection.remoteDescription!.sdp, this.#connection.currentRemoteDescription?.sdp);
    else this.#forget(this.#connection.localDescription!.sdp, this.#connection.currentLocalDescription?.sdp);
    if (side === "local") await this.#connection.setLocalDescription({ type: "rollback" });
    else await this.#connection.setRemoteDescription({ type: "rollback", sdp: "" });
  }

  /** Resolves when the state is this. */
  async signaling(state: string): Promise<void> {
    await until(() => this.#connection.signalingState === state, `signalingState ${state}`);
  }

  /** Resolves when so many transceivers are negotiated, and nothing else is. */
  async settled(count: number): Promise<void> {
    const negotiated = () =>
      this.#connection.getTransceivers().filter((one) => one.currentDirection !== null);
    await until(
      () => this.#connection.signalingState === "stable" && negotiated().length === count,
      `${count} negotiated transceivers`,
    );
  }

  async gathered(): Promise<void> {
    await until(() => this.#connection.iceGatheringState === "complete", "gathering to complete");
  }

  async connected(): Promise<void> {
    const state = () => this.#connection.connectionState;
    await until(() => state() === "connected" || state() === "failed", "connectionState connected");
    if (state() === "failed") throw new Error("the connection failed");
  }

  /** `addTrack` with a new track in streams of these names; resolves to the streams' ids. */
  addTrack(kind: "audio" | "video", streams: readonly string[] = []): string[] {
    const objects = streams.map((name) => this.#stream(name));
    const track = this.#platform.createTrack(kind);
    for (const stream of objects) stream.addTrack(track);
    this.#connection.addTrack(track, ...objects);
    return objects.map(({ id }) => id);
  }

  /** Resolves to the ids of its streams. */
  addTransceiver(kind: "audio" | "video", init: TransceiverInit = {}): string[] {
    const streams = (init.streams ?? []).map((name) => this.#stream(name));
    const sendEncodings = init.rids?.map((rid, index, { length }): RTCRtpEncodingParameters => {
      return { rid, scaleResolutionDownBy: 2 ** (length - index - 1) };
    });
    const transceiver = this.#connection.addTransceiver(
      init.track === false ? kind : this.#platform.createTrack(kind),
      { direction: init.direction ?? "sendrecv", streams, ...(sendEncodings ? { sendEncodings } : {}) },
    );
    if (init.codecs) this.#prefer(transceiver, kind, init.codecs);
    return streams.map(({ id }) => id);
  }

  removeTrack(mid: string): void {
    this.#connection.removeTrack(this.#transceiver(mid).sender);
  }

  setDirection(mid: string, direction: RTCRtpTransceiverDirection): void {
    this.#transceiver(mid).direction = direction;
  }

  setCodecs(mid: string, codecs: readonly string[]): void {
    const transceiver = this.#transceiver(mid);
    this.#prefer(transceiver, transceiver.receiver.track.kind as "audio" | "video", codecs);
  }

  stop(mid: string): void {
    this.#transceiver(mid).stop();
  }

  restartIce(): void {
    this.#connection.restartIce();
  }

  createChannel(label: string): void {
    this.#watch(this.#connection.createDataChannel(label));
  }

  /** Sends a text on a channel of either end, once it is open. */
  async send(label: string, text: string): Promise<void> {
    await until(() => this.#channels.get(label)?.readyState === "open", `channel ${label} to open`);
    this.#channels.get(label)!.send(text);
  }

  /** Resolves when a text has come on whatever channel. */
  async received(text: string): Promise<void> {
    await until(() => this.#received.includes(text), `the text ${text}`);
  }

  facts(): Facts {
    const connection = this.#connection;
    const transceivers = connection.getTransceivers();
    const transports = new Set(transceivers.map(({ sender }) => sender.transport).filter(Boolean));
    if (connection.sctp) transports.add(connection.sctp.transport);
    return {
      signaling: connection.signalingState,
      connection: connection.connectionState,
      ice: connection.iceConnectionState,
      gathering: connection.iceGatheringState,
      ignored: this.#ignored,
      transceivers: transceivers.map(factsOf),
      transports: [...transports].map((transport) => transport!.state),
      tracks: this.#tracks,
      local: connection.currentLocalDescription?.sdp ?? "",
      isAnswerer: connection.currentLocalDescription?.type === "answer",
    };
  }

  /** Also ends a waiting `takeSignals`. */
  close(): void {
    this.#connection.close();
    this.#wake();
  }

  #emit(signal: Signal): void {
    this.#outbox.push(signal);
    this.#wake();
  }

  #forget(sdp: string, inForce = ""): void {
    for (const [, fragment] of sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)) {
      if (!inForce.includes(`a=ice-ufrag:${fragment}\r`)) this.#dropped.add(fragment!);
    }
  }

  #sendLocal(): void {
    this.#secretive = false;
    const { type, sdp } = this.#connection.localDescription!;
    this.#emit({ description: { type: type as "offer", sdp } });
  }

  /** webrtc-pc §10.7, the perfect negotiation example. */
  async #setRemote(description: NonNullable<Signal["description"]>): Promise<void> {
    const isOffer = description.type === "offer";
    const collides = isOffer && (this.#offering || this.#connection.signalingState !== "stable");
    this.#ignoring = collides && this.#options.polite === false;
    if (this.#ignoring) this.#ignored++;
    if (this.#ignoring) return;
    await this.#connection.setRemoteDescription(description);
    if (isOffer && !this.#holdsAnswers) await this.answer();
  }

  async #addCandidate(candidate: NonNullable<Signal["candidate"]> | null): Promise<void> {
    if (this.#dropped.has(candidate?.usernameFragment ?? "")) return;
    if (candidate === null && this.#connection.remoteDescription === null && this.#dropped.size > 0) return;
    try {
      await this.#connection.addIceCandidate((candidate ?? undefined) as never);
    } catch (error) {
      if (!this.#ignoring) throw error;
    }
  }

  #noteTrack({ track, streams, transceiver, receiver }: RTCTrackEvent): void {
    if (receiver.track !== track) throw new Error("the event's receiver has another track");
    for (const stream of streams) {
      if (stream.getTrackById(track.id) !== track) throw new Error("the stream lacks the event's track");
    }
    this.#tracks.push({ mid: transceiver.mid, kind: track.kind, streams: streams.map(({ id }) => id) });
  }

  #stream(name: string): MediaStream {
    const stream = this.#streams.get(name) ?? new this.#platform.MediaStream();
    this.#streams.set(name, stream);
    return stream;
  }

  #transceiver(mid: string): RTCRtpTransceiver {
    const found = this.#connection.getTransceivers().find((transceiver) => transceiver.mid === mid);
    if (found === undefined) throw new Error(`no transceiver has mid ${mid}`);
    return found;
  }

  #prefer(transceiver: RTCRtpTransceiver, kind: "audio" | "video", names: readonly string[]): void {
    const all = this.#platform.getCodecs(kind);
    transceiver.setCodecPreferences(
      names.flatMap((name) =>
        all.filter(({ mimeType }) => mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase()),
      ),
    );
  }

  #watch(channel: RTCDataChannel): void {
    this.#channels.set(channel.label, channel);
    channel.onmessage = ({ data }) => this.#received.push(data as string);
  }
}

/** Real browsers run on real time: this polls, with a deadline. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
