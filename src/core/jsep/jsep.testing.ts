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
  localDescription,
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

export class TestPeer {
  state: JsepState;
  local: LocalCapabilities;
  /** Of the last plan that was committed. */
  effects: readonly Effect[] = [];

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
    const { state, effects } = unwrap(plan);
    this.state = state;
    this.effects = effects;
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

/** The values of all lines `a=<name>:…`. */
export function attributeValues(sdp: string, name: string): string[] {
  const prefix = `a=${name}:`;
  return sdp
    .split("\r\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}
