/** One end of a negotiation for tests: keeps the state, commits plans, collects effects. */
import { SeededRandom } from "../../sim/seeded-random.ts";
import {
  addLocalCandidate,
  type Created,
  createAnswer,
  createOffer,
  type Effect,
  endLocalCandidates,
  initialJsepState,
  JsepError,
  type JsepState,
  type LocalCapabilities,
  type LocalTransceiver,
  localDescription,
  type MediaKind,
  type MediaOutcome,
  type Plan,
  planLocalDescription,
  planRemoteCandidate,
  planRemoteDescription,
  type RemoteCandidateInit,
  remoteDescription,
  type SdpType,
} from "./index.ts";

/** Throws what was refused, so that tests of the good case read straight on. */
export function unwrap<T>(result: T | JsepError): T {
  if (result instanceof JsepError) throw new Error(`${result.name}: ${result.message}`);
  return result;
}

const TRANSCEIVER: Omit<LocalTransceiver, "id" | "kind"> = {
  direction: "sendrecv",
  stopping: false,
  stopped: false,
  addedByAddTrack: false,
  streamIds: ["stream"],
  encodings: [{ active: true }],
  codecPreferences: [],
};

export class TestPeer {
  state: JsepState;
  local: LocalCapabilities;
  /** Of the last plan that was committed. */
  effects: readonly Effect[] = [];
  media: readonly MediaOutcome[] = [];
  dissociated: readonly number[] = [];
  /** Made by a remote offer that has not been answered. */
  readonly #tentative = new Set<number>();
  #nextTransceiver = 1;

  constructor(seed: number, dataChannels = true) {
    const random = new SeededRandom(seed);
    const value = new Uint8Array(32).fill(seed);
    this.local = {
      fingerprints: [{ algorithm: "sha-256", value }],
      dataChannels,
      maxMessageSize: 262144,
      sctpPort: 5000,
      bundlePolicy: "balanced",
      random,
    };
    this.state = initialJsepState(random);
  }

  get transceivers(): readonly LocalTransceiver[] {
    return this.local.transceivers ?? [];
  }

  /** From here on media is wanted, too. */
  acceptMedia(): this {
    this.#setTransceivers(this.transceivers);
    return this;
  }

  addTransceiver(kind: MediaKind, more: Partial<LocalTransceiver> = {}): number {
    const id = this.#nextTransceiver++;
    this.#setTransceivers([...this.transceivers, { ...TRANSCEIVER, id, kind, ...more }]);
    return id;
  }

  change(id: number, more: Partial<LocalTransceiver>): void {
    this.#setTransceivers(this.transceivers.map((one) => (one.id === id ? { ...one, ...more } : one)));
  }

  transceiver(id: number): LocalTransceiver {
    return this.transceivers.find((one) => one.id === id)!;
  }

  /** Of the last plan, by mid. */
  outcome(mid: string): MediaOutcome {
    return this.media.find((one) => one.mid === mid)!;
  }

  #setTransceivers(transceivers: readonly LocalTransceiver[]): void {
    this.local = { ...this.local, transceivers, nextTransceiver: this.#nextTransceiver };
  }

  /** What webrtc-pc §4.4.1.5 does to transceivers. */
  #applyMedia(plan: Plan): void {
    this.media = plan.media;
    this.dissociated = plan.dissociated;
    for (const { create, transceiver, kind } of plan.media) {
      if (!create || transceiver === undefined) continue;
      this.#nextTransceiver = Math.max(this.#nextTransceiver, transceiver + 1);
      const made = { ...TRANSCEIVER, id: transceiver, kind, direction: "recvonly", streamIds: [] } as const;
      this.#setTransceivers([...this.transceivers, made]);
      this.#tentative.add(transceiver);
    }
    for (const id of plan.dissociated) {
      if (this.#tentative.has(id)) this.#setTransceivers(this.transceivers.filter((one) => one.id !== id));
    }
    if (plan.state.signalingState !== "stable") return;
    this.#tentative.clear();
    for (const { rejected, transceiver } of plan.media) {
      if (rejected && transceiver !== undefined) this.change(transceiver, { stopping: true, stopped: true });
    }
  }

