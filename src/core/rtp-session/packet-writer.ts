/** Writing the packets of one section: header, extensions, payload (RFC 3550 §5.1, RFC 8285, RFC 4588 §4). */
import type { Instant } from "../base/instant.ts";
import { encodeAbsSendTime, encodeTransportSequenceNumber, RtpPacketBuilder } from "../rtp/index.ts";
import {
  type DepartureFields,
  type ExtensionIds,
  writeHopExtensions,
  writePassedOnExtensions,
} from "./header-extensions.ts";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import type { OutgoingPackets } from "./outgoing-packets.ts";

/** One serves all sections. */
const builder = new RtpPacketBuilder();
const fields: DepartureFields = { absSendTimeAt: -1, transportWideCcAt: -1 };

/** RFC 4588 §4: the original sequence number before the payload. */
export const OSN_LENGTH = 2;

/** What a packet is sent under. */
export interface PacketIdentity {
  payloadType: number;
  sequenceNumber: number;
  ssrc: number;
  rid: string | undefined;
  /** It is on the stream that repairs the one with this rid (RFC 8852 §3.2). */
  isRepair: boolean;
}

export class PacketWriter {
  readonly #mid: string;
  readonly #ids: ExtensionIds;
  readonly #mixed: boolean;
  readonly #out: OutgoingPackets;

  /** `mixed`: one-byte and two-byte headers may be mixed (RFC 8285 §6). */
  constructor(mid: string, ids: ExtensionIds, mixed: boolean, out: OutgoingPackets) {
    this.#mid = mid;
    this.#ids = ids;
    this.#mixed = mixed;
    this.#out = out;
  }

  /** Octets that the header of a packet takes at most that has no extensions of its own. */
  headerRoom(rid: string | undefined): number {
    // Fixed header, extension header, elements of at most two octets of header each, filled up to words.
    return 12 + 4 + 2 + this.#mid.length + 2 + (rid?.length ?? 0) + 2 * 2 + 3 + 2 + 3;
  }

  /** Writes the header of a packet that leaves now; returns its length, -1 without room. */
  writeHeader(now: Instant, packet: OutgoingPacket, identity: PacketIdentity, out: Uint8Array): number {
    const ids = this.#ids;
    const { csrcs, extensions, marker, timestamp } = packet;
    const twoByte = this.#mixed && ids.needsTwoByteForm(extensions);
    const { payloadType, sequenceNumber, ssrc, rid, isRepair } = identity;
    builder.start(out, payloadType, marker, sequenceNumber, timestamp, ssrc, twoByte);
    for (let i = 0; i < csrcs.length; i++) builder.addCsrc(csrcs[i]!);
    writeHopExtensions(builder, out, ids, this.#mid, rid, fields, isRepair);
    writePassedOnExtensions(builder, ids, extensions, twoByte);
    const header = builder.endHeader();
    if (header < 0) return -1;
    if (fields.absSendTimeAt >= 0) encodeAbsSendTime(now, out, fields.absSendTimeAt);
    if (fields.transportWideCcAt >= 0) {
      const number = this.#out.nextTransportSequenceNumber();
      encodeTransportSequenceNumber(number, out, fields.transportWideCcAt);
    }
    return header;
  }
}
