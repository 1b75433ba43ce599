/** Two sessions with a path between them that loses, delays and reorders, in virtual time. No protection: the octets are in clear. */
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { MediaPacket, ReceivedFrame } from "../base/media-frame.ts";
import type { RtpSessionEvent } from "./events.ts";
import type { MediaSectionParameters, PayloadFormat } from "./parameters.ts";
import { RtpSession } from "./rtp-session.ts";

export interface PathOptions {
  readonly seed: number;
  /** One way, milliseconds. */
  readonly latency?: number;
  /** 0..1, both ways. */
  readonly loss?: number;
  /** Milliseconds that a packet takes longer, at most. */
  readonly jitter?: number;
  /** Milliseconds that the RTP packets of an SSRC take longer: the least, and by how much they differ. */
  readonly detours?: ReadonlyMap<number, { readonly latency: number; readonly jitter: number }>;
  /** By how much the clock of `a` is ahead of that of `z`; milliseconds. */
  readonly ahead?: number;
  /** Each with its own: what the session sends and receives goes through it. */
  readonly guards?: { readonly a: Guard; readonly z: Guard };
}

/** What protects packets between the sessions, in place; lengths, negative for what is refused. */
export interface Guard {
  protect(packet: Uint8Array, length: number, control: boolean): number;
  unprotect(packet: Uint8Array, control: boolean): number;
}

/** A frame, and when it came out. */
export interface Arrival {
  readonly at: number;
  readonly frame: ReceivedFrame;
}

interface InFlight {
  readonly at: number;
  readonly to: RtpSession;
  readonly bytes: Uint8Array;
  readonly control: boolean;
}

/** `a` sends, `z` receives. */
export class SessionPair {
  now = 0;
  readonly a: RtpSession;
  readonly z: RtpSession;
  readonly arrivals: Arrival[] = [];
  /** What `z` has received to pass on. */
  readonly passedOn: MediaPacket[] = [];
  /** What `a` was told. */
  readonly events: RtpSessionEvent[] = [];
  /** What else than frames `z` was told. */
  readonly told: RtpSessionEvent[] = [];
  /** RTP that `a` has sent, lost or not. */
  readonly sent: Uint8Array[] = [];
  keyFrameWanted = true;
  #framesSent = 0;
  loss: number;
  /** Until then what `a` sends stands in a queue on its way, and then comes at once. */
  heldUntil = 0;
  /** `a` has no path: its packets wait in it. */
  cut = false;
  /** Added to the times of frames. Microseconds. */
  clockOffset = 0;
  /** RTCP that the sender's guard has refused to protect. */
  unprotected = 0;
  /** Packets that the receiver's guard has refused. */
  refused = 0;
  readonly #guards: PathOptions["guards"];
  readonly #random: SeededRandom;
  readonly #latency: number;
  readonly #jitter: number;
  readonly #detours: PathOptions["detours"];
  #inFlight: InFlight[] = [];
  readonly #out = new Uint8Array(1500);

