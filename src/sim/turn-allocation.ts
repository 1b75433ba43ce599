/** One allocation of the simulated TURN server: its relay sockets, permissions and channels (RFC 8656 §3). */
import type { Instant } from "../core/base/instant.ts";
import { formatIpAddress, parseIpAddress } from "../core/base/ip-address.ts";
import { randomBytes } from "../core/base/random.ts";
import { DATA, StunMessageBuilder, type TransportAddress, XOR_PEER_ADDRESS } from "../core/stun/index.ts";
import type { Cancelable, Host, LocalAddress, UdpSocket } from "../host/host.ts";

const DATA_INDICATION = 0x007;
/** RFC 8656 §9, §12: ms. */
const PERMISSION_LIFETIME = 300_000;
const CHANNEL_LIFETIME = 600_000;

/** The message being written. One serves all: whatever sends it copies it. */
const out = new Uint8Array(70_000);

/** How to send to the client. */
export interface RelayOutput {
  send(bytes: Uint8Array, length: number): void;
  /** ChannelData is padded: a stream. */
  readonly padded: boolean;
}

/** What an allocation needs to know. */
export interface AllocationOptions {
  allowPeer(address: string): boolean;
  /** Seconds. */
  readonly lifetime: number;
  relayed(): void;
  expired(): void;
}

interface Bound {
  readonly peer: TransportAddress;
  readonly until: Instant;
}

export class Allocation {
  readonly #host: Host;
  readonly #client: RelayOutput;
  readonly #options: AllocationOptions;
  readonly #sockets: UdpSocket[] = [];
  readonly #permissions = new Map<string, Instant>();
  readonly #channels = new Map<number, Bound>();
  #missing: number;
  #bound: ((relayed: readonly TransportAddress[]) => void) | undefined;
  #end: Cancelable | undefined;
  #open = true;

  constructor(host: Host, client: RelayOutput, relays: readonly LocalAddress[], options: AllocationOptions) {
    this.#host = host;
    this.#client = client;
    this.#options = options;
    this.#missing = relays.length;
    for (const local of relays) {
      const message = (data: Uint8Array, address: string, port: number) =>
        this.#fromPeer(data, address, port);
      host.bindUdp(local, 0, { message, error() {} }, (socket) => {
        if (socket !== undefined && this.#open) this.#sockets.push(socket);
        else socket?.close();
        if (--this.#missing === 0) this.#tell();
      });
    }
    this.extend(options.lifetime);
  }

  /** Calls once with the relayed addresses. */
  whenBound(tell: (relayed: readonly TransportAddress[]) => void): void {
    this.#bound = tell;
    if (this.#missing === 0) this.#tell();
  }

  extend(lifetime: number): void {
    this.#end?.cancel();
    this.#end = this.#host.setTimer(this.#host.now() + lifetime * 1000, () => this.#options.expired(), false);
  }

  mayTalkTo(peer: TransportAddress): boolean {
    const known = this.#sockets.some((socket) => familyOf(socket) === peer.address.length);
    return known && this.#options.allowPeer(formatIpAddress(peer.address));
  }

  permit(peer: TransportAddress): void {
    this.#permissions.set(formatIpAddress(peer.address), this.#host.now() + PERMISSION_LIFETIME);
  }

  /** False when the number or the peer is bound otherwise (RFC 8656 §12.2). */
  bind(number: number, peer: TransportAddress): boolean {
    if (number < 0x4000 || number > 0x4fff) return false;
    for (const [other, { peer: bound, until }] of this.#channels) {
      if (until <= this.#host.now()) continue;
      if ((other === number) !== samePeer(bound, peer)) return false;
    }
    const copy = { address: peer.address.slice(), port: peer.port };
    this.#channels.set(number, { peer: copy, until: this.#host.now() + CHANNEL_LIFETIME });
    this.permit(peer);
    return true;
  }

  /** Relays a ChannelData message. */
  fromChannel(message: Uint8Array): boolean {
    const channel = this.#channels.get((message[0]! << 8) | message[1]!);
    const length = (message[2]! << 8) | message[3]!;
    if (channel === undefined || channel.until <= this.#host.now() || 4 + length > message.length)
      return false;
    return this.toPeer(channel.peer, message.subarray(4, 4 + length));
  }

  /** Relays to a peer that has a permission. */
  toPeer(peer: TransportAddress, data: Uint8Array): boolean {
    const address = formatIpAddress(peer.address);
    const socket = this.#sockets.find((candidate) => familyOf(candidate) === peer.address.length);
    if (socket === undefined || !this.#isPermitted(address)) return false;
    socket.send(data, data.length, address, peer.port);
    return true;
  }

  close(): void {
    this.#open = false;
    this.#end?.cancel();
    for (const socket of this.#sockets) socket.close();
  }

  #fromPeer(data: Uint8Array, address: string, port: number): void {
    if (!this.#isPermitted(address)) return;
    this.#options.relayed();
    const peer = { address: parseIpAddress(address)!, port };
    for (const [number, channel] of this.#channels) {
      if (channel.until <= this.#host.now() || !samePeer(channel.peer, peer)) continue;
      out[0] = number >> 8;
      out[1] = number & 0xff;
      out[2] = data.length >> 8;
      out[3] = data.length & 0xff;
      out.set(data, 4);
      const padding = this.#client.padded ? -data.length & 3 : 0;
      out.fill(0, 4 + data.length, 4 + data.length + padding);
      this.#client.send(out, 4 + data.length + padding);
      return;
    }
    const id = randomBytes(this.#host.crypto, 12);
    const builder = new StunMessageBuilder(out, "indication", DATA_INDICATION, id);
    this.#client.send(out, builder.xorAddress(XOR_PEER_ADDRESS, peer).attribute(DATA, data).finish());
  }

  #isPermitted(address: string): boolean {
    return (this.#permissions.get(address) ?? Number.NEGATIVE_INFINITY) > this.#host.now();
  }

  #tell(): void {
    const tell = this.#bound;
    this.#bound = undefined;
    if (!this.#open) return;
    tell?.(this.#sockets.map(({ address, port }) => ({ address: parseIpAddress(address)!, port })));
  }
}

function familyOf(socket: UdpSocket): number {
  return socket.address.includes(":") ? 16 : 4;
}

function samePeer(a: TransportAddress, b: TransportAddress): boolean {
  return (
    a.port === b.port &&
    a.address.length === b.address.length &&
    a.address.every((byte, index) => byte === b.address[index])
  );
}
