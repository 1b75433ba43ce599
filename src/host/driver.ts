import { type Instant, NEVER } from "../core/base/instant.ts";
import type { MediaPacket } from "../core/base/media-frame.ts";
import type { Path, SocketId, Transmit } from "../core/base/path.ts";
import type { MediaId } from "../core/rtp-session/parameters.ts";
import { Engine } from "../core/session/engine.ts";
import type { HostRequest } from "../core/session/host-request.ts";
import { MAX_DATAGRAM_SIZE } from "../core/session/packet-size.ts";
import type { EngineCommand, EngineEvent, TransportId } from "../core/session/protocol.ts";
import type { EngineSnapshot } from "../core/stats/index.ts";
import { DriverStreams } from "./driver-streams.ts";
import type { EngineOptions, EnginePort, OpenEngine } from "./engine-port.ts";
import type { Cancelable, Host } from "./host.ts";
import { LocalSockets } from "./local-sockets.ts";
import { resolveBothFamilies } from "./resolve-both-families.ts";

const SETTLED = Promise.resolve();

/** The datagram being sent. One serves all engines of the process, until the system has to keep it for a while. */
let out = new Uint8Array(MAX_DATAGRAM_SIZE);

/** Datagrams sent in one go before other work of the process gets its turn. */
export const TRANSMIT_BURST = 128;

/**
 * Runs one engine on a host: owns its sockets and its one timer, moves datagrams, and hands each event to the W3C objects
 * in a task of its own. The same code runs on Node and in the simulated world.
 */
