/** Joins one end in this process to one in a browser's page; descriptions and candidates travel in order, both ways. */
import type { Page } from "puppeteer-core";
import { expect } from "vitest";
import { MediaStream, RTCPeerConnection, RTCRtpReceiver } from "../../src/index.ts";
import { createTrack } from "../../src/media/index.ts";
import { type Facts, sortedParameters } from "./negotiation-facts.ts";
import { Peer, type PeerOptions, type Signal } from "./negotiation-peer.ts";

/** The two ends. */
export type End = "browser" | "node";

/** A `Peer`, wherever it is. */
export type RemotePeer = {
  [Name in keyof Peer]: Peer[Name] extends (...rest: infer Arguments) => infer Result
    ? (...rest: Arguments) => Promise<Awaited<Result>>
    : never;
};

type Command = (...rest: unknown[]) => unknown;

/** Changes a description on its way; `from` has sent it. */
export type Munge = (sdp: string, from: End, type: string) => string;

export interface NegotiationOptions {
  readonly node?: PeerOptions;
  readonly browser?: PeerOptions;
}

export class Negotiation {
  readonly node: RemotePeer;
  readonly browser: RemotePeer;
  /** Changes descriptions on their way. */
  munge: Munge = (sdp) => sdp;
  /** While it is not resolved, signals wait where they are. */
  #open: Promise<void> = Promise.resolve();
  #texts = 0;
  /** Rejects when a description or a candidate was refused. */
  readonly #refused: Promise<never>;
  #refuse!: (error: unknown) => void;
  #ended = false;

  private constructor(node: RemotePeer, browser: RemotePeer) {
    this.node = node;
    this.browser = browser;
    this.#refused = new Promise((_, reject) => {
      this.#refuse = reject;
    });
    this.#refused.catch(() => {});
    for (const from of ["node", "browser"] as const) {
      this.#pump(from).catch((error: unknown) => {
        if (!this.#ended) this.#refuse(error);
      });
    }
  }

  /** A fresh connection at both ends, not yet negotiated. */
  static async open(page: Page, options: NegotiationOptions = {}): Promise<Negotiation> {
    const node = new Peer(
      {
        RTCPeerConnection,
        MediaStream,
        createTrack,
        getCodecs: (kind) => RTCRtpReceiver.getCapabilities(kind)!.codecs,
      },
      options.node,
    );
    await callPage(page, "open", [options.browser ?? {}]);
    return new Negotiation(
      remote((name, rest) => (node as unknown as Record<string, Command>)[name]!(...rest)),
      remote((name, rest) => callPage(page, name, rest)),
    );
  }

  /** `[offerer, answerer]` */
  ends(offerer: End): [RemotePeer, RemotePeer] {
    return offerer === "node" ? [this.node, this.browser] : [this.browser, this.node];
  }

  /** `steps`, or the first refusal of what went over the signalling path meanwhile. */
  or<T>(steps: Promise<T>): Promise<T> {
    return Promise.race([steps, this.#refused]);
  }

  /** An offer and its answer; checks that both ends have understood the same. */
  async exchange(offerer: End, options?: Parameters<Peer["offer"]>[0]): Promise<Record<End, Facts>> {
    const [offers] = this.ends(offerer);
    await this.or(offers.offer(options).then(() => offers.signaling("stable")));
    return this.agreed();
  }

  /** Both are stable, and what one sends is what the other receives. */
  async agreed(): Promise<Record<End, Facts>> {
    await this.or(Promise.all([this.node.signaling("stable"), this.browser.signaling("stable")]));
    const [node, browser] = await Promise.all([this.node.facts(), this.browser.facts()]);
    expect(agreement(node)).toEqual(agreement(browser).map(mirrored));
    expect(codecs(node, "send")).toEqual(describedCodecs({ node, browser }, "send"));
    expect(codecs(node, "recv")).toEqual(describedCodecs({ node, browser }, "recv"));
    return { node, browser };
  }

  /** Two offers that meet on their way. */
  async glare(): Promise<void> {
    let deliver = () => {};
    this.#open = new Promise((resolve) => {
      deliver = resolve;
    });
    await this.or(Promise.all([this.node.offer(), this.browser.offer()]));
    deliver();
  }

  /** A text of each end arrives at the other. */
  async talk(): Promise<void> {
    await Promise.all([this.say("node"), this.say("browser")]);
  }

  /** A text of this end arrives at the other. */
  async say(from: End): Promise<void> {
    const [speaker, listener] = this.ends(from);
    const text = `text ${++this.#texts} of the ${from}`;
    await this.or(Promise.all([speaker.send("beside", text), listener.received(text)]));
  }

  async connected(): Promise<void> {
    await this.or(Promise.all([this.node.connected(), this.browser.connected()]));
  }

  async close(): Promise<void> {
    this.#ended = true;
    await Promise.all([this.node.close(), this.browser.close()]);
  }

  async #pump(from: End): Promise<void> {
    const [source, target] = this.ends(from);
    while (!this.#ended) {
      for (const signal of await source.takeSignals()) {
        await this.#open;
        if (this.#ended) return;
        await target.deliver(this.#changed(signal, from));
      }
    }
  }

  #changed(signal: Signal, from: End): Signal {
    const { description } = signal;
    if (description === undefined) return signal;
    return { description: { ...description, sdp: this.munge(description.sdp, from, description.type) } };
  }
}

