/** RTP packets that wait to leave, paced, and the transport-wide numbers that they leave under. */
import type { Instant } from "../base/instant.ts";
import { PrefixViews } from "../base/prefix-views.ts";
import { PACER_PRIORITY, Pacer, type PacerPriority } from "../media/index.ts";
import { MAX_QUEUED_TIME } from "./limits.ts";
import { CARRIED, OutgoingPacket } from "./outgoing-packet.ts";
import type { SendStream } from "./send-stream.ts";

/** Of the buffer that packets are written into. */
const views = new PrefixViews();
/** Packets that are kept for reuse: more than wait at once on a good network. */
const MAX_SPARE_PACKETS = 512;

export class OutgoingPackets {
  /** Packets that found the queue full, or have waited in it for too long. Frames of which not every packet fits are refused before. */
  dropped = 0;
  readonly #expiredVideo = new Set<SendStream>();
  readonly #pacer: Pacer<OutgoingPacket>;
  readonly #spare: OutgoingPacket[] = [];
  #transportSequenceNumber = 0;
  /** The packet that {@link take} has written, while the octets that leave are to be kept. */
  #taken: OutgoingPacket | undefined;
  #isProtected = false;

  /** `rate`: bit/s. */
  constructor(rate: number) {
    this.#pacer = new Pacer(rate);
  }

  /** Packets that can be taken in. */
  get room(): number {
    return this.#pacer.room;
  }

  /** The octets of the last packet that {@link take} has written are protected already. */
  get isProtected(): boolean {
    return this.#isProtected;
  }

  /** bit/s */
  setRate(now: Instant, rate: number): void {
    this.#pacer.setRate(now, rate);
  }

  /** A packet to be filled in. */
  acquire(): OutgoingPacket {
    return this.#spare.pop() ?? new OutgoingPacket();
  }

  /** It is not needed any more. */
  release(packet: OutgoingPacket): void {
    packet.clear();
    if (this.#spare.length < MAX_SPARE_PACKETS) this.#spare.push(packet);
  }

  /** A packet that finds the queue full is dropped and counted. */
  push(now: Instant, priority: PacerPriority, packet: OutgoingPacket): void {
    packet.queuedAt = now;
    if (this.#pacer.push(priority, packet)) return;
    this.dropped++;
    this.release(packet);
  }

  /** A repair packet goes right behind what it protects. */
  pushRepair(now: Instant, packet: OutgoingPacket): void {
    this.push(now, PACER_PRIORITY.RETRANSMISSION, packet);
  }

  /** The next transport-wide sequence number. */
  nextTransportSequenceNumber(): number {
    const number = this.#transportSequenceNumber;
    this.#transportSequenceNumber = (number + 1) & 0xffff;
    return number;
  }

  /** Writes the next packet into `out`; returns its length, 0 when none may leave now. */
  take(now: Instant, out: Uint8Array): number {
    this.#forgetTaken();
    this.#isProtected = false;
    for (let packet = this.#pacer.poll(now); packet !== undefined; packet = this.#pacer.poll(now)) {
      const stream = packet.stream!;
      if (now - packet.queuedAt > MAX_QUEUED_TIME || packet.queuedAt < stream.brokenAt) {
        this.#expire(now, packet, stream);
        continue;
      }
      const repeated = packet.wireLength > 0;
      const length = stream.section?.write(now, packet, out) ?? 0;
      if (length === 0) {
        this.release(packet);
        continue;
      }
      this.#isProtected = repeated;
      if (stream.section?.keep(now, packet)) this.#taken = packet;
      else this.release(packet);
      return length;
    }
    return 0;
  }

  /** A stream of video that has lost packets because they had waited for too long: once for each time; undefined: none. */
  takeExpired(): SendStream | undefined {
    if (this.#expiredVideo.size === 0) return undefined;
    const [stream] = this.#expiredVideo;
    this.#expiredVideo.delete(stream!);
    return stream;
  }

  #expire(now: Instant, packet: OutgoingPacket, stream: SendStream): void {
    this.dropped++;
    if (packet.carried === CARRIED.MEDIA && stream.section?.kind === "video" && stream.brokenAt < now) {
      stream.brokenAt = now;
      stream.chain.break();
      this.#expiredVideo.add(stream);
    }
    this.release(packet);
  }

  /** What {@link take} has written has left as these octets: the packet may have to be sent again as it is. */
  left(now: Instant, packet: Uint8Array, length: number): void {
    const taken = this.#taken;
    if (taken === undefined) return;
    taken.stream!.history.keepOctets(now, taken, views.of(packet, length));
    this.#forgetTaken();
  }

  #forgetTaken(): void {
    if (this.#taken !== undefined) this.release(this.#taken);
    this.#taken = undefined;
  }

  handleTimeout(now: Instant): void {
    this.#pacer.handleTimeout(now);
  }

  /** When {@link take} has more than it has now. */
  nextTimeout(): Instant {
    return this.#pacer.nextTimeout();
  }

  clear(): void {
    this.#pacer.clear();
  }
}
