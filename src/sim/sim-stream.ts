/**
 * TCP in a simulated world: enough of it (RFC 9293) for streams to be slow, to lose and repeat segments, to be refused and
 * to break. Segments are packets, so links, NATs and firewalls treat them like any other. There is no congestion control:
 * a fixed window stands in for it. TLS is a name that the server must have, and one more round trip.
 */
import type { Duration, Instant } from "../core/base/instant.ts";
import {
  type Cancelable,
  MAX_STREAM_BACKLOG,
  STREAM_CONNECT_TIMEOUT,
  type StreamHandlers,
  type StreamSocket,
} from "../host/host.ts";
import type { Packet, TcpSegment } from "./packet.ts";

/** Bytes of payload in one segment. */
export const SEGMENT_SIZE = 1400;
/** Bytes under way at once. */
export const STREAM_WINDOW = 64 * 1024;
/** Repetitions of one segment without an answer after which a stream is broken. */
export const MAX_REPETITIONS = 8;
/** First and longest time to wait for an answer, ms (RFC 6298 §2). */
const FIRST_TIMEOUT: Duration = 1000;
const LONGEST_TIMEOUT: Duration = 8000;
const SHORTEST_TIMEOUT: Duration = 200;

/** What a stream needs of its host. */
export interface StreamOwner {
  readonly now: Instant;
  transmit(packet: Packet): string | undefined;
  schedule(at: Instant, kind: string, run: () => void): Cancelable;
  released(stream: SimStream): void;
  internalError(error: unknown): void;
}

/** The four parts of a stream's name. */
export interface StreamTuple {
  readonly address: string;
  readonly port: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

interface Sent {
  readonly sequence: number;
  readonly length: number;
  readonly segment: TcpSegment;
  readonly payload: Uint8Array;
}

type State = "connecting" | "accepting" | "open" | "closing" | "closed";
/** Tells the owner of a stream that connects, or is accepted, how that ended. */
type Settled = (stream: SimStream | undefined, errorCode: string | undefined) => void;

const NOTHING = new Uint8Array(0);

/** One end of a TCP connection. */
export class SimStream implements StreamSocket {
  readonly address: string;
  readonly port: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #owner: StreamOwner;
  readonly #settled: Settled;
  readonly #serverName: string | undefined;
  #state: State;
  #handlers: StreamHandlers | undefined;
  /** Sequence numbers count SYN, bytes and FIN from 0 and never wrap. */
  #next = 0;
  #expected = 0;
  #unacknowledged: Sent[] = [];
  #backlog: Uint8Array[] = [];
  #backlogBytes = 0;
  #refused = false;
  #finQueued = false;
  readonly #early = new Map<number, { segment: TcpSegment; payload: Uint8Array }>();
  #repetitions = 0;
  #timeout: Duration = FIRST_TIMEOUT;
  #timer: Cancelable | undefined;
  #deadline: Cancelable | undefined;
  #synSentAt: Instant = 0;

  private constructor(
    tuple: StreamTuple,
    owner: StreamOwner,
    state: State,
    serverName: string | undefined,
    settled: Settled,
  ) {
    this.address = tuple.address;
    this.port = tuple.port;
    this.remoteAddress = tuple.remoteAddress;
    this.remotePort = tuple.remotePort;
    this.#owner = owner;
    this.#settled = settled;
    this.#state = state;
    this.#serverName = serverName;
    this.#deadline = owner.schedule(owner.now + STREAM_CONNECT_TIMEOUT, "connect-timeout", () =>
      this.#end("ETIMEDOUT"),
    );
    this.#synSentAt = owner.now;
  }

  /** The end that connects. */
  static connect(
    tuple: StreamTuple,
    owner: StreamOwner,
    serverName: string | undefined,
    handlers: StreamHandlers,
    settled: Settled,
  ): SimStream {
    const stream = new SimStream(tuple, owner, "connecting", serverName, settled);
    stream.#handlers = handlers;
    stream.#transmitNew({ syn: true }, NOTHING);
    return stream;
  }

  /** The end that answers a SYN. `tlsNames`: what its certificate is for, when it speaks TLS. */
  static answer(
    tuple: StreamTuple,
    owner: StreamOwner,
    tlsNames: readonly string[] | undefined,
    settled: Settled,
  ): SimStream {
    const stream = new SimStream(tuple, owner, "accepting", undefined, settled);
    stream.#expected = 1;
    stream.#transmitNew(tlsNames === undefined ? { syn: true } : { syn: true, tlsNames }, NOTHING);
    return stream;
  }