/** Transceivers in use as `end` sees them, in the order of their mids. */
function agreement(facts: Facts) {
  return facts.transceivers
    .filter(({ mid }) => mid !== null)
    .map(({ mid, kind, currentDirection }) => ({ mid, kind, currentDirection }))
    .sort(byMid);
}

const MIRROR: Record<string, string> = { sendonly: "recvonly", recvonly: "sendonly" };

function mirrored({ currentDirection, ...facts }: ReturnType<typeof agreement>[number]) {
  const direction = currentDirection === null ? null : (MIRROR[currentDirection] ?? currentDirection);
  return { ...facts, currentDirection: direction };
}

/** What our getParameters() has of the sections in which media may flow that way. */
function codecs({ transceivers }: Facts, way: "send" | "recv") {
  return transceivers
    .filter(({ mid, currentDirection }) => mid !== null && flows(currentDirection, way))
    .map(({ mid, sends, receives }) => ({ mid, codecs: way === "send" ? sends : receives }))
    .sort(byMid);
}

/**
 * The same from what the ends have written: the answer's formats, with the parameters that the receiver has given them. The
 * browsers' own getParameters() is no measure: Chromium lists formats that the answer has refused, Firefox replaces the
 * parameters by its reading of them (and does so in its remoteDescription).
 */
function describedCodecs({ node, browser }: Record<End, Facts>, way: "send" | "recv") {
  const answer = sectionsByMid(node.isAnswerer ? node.local : browser.local);
  const receiver = sectionsByMid(way === "send" ? browser.local : node.local);
  return agreement(node)
    .filter(({ currentDirection }) => flows(currentDirection, way))
    .map(({ mid, kind }) => {
      const formats = /^m=\S+ \d+ \S+ (.*)\r/.exec(answer.get(mid!)!)![1]!.split(" ");
      return { mid, codecs: formats.map((format) => codecText(receiver.get(mid!)!, kind, format)) };
    });
}

function flows(direction: string | null, way: "send" | "recv"): boolean {
  return direction === "sendrecv" || direction === `${way}only`;
}

function byMid(a: { mid: string | null }, b: { mid: string | null }): number {
  return Number(a.mid) - Number(b.mid);
}

function sectionsByMid(sdp: string): Map<string, string> {
  const sections = sdp.split(/^(?=m=)/m).slice(1);
  return new Map(sections.map((section) => [/^a=mid:(.*)\r/m.exec(section)![1]!, section]));
}

/** In the form of `TransceiverFacts.sends`. */
function codecText(section: string, kind: string, format: string): string {
  const name = new RegExp(`^a=rtpmap:${format} (.*)\r`, "m").exec(section)![1]!.toLowerCase();
  const parameters = new RegExp(`^a=fmtp:${format} (.*)\r`, "m").exec(section)?.[1] ?? "";
  const channels = kind === "audio" && name.split("/").length === 2 ? "/1" : "";
  return `${format} ${kind}/${name}${channels} ${sortedParameters(parameters)}`.trim();
}

function remote(call: (name: string, rest: unknown[]) => unknown): RemotePeer {
  return new Proxy({} as RemotePeer, {
    get:
      (_, name) =>
      async (...rest: unknown[]) =>
        call(name as string, rest),
  });
}

function callPage(page: Page, name: string, rest: unknown[]): Promise<unknown> {
  return page.evaluate(
    (command, argumentList) =>
      (globalThis as unknown as { call: Command }).call(command, ...argumentList) as unknown,
    name,
    rest,
  );
}
