/** Joins one of our connections in this process to one in a browser's page, with trickled signalling both ways. */
import type { Page } from "puppeteer-core";
import { type RTCDataChannel, type RTCIceCandidate, RTCPeerConnection } from "../../src/index.ts";
import { until } from "../until.testing.ts";

/** What goes over the signalling path, as JSON. */
interface Signal {
  readonly description?: { type: "offer" | "answer"; sdp: string };
  readonly candidate?: { candidate: string } | null;
}

/** The properties of a channel, as the page reports them. */
export interface ChannelFacts {
  readonly id: number | null;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly negotiated: boolean;
  readonly readyState: string;
}

/** One connection of ours to one of the page's. */
export class Session {
  readonly connection: RTCPeerConnection;
  /** Channels that the page opened, in the order of their `datachannel` events. */
  readonly arrivals: RTCDataChannel[] = [];
  /** Candidates of the page, in the order in which they came. */
  readonly pageCandidates: string[] = [];
  /** While true, the page does not hear of our candidates. */
  hideOurCandidates = false;
  /** While true, we do not hear of the page's candidates. */
  hidePageCandidates = false;
  /** While true, neither end hears of the other's UDP candidates. */
  withoutUdp = false;
  readonly #page: Page;
  #ended = false;
  /** What went wrong on the signalling path; `close()` throws it. */
  #failure: unknown;

  private constructor(page: Page, connection: RTCPeerConnection) {
    this.#page = page;
    this.connection = connection;
    this.connection.addEventListener("icecandidate", (event) => {
      const { candidate } = event as unknown as { candidate: RTCIceCandidate | null };
      const isHidden = this.withoutUdp && candidate?.protocol === "udp";
      if (!this.hideOurCandidates && !isHidden)
        this.#watch(this.#toPage({ candidate: candidate?.toJSON() as never }));
    });
    this.connection.addEventListener("datachannel", (event) => {
      const { channel } = event as unknown as { channel: RTCDataChannel };
      channel.binaryType = "arraybuffer";
      this.arrivals.push(channel);
    });
  }

  /** A fresh connection at both ends, not yet negotiated. */
  static async open(page: Page, connection = new RTCPeerConnection()): Promise<Session> {
    const session = new Session(page, connection);
    await session.call("open");
    session.#watch(session.#pumpSignals());
    return session;
  }

  /** Runs a command of page.js. */
  call<Result = void>(name: string, ...argumentList: unknown[]): Promise<Result> {
    return this.#page.evaluate(
      (command, rest) => (globalThis as unknown as PageGlobal).call(command, ...rest),
      name,
      argumentList,
    ) as Promise<Result>;
  }

  /** Lets one end make the offer; resolves when it is on its way. */
  async offerFrom(end: "node" | "browser"): Promise<void> {
    if (end === "browser") {
      await this.call("offer");
      return;
    }
    await this.connection.setLocalDescription();
    await this.#toPage({ description: this.#localDescription() });
  }

  /** Resolves when both ends are connected, to the page's states. */
  async connected(): Promise<Record<string, unknown>> {
    await until(() => this.connection.connectionState === "connected", "our connectionState to be connected");
    return this.call("state", "connected");
  }

  /** A channel that the page opened, by its label. */
  async arrival(label: string): Promise<RTCDataChannel> {
    const find = () => this.arrivals.find((channel) => channel.label === label);
    await until(() => find() !== undefined, `the page's channel ${label}`);
    return find()!;
  }

  /** From here on candidates stay where they are: an end that is closed refuses them. */
  endSignalling(): void {
    this.#ended = true;
  }

  async close(): Promise<void> {
    this.endSignalling();
    this.connection.close();
    await this.call("closeConnection");
    await this.call("release");
    if (this.#failure !== undefined) throw this.#failure;
  }

  #watch(signalling: Promise<void>): void {
    signalling.catch((error: unknown) => {
      if (!this.#ended) this.#failure ??= error;
    });
  }

  async #pumpSignals(): Promise<void> {
    while (!this.#ended) {
      for (const signal of await this.call<Signal[]>("takeSignals")) await this.#onSignal(signal);
    }
  }

  async #onSignal({ description, candidate }: Signal): Promise<void> {
    if (this.#ended) return;
    if (description === undefined) {
      if (candidate) this.pageCandidates.push(candidate.candidate);
      if (this.withoutUdp && candidate && / udp /.test(candidate.candidate)) return;
      if (!this.hidePageCandidates || !candidate) await this.connection.addIceCandidate(candidate ?? null);
      return;
    }
    const { type, sdp } = description;
    const told = this.hidePageCandidates ? withoutCandidates(sdp) : this.#visible(sdp);
    await this.connection.setRemoteDescription({ type, sdp: told });
    if (type !== "offer") return;
    await this.connection.setLocalDescription();
    await this.#toPage({ description: this.#localDescription() });
  }

  #localDescription(): NonNullable<Signal["description"]> {
    const { type, sdp } = this.connection.localDescription!;
    const told = this.hideOurCandidates ? withoutCandidates(sdp) : this.#visible(sdp);
    return { type: type as "offer" | "answer", sdp: told };
  }

  #visible(sdp: string): string {
    return this.withoutUdp ? sdp.replace(/^a=candidate:\S+ \d+ udp .*\r\n/gim, "") : sdp;
  }

  async #toPage(signal: Signal): Promise<void> {
    if (this.#ended) return;
    await this.call("signal", signal);
  }
}

function withoutCandidates(sdp: string): string {
  return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, "");
}

/** Resolves when a channel of ours is open. */
export async function opened(channel: RTCDataChannel): Promise<RTCDataChannel> {
  await until(() => channel.readyState === "open", `our channel ${channel.label} to open`);
  return channel;
}

/** Collects what comes on a channel of ours; `take(count)` resolves when so many messages are there. */
export function inbox(channel: RTCDataChannel): { take: (count: number) => Promise<unknown[]> } {
  const messages: unknown[] = [];
  channel.binaryType = "arraybuffer";
  channel.addEventListener("message", (event) => messages.push((event as unknown as { data: unknown }).data));
  return {
    async take(count) {
      await until(() => messages.length >= count, `${count} messages on ${channel.label}`);
      return messages;
    },
  };
}

interface PageGlobal {
  call(name: string, ...argumentList: unknown[]): unknown;
}
