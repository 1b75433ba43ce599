/**
 * Two ICE agents in a simulated world with NATs, firewalls and servers between them: engines on their drivers, without
 * descriptions and without DTLS, so that thousands of them can meet.
 */
import type { IceCandidate, IceServer } from "../../src/core/base/ice-candidate.ts";
import type { IceOptions } from "../../src/core/base/ice-options.ts";
import type { CertificateWithKey } from "../../src/core/crypto/certificate-with-key.ts";
import type { EngineCommand, EngineEvent, IceTransportPolicy } from "../../src/core/session/protocol.ts";
import { openEngine } from "../../src/host/driver.ts";
import type { EnginePort } from "../../src/host/engine-port.ts";
import { nodeCrypto } from "../../src/node/crypto.ts";
import {
  type FirewallRule,
  type Nat,
  type NatBehaviour,
  type Network,
  type RunningTurnServer,
  type SimAddress,
  type SimHost,
  startStunServer,
  startTurnServer,
  World,
} from "../../src/sim/index.ts";

/** What stands between one end and the internet. */
export interface Surroundings {
  /** Undefined: a public IPv4 address. */
  readonly nat?: { readonly mapping: NatBehaviour; readonly filtering: NatBehaviour };
  /** An IPv6 address beside it, behind a stateful firewall. */
  readonly ipv6?: boolean;
  /** In front of everything. */
  readonly firewall?: FirewallRule;
}

/** Which servers there are. */
export interface Servers {
  readonly stun: boolean;
  readonly turn: boolean;
  /** No server: both ends listen for TCP connections, and connect at once (RFC 6544). */
  readonly tcp?: boolean;
}

/** How two ends met. */
export interface Outcome {
  readonly kind: "direct" | "reflexive" | "tcp" | "relayed" | "impossible";
  /** Milliseconds from the first gathering until both ends are connected. */
  readonly time: number;
}

/** One way between any two nodes of the internet, ms. Two of them and the inner links make the path delay. */
export const PATH_DELAY = 50;
/** By how much the path delay differs from packet to packet, ms: what gives each seed a course of its own. */
const JITTER = 10;
/** How long a description or candidate is on its way, ms. */
export const SIGNALLING_DELAY = 50;
/** Give up looking after this long, ms: well beyond the agent's own patience. */
const PATIENCE = 45_000;

const UNUSED_CERTIFICATE = {
  certificate: new Uint8Array(1),
  key: {
    type: "ecdsa-p256",
    subjectPublicKeyInfo: new Uint8Array(0),
    sign: () => new Uint8Array(0),
  },
} satisfies CertificateWithKey;

/** One agent, its host and what it has told. */
export class Agent {
  readonly name: string;
  readonly host: SimHost;
  readonly events: EngineEvent[] = [];
  readonly engine: EnginePort;
  readonly nat: Nat | undefined;
  /** The engine has been told something and goes on in a microtask. */
  commanded = false;
  state: Extract<EngineEvent, { type: "ice-state" }>["state"] = "new";
  onCandidate: (candidate: IceCandidate | undefined) => void = () => undefined;

  constructor(name: string, host: SimHost, nat: Nat | undefined, ice: IceOptions) {
    this.name = name;
    this.host = host;
    this.nat = nat;
    this.engine = openEngine(host, { certificates: [UNUSED_CERTIFICATE], ice }, (events) => {
      for (const event of events) {
        this.events.push(event);
        if (event.type === "ice-state") this.state = event.state;
        else if (event.type === "ice-candidate") this.onCandidate(event.candidate);
        else if (event.type === "ice-gathering-state" && event.state === "complete")
          this.onCandidate(undefined);
      }
    });
  }

  command(command: EngineCommand): void {
    this.commanded = true;
    this.engine.command(command);
  }

  of<T extends EngineEvent["type"]>(type: T): Extract<EngineEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type);
  }

  get candidates(): IceCandidate[] {
    return this.of("ice-candidate").map(({ candidate }) => candidate);
  }
}

const USER = { username: "user", password: "secret" } as const;

/** A world with two agents, a STUN server and a TURN server. */
export class Traversal {
  readonly world: World;
  readonly a: Agent;
  readonly z: Agent;
  readonly turn: RunningTurnServer;
  readonly servers: readonly IceServer[];
  readonly #ice: IceOptions;

  constructor(seed: number, a: Surroundings, z: Surroundings, servers: Servers = { stun: true, turn: true }) {
    this.world = new World({
      seed,
      crypto: nodeCrypto,
      internet: { latency: PATH_DELAY - JITTER / 2, jitter: JITTER },
    });
    const { world } = this;
    const stun = world.host("stun", { addresses: ["192.0.2.10", "2001:db8::10"] });
    startStunServer(stun);
    const turn = world.host("turn", { addresses: ["192.0.2.20", "2001:db8::20"] });
    this.turn = startTurnServer(turn, { ...USER, tlsNames: ["turn.example"], tlsPort: 443, sha256: true });
    world.dns.set("turn.example", ["192.0.2.20", "2001:db8::20"]);
    this.#ice = servers.tcp ? { tcp: ["active", "passive", "so"] } : {};
    this.servers = [...(servers.stun ? [STUN] : []), ...(servers.turn ? TURN : [])];
    this.a = this.#agent("a", 1, a);
    this.z = this.#agent("z", 2, z);
    this.#trickle(this.a, this.z);
    this.#trickle(this.z, this.a);
  }

