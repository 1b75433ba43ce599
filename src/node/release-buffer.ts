/**
 * Gives the memory of a buffer back at once. What node:crypto returns is memory of its own outside of the heap, a kilobyte for
 * each packet; until the collector comes by, that counts as growth of the heap, and every eight megabytes of it begin a whole
 * collection: with a video for 50 receivers one every 0.7 s, a quarter of the CPU time (docs/performance.md).
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";

/** ES2024; in Node 22 and later. */
interface Transferable {
  transfer?(length: number): unknown;
}

/**
 * Whether it costs less than the collector even for one packet: by `transfer`, but not by the way around it, which takes a
 * microsecond.
 */
export const RELEASES_CHEAPLY: boolean = "transfer" in ArrayBuffer.prototype;

let closedPort: MessagePort | undefined;

/** A port that nothing arrives at: what is posted to it is detached all the same, and gone. */
function blackHole(): MessagePort {
  if (closedPort === undefined) {
    const { port1, port2 } = new MessageChannel();
    port1.close();
    port2.close();
    closedPort = port1;
  }
  return closedPort;
}

/** `bytes` must not be used afterwards, nor any view of its buffer. Ignored where the buffer holds other bytes as well. */
export function releaseBuffer(bytes: Uint8Array<ArrayBuffer>): void {
  const { buffer } = bytes;
  if (buffer.byteLength !== bytes.length || bytes.length === 0) return;
  if (RELEASES_CHEAPLY) (buffer as Transferable).transfer!(0);
  else blackHole().postMessage(null, [buffer]);
}
