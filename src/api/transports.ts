/** The transport objects of a connection, with their slots, and webrtc-pc §5.6's algorithms on them. */
import type { TransportId } from "../core/session/protocol.ts";
import type { IceTransportOwner } from "./candidate-pairs.ts";
import { createDtlsTransport, type DtlsTransportSlots, type RTCDtlsTransport } from "./RTCDtlsTransport.ts";
import type { RTCIceComponent } from "./RTCIceCandidate.ts";
import { createIceTransport, type IceTransportSlots, type RTCIceTransport } from "./RTCIceTransport.ts";
import { createSctpTransport, type RTCSctpTransport, type SctpTransportSlots } from "./RTCSctpTransport.ts";

/** One component of an ICE+DTLS transport. */
export class TransportComponent {
  readonly iceTransport: RTCIceTransport;
  readonly ice: IceTransportSlots;
  readonly dtlsTransport: RTCDtlsTransport;
  readonly dtls: DtlsTransportSlots;

  /** Gathering has ended for the current generation, and the end-of-candidates is surfaced or waits for the other component. */
  gatheringEnded = false;

  constructor(component: RTCIceComponent, connection: IceTransportOwner["connection"], id: TransportId) {
    const place = { transport: id, component: component === "rtp" ? 1 : 2 } as const;
    const ice = createIceTransport(component, { connection, place });
    const dtls = createDtlsTransport(ice.transport);
    this.iceTransport = ice.transport;
    this.ice = ice.slots;
    this.dtlsTransport = dtls.transport;
    this.dtls = dtls.slots;
  }

  /** webrtc-pc §4.4.2 close, steps 7 and 9. */
  close(): void {
    this.dtls.state = "closed";
    this.ice.state = "closed";
  }
}

/** One ICE+DTLS transport: its own component is RTP's, which everything else shares that can. */
export class Transport extends TransportComponent {
  /** The name that offer/answer and the engine have for it. */
  readonly id: TransportId;
  /** Ours, once negotiated. */
  dtlsRole: "client" | "server" | undefined;
  /** RTCP's component, as long as the peer may not multiplex. No attribute leads to its objects; states depend on it. */
  rtcp: TransportComponent | undefined;

  constructor(id: TransportId, connection: IceTransportOwner["connection"]) {
    super("rtp", connection, id);
    this.id = id;
  }

  get components(): readonly TransportComponent[] {
    return this.rtcp === undefined ? [this] : [this, this.rtcp];
  }

  override close(): void {
    super.close();
    this.rtcp?.close();
  }
}

/** [[SctpTransport]] and what carries it. */
export interface SctpTransport {
  readonly target: RTCSctpTransport;
  readonly slots: SctpTransportSlots;
  readonly transport: Transport;
}

/** webrtc-pc §6.1.1.1 over a transport of its own. */
export function createSctp(transport: Transport): SctpTransport {
  const { transport: target, slots } = createSctpTransport(transport.dtlsTransport);
  return { target, slots, transport };
}
