/** Probes of one simulated host: sockets that hear of ICMP errors (RFC 792). */
import type { Duration } from "../core/base/instant.ts";
import {
  type Cancelable,
  type LocalAddress,
  PROBE_INTERVAL,
  PROBE_SENDS,
  type UdpHandlers,
  type UdpSocket,
} from "../host/host.ts";
import type { Packet } from "./packet.ts";

/** What probes need of their host. */
export interface ProbeSurroundings {
  bind(local: LocalAddress, handlers: UdpHandlers, done: (socket: UdpSocket | undefined) => void): Cancelable;
  send(packet: Packet): void;
  after(delay: Duration, run: () => void): Cancelable;
}

/** What is probed, from where, and with what. */
export interface ProbeTarget {
  readonly local: LocalAddress;
  readonly address: string;
  readonly port: number;
  readonly datagram: Uint8Array;
}

/** What a host says of a datagram that nobody takes there. */
export function unreachableFor(packet: Packet): Packet {
  return {
    sourceAddress: packet.destinationAddress,
    sourcePort: packet.destinationPort,
    destinationAddress: packet.sourceAddress,
    destinationPort: packet.sourcePort,
    payload: new Uint8Array(0),
    unreachable: true,
  };
}

export class SimProbes {
  readonly #host: ProbeSurroundings;
  /** Who waits, by "address port" of our end. */
  readonly #waiting = new Map<string, (errorCode: string | undefined) => void>();

  constructor(host: ProbeSurroundings) {
    this.#host = host;
  }

  start(target: ProbeTarget, done: (errorCode: string | undefined) => void): Cancelable {
    const { local, address, port, datagram } = target;
    const payload = datagram.slice();
    let timer: Cancelable | undefined;
    let key = "";
    const finish = (errorCode: string | undefined) => {
      cancel();
      done(errorCode);
    };
    const message = (_: Uint8Array, from: string, fromPort: number) => {
      if (from === address && fromPort === port) finish(undefined);
    };
    const bound = this.#host.bind(local, { message, error() {} }, (socket) => {
      if (socket === undefined) return done(undefined);
      key = `${socket.address} ${socket.port}`;
      this.#waiting.set(key, finish);
      const packet: Packet = {
        sourceAddress: socket.address,
        sourcePort: socket.port,
        destinationAddress: address,
        destinationPort: port,
        payload,
        probe: true,
      };
      const send = (left: number) => {
        if (left === 0) return finish(undefined);
        this.#host.send(packet);
        timer = this.#host.after(PROBE_INTERVAL, () => send(left - 1));
      };
      send(port > 0 ? PROBE_SENDS : 0);
    });
    const cancel = () => {
      this.#waiting.delete(key);
      timer?.cancel();
      bound.cancel();
    };
    return { cancel };
  }

  /** Nobody listens where this comes from. */
  refused({ destinationAddress, destinationPort }: Packet): void {
    this.#waiting.get(`${destinationAddress} ${destinationPort}`)?.("ECONNREFUSED");
  }
}