  createOffer(iceRestart = false): string {
    return this.#created(createOffer(this.state, this.local, { iceRestart }));
  }

  createAnswer(): string {
    return this.#created(createAnswer(this.state, this.local));
  }

  tryLocal(type: SdpType, sdp = ""): Plan | JsepError {
    return planLocalDescription(this.state, type, sdp, this.local);
  }

  tryRemote(type: SdpType, sdp = ""): Plan | JsepError {
    return planRemoteDescription(this.state, type, sdp, this.local);
  }

  /** setLocalDescription; returns the local description's text. */
  setLocal(type: SdpType, sdp = ""): string {
    this.#commit(this.tryLocal(type, sdp));
    return this.localSdp;
  }

  setRemote(type: SdpType, sdp = ""): void {
    this.#commit(this.tryRemote(type, sdp));
  }

  addRemoteCandidate(init: Partial<RemoteCandidateInit>): void {
    this.#commit(planRemoteCandidate(this.state, candidateInit(init)));
  }

  /** Gathers one host candidate for the transport's current generation. */
  gather(transport: number, port: number, address = "192.0.2.1"): void {
    const fragment = this.usernameFragment(transport);
    const added = addLocalCandidate(this.state, transport, fragment, {
      foundation: "1",
      component: 1,
      protocol: "udp",
      priority: 2130706431 - port,
      address,
      port,
      type: "host",
    });
    if (added === undefined) throw new Error("no description has the generation");
    this.state = added.state;
  }

  gatheringComplete(transport: number): void {
    const ended = endLocalCandidates(this.state, transport, this.usernameFragment(transport));
    if (ended !== undefined) this.state = ended.state;
  }

  usernameFragment(transport: number): string {
    const agreement = this.state.proposed ?? this.state.agreed;
    return agreement.transports.get(transport)!.local.usernameFragment;
  }

  get localSdp(): string {
    return localDescription(this.state)?.sdp ?? "";
  }

  get remoteSdp(): string {
    return remoteDescription(this.state)?.sdp ?? "";
  }

  effectTypes(): string[] {
    return this.effects.map((effect) => effect.type);
  }

  effect<T extends Effect["type"]>(type: T): Extract<Effect, { type: T }> | undefined {
    return this.effects.find((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  #created(created: Created | JsepError): string {
    const { state, sdp } = unwrap(created);
    this.state = state;
    return sdp;
  }

  #commit(plan: Plan | JsepError): void {
    const committed = unwrap(plan);
    this.state = committed.state;
    this.effects = committed.effects;
    if (this.local.transceivers !== undefined) this.#applyMedia(committed);
  }
}

export function candidateInit(init: Partial<RemoteCandidateInit>): RemoteCandidateInit {
  return {
    candidate: "",
    sdpMid: undefined,
    sdpMLineIndex: undefined,
    usernameFragment: undefined,
    ...init,
  };
}

/** A whole round: `offerer` offers, `answerer` answers. */
export function negotiate(offerer: TestPeer, answerer: TestPeer, iceRestart = false): void {
  const offer = offerer.setLocal("offer", offerer.createOffer(iceRestart));
  answerer.setRemote("offer", offer);
  const answer = answerer.setLocal("answer");
  offerer.setRemote("answer", answer);
}

/** Name of the refusal, or "accepted". */
export function outcome(result: unknown): string {
  return result instanceof JsepError ? result.name : "accepted";
}

/** The m= sections of a text, each as its lines. */
export function sectionsOf(sdp: string): string[][] {
  const sections: string[][] = [];
  for (const line of sdp.split("\r\n")) {
    if (line.startsWith("m=")) sections.push([]);
    if (line !== "") sections.at(-1)?.push(line);
  }
  return sections;
}

/** The values of all lines `a=<name>:…`. */
export function attributeValues(sdp: string, name: string): string[] {
  const prefix = `a=${name}:`;
  return sdp
    .split("\r\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}