class EngineDriver implements EnginePort {
  readonly #host: Host;
  readonly #engine: Engine;
  readonly #deliver: (events: readonly EngineEvent[]) => void;
  readonly #sockets: LocalSockets;
  readonly #streams: DriverStreams;
  readonly #pending = new Set<Cancelable>();
  readonly #published: Cancelable[] = [];
  readonly #transports = new Set<TransportId>();
  readonly #transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };
  #nextSocket: SocketId = 1;
  #timer: Cancelable | undefined;
  #timerAt: Instant = NEVER;
  #draining = false;
  #drainScheduled = false;
  /** Packets of a section that are on their way up: those that come before they have arrived go with them. */
  #rising: { readonly media: MediaId; readonly packets: MediaPacket[] } | undefined;
  /** One function for all drains. */
  readonly #drainNow = () => {
    this.#drainScheduled = false;
    this.#run(nothing);
  };
  #continuing = false;
  /** One function for all that goes on in a later task. */
  readonly #continue = () => {
    this.#continuing = false;
    this.#run(nothing);
  };
  #released = false;

  constructor(host: Host, options: EngineOptions, deliver: (events: readonly EngineEvent[]) => void) {
    this.#host = host;
    this.#deliver = deliver;
    this.#engine = new Engine({
      random: host.crypto,
      crypto: host.crypto,
      log: host.log,
      certificates: options.certificates,
      ice: options.ice,
      supervised: options.supervised,
      timeOrigin: host.wallClock() - host.now(),
    });
    this.#streams = new DriverStreams({
      host,
      engine: this.#engine,
      options: options.ice ?? {},
      run: (input) => this.#run(input),
      nextSocket: () => this.#nextSocket++,
    });
    this.#sockets = new LocalSockets(host, options.ice ?? {}, {
      nextSocket: () => this.#nextSocket++,
      opened: (transport, component, socket) =>
        this.#run((now) => this.#engine.addSocket(now, transport, component, socket)),
      complete: (transport, component) =>
        this.#run((now) => this.#engine.socketsComplete(now, transport, component)),
      gone: (socket) => this.#run((now) => this.#engine.removeSocket(now, socket)),
      addressesChanged: (present) => this.#streams.keepOnly(present),
      received: (path, datagram) => this.#receive(path, datagram),
    });
  }

  command(command: EngineCommand): void {
    if (this.#released) return;
    if (command.type === "create-transport" || command.type === "restart-ice") {
      this.#transports.add(command.transport);
      this.#sockets.expect(command.transport, command.usernameFragment);
    } else if (command.type === "remove-transport") {
      this.#transports.delete(command.transport);
      this.#sockets.forget(command.transport);
    }
    try {
      this.#engine.command(this.#host.now(), command);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#engine.closed) {
      this.#run(nothing);
      this.#release();
    } else this.#drainSoon();
  }

  /** When the caller's own code has run to its end: what it sends in one go shares packets (RFC 9260 §6.10). */
  #drainSoon(): void {
    if (this.#drainScheduled) return;
    this.#drainScheduled = true;
    // What `queueMicrotask` adds to it in Node costs more than a packet's way through the engine.
    void SETTLED.then(this.#drainNow);
  }

  /**
   * The hot path: like `#run`, without a closure for each datagram. A bulk sender answers all acknowledgements that have
   * arrived by now with one burst.
   */
  #receive(path: Path, datagram: Uint8Array): void {
    if (this.#released || datagram.length > MAX_DATAGRAM_SIZE) return;
    try {
      this.#engine.handleDatagram(this.#host.now(), path, datagram);
      if (!this.#engine.mayAnswerLater) {
        this.#drain();
        return;
      }
      this.#deliverAll();
      this.#continueLater();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One input into the engine, then everything it owes. Nothing thrown in there leaves this function. */
  #run(input: (now: Instant) => void): void {
    if (this.#released) return;
    try {
      input(this.#host.now());
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #drain(): void {
    // A host may answer a request at once: its answer is one more input, drained by the call already under way.
    if (this.#draining) return;
    this.#draining = true;
    try {
      do {
        this.#transmitAll();
        this.#deliverAll();
      } while (this.#serveRequests());
    } finally {
      this.#draining = false;
    }
    this.#armTimer();
  }

  #transmitAll(): void {
    const engine = this.#engine;
    const transmit = this.#transmit;
    const now = this.#host.now();
    for (let sent = 0; sent < TRANSMIT_BURST || engine.closed; sent++) {
      if (!engine.pollTransmit(now, out, transmit)) return;
      const socket = this.#sockets.get(transmit.path.socket);
      if (socket === undefined) {
        // A full stream drops it, as a full queue of datagrams would. Otherwise its interface has just vanished.
        this.#streams.send(transmit.path.socket, out, transmit.length);
        continue;
      }
      const taken = socket.send(out, transmit.length, transmit.path.address, transmit.path.port);
      // The system still reads from it: retired to the garbage collector.
      if (!taken) out = new Uint8Array(MAX_DATAGRAM_SIZE);
    }
    this.#continueLater();
  }

  #continueLater(): void {
    if (this.#continuing) return;
    this.#continuing = true;
    this.#host.queueTask(this.#continue);
  }

  #deliverAll(): void {
    for (let event = this.#engine.pollEvent(); event !== undefined; event = this.#engine.pollEvent()) {
      if (this.#joinsRising(event)) continue;
      const events: EngineEvent[] = [event];
      // webrtc-pc §5.6: a new pair and the state that comes with it change in one task.
      if (event.type === "ice-selected-pair") {
        const next = this.#engine.peekEvent();
        const together =
          next?.type === "ice-state" &&
          next.transport === event.transport &&
          next.component === event.component;
        if (together) events.push(this.#engine.pollEvent()!);
      }
      this.#host.queueTask(() => {
        if (event === this.#rising) this.#rising = undefined;
        if (!this.#released || event.type === "ended") this.#deliver(events);
      });
    }
  }

  /** The packets of a frame come in a burst: whoever passes them on sends them in one. */
  #joinsRising(event: EngineEvent): boolean {
    if (event.type !== "media-packets") {
      this.#rising = undefined;
      return false;
    }
    if (this.#rising?.media !== event.media) {
      this.#rising = event;
      return false;
    }
    for (const packet of event.packets) this.#rising.packets.push(packet);
    return true;
  }

  /** True when a request was served: its answer may already be in. */
  #serveRequests(): boolean {
    let served = false;
    for (
      let request = this.#engine.pollRequest();
      request !== undefined;
      request = this.#engine.pollRequest()
    ) {
      served = true;
      switch (request.type) {
        case "open-sockets":
          this.#sockets.open(request);
          break;
        case "close-socket":
          this.#sockets.close(request.socket);
          this.#streams.close(request.socket);
          break;
        case "connect-stream":
          this.#streams.connect(request);
          break;
        case "cancel-stream":
          this.#streams.cancel(request);
          break;
        case "open-tcp":
          this.#streams.open(request);
          break;
        case "close-tcp":
          this.#streams.stopListening(request);
          break;
        case "publish-name":
          this.#published.push(this.#host.publishMdns(request.name, request.address));
          break;
        case "probe-server":
          this.#probe(request);
          break;
        case "resolve":
          this.#resolve(request);
          break;
      }
    }
    return served;
  }

  #resolve({ transport, component, id, name, mdns }: Extract<HostRequest, { type: "resolve" }>): void {
    this.#await((settle) => {
      const answer = (addresses: readonly string[]) => {
        settle();
        this.#run((now) => this.#engine.resolved(now, transport, component, id, addresses));
      };
      return mdns ? this.#host.resolveMdns(name, answer) : resolveBothFamilies(this.#host, name, answer);
    });
  }

  #probe(request: Extract<HostRequest, { type: "probe-server" }>): void {
    const { transport, component, id, address, port, datagram } = request;
    const local = this.#host.localAddresses().find((one) => one.address === request.local);
    if (local === undefined) return;
    this.#await((settle) =>
      this.#host.probeUdp?.(local, address, port, datagram, (errorCode) => {
        settle();
        if (errorCode === undefined) return;
        this.#run((now) => this.#engine.serverUnreachable(now, transport, component, id, errorCode));
      }),
    );
  }

  /** Keeps what `start` returns cancelable until it has settled, also when it settles before it has returned. */
  #await(start: (settle: () => void) => Cancelable | undefined): void {
    let settled = false;
    let pending: Cancelable | undefined;
    pending = start(() => {
      settled = true;
      if (pending !== undefined) this.#pending.delete(pending);
    });
    if (!settled && pending !== undefined) this.#pending.add(pending);
  }

  #armTimer(): void {
    const at = this.#engine.nextTimeout();
    // A timer that fires early is harmless (handleTimeout is idempotent), so only an earlier deadline re-arms.
    if (at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#host.setTimer(
      at,
      () => {
        this.#timerAt = NEVER;
        this.#timer = undefined;
        this.#run((now) => this.#engine.handleTimeout(now));
      },
      false,
    );
  }

  /** An invariant of ours is broken: said loudly, and the connection fails; the process lives. */
  #fail(error: unknown): void {
    this.#host.log.event("internal-error", {
      message: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    const failure = { detail: "dtls-failure", message: "internal error" } as const;
    const events = [...this.#transports].flatMap((transport): EngineEvent[] => [
      { type: "ice-state", transport, component: 1, state: "failed" },
      {
        type: "dtls-state",
        transport,
        component: 1,
        state: "failed",
        remoteCertificates: [],
        error: failure,
      },
      { type: "sctp-closed", transport, error: failure },
    ]);
    this.#release();
    this.#host.queueTask(() => this.#deliver(events));
    const ended: EngineEvent = { type: "ended", snapshot: this.#lastSnapshot() };
    this.#host.queueTask(() => this.#deliver([ended]));
  }

  /** What a broken engine still has to say. */
  #lastSnapshot(): EngineSnapshot {
    const now = this.#host.now();
    try {
      return this.#engine.snapshot(now);
    } catch {
      return { at: now, transports: [] };
    }
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#timer?.cancel();
    for (const pending of this.#pending) pending.cancel();
    this.#pending.clear();
    this.#streams.release();
    for (const name of this.#published) name.cancel();
    this.#sockets.closeAll();
  }
}

function nothing(): void {}

/** {@link OpenEngine} for engines that live in this thread. */
export const openEngine: OpenEngine = (host, options, deliver) => new EngineDriver(host, options, deliver);
