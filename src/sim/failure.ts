import type { PacketEvent } from "./packet.ts";
import { packetLength } from "./packet.ts";

/** A run that did not come to its end. The message holds the seed and what happened last. */
export class SimulationFailure extends Error {
  override readonly name = "SimulationFailure";
  /** Give it to a new `World` to see the same again. */
  readonly seed: number;

  constructor(message: string, seed: number) {
    super(message);
    this.seed = seed;
  }
}

/** Packet events that a failure shows. */
export const TRACE_LENGTH = 24;

/** One line of a trace: `   12.345 dropped loss   internet: a → b   10.0.0.1:5000 → 10.0.0.2:6000, 148 bytes`. */
export function describePacketEvent(event: PacketEvent): string {
  const { packet } = event;
  const what = event.reason === undefined ? event.what : `${event.what} (${event.reason})`;
  const from = transportAddress(packet.sourceAddress, packet.sourcePort);
  const to = transportAddress(packet.destinationAddress, packet.destinationPort);
  return `${event.time.toFixed(3).padStart(12)} ${what.padEnd(24)} ${event.where}: ${from} → ${to}, ${packetLength(packet)} bytes`;
}

function transportAddress(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
