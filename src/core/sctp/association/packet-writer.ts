import type { Instant } from "../../base/instant.ts";
import { CHUNK } from "../packet/chunk.ts";
import { COMMON_HEADER_LENGTH, encodeCommonHeader } from "../packet/common-header.ts";
import type { SctpCounters } from "../statistics.ts";
import type { ControlQueue } from "./control-queue.ts";
import type { SctpOptions } from "./options.ts";
import { type AssociationState, sendsData, tcbOf } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/** Puts together the packets that an association owes. */
export class PacketWriter {
  readonly #ports: Pick<SctpOptions, "localPort" | "remotePort">;
  readonly #control: ControlQueue;
  readonly #counters: SctpCounters;

  constructor(
    ports: Pick<SctpOptions, "localPort" | "remotePort">,
    control: ControlQueue,
    counters: SctpCounters,
  ) {
    this.#ports = ports;
    this.#control = control;
    this.#counters = counters;
  }

  /** Writes the next packet into `out`, of `mtu` bytes at most, and returns its length; 0 when nothing is owed. */
  write(now: Instant, out: Uint8Array, state: AssociationState, mtu: number): number {
    const lone = this.#control.nextPacket();
    if (lone !== undefined && COMMON_HEADER_LENGTH + lone.chunk.length <= out.length) {
      out.set(lone.chunk, COMMON_HEADER_LENGTH);
      return this.#seal(out, COMMON_HEADER_LENGTH + lone.chunk.length, lone.verificationTag, true);
    }
    const tcb = tcbOf(state);
    if (tcb === undefined) return 0;
    const length = this.#bundle(now, out, tcb, state, mtu);
    if (length === COMMON_HEADER_LENGTH) {
      tcb.sender.endBurst();
      return 0;
    }
    const withChecksum = !tcb.capabilities.zeroChecksum || out[COMMON_HEADER_LENGTH] === CHUNK.COOKIE_ECHO;
    return this.#seal(out, length, tcb.peerTag, withChecksum);
  }

  /** Bundles what is owed (RFC 9260 §6.10): control chunks, then SACK, then FORWARD TSN, then DATA. */
  #bundle(now: Instant, out: Uint8Array, tcb: Tcb, state: AssociationState, mtu: number): number {
    const limit = Math.min(out.length, mtu);
    if (state.name === "established") tcb.reset.poll(now);
    let at = COMMON_HEADER_LENGTH;
    for (let chunk = this.#control.peekChunk(); chunk !== undefined; chunk = this.#control.peekChunk()) {
      if (at + chunk.length > limit && at > COMMON_HEADER_LENGTH) return at;
      this.#control.shiftChunk();
      if (at + chunk.length > out.length) continue;
      out.set(chunk, at);
      at += chunk.length;
    }
    if (at >= limit) return at;
    const { sender, receiver } = tcb;
    if (receiver.sackDue) at = receiver.writeSack(out, at, limit);
    if (!sendsData(state)) return at;
    at = sender.writeForwardTsn(now, out, at, limit);
    return sender.writeData(now, out, at, limit);
  }

  #seal(out: Uint8Array, length: number, verificationTag: number, withChecksum: boolean): number {
    const { localPort, remotePort } = this.#ports;
    encodeCommonHeader(out, length, localPort, remotePort, verificationTag, withChecksum);
    this.#counters.packetsSent++;
    this.#counters.bytesSent += length;
    return length;
  }
}
