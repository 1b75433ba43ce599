/** Connections that restart ICE, or change their bundle, while data flows both ways: what is lost, and how long nothing comes. */
import type { RTCDataChannel } from "../../src/index.ts";
import { connectChannel, end, type Peer, pattern, type Stage } from "./peers.ts";

/** What became of the data. */
export interface Flow {
  /** Messages lost, doubled, out of order or changed. */
  readonly faults: number;
  /** The longest time without a message at either end, milliseconds. */
  readonly longestStall: number;
}

/** How often each end sends, ms. */
const INTERVAL = 20;
/** Bytes of one message. */
const MESSAGE = 700;
/** One way of the signalling channel, ms. */
const SIGNALLING_DELAY = 25;

/** Offer from `from`, answer from `to`, over a signalling channel that takes its time. `munge`: what becomes of both. */
export async function renegotiate(
  { world }: Stage,
  from: Peer,
  to: Peer,
  munge: (sdp: string) => string = (sdp) => sdp,
): Promise<void> {
  const [offerer, answerer] = [from.connection, to.connection];
  const delay = () => new Promise<void>((resolve) => void world.at(world.now + SIGNALLING_DELAY, resolve));
  await offerer.setLocalDescription();
  await delay();
  // With the candidates of meanwhile, which would have overtaken it.
  const offer = offerer.localDescription!;
  await answerer.setRemoteDescription({ type: offer.type, sdp: munge(offer.sdp) });
  await answerer.setLocalDescription();
  await delay();
  const answer = answerer.localDescription!;
  await offerer.setRemoteDescription({ type: answer.type, sdp: munge(answer.sdp) });
}

/**
 * Connects, sends both ways for half a second, and goes on until `happen` is through and a second has passed; then everything
 * must arrive.
 */
export async function underLoad(made: Stage, happen: () => Promise<void>): Promise<Flow> {
  const { world } = made;
  const { near, far } = await connectChannel(made);
  const ends = [new Sender(near, () => world.now), new Sender(far, () => world.now)] as const;
  let sending = true;
  const tick = () => {
    if (!sending) return;
    for (const one of ends) one.send();
    world.at(world.now + INTERVAL, tick);
  };
  tick();
  await world.runAsync(500);
  let through = false;
  void happen().then(() => {
    through = true;
  });
  await world.runUntilAsync(() => through, 300_000);
  await world.runAsync(1000);
  sending = false;
  const arrived = () => ends[0].received === ends[1].sent && ends[1].received === ends[0].sent;
  await world.runUntilAsync(arrived, 30_000);
  end(made);
  return {
    faults: ends[0].faults + ends[1].faults,
    longestStall: Math.max(ends[0].longestStall, ends[1].longestStall),
  };
}

/** One end of the channel: numbers what it sends, and checks what comes. */
class Sender {
  sent = 0;
  received = 0;
  faults = 0;
  longestStall = 0;
  readonly #channel: RTCDataChannel;

  constructor(channel: RTCDataChannel, now: () => number) {
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    let lastAt = now();
    channel.onmessage = ({ data }) => {
      this.longestStall = Math.max(this.longestStall, now() - lastAt);
      lastAt = now();
      const expected = pattern(MESSAGE, this.received++);
      if (Buffer.compare(new Uint8Array(data as ArrayBuffer), expected) !== 0) this.faults++;
    };
  }

  send(): void {
    this.#channel.send(pattern(MESSAGE, this.sent++));
  }
}
