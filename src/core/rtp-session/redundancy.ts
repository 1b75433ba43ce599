/** What a section sends beside its media, so that losses need no asking: RED (RFC 2198), ULPFEC (RFC 5109), FlexFEC. */
import type { Duration, Instant } from "../base/instant.ts";
import { writeFlexfec, writeUlpfec } from "../media/index.ts";
import { MAX_PACKET_LENGTH } from "./limits.ts";
import { CARRIED, HEADER_ESTIMATE, type OutgoingPacket } from "./outgoing-packet.ts";
import type { OutgoingPackets } from "./outgoing-packets.ts";
import type { MediaFormat, PayloadFormats } from "./payload-formats.ts";
import type { SendStream } from "./send-stream.ts";

/** Where repair packets are written before their length is known. One serves all sections. */
const scratch = new Uint8Array(1600);

export class Redundancy {
  readonly #kind: "audio" | "video";
  readonly #formats: PayloadFormats;
  readonly #out: OutgoingPackets;

  constructor(kind: "audio" | "video", formats: PayloadFormats, out: OutgoingPackets) {
    this.#kind = kind;
    this.#formats = formats;
    this.#out = out;
  }

  /** How much redundancy the stream has from now on. */
  adapt(stream: SendStream, roundTrip: Duration | undefined): void {
    const format = stream.format ?? this.#formats.media[0];
    if (this.#kind !== "video" || format === undefined) return;
    const able = this.#protectsInRed(format) || this.goesBeside(stream);
    stream.fecGroup = able ? stream.protection.fecGroup(format.nack, roundTrip) : 0;
    if (stream.fecGroup > 0) stream.fec.groupSize = stream.fecGroup;
  }

  /** Writes the payload behind the header, inside of RED where it is used; returns its length. */
  writePayload(
    now: Instant,
    stream: SendStream,
    packet: OutgoingPacket,
    out: Uint8Array,
    header: number,
  ): number {
    const format = this.#formats.byPayloadType(packet.payloadType);
    const red = format?.redPayloadType;
    if (this.#kind === "audio" && red !== undefined) {
      const redundancy = stream.protection.redundancy(format!.prefersRed);
      if (redundancy === 0) stream.red.keep(packet.timestamp, packet.payload);
      else {
        stream.red.redundancy = redundancy;
        const room = MAX_PACKET_LENGTH - header;
        const { payloadType, timestamp, payload } = packet;
        const length = stream.red.write(payloadType, timestamp, payload, out, header, room);
        if (length > 0) {
          setPayloadType(out, red);
          return length;
        }
      }
    }
    let length = copyPayload(packet, out, header);
    if (stream.fecGroup === 0) return length;
    if (this.#addToGroup(stream, packet, out.subarray(0, header + length))) this.#repair(stream, format!);
    if (this.#protectsInRed(format)) {
      // RFC 2198 §3: the primary block alone. What is protected is the packet without it (libwebrtc's way).
      out.copyWithin(header + 1, header, header + length);
      out[header] = packet.payloadType;
      setPayloadType(out, red!);
      length++;
    }
    // Between two frames a repair packet that is lost leaves no hole in one: it has a number among the media's.
    if (packet.marker || this.goesBeside(stream)) this.#enqueueRepairs(now, stream);
    return length;
  }

  /** True: the group is complete. A frame that ends with half a group, or more, ends the group. */
  #addToGroup(stream: SendStream, packet: OutgoingPacket, bytes: Uint8Array): boolean {
    const { fec } = stream;
    const ends = packet.marker && (fec.offsets.length + 1) * 2 >= stream.fecGroup;
    return fec.add(packet.sequenceNumber, bytes, ends);
  }

  #enqueueRepairs(now: Instant, { repairs }: SendStream): void {
    for (let i = 0; i < repairs.length; i++) this.#out.pushRepair(now, repairs[i]!);
    repairs.length = 0;
  }

  #repair(stream: SendStream, format: MediaFormat): void {
    const { fec } = stream;
    const { code, baseSequenceNumber, offsets } = fec;
    const inRed = this.#protectsInRed(format);
    const out = this.#out.acquire();
    const at = inRed ? 1 : 0;
    scratch[0] = this.#formats.ulpfec;
    const length = inRed
      ? writeUlpfec(code, baseSequenceNumber, offsets, scratch, at)
      : writeFlexfec("flexfec-03", code, stream.ssrc, baseSequenceNumber, offsets, scratch, at);
    fec.reset();
    if (length < 0) {
      this.#out.release(out);
      return;
    }
    out.stream = stream;
    out.carried = CARRIED.REPAIR;
    out.payloadType = inRed ? format.redPayloadType! : this.#formats.flexfec;
    out.marker = false;
    out.payload = scratch.slice(0, at + length);
    out.timestamp = stream.statistics.lastTimestamp;
    out.octets = out.payload.length + HEADER_ESTIMATE;
    stream.repairs.push(out);
  }

  #protectsInRed(format: MediaFormat | undefined): boolean {
    return this.#formats.ulpfec >= 0 && format?.redPayloadType !== undefined;
  }

  /** Whether repair packets have a stream of their own (flexfec-03). */
  goesBeside(stream: SendStream): boolean {
    return this.#formats.flexfec >= 0 && this.#formats.ulpfec < 0 && stream.fecSsrc !== undefined;
  }
}

/** Writes a payload as it is; returns its length. */
export function copyPayload({ payload }: OutgoingPacket, out: Uint8Array, at: number): number {
  out.set(payload, at);
  return payload.length;
}

/** Behind the marker, which stays. */
function setPayloadType(packet: Uint8Array, payloadType: number): void {
  packet[1] = (packet[1]! & 0x80) | payloadType;
}
