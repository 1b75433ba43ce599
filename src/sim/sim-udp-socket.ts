import { ipFamilyOf, parseIpAddress } from "../core/base/ip-address.ts";
import type { UdpHandlers, UdpSocket } from "../host/host.ts";
import { maxPayload, type Packet } from "./packet.ts";

/** What a socket needs of its host. */
export interface SocketOwner {
  /** Undefined when the packet is on its way, else the error code. */
  transmit(packet: Packet): string | undefined;
  /** Runs `run` as an event of the world at the present instant. */
  later(kind: string, run: () => void): void;
  /** The socket's place is free again. */
  released(socket: SimUdpSocket): void;
  internalError(error: unknown): void;
}

/** A UDP socket of a simulated host. Datagrams are copied when sent, so a buffer is free at once. */
export class SimUdpSocket implements UdpSocket {
  readonly address: string;
  readonly port: number;
  readonly #owner: SocketOwner;
  readonly #handlers: UdpHandlers;
  #open = true;

  constructor(address: string, port: number, handlers: UdpHandlers, owner: SocketOwner) {
    this.address = address;
    this.port = port;
    this.#handlers = handlers;
    this.#owner = owner;
  }

  send(datagram: Uint8Array, length: number, address: string, port: number): boolean {
    if (!this.#open) return true;
    const code =
      this.#refusal(length, address, port) ??
      this.#owner.transmit(this.#packet(datagram, length, address, port));
    if (code !== undefined) this.#owner.later("send-error", () => this.#fail(code));
    return true;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.released(this);
  }

  /** Hands a packet to the handlers; the host knows no closed socket. */
  deliver(packet: Packet): void {
    try {
      this.#handlers.message(packet.payload, packet.sourceAddress, packet.sourcePort);
    } catch (error) {
      this.#owner.internalError(error);
    }
  }

  #packet(datagram: Uint8Array, length: number, address: string, port: number): Packet {
    return {
      sourceAddress: this.address,
      sourcePort: this.port,
      destinationAddress: address,
      destinationPort: port,
      // Not `slice`: that of a Buffer does not copy.
      payload: new Uint8Array(datagram.subarray(0, length)),
    };
  }

  /** What a kernel refuses by itself. */
  #refusal(length: number, address: string, port: number): string | undefined {
    const family = ipFamilyOf(this.address);
    if (
      port < 1 ||
      port > 65_535 ||
      parseIpAddress(address) === undefined ||
      ipFamilyOf(address) !== family
    ) {
      return "EINVAL";
    }
    return length > maxPayload(family) ? "EMSGSIZE" : undefined;
  }

  #fail(code: string): void {
    if (!this.#open) return;
    try {
      this.#handlers.error(code, false);
    } catch (error) {
      this.#owner.internalError(error);
    }
  }
}
