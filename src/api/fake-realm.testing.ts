/** A realm without network: tasks run when a test says so, commands are kept, events come from the test. */
import { randomFillSync } from "node:crypto";
import { SILENT } from "../core/base/log.ts";
import type { CryptoProvider, SigningKey } from "../core/crypto/provider.ts";
import type { EngineCommand, EngineEvent } from "../core/session/protocol.ts";
import type { Cancelable, Host } from "../host/host.ts";
import { nodeCrypto } from "../node/crypto.ts";
import type { RTCConfiguration } from "./configuration.ts";
import { RTCPeerConnection } from "./RTCPeerConnection.ts";
import { withRealm } from "./realm.ts";

const NOTHING: Cancelable = { cancel() {} };

/** One key for all tests: making keys is not what they are about. */
const key = await new Promise<SigningKey>((resolve, reject) => {
  nodeCrypto.generateSigningKey({ type: "ecdsa-p256" }, (made) => (made ? resolve(made) : reject()));
});

export class FakeRealm {
  /** Milliseconds since 1970 that the host's clock shows. */
  wallClock = 1_700_000_000_000;
  /** False: keys cannot be made. */
  keysWork = true;
  readonly commands: EngineCommand[] = [];
  /** Engines that were opened. */
  engines = 0;
  readonly #tasks: (() => void)[] = [];
  #deliver: ((events: readonly EngineEvent[]) => void) | undefined;

  readonly host: Host = {
    crypto: this.#crypto(),
    log: SILENT,
    now: () => 0,
    timeOrigin: 1_700_000_000_000,
    wallClock: () => this.wallClock,
    localAddresses: () => [],
    watchAddresses: () => ({ cancel() {} }),
    bindUdp: () => NOTHING,
    connectStream: () => NOTHING,
    listenStreams: () => NOTHING,
    setTimer: () => NOTHING,
    queueTask: (task) => {
      this.#tasks.push(task);
    },
    resolve: () => NOTHING,
    publishMdns: () => ({ cancel() {} }),
    resolveMdns: () => NOTHING,
  };

  #crypto(): CryptoProvider {
    return {
      ...nodeCrypto,
      fill: (out) => {
        randomFillSync(out);
      },
      generateSigningKey: (_parameters, done) => {
        this.#tasks.push(() => done(this.keysWork ? key : undefined));
      },
    };
  }

  /** A connection in this realm. */
  connection(configuration?: RTCConfiguration): RTCPeerConnection {
    return this.run(() => new RTCPeerConnection(configuration));
  }

  run<T>(make: () => T): T {
    const openEngine = (
      _host: Host,
      _options: unknown,
      deliver: (events: readonly EngineEvent[]) => void,
    ) => {
      this.engines++;
      this.#deliver = deliver;
      return { command: (command: EngineCommand) => void this.commands.push(command) };
    };
    return withRealm({ host: this.host, openEngine }, make);
  }

  /** The engine reports `events`, each in a task of its own. */
  report(...events: EngineEvent[]): void {
    for (const event of events) this.reportTogether(event);
  }

  /** The engine reports `events` in one task. */
  reportTogether(...events: EngineEvent[]): void {
    this.#tasks.push(() => this.#deliver!(events));
  }

  /** Runs one task and the microtasks behind it; false when there was none. */
  async step(): Promise<boolean> {
    await microtasks();
    const task = this.#tasks.shift();
    task?.();
    await microtasks();
    return task !== undefined;
  }

  /** Runs tasks until none is left. */
  async settle(): Promise<void> {
    while (await this.step());
  }

  /** Settles `promise` along with everything that is queued. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    await this.settle();
    return promise;
  }
}

/** A macrotask of Node: all microtasks have run afterwards. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Writes down the named events of `target` as "type" or what `describe` makes of them. */
export function record(
  target: EventTarget,
  types: readonly string[],
  into: string[],
  describe: (event: Event) => string = (event) => event.type,
): string[] {
  for (const type of types) target.addEventListener(type, (event) => into.push(describe(event)));
  return into;
}

/** Two connections in realms of their own. */
export function pair() {
  const [realm, peerRealm] = [new FakeRealm(), new FakeRealm()];
  return { realm, pc: realm.connection(), peerRealm, peer: peerRealm.connection() };
}

/** `pc` offers, `peer` answers. */
export async function negotiate({ realm, pc, peerRealm, peer }: ReturnType<typeof pair>): Promise<void> {
  await realm.settled(pc.setLocalDescription());
  await peerRealm.settled(peer.setRemoteDescription(pc.localDescription!));
  await peerRealm.settled(peer.setLocalDescription());
  await realm.settled(pc.setRemoteDescription(peer.localDescription!));
}

/** Two connections in realms of their own that have exchanged offer and answer; the first one has offered. */
export async function negotiated(prepare: (offerer: RTCPeerConnection) => void = () => {}) {
  const both = pair();
  both.pc.createDataChannel("first");
  prepare(both.pc);
  await negotiate(both);
  return both;
}
