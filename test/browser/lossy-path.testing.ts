/** A path in user space between a browser and this process, which loses media when it is told to. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { SeededRandom } from "../../src/sim/seeded-random.ts";

type Side = "page" | "node";

/** One side's socket: what its peer sends to. */
interface End {
  readonly socket: Socket;
  /** Where its peer was heard last. */
  peer: RemoteInfo | undefined;
  /** Who has sent which STUN request: the peer has several sockets, and the answer belongs to one. */
  readonly asked: Map<string, RemoteInfo>;
}

const MAX_ASKED = 1000;

export class LossyPath {
  /** Share of the RTP and RTCP packets that are lost each way, 0..1. ICE and DTLS pass. */
  loss = 0;
  /** Media packets that are lost, beside the share: told by their header, which is in clear. */
  loses: (from: Side, packet: Uint8Array) => boolean = () => false;
  /** Milliseconds that everything takes longer, each way. */
  latency = 0;
  /** Media packets that were lost. */
  lost = 0;
  readonly #random: SeededRandom;
  readonly #ends: { readonly page: End; readonly node: End };
  #isOpen = true;

  private constructor(seed: number, page: End, node: End) {
    this.#random = new SeededRandom(seed);
    this.#ends = { page, node };
    page.socket.on("message", (datagram, from) => this.#pass(datagram, from, page, node));
    node.socket.on("message", (datagram, from) => this.#pass(datagram, from, node, page));
  }

  /** `address`: of this machine, IPv4, not the loopback one: browsers do not send there. */
  static async open(address: string, seed: number): Promise<LossyPath> {
    const [page, node] = [await openEnd(address), await openEnd(address)];
    return new LossyPath(seed, page, node);
  }

  /** The description of one side, as the other one is to see it: with the path for its only candidate. */
  signalled(from: Side, sdp: string): string {
    const { address, port } = this.#ends[from === "page" ? "node" : "page"].socket.address();
    const candidate = `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`;
    return sdp
      .replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, "")
      .replace(/^(m=.*\r\nc=.*\r\n)/gm, `$1${candidate}\r\n`);
  }

  close(): void {
    this.#isOpen = false;
    this.#ends.page.socket.close();
    this.#ends.node.socket.close();
  }

  #pass(datagram: Buffer, from: RemoteInfo, here: End, there: End): void {
    // RFC 7983: 0 to 3 is STUN, 128 to 191 RTP and RTCP.
    const first = datagram[0] ?? 0;
    const isMedia = first >= 128 && first <= 191;
    const side = here === this.#ends.page ? "page" : "node";
    if (isMedia && (this.#random.unit() < this.loss || this.loses(side, datagram))) {
      this.lost++;
      return;
    }
    let to = there.peer;
    if (first <= 3 && datagram.length >= 20) {
      const transaction = datagram.toString("latin1", 8, 20);
      const isRequest = (datagram.readUInt16BE(0) & 0x0110) === 0;
      if (isRequest && here.asked.size < MAX_ASKED) here.asked.set(transaction, from);
      else to = there.asked.get(transaction) ?? to;
      if (isRequest) here.peer ??= from;
    } else here.peer = from;
    if (to === undefined) return;
    const { port, address } = to;
    if (this.latency === 0) this.#send(there, datagram, port, address);
    else setTimeout(() => this.#send(there, datagram, port, address), this.latency);
  }

  #send({ socket }: End, datagram: Buffer, port: number, address: string): void {
    // What the system cannot send is lost, too.
    if (this.#isOpen) socket.send(datagram, port, address, () => {});
  }
}

async function openEnd(address: string): Promise<End> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22, sendBufferSize: 1 << 22 });
  socket.bind(0, address);
  await once(socket, "listening");
  return { socket, peer: undefined, asked: new Map() };
}
