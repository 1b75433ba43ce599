/** What repair packets give back of one stream: ULPFEC inside of RED (RFC 5109), FlexFEC, earlier audio in RED (RFC 2198). */
import { Malformed } from "../base/malformed.ts";
import { decodeFlexfec, decodeUlpfec, FecReceiver } from "../media/index.ts";
import type { RtpPacketView } from "../rtp/index.ts";

/** Counters are named as webrtc-stats names them. */
export class StreamRecovery {
  fecPacketsReceived = 0;
  fecBytesReceived = 0;
  /** Those that have given nothing back. */
  fecPacketsDiscarded = 0;
  /** Of the FlexFEC stream; undefined: there is none. */
  fecSsrc: number | undefined;
  readonly #ssrc: number;
  #receiver: FecReceiver | undefined;
  #recovered: Uint8Array[] = [];

  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** A media packet of the stream (borrowed): `skip` octets of its payload are RED's. Kept once there are repair packets. */
  addMedia(view: RtpPacketView, payloadType: number, skip: number): void {
    const { sequenceNumber, bytes, payloadOffset } = view;
    this.#receiver?.addMedia(sequenceNumber, bytes, payloadType, payloadOffset, skip, this.#recovered);
  }

  /** A repair packet's payload (borrowed). */
  addRepair(payload: Uint8Array, kind: "ulpfec" | "flexfec-03"): void {
    this.fecPacketsReceived++;
    this.fecBytesReceived += payload.length;
    const repair = kind === "ulpfec" ? decodeUlpfec(payload) : decodeFlexfec(payload, kind);
    this.#receiver ??= new FecReceiver(this.#ssrc);
    const before = this.#recovered.length;
    if (!(repair instanceof Malformed)) this.#receiver.addRepair(repair, this.#recovered);
    if (this.#recovered.length === before) this.fecPacketsDiscarded++;
  }

  /** An earlier packet has come along with a later one; `used`: it was missing. */
  countEarlier(octets: number, used: boolean): void {
    this.fecPacketsReceived++;
    this.fecBytesReceived += octets;
    if (!used) this.fecPacketsDiscarded++;
  }

  /** The packets that could be given back since the last call, as they were sent; undefined: none. */
  take(): Uint8Array[] | undefined {
    if (this.#recovered.length === 0) return undefined;
    const recovered = this.#recovered;
    this.#recovered = [];
    return recovered;
  }
}