  /** Whom to tell, for an accepted stream. */
  set handlers(handlers: StreamHandlers) {
    this.#handlers = handlers;
  }

  send(bytes: Uint8Array, length: number): boolean {
    if (this.#state !== "open") return true;
    if (this.#backlogBytes + length > MAX_STREAM_BACKLOG) {
      this.#refused = true;
      return false;
    }
    this.#backlog.push(new Uint8Array(bytes.subarray(0, length)));
    this.#backlogBytes += length;
    this.#transmitBacklog();
    return true;
  }

  close(): void {
    this.#handlers = undefined;
    if (this.#state === "connecting" || this.#state === "accepting") {
      this.#reset();
      return;
    }
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#finQueued = true;
    this.#transmitBacklog();
    this.#deadline = this.#owner.schedule(this.#owner.now + 1000, "close-timeout", () => this.#release());
  }

  /** A segment of this connection has arrived. */
  deliver(segment: TcpSegment, payload: Uint8Array): void {
    if (this.#state === "closed") return;
    if (segment.rst) {
      this.#end(this.#state === "connecting" ? "ECONNREFUSED" : "ECONNRESET");
      return;
    }
    this.#acknowledged(segment.acknowledgement);
    const occupies = segment.syn || segment.fin || payload.length > 0;
    if (occupies) {
      if (segment.sequence >= this.#expected && this.#early.size < 1024) {
        this.#early.set(segment.sequence, { segment, payload });
      }
      this.#takeInOrder();
      if (isClosed(this.#state)) return;
      // RFC 9293 §3.5: both ends connect at once. The other end has perhaps not seen our SYN, so it goes with the answer again.
      const lost = segment.syn ? this.#unacknowledged.find((one) => one.segment.syn) : undefined;
      this.#transmit(lost?.segment ?? { ...PLAIN, sequence: this.#next }, NOTHING);
    } else if (this.#state === "accepting") this.#open();
  }

  #takeInOrder(): void {
    for (;;) {
      const next = this.#early.get(this.#expected);
      if (next === undefined || this.#state === "closed") return;
      this.#early.delete(this.#expected);
      const { segment, payload } = next;
      this.#expected += payload.length + (segment.syn ? 1 : 0) + (segment.fin ? 1 : 0);
      if (segment.syn) this.#answered(segment);
      else if (this.#state === "accepting") this.#open();
      if (payload.length > 0) this.#tell((to) => to.data(payload));
      if (segment.fin) {
        this.#transmit({ ...PLAIN, sequence: this.#next }, NOTHING);
        this.#end(undefined);
      }
    }
  }

  /** The other side's SYN has come: what it says about TLS decides. */
  #answered(segment: TcpSegment): void {
    if (this.#state !== "connecting") return;
    const { tlsNames } = segment;
    const name = this.#serverName;
    if ((name === undefined) !== (tlsNames === undefined)) this.#fail("EPROTO");
    else if (name !== undefined && !tlsNames!.includes(name)) this.#fail("ERR_TLS_CERT_ALTNAME_INVALID");
    else if (name === undefined) this.#open();
    else {
      const roundTrip = this.#owner.now - this.#synSentAt;
      this.#owner.schedule(this.#owner.now + roundTrip, "tls", () => {
        if (this.#state === "connecting") this.#open();
      });
    }
  }

  #open(): void {
    this.#state = "open";
    this.#deadline?.cancel();
    this.#timeout = Math.max(SHORTEST_TIMEOUT, 2 * (this.#owner.now - this.#synSentAt));
    this.#guarded(() => this.#settled(this, undefined));
  }

  #fail(code: string): void {
    this.#transmit({ ...PLAIN, rst: true, sequence: this.#next }, NOTHING);
    this.#end(code);
  }

  /** Gives up what was not connected yet. */
  #reset(): void {
    this.#transmit({ ...PLAIN, rst: true, sequence: this.#next }, NOTHING);
    this.#release();
  }

  #end(code: string | undefined): void {
    const settledBefore = this.#state === "open" || this.#state === "closing";
    if (isClosed(this.#state)) return;
    this.#release();
    if (settledBefore) this.#tell((to) => to.closed(code));
    else this.#guarded(() => this.#settled(undefined, code ?? "ECONNRESET"));
  }

  #release(): void {
    this.#state = "closed";
    this.#timer?.cancel();
    this.#deadline?.cancel();
    this.#unacknowledged = [];
    this.#backlog = [];
    this.#owner.released(this);
  }

  #acknowledged(upTo: number): void {
    const before = this.#unacknowledged.length;
    this.#unacknowledged = this.#unacknowledged.filter(({ sequence, length }) => sequence + length > upTo);
    if (this.#unacknowledged.length === before) return;
    this.#repetitions = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#transmitBacklog();
    if (this.#unacknowledged.length > 0) this.#arm();
    else if (this.#state === "closing" && !this.#finQueued) this.#release();
    else if (this.#refused && this.#backlogBytes === 0) {
      this.#refused = false;
      this.#tell((to) => to.drained());
    }
  }

  #transmitBacklog(): void {
    let underWay = 0;
    for (const { length } of this.#unacknowledged) underWay += length;
    while (this.#backlog.length > 0 && underWay < STREAM_WINDOW) {
      const bytes = this.#backlog[0]!;
      const piece = bytes.subarray(0, SEGMENT_SIZE);
      if (piece.length === bytes.length) this.#backlog.shift();
      else this.#backlog[0] = bytes.subarray(SEGMENT_SIZE);
      this.#backlogBytes -= piece.length;
      underWay += piece.length;
      this.#transmitNew({}, piece);
    }
    if (this.#backlog.length > 0 || !this.#finQueued) return;
    this.#finQueued = false;
    this.#transmitNew({ fin: true }, NOTHING);
  }

  #transmitNew(flags: Partial<TcpSegment>, payload: Uint8Array): void {
    const segment: TcpSegment = { ...PLAIN, ...flags, sequence: this.#next };
    const length = payload.length + (segment.syn ? 1 : 0) + (segment.fin ? 1 : 0);
    this.#unacknowledged.push({ sequence: this.#next, length, segment, payload });
    this.#next += length;
    this.#transmit(segment, payload);
    if (this.#timer === undefined) this.#arm();
  }

  #transmit(segment: TcpSegment, payload: Uint8Array): void {
    const code = this.#owner.transmit({
      sourceAddress: this.address,
      sourcePort: this.port,
      destinationAddress: this.remoteAddress,
      destinationPort: this.remotePort,
      payload,
      segment: { ...segment, acknowledgement: this.#expected },
    });
    // A kernel goes on trying for a connection it has, and tells at once that it cannot make one.
    if (code === undefined || this.#state !== "connecting") return;
    this.#owner.schedule(this.#owner.now, "connect-error", () => this.#end(code));
  }

  #arm(): void {
    const wait = Math.min(LONGEST_TIMEOUT, this.#timeout * 2 ** this.#repetitions);
    this.#timer = this.#owner.schedule(this.#owner.now + wait, "retransmission", () => {
      this.#timer = undefined;
      const [first] = this.#unacknowledged;
      if (first === undefined) return;
      if (++this.#repetitions > MAX_REPETITIONS) {
        this.#end("ETIMEDOUT");
        return;
      }
      // What was lost comes in runs: the first few are sent again, as after a real timeout.
      for (const { segment, payload } of this.#unacknowledged.slice(0, 4)) this.#transmit(segment, payload);
      this.#arm();
    });
  }

  #tell(about: (handlers: StreamHandlers) => void): void {
    const handlers = this.#handlers;
    if (handlers !== undefined) this.#guarded(() => about(handlers));
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#owner.internalError(error);
    }
  }
}

const PLAIN: TcpSegment = { syn: false, fin: false, rst: false, sequence: 0, acknowledgement: 0 };

function isClosed(state: State): boolean {
  return state === "closed";
}

/** The answer of a host that knows nothing of a connection (RFC 9293 §3.5.2). */
export function resetFor(packet: Packet): Packet {
  return {
    sourceAddress: packet.destinationAddress,
    sourcePort: packet.destinationPort,
    destinationAddress: packet.sourceAddress,
    destinationPort: packet.sourcePort,
    payload: NOTHING,
    segment: { ...PLAIN, rst: true },
  };
}
