/** One agent against a scripted peer: every message of the peer is the test's own. */
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { IceOptions } from "../base/ice-options.ts";
import type { Instant } from "../base/instant.ts";
import { formatIpAddress, parseIpAddress } from "../base/ip-address.ts";
import { SILENT } from "../base/log.ts";
import type { Path, Transmit } from "../base/path.ts";
import { randomBytes } from "../base/random.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import {
  type MessageClass,
  PRIORITY,
  type StunMessage,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  XOR_MAPPED_ADDRESS,
} from "../stun/index.ts";
import { IceAgent, type IceEvent, type IceTiming, type IceTransportState } from "./index.ts";
import { messageOf, seededCrypto } from "./pair.testing.ts";

const PEER = "192.0.2.99";

export interface CheckOptions {
  /** ICE-CONTROLLING or ICE-CONTROLLED; neither when absent. */
  readonly role?: number;
  readonly tieBreaker?: Uint8Array;
  readonly useCandidate?: boolean;
  readonly port?: number;
  readonly address?: string;
  readonly username?: string;
  readonly key?: Uint8Array;
  readonly priority?: number;
  /** Adds attributes before the integrity. */
  readonly more?: (builder: StunMessageBuilder) => void;
}

export class Script {
  readonly agent: IceAgent;
  readonly random = new SeededRandom(7);
  readonly events: IceEvent[] = [];
  readonly localKey = encodeUtf8("local-password-of-24-char");
  readonly remoteKey = encodeUtf8("remote-password-of-24-cha");
  /** Ports of the peer that never answer. */
  readonly silentPorts = new Set<number>();
  answersNominations: (port: number) => boolean = () => true;
  /** Ports of checks with USE-CANDIDATE before anything was selected, answered or not. */
  readonly nominations: number[] = [];
  readonly requestTimes: Instant[] = [];
  readonly requestIds: string[] = [];
  /** Bytes of everything that left, in order. */
  readonly sent: { path: Path; bytes: Uint8Array }[] = [];
  now: Instant = 0;
  #requests: { path: Path; message: StunMessage }[] = [];
  readonly #paths = new Map<StunMessage, Path>();
  #lastResponse: StunMessage | undefined;
  readonly #out = new Uint8Array(1500);

  constructor(options: {
    controlling: boolean;
    timing?: Partial<IceTiming>;
    addresses?: readonly string[];
    gather?: boolean;
    options?: IceOptions;
  }) {
    this.agent = new IceAgent({
      random: this.random,
      crypto: seededCrypto(this.random),
      log: SILENT,
      controlling: options.controlling,
      usernameFragment: "local",
      password: "local-password-of-24-char",
      // Without the pause that shows the world "connected" first: most tests wait for the end of checking.
      timing: { completedAfter: 0, ...options.timing },
      options: options.options,
    });
    if (options.gather === false) return;
    this.agent.gather(this.now, { servers: [], policy: "all" });
    (options.addresses ?? ["192.0.2.1"]).forEach((address, index) => {
      this.agent.addSocket(this.now, { socket: index + 1, address, port: 5000, loopback: false });
    });
    this.agent.socketsComplete(this.now);
    this.drain();
  }

  get states(): IceTransportState[] {
    return this.of("state").map(({ state }) => state);
  }

