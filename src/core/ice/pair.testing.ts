/** Two agents (or one and a script) on a virtual clock and a virtual network. */
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { IceCandidate, IceServer } from "../base/ice-candidate.ts";
import type { Instant } from "../base/instant.ts";
import { SILENT } from "../base/log.ts";
import { Malformed } from "../base/malformed.ts";
import type { Path, Transmit } from "../base/path.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { StunMessage } from "../stun/index.ts";
import { IceAgent, type IceEvent, type IceTiming, type IceTransportState } from "./index.ts";

const PORT = 5000;
/** More polls than this for one input can only be a livelock. */
const MAX_POLLS = 2000;

export interface EndOptions {
  readonly controlling: boolean;
  /** Local addresses; one socket each, numbered from 1. */
  readonly addresses?: readonly string[];
  /** Behind a NAT with this public address: endpoint-dependent filtering, endpoint-independent mapping. */
  readonly nat?: string;
  readonly timing?: Partial<IceTiming>;
  readonly lite?: boolean;
  /** Pairs are told, and nominations wait for the test, or are agreed to by `decides`. */
  readonly supervised?: boolean;
}

export interface Flight {
  readonly at: Instant;
  readonly from: { address: string; port: number };
  readonly to: { address: string; port: number };
  readonly bytes: Uint8Array;
}

/** What happens to a datagram: undefined drops it. */
export type Filter = (from: End, bytes: Uint8Array, path: Path) => Uint8Array | undefined;

/** The message in a datagram, if it is one. */
export function messageOf(bytes: Uint8Array): StunMessage | undefined {
  const message = StunMessage.parse(bytes);
  return message instanceof Malformed ? undefined : message;
}

/** node:crypto for HMACs, the seed for everything random. */
export function seededCrypto(random: SeededRandom): CryptoProvider {
  return { ...nodeCrypto, fill: (out) => random.fill(out) };
}

export class End {
  readonly name: string;
  readonly agent: IceAgent;
  readonly events: IceEvent[] = [];
  readonly addresses: readonly string[];
  readonly nat: string | undefined;
  readonly lite: boolean;
  usernameFragment: string;
  password: string;
  /** Added to every port by the NAT; changing it is a rebinding. */
  natPortOffset = 10_000;
  /** Where the inside has sent to: all that the NAT lets back in. */
  readonly natAllows = new Set<string>();
  /** Open sockets. */
  sockets: { socket: number; address: string; port: number }[] = [];
  /** Each gathering opens sockets of its own, as a host does; otherwise it gets the ones there are. */
  reopens = false;
  /** What a resolver would know. */
  readonly names = new Map<string, readonly string[]>();
  sent = 0;

  constructor(name: string, options: EndOptions, random: SeededRandom) {
    this.name = name;
    this.addresses = options.addresses ?? [];
    this.nat = options.nat;
    this.lite = options.lite ?? false;
    this.usernameFragment = `${name}uf1`;
    this.password = `${name}-password-of-24-chars`;
    this.agent = new IceAgent({
      random,
      crypto: seededCrypto(random),
      log: SILENT,
      controlling: options.controlling,
      usernameFragment: this.usernameFragment,
      password: this.password,
      // Without the pause that shows the world "connected" first: most tests wait for the end of checking.
      timing: { completedAfter: 0, ...options.timing },
      options: { lite: this.lite },
      supervised: options.supervised,
    });
  }

  of<T extends IceEvent["type"]>(type: T): Extract<IceEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<IceEvent, { type: T }> => event.type === type);
  }

  get candidates(): IceCandidate[] {
    return this.of("candidate").map(({ candidate }) => candidate);
  }

  get states(): IceTransportState[] {
    return this.of("state").map(({ state }) => state);
  }
}

