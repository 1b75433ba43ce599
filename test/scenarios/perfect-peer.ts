/** Perfect negotiation (webrtc-pc §10.7) over a signalling channel that is slow and in order. */
import { expect } from "vitest";
import type { MediaStream, RTCPeerConnection, RTCSessionDescriptionInit } from "../../src/index.ts";
import type { SeededRandom, World } from "../../src/sim/index.ts";
import type { Peer } from "./peers.ts";

interface Message {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: object | null;
}

/** How a polite peer yields to an offer: as the standard does for it, or with a rollback of its own. */
export type Yielding = "implicit" | "explicit";

/** One side of perfect negotiation. What goes wrong is in `faults`, never thrown into the void. */
export class PerfectPeer {
  readonly pc: RTCPeerConnection;
  readonly faults: unknown[] = [];
  /** `negotiationneeded` events so far. */
  negotiations = 0;
  /** Offers of the other side that were ignored. */
  ignored = 0;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #polite: boolean;
  readonly #yielding: Yielding;
  /** Milliseconds a message takes at most. */
  readonly #slowness: number;
  #other: PerfectPeer | undefined;
  #makingOffer = false;
  #ignoringOffer = false;
  #settingAnswer = false;
  #lastArrival = 0;

  constructor(world: World, { connection }: Peer, name: string, polite: boolean, yielding: Yielding) {
    this.pc = connection;
    this.#world = world;
    this.#random = world.random(`perfect ${name}`);
    this.#polite = polite;
    this.#yielding = yielding;
    this.#slowness = 1 + this.#random.below(200);
    this.pc.onnegotiationneeded = () => this.#run(() => this.#offer());
    this.pc.onicecandidate = ({ candidate }) => this.#send({ candidate: candidate?.toJSON() ?? null });
  }

  connectTo(other: PerfectPeer): void {
    this.#other = other;
    other.#other = this;
  }

  async #offer(): Promise<void> {
    const { pc } = this;
    this.negotiations++;
    // webrtc-pc §4.7.3: never while something is under way, never twice for one need.
    expect(pc.signalingState).toBe("stable");
    expect(this.#makingOffer).toBe(false);
    this.#makingOffer = true;
    try {
      await pc.setLocalDescription();
      expect(pc.signalingState).toBe("have-local-offer");
      this.#send({ description: pc.localDescription!.toJSON() as RTCSessionDescriptionInit });
    } finally {
      this.#makingOffer = false;
    }
  }

  async #receive({ description, candidate }: Message): Promise<void> {
    const { pc } = this;
    if (description === undefined) {
      await pc.addIceCandidate(candidate as never).catch((error) => {
        if (!this.#ignoringOffer) throw error;
      });
      return;
    }
    const stable = pc.signalingState === "stable" || this.#settingAnswer;
    const collision = description.type === "offer" && (this.#makingOffer || !stable);
    this.#ignoringOffer = collision && !this.#polite;
    if (this.#ignoringOffer) {
      this.ignored++;
      return;
    }
    this.#settingAnswer = description.type === "answer";
    if (collision && this.#yielding === "explicit" && pc.signalingState === "have-local-offer") {
      await Promise.all([pc.setLocalDescription({ type: "rollback" }), pc.setRemoteDescription(description)]);
    } else await pc.setRemoteDescription(description);
    this.#settingAnswer = false;
    if (description.type !== "offer") return;
    expect(pc.signalingState).toBe("have-remote-offer");
    await pc.setLocalDescription();
    expect(pc.signalingState).toBe("stable");
    this.#send({ description: pc.localDescription!.toJSON() as RTCSessionDescriptionInit });
  }

  #send(message: Message): void {
    const copy: Message = structuredClone(message);
    const arrival = Math.max(this.#lastArrival, this.#world.now + this.#random.below(this.#slowness));
    this.#lastArrival = arrival;
    this.#world.at(arrival, () => {
      const other = this.#other!;
      other.#run(() => other.#receive(copy));
    });
  }

  #run(steps: () => Promise<void>): void {
    steps().catch((error) => this.faults.push(error));
  }
}

const MIRRORED = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
} as const;

/** The streams that a connection has told of, as long as somebody asks. */
export function watchStreams(pc: RTCPeerConnection): Map<string, MediaStream> {
  const seen = new Map<string, MediaStream>();
  pc.addEventListener("track", ({ streams }) => {
    for (const stream of streams) seen.set(stream.id, stream);
  });
  return seen;
}

/** The tracks that `z` receives are in the streams that the description of `a` has them in, and in no others. */
export function expectStreams(
  a: RTCPeerConnection,
  z: RTCPeerConnection,
  seenByZ: ReadonlyMap<string, MediaStream>,
  seed: number,
): void {
  const sections = new Map<string | undefined, string>();
  for (const section of a.currentLocalDescription!.sdp.split(/\r\n(?=m=)/).slice(1)) {
    sections.set(/^a=mid:(.*)$/m.exec(section)?.[1], section);
  }
  const described = new Map(a.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
  for (const { mid, receiver } of z.getTransceivers()) {
    if (mid === null) continue;
    const sending = /^send/.test(described.get(mid)?.currentDirection ?? "");
    const msids = [...(sections.get(mid) ?? "").matchAll(/^a=msid:(\S+)/gm)].map(([, id]) => id!);
    const expected = sending ? msids.filter((id) => id !== "-") : [];
    const actual = [...seenByZ.values()].filter((stream) => stream.getTracks().includes(receiver.track));
    const where = `seed ${seed}, mid ${mid}`;
    expect(actual.map(({ id }) => id).sort(), where).toEqual(expected.sort());
  }
}

/** Both ends are stable and see the same: sections, directions, codecs. `seed` is part of every failure's message. */
export function expectAgreement(a: RTCPeerConnection, z: RTCPeerConnection, seed: number): void {
  expect([a.signalingState, z.signalingState], `seed ${seed}`).toEqual(["stable", "stable"]);
  expect(a.currentLocalDescription?.sdp, `seed ${seed}`).toBeDefined();
  const ours = a.getTransceivers().filter(({ mid }) => mid !== null);
  const theirs = new Map(z.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
  theirs.delete(null);
  expect(ours.map(({ mid }) => mid).sort(), `seed ${seed}`).toEqual([...theirs.keys()].sort());
  for (const transceiver of ours) {
    const { mid, currentDirection, sender, receiver } = transceiver;
    const other = theirs.get(mid)!;
    const where = `seed ${seed}, mid ${mid}`;
    expect(receiver.track.kind, where).toBe(other.receiver.track.kind);
    if (currentDirection === null || currentDirection === "stopped") {
      expect(other.currentDirection, where).toBe(currentDirection);
      continue;
    }
    expect(other.currentDirection, where).toBe(MIRRORED[currentDirection]);
    if (currentDirection !== "sendrecv" && currentDirection !== "sendonly") continue;
    const sent = sender.getParameters().codecs.map(({ payloadType }) => payloadType);
    const received = other.receiver.getParameters().codecs.map(({ payloadType }) => payloadType);
    expect(received, where).toEqual(expect.arrayContaining(sent.slice(0, 1)));
  }
}