  of<T extends IceEvent["type"]>(type: T): Extract<IceEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<IceEvent, { type: T }> => event.type === type);
  }

  /** Gives the agent the peer's parameters, candidates and their end. */
  describe(
    candidates: readonly { port: number; priority: number }[] = [{ port: 7000, priority: 2_000_000_000 }],
    lite = false,
  ): void {
    const { agent, now } = this;
    agent.setRemoteParameters(now, {
      usernameFragment: "remote",
      password: "remote-password-of-24-cha",
      lite,
    });
    for (const { port, priority } of candidates) {
      agent.addRemoteCandidate(now, {
        foundation: "1",
        component: 1,
        protocol: "udp",
        priority,
        address: PEER,
        port,
        type: "host",
      });
    }
    agent.endOfRemoteCandidates(now);
    this.drain();
  }

  /** Sends a check of the peer; returns the agent's answer to it. */
  check(options: CheckOptions = {}): StunMessage | undefined {
    const out = new Uint8Array(1500);
    const id = randomBytes(this.random, 12);
    const builder = new StunMessageBuilder(out, "request", 1, id)
      .text(USERNAME, options.username ?? "local:remote")
      .u32(PRIORITY, options.priority ?? 1_845_494_271);
    if (options.useCandidate) builder.flag(USE_CANDIDATE);
    if (options.role !== undefined) builder.attribute(options.role, options.tieBreaker ?? new Uint8Array(8));
    options.more?.(builder);
    builder.messageIntegrity(seededCrypto(this.random), options.key ?? this.localKey).fingerprint();
    return this.send(out.slice(0, builder.finish()), {
      port: options.port ?? 7000,
      address: options.address ?? PEER,
    });
  }

  /** Sends any bytes; returns the agent's answer. */
  send(bytes: Uint8Array, path: Partial<Path> = {}): StunMessage | undefined {
    this.#lastResponse = undefined;
    this.agent.handleDatagram(this.now, { socket: 1, address: PEER, port: 7000, ...path }, bytes);
    this.drain();
    return this.#lastResponse;
  }

  /** The agent's oldest request that the test has not looked at. */
  nextRequest(): StunMessage | undefined {
    const next = this.#requests.shift();
    if (next !== undefined) this.#paths.set(next.message, next.path);
    return next?.message;
  }

  /** Answers without integrity. */
  respond(
    request: StunMessage,
    fill: (builder: StunMessageBuilder) => unknown,
    messageClass: MessageClass = "success",
    path: Partial<Path> = {},
  ): void {
    const out = new Uint8Array(1500);
    const builder = new StunMessageBuilder(out, messageClass, 1, request.transactionId);
    fill(builder);
    const known = this.#paths.get(request) ?? { socket: 1, address: PEER, port: 7000 };
    this.agent.handleDatagram(this.now, { ...known, ...path }, out.slice(0, builder.finish()));
    this.drain();
  }

  /** Answers as a peer should, unless `fill` or `path` says otherwise. */
  respondSigned(
    request: StunMessage,
    fill: (builder: StunMessageBuilder) => unknown = (builder) =>
      builder.xorAddress(XOR_MAPPED_ADDRESS, { address: parseIpAddress("192.0.2.1")!, port: 5000 }),
    messageClass: MessageClass = "success",
    path: Partial<Path> = {},
    key: Uint8Array = this.remoteKey,
  ): void {
    const sign = (builder: StunMessageBuilder) => {
      fill(builder);
      builder.messageIntegrity(seededCrypto(this.random), key).fingerprint();
    };
    this.respond(request, sign, messageClass, path);
  }

  /** Answers all checks, now and those that follow from the answers. */
  answerAll(): void {
    for (let pending = this.#requests.shift(); pending !== undefined; pending = this.#requests.shift()) {
      const { path, message } = pending;
      if (this.silentPorts.has(path.port)) continue;
      if (message.has(USE_CANDIDATE) && !this.answersNominations(path.port)) continue;
      this.#paths.set(message, path);
      this.respondSigned(message);
    }
  }

  /** Lets time pass, answering checks as they come. */
  advance(duration: number): void {
    const end = this.now + duration;
    for (let rounds = 0; ; rounds++) {
      if (rounds > 100_000) throw new Error("no end of timers");
      const next = this.agent.nextTimeout();
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.agent.handleTimeout(this.now);
      this.drain();
      if (this.answers) this.answerAll();
    }
    this.now = end;
  }

  /** Whether {@link advance} answers. */
  answers = true;

  drain(): void {
    const transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };
    while (this.agent.pollTransmit(this.now, this.#out, transmit)) {
      const bytes = this.#out.slice(0, transmit.length);
      this.sent.push({ path: transmit.path, bytes });
      const message = messageOf(bytes);
      if (message === undefined) throw new Error("the agent sends what is not STUN");
      if (message.messageClass !== "request") {
        this.#lastResponse = message;
        continue;
      }
      this.requestTimes.push(this.now);
      this.requestIds.push(Buffer.from(message.transactionId).toString("hex"));
      const first = this.of("state").every(({ state }) => state !== "completed");
      if (first && message.has(USE_CANDIDATE)) this.nominations.push(transmit.path.port);
      this.#requests.push({ path: transmit.path, message });
    }
    for (let event = this.agent.pollEvent(); event !== undefined; event = this.agent.pollEvent()) {
      this.events.push(event);
    }
  }
}

/** The text of the address in a message. */
export function mappedAddress(message: StunMessage): string | undefined {
  const mapped = message.address(XOR_MAPPED_ADDRESS);
  return mapped === undefined ? undefined : `${formatIpAddress(mapped.address)} ${mapped.port}`;
}
