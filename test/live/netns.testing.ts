/** Networks of the kernel's own: namespaces with links, routers, NATs and firewalls between them, and peers that live in them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RTCConfiguration, RTCIceCandidateInit, RTCSessionDescriptionInit } from "../../src/index.ts";
import { Waiting } from "../until.testing.ts";

/** Why there can be no namespaces here; undefined when there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "network namespaces need root on Linux";
  const lab = new Lab();
  try {
    lab.host("probe");
    return undefined;
  } catch (error) {
    return `no network namespaces here: ${firstLine(error)}`;
  } finally {
    lab.remove();
  }
}

/** Why there can be no NAT and no firewall in them. */
export function whyNoNat(): string | undefined {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  const lab = new Lab();
  try {
    lab.host("probe");
    lab.masquerade("probe", "lo");
    return undefined;
  } catch (error) {
    return `no nftables in a network namespace: ${firstLine(error)}`;
  } finally {
    lab.remove();
  }
}

let labs = 0;

/** Some namespaces, which go when the test ends, however it ends. */
export class Lab {
  readonly #prefix = `skywave-${process.pid}-${++labs}`;
  readonly #hosts: string[] = [];
  readonly #peers: Peer[] = [];
  readonly #atExit = () => this.remove();

  constructor() {
    process.once("exit", this.#atExit);
  }

  /** A machine without links. */
  host(name: string): void {
    ip("netns", "add", this.#name(name));
    this.#hosts.push(name);
    ip("-n", this.#name(name), "link", "set", "lo", "up");
  }

  /** A cable: an interface at each end, with an address like "10.1.0.1/24". */
  link(near: [host: string, name: string, address: string], far: [string, string, string]): void {
    const end = ([host, name]: [string, string, string]) => [name, "netns", this.#name(host)];
    ip("link", "add", ...end(near), "type", "veth", "peer", "name", ...end(far));
    for (const [host, name, address] of [near, far]) {
      // IPv6 would have to find its addresses unique first: seconds for which nothing here needs to wait.
      this.run(host, "sysctl", "-qw", `net.ipv6.conf.${name}.disable_ipv6=1`);
      ip("-n", this.#name(host), "address", "add", address, "dev", name);
      ip("-n", this.#name(host), "link", "set", name, "up");
    }
  }

  route(host: string, to: string, gateway: string): void {
    ip("-n", this.#name(host), "route", "replace", to, "via", gateway);
  }

  /** Takes a link down (and its addresses with it) or up. */
  setLink(host: string, name: string, state: "up" | "down"): void {
    ip("-n", this.#name(host), "link", "set", name, state);
  }

  /** The host passes packets on. */
  forward(host: string): void {
    this.run(host, "sysctl", "-qw", "net.ipv4.ip_forward=1");
  }

  /** What leaves by that interface has its address, and some port. */
  masquerade(host: string, name: string): void {
    this.#nft(host, `add table ip translation`);
    this.#nft(host, `add chain ip translation out { type nat hook postrouting priority 100 ; }`);
    this.#nft(host, `add rule ip translation out oifname ${name} masquerade fully-random`);
  }

  /** The NAT forgets its mappings: the kernel does when the outer address goes, if only for a moment. */
  rebind(host: string, name: string, address: string, gateway: string): void {
    ip("-n", this.#name(host), "address", "delete", address, "dev", name);
    ip("-n", this.#name(host), "address", "add", address, "dev", name);
    this.route(host, "default", gateway);
  }

  /** No UDP passes this router. */
  blockUdp(host: string): void {
    this.#nft(host, `add table ip wall`);
    this.#nft(host, `add chain ip wall pass { type filter hook forward priority 0 ; }`);
    this.#nft(host, `add rule ip wall pass meta l4proto udp drop`);
  }

  /** Runs a program there, to its end. */
  run(host: string, ...command: string[]): string {
    return execFileSync("ip", [...this.through(host), ...command].slice(1), {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** What a command line begins with that is to run there. */
  through(host: string): string[] {
    return ["ip", "netns", "exec", this.#name(host)];
  }

  /** A connection's end in a process there. */
  peer(host: string): Peer {
    const peer = new Peer(this.through(host));
    this.#peers.push(peer);
    return peer;
  }

  remove(): void {
    process.off("exit", this.#atExit);
    for (const peer of this.#peers.splice(0)) peer.end();
    for (const host of this.#hosts.splice(0)) ip("netns", "delete", this.#name(host));
  }

  #nft(host: string, rule: string): void {
    this.run(host, "nft", rule);
  }

  #name(host: string): string {
    return `${this.#prefix}-${host}`;
  }
}

/** What a peer reports of itself. */
export interface PeerReport {
  readonly sent: number;
  readonly received: number;
  /** Messages lost, doubled or out of order. */
  readonly faults: number;
  /** The longest time without a message since `mark`, ms. */
  readonly gap: number;
  readonly local: { readonly type: string; readonly address: string; readonly relayProtocol: string | null };
  readonly remote: { readonly type: string; readonly address: string; readonly port: number };
}

/** The test's end of a peer process. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #waiting = new Waiting();
  #commands = 0;
  #open = false;
  #ended = false;
  #failure: Error | undefined;
  received = 0;
  state = "new";
  onCandidate: (candidate: RTCIceCandidateInit | null) => void = () => undefined;

  constructor(through: readonly string[]) {
    const program = fileURLToPath(new URL("netns-peer.mjs", import.meta.url));
    this.#child = spawn(through[0]!, [...through.slice(1), process.execPath, program], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message) => this.#told(message as Told));
    this.#child.on("exit", (code) => this.#fail(new Error(`a peer has ended: ${code}`)));
    this.#child.on("error", (error) => this.#fail(error));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  create(configuration: RTCConfiguration, opens: boolean): Promise<void> {
    return this.#command("create", { configuration, opens });
  }

  describe(restart = false): Promise<RTCSessionDescriptionInit> {
    return this.#command("describe", { restart });
  }

  accept(description: RTCSessionDescriptionInit): Promise<void> {
    return this.#command("accept", { description });
  }

  /** A candidate that is refused, other than because the test is over, fails what is waited for. */
  addCandidate(candidate: RTCIceCandidateInit | null): void {
    this.#command("candidate", { candidate }).catch((error: Error) => this.#fail(error));
  }

  /** Sends numbers from now on. */
  start(): Promise<void> {
    return this.#command("start");
  }

  /** Sends no more; how many it has sent. */
  stop(): Promise<number> {
    return this.#command("stop");
  }

  mark(): Promise<{ sent: number; received: number }> {
    return this.#command("mark");
  }

  report(): Promise<PeerReport> {
    return this.#command("report");
  }

  /** Settles when the condition holds; looked at after everything that the peer tells. */
  until(condition: () => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#waiting.until(condition);
  }

  end(): void {
    this.#ended = true;
    this.#child.kill("SIGKILL");
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    for (const { reject } of this.#answers.values()) reject(error);
    this.#waiting.fail(error);
  }

  #command<T>(command: string, values: object = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // Nobody waits for the answer of a peer that is gone.
      if (this.#ended) return;
      const id = ++this.#commands;
      this.#answers.set(id, { resolve, reject });
      this.#child.send({ id, command, ...values }, (error) => {
        if (error !== null && !this.#ended) reject(error);
      });
    });
  }

  #told(message: Told): void {
    if ("id" in message) {
      const answer = this.#answers.get(message.id);
      this.#answers.delete(message.id);
      if (message.error === undefined) answer?.resolve(message.result as never);
      else answer?.reject(new Error(message.error));
      return;
    }
    if (message.event === "candidate") this.onCandidate(message.candidate ?? null);
    else if (message.event === "open") this.#open = true;
    else if (message.event === "received") this.received = message.received ?? 0;
    else this.state = message.state ?? "";
    this.#waiting.changed();
  }
}

type Told =
  | { readonly id: number; readonly result?: unknown; readonly error?: string }
  | {
      readonly event: "candidate" | "open" | "received" | "state";
      readonly candidate?: RTCIceCandidateInit | null;
      readonly received?: number;
      readonly state?: string;
    };

/** Connects two peers; the first one offers and opens the channel. */
export async function connect(a: Peer, z: Peer, configuration: RTCConfiguration = {}): Promise<void> {
  await Promise.all([a.create(configuration, true), z.create(configuration, false)]);
  await negotiate(a, z);
  await Promise.all([a.until(() => a.isOpen), z.until(() => z.isOpen)]);
}

/** One round of offer and answer. No candidate overtakes the description that it belongs to: it would be refused. */
export async function negotiate(a: Peer, z: Peer, restart = false): Promise<void> {
  const release = [holdCandidates(a, z), holdCandidates(z, a)];
  const offer = await a.describe(restart);
  await z.accept(offer);
  const answer = await z.describe();
  await a.accept(answer);
  release[0]!(offer);
  release[1]!(answer);
}

/** Keeps candidates back until the returned function is called; those of another generation than its description's go. */
function holdCandidates(from: Peer, to: Peer): (description: RTCSessionDescriptionInit) => void {
  const held: (RTCIceCandidateInit | null)[] = [];
  from.onCandidate = (candidate) => void held.push(candidate);
  return ({ sdp = "" }) => {
    from.onCandidate = (candidate) => to.addCandidate(candidate);
    for (const candidate of held) {
      const fragment = candidate?.usernameFragment;
      if (!fragment || sdp.includes(`a=ice-ufrag:${fragment}\r\n`)) to.addCandidate(candidate);
    }
  };
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function firstLine(error: unknown): string {
  return String(error).split("\n")[0]!;
}