export class Pair {
  readonly a: End;
  readonly z: End;
  readonly random: SeededRandom;
  readonly seed: number;
  now: Instant = 0;
  latency = 5;
  jitter = 0;
  loss = 0;
  filter: Filter = (_from, bytes) => bytes;
  /** STUN servers: address text to the answer's mapped address, by default the source as seen. */
  readonly servers = new Set<string>();
  /** Datagrams to addresses that nobody has. */
  readonly strays: Flight[] = [];
  #wire: Flight[] = [];
  readonly #out = new Uint8Array(2048);
  readonly #transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };

  constructor(a: EndOptions, z: EndOptions, seed = 1) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.a = new End("a", { addresses: ["192.0.2.1"], ...a }, this.random);
    this.z = new End("z", { addresses: ["192.0.2.2"], ...z }, this.random);
  }

  other(end: End): End {
    return end === this.a ? this.z : this.a;
  }

  gather(end: End, servers: readonly IceServer[] = [], policy: "all" | "relay" = "all"): void {
    end.agent.gather(this.now, { servers, policy });
    this.drain(end);
  }

  /** Gives `end` the other's credentials, its candidates so far and, unless `trickling`, their end. */
  describe(end: End, trickling = false): void {
    const { usernameFragment, password, lite } = this.other(end);
    end.agent.setRemoteParameters(this.now, { usernameFragment, password, lite });
    this.drain(end);
    for (const { candidate, usernameFragment: generation } of this.other(end).of("candidate")) {
      if (generation === usernameFragment) this.signal(end, candidate);
    }
    if (!trickling) this.endCandidates(end);
  }

  signal(end: End, candidate: IceCandidate): void {
    end.agent.addRemoteCandidate(this.now, candidate);
    this.drain(end);
  }

  endCandidates(end: End): void {
    end.agent.endOfRemoteCandidates(this.now);
    this.drain(end);
  }

  restart(end: End, usernameFragment: string): void {
    end.usernameFragment = usernameFragment;
    end.password = `${usernameFragment}-password-of-24-chars`;
    end.agent.restart(this.now, usernameFragment, end.password);
    this.drain(end);
  }

  /** Everything that a negotiation without trickle does. */
  negotiate(): void {
    this.gather(this.a);
    this.gather(this.z);
    this.describe(this.z);
    this.describe(this.a);
  }

  /** Negotiates and runs until both have a nominated pair. */
  connect(limit = 10_000): boolean {
    this.negotiate();
    return this.runUntil(() => this.bothAre("completed"), limit);
  }

  bothAre(...states: IceTransportState[]): boolean {
    return states.includes(this.a.agent.state) && states.includes(this.z.agent.state);
  }

  /** Throws a datagram of the test's own at a socket of `end`. */
  inject(end: End, bytes: Uint8Array, path: Partial<Path> = {}): void {
    end.agent.handleDatagram(
      this.now,
      { socket: 1, address: "203.0.113.66", port: 6666, ...path },
      bytes.slice(),
    );
    this.drain(end);
  }

  /** Jumps from deadline to deadline until `done`, or for `limit` milliseconds; returns whether it was done. */
  runUntil(done: () => boolean, limit: number): boolean {
    const end = this.now + limit;
    for (let round = 0; round < 200_000; round++) {
      if (done()) return true;
      let next = Math.min(this.a.agent.nextTimeout(), this.z.agent.nextTimeout());
      for (const { at } of this.#wire) next = Math.min(next, at);
      if (next > end) {
        this.now = end;
        return done();
      }
      this.now = Math.max(this.now, next);
      const arrived = this.#wire.filter(({ at }) => at <= this.now);
      this.#wire = this.#wire.filter(({ at }) => at > this.now);
      for (const flight of arrived) this.#deliver(flight);
      for (const one of [this.a, this.z]) {
        if (one.agent.nextTimeout() > this.now) continue;
        one.agent.handleTimeout(this.now);
        this.drain(one);
        if (one.agent.nextTimeout() <= this.now)
          throw new Error(`${one.name} is awake for ever (seed ${this.seed})`);
      }
    }
    throw new Error(`no end after 200,000 rounds (seed ${this.seed})`);
  }

  run(duration: number): void {
    this.runUntil(() => false, duration);
  }

  drain(end: End): void {
    for (let polls = 0; end.agent.pollTransmit(this.now, this.#out, this.#transmit); polls++) {
      if (polls > MAX_POLLS) throw new Error(`${end.name} sends for ever (seed ${this.seed})`);
      end.sent++;
      this.#send(end, this.#transmit.path, this.#out.slice(0, this.#transmit.length));
    }
    for (let event = end.agent.pollEvent(); event !== undefined; event = end.agent.pollEvent()) {
      end.events.push(event);
      if (event.type === "open-sockets") {
        this.#openSockets(end);
      } else if (event.type === "release-socket") {
        end.sockets = end.sockets.filter(({ socket }) => socket !== event.socket);
      } else if (event.type === "resolve" && end.names.has(event.name)) {
        end.agent.resolved(this.now, event.id, end.names.get(event.name)!);
        this.drain(end);
      }
    }
  }

  #openSockets(end: End): void {
    const opened = end.sockets.length;
    if (end.reopens || opened === 0) {
      for (const address of end.addresses) {
        const socket = (end.sockets.at(-1)?.socket ?? 0) + 1;
        end.sockets.push({ socket, address, port: opened === 0 ? PORT : PORT + 100 + socket });
      }
    }
    for (const { socket, address, port } of end.sockets.slice(end.reopens ? opened : 0)) {
      const loopback = address === "::1" || address.startsWith("127.");
      end.agent.addSocket(this.now, { socket, address, port, loopback });
    }
    end.agent.socketsComplete(this.now);
    this.drain(end);
  }

  #send(end: End, path: Path, original: Uint8Array): void {
    const bytes = this.filter(end, original, path);
    if (bytes === undefined || this.random.unit() < this.loss) return;
    const inside = end.sockets.find(({ socket }) => socket === path.socket);
    if (inside === undefined) return;
    let from = { address: inside.address, port: inside.port };
    if (end.nat !== undefined) {
      end.natAllows.add(`${path.address} ${path.port}`);
      from = { address: end.nat, port: PORT + end.natPortOffset };
    }
    const at = this.now + this.latency + this.random.unit() * this.jitter;
    this.#wire.push({ at, from, to: { address: path.address, port: path.port }, bytes });
  }

  #deliver(flight: Flight): void {
    if (this.servers.has(flight.to.address)) {
      this.#wire.push({ ...answerOf(flight), at: flight.at + this.latency });
      return;
    }
    for (const end of [this.a, this.z]) {
      const socket = this.#socketAt(end, flight);
      if (socket === 0) continue;
      const path = { socket, address: flight.from.address, port: flight.from.port };
      end.agent.handleDatagram(this.now, path, flight.bytes);
      this.drain(end);
      return;
    }
    this.strays.push(flight);
  }

  #socketAt(end: End, { from, to }: Flight): number {
    if (end.nat === undefined) {
      const at = end.sockets.find(({ address, port }) => address === to.address && port === to.port);
      return at?.socket ?? 0;
    }
    const open = end.natAllows.has(`${from.address} ${from.port}`);
    return open && to.address === end.nat && to.port === PORT + end.natPortOffset ? 1 : 0;
  }
}

/** A STUN server's success response: XOR-MAPPED-ADDRESS (RFC 8489 §14.2), IPv4 only. */
function answerOf({ from, to, bytes }: Flight): Omit<Flight, "at"> {
  const answer = new Uint8Array(32);
  answer.set([0x01, 0x01, 0x00, 0x0c]);
  answer.set(bytes.subarray(4, 20), 4);
  answer.set([0x00, 0x20, 0x00, 0x08, 0x00, 0x01], 20);
  answer[26] = (from.port >> 8) ^ 0x21;
  answer[27] = (from.port & 0xff) ^ 0x12;
  const mask = [0x21, 0x12, 0xa4, 0x42];
  from.address.split(".").forEach((part, index) => {
    answer[28 + index] = Number(part) ^ mask[index]!;
  });
  return { from: to, to: from, bytes: answer };
}