  constructor(
    sender: MediaSectionParameters | readonly MediaSectionParameters[],
    receiver: MediaSectionParameters | readonly MediaSectionParameters[],
    { seed, latency = 25, loss = 0, jitter = 0, detours, ahead = 0, guards }: PathOptions,
  ) {
    this.#detours = detours;
    this.#guards = guards;
    this.#random = new SeededRandom(seed);
    this.#latency = latency;
    this.#jitter = jitter;
    this.loss = loss;
    const sections = [sender].flat();
    this.a = new RtpSession({ random: this.#random, timeOrigin: 1_790_000_000_000 + ahead });
    this.z = new RtpSession({ random: this.#random, timeOrigin: 1_790_000_000_000 });
    this.a.configure(0, sections);
    this.z.configure(0, [receiver].flat());
    // What ICE tells of the path.
    this.a.setRoundTrip(2 * latency + jitter);
    this.z.setRoundTrip(2 * latency + jitter);
    this.a.start(0);
    this.z.start(0);
    for (const { media } of [receiver].flat()) this.z.want(media, true, false);
  }

  /** Lets `milliseconds` go by. */
  run(milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end; this.now++) this.#step();
  }

  /** Frames of `octets`, 30 a second, for `seconds`; key frames are five times as large. Returns when each was sent. */
  sendVideo(media: number, seconds: number, octets: number): number[] {
    const times: number[] = [];
    for (let end = this.#framesSent + seconds * 30; this.#framesSent < end; ) {
      const i = this.#framesSent++;
      const data = new Uint8Array(this.keyFrameWanted ? octets * 5 : octets).fill(i);
      data[0] = this.keyFrameWanted ? 0x10 : 0x11;
      times.push(this.now);
      const type = this.keyFrameWanted ? "key" : "delta";
      this.keyFrameWanted = false;
      this.a.sendFrame(this.now, media, { type, data, timestamp: this.clockOffset + (i * 1e6) / 30 });
      this.run(i % 3 === 2 ? 34 : 33);
    }
    return times;
  }

  /** Opus packets of 20 ms for `seconds`. */
  sendAudio(media: number, seconds: number): void {
    for (let end = this.#framesSent + seconds * 50; this.#framesSent < end; ) {
      const i = this.#framesSent++;
      const data = new Uint8Array(80).fill(i);
      data[0] = 0x78;
      this.a.sendFrame(this.now, media, { type: "key", data, timestamp: i * 20_000 });
      this.run(20);
    }
  }

  #step(): void {
    const due = this.#inFlight.filter(({ at }) => at <= this.now);
    this.#inFlight = this.#inFlight.filter(({ at }) => at > this.now);
    due.sort((x, y) => x.at - y.at);
    for (const { to, bytes, control } of due) {
      const guard = to === this.a ? this.#guards?.a : this.#guards?.z;
      const length = guard?.unprotect(bytes, control) ?? bytes.length;
      if (length < 0) this.refused++;
      else if (control) to.handleRtcp(this.now, bytes.subarray(0, length));
      else to.handleRtp(this.now, bytes.subarray(0, length));
    }
    for (const session of [this.a, this.z])
      if (session.nextTimeout() <= this.now) session.handleTimeout(this.now);
    if (!this.cut) this.#drain(this.a, this.z);
    this.#drain(this.z, this.a);
    this.#collect();
  }

  #drain(from: RtpSession, to: RtpSession): void {
    const out = this.#out;
    const guard = from === this.a ? this.#guards?.a : this.#guards?.z;
    for (let length = from.pollControl(out); length > 0; length = from.pollControl(out)) {
      const end = guard?.protect(out, length, true) ?? length;
      if (end > 0) this.#carry(to, out.slice(0, end), true);
      else this.unprotected++;
    }
    for (let length = from.pollPacket(this.now, out); length > 0; length = from.pollPacket(this.now, out)) {
      if (from === this.a) this.sent.push(out.slice(0, length));
      if (from.isProtected) {
        this.#carry(to, out.slice(0, length), false, this.#detour(out));
        continue;
      }
      const end = guard?.protect(out, length, false) ?? length;
      from.packetLeft(this.now, out, end);
      this.#carry(to, out.slice(0, end), false, this.#detour(out));
    }
  }

  /** Milliseconds that this packet takes longer. */
  #detour(packet: Uint8Array): number {
    const detour = this.#detours?.get(new DataView(packet.buffer).getUint32(8));
    if (detour === undefined) return 0;
    return detour.latency + (detour.jitter === 0 ? 0 : this.#random.uint32() % detour.jitter);
  }

  #carry(to: RtpSession, bytes: Uint8Array, control: boolean, detour = 0): void {
    if (this.#random.uint32() / 2 ** 32 < this.loss) return;
    const jitter = this.#jitter === 0 ? 0 : this.#random.uint32() % this.#jitter;
    const at = Math.max(this.now, to === this.z ? this.heldUntil : 0) + this.#latency + jitter + detour;
    this.#inFlight.push({ at, to, bytes, control });
  }

  #collect(): void {
    for (let event = this.z.pollEvent(); event !== undefined; event = this.z.pollEvent()) {
      if (event.type === "media-packets") this.passedOn.push(...event.packets);
      if (event.type !== "media-frames") {
        this.told.push(event);
        continue;
      }
      for (const frame of event.frames) this.arrivals.push({ at: this.now, frame });
    }
    for (let event = this.a.pollEvent(); event !== undefined; event = this.a.pollEvent()) {
      this.events.push(event);
      if (event.type === "key-frame-wanted") this.keyFrameWanted = true;
    }
  }
}

export function format(
  payloadType: number,
  mimeType: string,
  rtcpFeedback: readonly string[] = [],
  sdpFmtpLine?: string,
): PayloadFormat {
  const clockRate = mimeType.startsWith("video/") ? 90_000 : 48_000;
  return { payloadType, mimeType, clockRate, channels: undefined, sdpFmtpLine, rtcpFeedback };
}

/** The same formats both ways, on one section: what `a` sends and what `z` receives, in step with what is in the same group. */
export function oneWay(
  kind: "audio" | "video",
  formats: readonly PayloadFormat[],
  media = 1,
  synchronizationGroup?: string | undefined,
): { sender: MediaSectionParameters; receiver: MediaSectionParameters } {
  const common = { media, kind, mid: String(media), reducedSize: true, extmapAllowMixed: false };
  const ssrc = media * 100;
  const fecSsrc = ssrc + 2;
  return {
    sender: {
      ...common,
      send: {
        cname: "us",
        streams: [{ ssrc, rtxSsrc: ssrc + 1, fecSsrc, rid: undefined, active: true }],
        formats,
        headerExtensions: [],
      },
      receive: undefined,
    },
    receiver: {
      ...common,
      send: undefined,
      receive: {
        formats,
        headerExtensions: [],
        sources: [{ ssrc, rtxSsrc: ssrc + 1 }],
        rids: [],
        synchronizationGroup,
      },
    },
  };
}