  /** Gathers on both sides; descriptions and candidates take their time. */
  start(policy: IceTransportPolicy = "all"): void {
    const { world, a, z } = this;
    a.command(create(a, true));
    z.command(create(z, false));
    const gather = { type: "gather", transport: 1, servers: this.servers, policy } as const;
    a.command(gather);
    world.at(SIGNALLING_DELAY, () => {
      z.command(remote(a));
      z.command(gather);
    });
    world.at(2 * SIGNALLING_DELAY, () => a.command(remote(z)));
  }

  get connected(): boolean {
    return [this.a, this.z].every(({ state }) => state === "connected" || state === "completed");
  }

  get over(): boolean {
    return this.connected || (this.a.state === "failed" && this.z.state === "failed");
  }

  async run(): Promise<Outcome> {
    const { world, a, z } = this;
    await this.#runUntil(() => this.over, PATIENCE);
    if (!this.connected) return { kind: "impossible", time: world.now };
    const time = world.now;
    // What is nominated counts, not what was valid first.
    let nominated = false;
    world.at(time + 1500, () => {
      nominated = true;
    });
    await this.#runUntil(() => nominated, 1500);
    return { kind: kindOf(a, z), time };
  }

  close(): void {
    this.a.command({ type: "close" });
    this.z.command({ type: "close" });
  }

  /** Microtasks run where there are any, after commands: an event loop's turn for each packet would cost as much as the packet. */
  async #runUntil(condition: () => boolean, limit: number): Promise<void> {
    const { world, a, z } = this;
    const end = world.now + limit;
    await undefined;
    while (!condition()) {
      world.runUntil(() => a.commanded || z.commanded || condition(), end - world.now);
      a.commanded = false;
      z.commanded = false;
      await undefined;
    }
  }

  #trickle(from: Agent, to: Agent): void {
    from.onCandidate = (candidate) => {
      // The answerer's come after its answer, and none overtakes a description.
      const at = Math.max(this.world.now + SIGNALLING_DELAY, from === this.z ? 2 * SIGNALLING_DELAY : 0);
      this.world.at(at, () =>
        to.command(
          candidate === undefined
            ? { type: "end-of-remote-candidates", transport: 1 }
            : { type: "add-remote-candidate", transport: 1, candidate },
        ),
      );
    };
  }

  #agent(name: string, number: number, surroundings: Surroundings): Agent {
    const { world } = this;
    const { nat, ipv6 = false, firewall } = surroundings;
    const behind = nat !== undefined || ipv6 || firewall !== undefined;
    const network = behind ? world.network(`net-${name}`, { latency: 1 }) : world.internet;
    const address4 = nat === undefined ? `198.51.100.${number}` : "192.168.1.2";
    const addresses: SimAddress[] = [{ address: address4, interfaceName: "eth0", network }];
    if (ipv6) addresses.push({ address: `2001:db8:${number}::2`, interfaceName: "eth0", network });
    const host = world.host(name, { addresses });
    const outside = this.#gate(name, network, firewall);
    const router =
      nat && world.nat(`nat-${name}`, { ...nat, address: `203.0.113.${number}`, inside: network, outside });
    if (behind && nat === undefined)
      world.firewall(`pass-${name}`, { rule: "open", inside: network, outside, family: 4 });
    if (ipv6) world.firewall(`six-${name}`, { rule: "stateful", inside: network, outside, family: 6 });
    return new Agent(name, host, router, this.#ice);
  }

  /** The network in front of the NAT: behind a firewall, or the internet itself. */
  #gate(name: string, inner: Network, rule: FirewallRule | undefined): Network {
    const { world } = this;
    if (rule === undefined || inner === world.internet) return world.internet;
    const middle = world.network(`gate-${name}`, { latency: 0.1 });
    world.firewall(`firewall-${name}`, { rule, inside: middle });
    return middle;
  }
}

const STUN: IceServer = {
  url: "stun:192.0.2.10",
  scheme: "stun",
  host: "192.0.2.10",
  port: 3478,
  transport: "udp",
};

const TURN: readonly IceServer[] = (["udp", "tcp", "tls"] as const).map((kind) => ({
  url: kind === "tls" ? "turns:turn.example:443" : `turn:turn.example?transport=${kind}`,
  scheme: kind === "tls" ? "turns" : "turn",
  host: "turn.example",
  port: kind === "tls" ? 443 : 3478,
  transport: kind === "udp" ? "udp" : "tcp",
  username: USER.username,
  credential: USER.password,
}));

function kindOf(a: Agent, z: Agent): Outcome["kind"] {
  const candidates = [a, z].flatMap((agent) => {
    const pair = agent.of("ice-selected-pair").at(-1)?.pair;
    return pair === undefined ? [] : [pair.local, pair.remote];
  });
  const types = candidates.map(({ type }) => type);
  if (types.includes("relay")) return "relayed";
  if (candidates.some(({ protocol }) => protocol === "tcp")) return "tcp";
  return types.every((type) => type === "host") ? "direct" : "reflexive";
}

function create({ name }: Agent, controlling: boolean) {
  return {
    type: "create-transport",
    transport: 1,
    usernameFragment: `${name}${name}${name}${name}`,
    password: `password-of-${name}-is-long-enough`,
    controlling,
    certificate: 0,
  } as const;
}

function remote({ name }: Agent) {
  return {
    type: "set-remote-ice-parameters",
    transport: 1,
    usernameFragment: `${name}${name}${name}${name}`,
    password: `password-of-${name}-is-long-enough`,
    lite: false,
  } as const;
}
