/** A STUN server for simulated worlds: Binding requests answered with where they came from (RFC 8489 §2, §12). */
import { parseIpAddress } from "../core/base/ip-address.ts";
import { Malformed } from "../core/base/malformed.ts";
import {
  BINDING,
  isBindingAttribute,
  MAX_DATAGRAM_LENGTH,
  StunMessage,
  StunMessageBuilder,
  XOR_MAPPED_ADDRESS,
} from "../core/stun/index.ts";
import type { Host, UdpSocket } from "../host/host.ts";

/** RFC 8489 §18.5 */
export const STUN_PORT = 3478;

/** What {@link startStunServer} gives. */
export interface RunningStunServer {
  /** Requests answered so far. */
  readonly answered: number;
  close(): void;
}

/** Answers Binding requests on every address of a host but loopback, without authentication. */
export function startStunServer(host: Host, port: number = STUN_PORT): RunningStunServer {
  const sockets: UdpSocket[] = [];
  const out = new Uint8Array(MAX_DATAGRAM_LENGTH);
  let answered = 0;
  let open = true;
  for (const local of host.localAddresses()) {
    if (local.loopback) continue;
    let socket: UdpSocket | undefined;
    const message = (datagram: Uint8Array, address: string, from: number) => {
      const length = answer(datagram, address, from, out);
      if (length === 0) return;
      answered++;
      socket?.send(out, length, address, from);
    };
    host.bindUdp(local, port, { message, error() {} }, (bound, code) => {
      if (bound === undefined) throw new Error(`STUN server: ${local.address} port ${port}: ${code}`);
      socket = bound;
      if (open) sockets.push(bound);
      else bound.close();
    });
  }
  return {
    get answered() {
      return answered;
    },
    close() {
      open = false;
      for (const socket of sockets) socket.close();
    },
  };
}

/** Writes the answer to a datagram; 0 when it deserves none. */
function answer(datagram: Uint8Array, address: string, port: number, out: Uint8Array): number {
  const request = StunMessage.parse(datagram);
  if (request instanceof Malformed || request.messageClass !== "request" || request.method !== BINDING)
    return 0;
  const { transactionId } = request;
  const unknown = request.unknownRequired(isBindingAttribute);
  if (unknown.length > 0) {
    const refusal = new StunMessageBuilder(out, "error", BINDING, transactionId);
    return refusal.errorCode(420, "Unknown Attribute").unknownAttributes(unknown).fingerprint().finish();
  }
  const source = parseIpAddress(address);
  if (source === undefined) return 0;
  const success = new StunMessageBuilder(out, "success", BINDING, transactionId);
  return success.xorAddress(XOR_MAPPED_ADDRESS, { address: source, port }).fingerprint().finish();
}
