/** A packet on its way: it waits for its turn. */
import { type Instant, NEVER } from "../base/instant.ts";
import type { MediaPacket, PacketExtension } from "../base/media-frame.ts";
import type { RepeatedPacket } from "../media/index.ts";
import type { SendStream } from "./send-stream.ts";

/** What a packet carries. */
export const CARRIED = {
  /** A frame or a part of it, or a packet that is passed on. */
  MEDIA: 0,
  /** A telephone event. */
  TONE: 1,
  /** Forward error correction. */
  REPAIR: 2,
  /** A packet that was sent before. */
  RETRANSMISSION: 3,
} as const;
export type Carried = (typeof CARRIED)[keyof typeof CARRIED];

const NO_BYTES = new Uint8Array(0);
export const NO_CSRCS: readonly number[] = [];
export const NO_EXTENSIONS: readonly PacketExtension[] = [];

/** Octets that a header is taken for until it is written. */
export const HEADER_ESTIMATE = 20;

/** One serves many packets, one after the other; the numbers are given when it leaves. */
export class OutgoingPacket implements RepeatedPacket {
  stream: SendStream | undefined;
  carried: Carried = CARRIED.MEDIA;
  payloadType = 0;
  marker = false;
  payload: Uint8Array = NO_BYTES;
  csrcs = NO_CSRCS;
  extensions = NO_EXTENSIONS;
  /** The SSRC that it comes from, if it is passed on; else -1. */
  sourceSsrc = -1;
  /** Unwrapped, of the source. */
  sourceSequenceNumber = 0;
  /** Of a packet that is passed on the source's, until it leaves. */
  timestamp = 0;
  /** Of a retransmission that of the packet itself. */
  sequenceNumber = 0;
  /** As far as its size is known while it waits. */
  octets = 0;
  queuedAt: Instant = NEVER;
  /** Of a packet sent again that there is no RTX for: the octets that have left before, protected, and how many. */
  wire: Uint8Array = NO_BYTES;
  wireLength = 0;

  /** Lets go of what it has referred to: to nothing of size. What stays as it is costs the collector's write barrier nothing. */
  clear(): void {
    this.stream = undefined;
    this.payload = NO_BYTES;
    if (this.csrcs !== NO_CSRCS) this.csrcs = NO_CSRCS;
    if (this.extensions !== NO_EXTENSIONS) this.extensions = NO_EXTENSIONS;
    this.sourceSsrc = -1;
    this.wireLength = 0;
  }

  /** Becomes what `packet` is, with that payload and these extensions, but for the payload type: that is each hop's own. */
  passOn(packet: MediaPacket, payload: Uint8Array, extensions: readonly PacketExtension[]): void {
    this.marker = packet.marker;
    this.payload = payload;
    if (packet.csrcs.length > 0) this.csrcs = packet.csrcs;
    if (extensions.length > 0) this.extensions = extensions;
    this.sourceSsrc = packet.ssrc;
    this.sourceSequenceNumber = packet.sequenceNumber;
    this.timestamp = packet.timestamp;
  }

  /** {@inheritDoc RepeatedPacket.keepWire} */
  keepWire(octets: Uint8Array): void {
    if (this.wire.length < octets.length) this.wire = new Uint8Array(octets.length);
    this.wire.set(octets);
    this.wireLength = octets.length;
  }
}
