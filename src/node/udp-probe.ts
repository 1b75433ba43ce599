/** Probes of the Host port on node:dgram. */
import { createSocket, type Socket } from "node:dgram";
import { type Cancelable, type LocalAddress, PROBE_INTERVAL, PROBE_SENDS } from "../host/host.ts";
import { codeOf } from "./error-code.ts";
import { addressAsIs, zoneOf } from "./udp-socket.ts";

/**
 * {@link import("../host/host.ts").Host.probeUdp}. Only "ECONNREFUSED" counts: that a host or network is unreachable may be
 * over in a moment (RFC 1122 §4.2.3.9 calls it soft), and other errors are our own.
 */
export function probeUdp(
  local: LocalAddress,
  address: string,
  port: number,
  datagram: Uint8Array,
  done: (errorCode: string | undefined) => void,
): Cancelable {
  let timer: NodeJS.Timeout | undefined;
  let waiting = true;
  let socket: Socket | undefined;
  const cancel = () => {
    if (!waiting) return;
    waiting = false;
    clearTimeout(timer);
    socket?.close();
  };
  const finish = (errorCode: string | undefined) => {
    if (!waiting) return;
    cancel();
    done(errorCode === "ECONNREFUSED" ? errorCode : undefined);
  };
  const failed = (error: Error | null) => {
    if (error !== null) finish(codeOf(error));
  };
  const send = (left: number) => {
    if (!waiting) return;
    if (left === 0) return finish(undefined);
    socket?.send(datagram, failed);
    timer = setTimeout(send, PROBE_INTERVAL, left - 1);
    timer.unref();
  };
  try {
    socket = createSocket({ type: local.family === 6 ? "udp6" : "udp4", lookup: addressAsIs });
    // Stays for good: an error without a listener would end the process.
    socket.on("error", failed);
    socket.on("message", () => finish(undefined));
    const zone = zoneOf(local);
    const to = zone !== "" && address.startsWith("fe") ? address + zone : address;
    socket.once("listening", () => {
      try {
        socket?.connect(port, to);
      } catch (error) {
        process.nextTick(failed, error as Error); // what Node refuses by itself
      }
    });
    socket.once("connect", () => send(PROBE_SENDS));
    socket.bind({ address: local.address + zone, port: 0, exclusive: true });
  } catch (error) {
    timer = setTimeout(failed, 0, error as Error);
  }
  return { cancel };
}
