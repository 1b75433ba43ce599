import type { IpFamily } from "../core/base/ip-address.ts";

/** What makes a packet a TCP segment of the simulated kind (`sim-stream.ts`). */
export interface TcpSegment {
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** With the SYN of a server that speaks TLS: the names in its certificate. */
  readonly tlsNames?: readonly string[];
}

/** A UDP datagram or TCP segment on its way. Addresses are canonical text. */
export interface Packet {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
  /** Absent: UDP. */
  readonly segment?: TcpSegment;
  /** Its sender hears of ICMP errors: a host where nobody listens answers with one. */
  readonly probe?: true;
  /** This is that answer, with the addresses of the datagram's own answer: nobody listens there. */
  readonly unreachable?: true;
}

/** What a TCP header (RFC 9293 §3.1) has more than one of UDP. */
const TCP_EXTRA = 12;

/** Bytes of an IP packet (RFC 791, RFC 8200) that are not UDP payload (RFC 768). */
export function headerLength(family: IpFamily): number {
  return family === 4 ? 28 : 48;
}

/** Largest UDP payload of an IP packet: 65,535 bytes less the headers (IPv6 counts its own header apart). */
export function maxPayload(family: IpFamily): number {
  return family === 4 ? 65_507 : 65_527;
}

/** Length of the whole IP packet, bytes: what rates and MTUs are about. */
export function packetLength(packet: Packet): number {
  const header = headerLength(packet.sourceAddress.includes(":") ? 6 : 4);
  return header + (packet.segment === undefined ? 0 : TCP_EXTRA) + packet.payload.length;
}

/** Why a packet went no further. */
export type DropReason =
  | "loss"
  | "burst-loss"
  | "queue-full"
  | "mtu"
  | "blackout"
  | "filter"
  | "no-route"
  | "no-socket"
  | "interface-down"
  | "receive-buffer-full";

/** What happened to a packet at one place of the world. */
export interface PacketEvent {
  /** Virtual milliseconds. */
  readonly time: number;
  readonly what: "sent" | "delivered" | "dropped" | "duplicated" | "corrupted" | "reordered";
  /** The link or host where it happened. */
  readonly where: string;
  readonly reason: DropReason | undefined;
  /** Borrowed: copy the payload to keep it. */
  readonly packet: Packet;
}

/** Totals of a world since its start. */
export interface PacketCounters {
  sent: number;
  delivered: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  dropped: number;
  /** The same drops by reason. */
  readonly droppedBy: Record<DropReason, number>;
  /** UDP payload bytes. */
  bytesSent: number;
  bytesDelivered: number;
}

/** Counters that have counted nothing yet. */
export function newCounters(): PacketCounters {
  return {
    sent: 0,
    delivered: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    dropped: 0,
    droppedBy: {
      loss: 0,
      "burst-loss": 0,
      "queue-full": 0,
      mtu: 0,
      blackout: 0,
      filter: 0,
      "no-route": 0,
      "no-socket": 0,
      "interface-down": 0,
      "receive-buffer-full": 0,
    },
    bytesSent: 0,
    bytesDelivered: 0,
  };
}
