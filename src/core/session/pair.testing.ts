import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { Instant } from "../base/instant.ts";
import { SILENT } from "../base/log.ts";
import type { Path, Transmit } from "../base/path.ts";
import type { CertificateWithKey, Fingerprint } from "../crypto/certificate-with-key.ts";
import type { SigningKey } from "../crypto/provider.ts";
import { buildSelfSignedCertificate } from "../crypto/self-signed-certificate.ts";
import { Engine } from "./engine.ts";
import type { DataChannelParameters, EngineCommand, EngineEvent } from "./protocol.ts";

/** One engine with its own address on an in-memory wire. */
export class End {
  readonly engine: Engine;
  readonly events: EngineEvent[] = [];
  readonly name: string;
  readonly address: string;
  readonly certificate: CertificateWithKey;
  readonly ufrag: string;
  readonly pwd: string;

  constructor(name: string, address: string, certificate: CertificateWithKey, random: SeededRandom) {
    this.name = name;
    this.address = address;
    this.certificate = certificate;
    this.ufrag = `${name}ufrag00`;
    this.pwd = `${name}password0123456789abcdef`;
    this.engine = new Engine({
      random,
      crypto: nodeCrypto,
      log: SILENT,
      certificates: [certificate],
      timeOrigin: 0,
    });
  }

  get fingerprint(): Fingerprint {
    return { algorithm: "sha-256", value: nodeCrypto.hash("sha256", this.certificate.certificate) };
  }

  of<T extends EngineEvent["type"]>(type: T): Extract<EngineEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type);
  }

  last<T extends EngineEvent["type"]>(type: T): Extract<EngineEvent, { type: T }> | undefined {
    return this.of(type).at(-1);
  }
}

let keys: Promise<[SigningKey, SigningKey]> | undefined;

/** Keys are made once for a test file: they are not what these tests are about. */
function signingKeys(): Promise<[SigningKey, SigningKey]> {
  const one = () =>
    new Promise<SigningKey>((resolve) => {
      nodeCrypto.generateSigningKey({ type: "ecdsa-p256" }, (key) => resolve(key!));
    });
  keys ??= Promise.all([one(), one()]);
  return keys;
}

export const RELIABLE: DataChannelParameters = {
  label: "test",
  protocol: "",
  ordered: true,
  maxPacketLifeTime: undefined,
  maxRetransmits: undefined,
  priority: 256,
};

interface InFlight {
  at: Instant;
  to: End;
  from: End;
  bytes: Uint8Array;
}

/** Two engines, a jumping clock, and a wire with a delay and a filter. */
export class Pair {
  readonly a: End;
  readonly z: End;
  now: Instant = 1000;
  delay = 10;
  /** Returns what is delivered in place of a datagram; undefined loses it. */
  filter: (from: End, bytes: Uint8Array) => Uint8Array | undefined = (_from, bytes) => bytes;
  #wire: InFlight[] = [];
  readonly #out = new Uint8Array(2048);

  static async open(seed: number): Promise<Pair> {
    const [keyA, keyZ] = await signingKeys();
    return new Pair(seed, keyA, keyZ);
  }

  private constructor(seed: number, keyA: SigningKey, keyZ: SigningKey) {
    const random = new SeededRandom(seed);
    const certify = (key: SigningKey): CertificateWithKey => ({
      key,
      certificate: buildSelfSignedCertificate({
        key,
        random,
        notBefore: Date.UTC(2026, 0, 1),
        notAfter: Date.UTC(2027, 0, 1),
        commonName: "WebRTC",
      }),
    });
    this.a = new End("a", "192.0.2.1", certify(keyA), random);
    this.z = new End("z", "192.0.2.2", certify(keyZ), random);
  }

  other(end: End): End {
    return end === this.a ? this.z : this.a;
  }

  command(end: End, command: EngineCommand): void {
    end.engine.command(this.now, command);
    this.#drain(end);
  }

  /** What a negotiation of one data section does on both ends: `a` offers, is controlling and the DTLS server. */
  negotiate(): void {
    this.gather();
    this.describe(this.z);
    this.describe(this.a);
  }

  /** Both ends have a transport, and know nothing of each other. */
  gather(): void {
    for (const end of [this.a, this.z]) {
      this.command(end, {
        type: "create-transport",
        transport: 1,
        usernameFragment: end.ufrag,
        password: end.pwd,
        controlling: end === this.a,
        certificate: 0,
      });
      this.command(end, { type: "gather", transport: 1, servers: [], policy: "all" });
    }
  }

  /** Gives `end` the other's description. */
  describe(end: End): void {
    const other = this.other(end);
    this.command(end, {
      type: "set-remote-ice-parameters",
      transport: 1,
      usernameFragment: other.ufrag,
      password: other.pwd,
      lite: false,
    });
    for (const event of other.of("ice-candidate")) {
      this.command(end, { type: "add-remote-candidate", transport: 1, candidate: event.candidate });
    }
    this.command(end, { type: "end-of-remote-candidates", transport: 1 });
    this.command(end, {
      type: "start-dtls",
      transport: 1,
      role: end === this.a ? "server" : "client",
      fingerprints: [other.fingerprint],
    });
    this.command(end, {
      type: "start-sctp",
      transport: 1,
      localPort: 5000,
      remotePort: 5000,
      remoteMaxMessageSize: 262_144,
      localMaxMessageSize: 262_144,
      maxChannels: 1024,
    });
  }

  openChannel(
    end: End,
    channel: number,
    parameters: Partial<DataChannelParameters> = {},
    streamId?: number,
  ): void {
    this.command(end, {
      type: "open-channel",
      channel,
      parameters: { ...RELIABLE, ...parameters },
      negotiated: streamId !== undefined,
      streamId,
    });
  }

  send(end: End, channel: number, data: Uint8Array | string): void {
    const binary = typeof data !== "string";
    this.command(end, {
      type: "send",
      channel,
      binary,
      data: binary ? data : new TextEncoder().encode(data),
    });
  }

  /** Throws a datagram of the test's own at an end, from any address. */
  inject(to: End, path: Path, bytes: Uint8Array): void {
    to.engine.handleDatagram(this.now, path, bytes);
    this.#drain(to);
  }

  /** Jumps from deadline to deadline until `done`, or for `limit` milliseconds; returns whether it was done. */
  runUntil(done: () => boolean, limit = 30_000): boolean {
    const end = this.now + limit;
    for (let rounds = 0; rounds < 1_000_000; rounds++) {
      if (done()) return true;
      let next = Math.min(this.a.engine.nextTimeout(), this.z.engine.nextTimeout());
      for (const flight of this.#wire) if (flight.at < next) next = flight.at;
      if (next > end) {
        this.now = end;
        return done();
      }
      this.now = Math.max(this.now, next);
      const arrived = this.#wire.filter((flight) => flight.at <= this.now);
      this.#wire = this.#wire.filter((flight) => flight.at > this.now);
      for (const { to, from, bytes } of arrived) {
        to.engine.handleDatagram(this.now, { socket: 1, address: from.address, port: 4000 }, bytes);
        this.#drain(to);
      }
      for (const one of [this.a, this.z]) {
        if (one.engine.nextTimeout() > this.now) continue;
        one.engine.handleTimeout(this.now);
        this.#drain(one);
      }
    }
    throw new Error("livelock: a million rounds without an end");
  }

  #drain(end: End): void {
    const transmit: Transmit = { path: { socket: 0, address: "", port: 0 }, length: 0 };
    for (;;) {
      while (end.engine.pollTransmit(this.now, this.#out, transmit)) {
        const to = this.other(end);
        const bytes = this.filter(end, this.#out.slice(0, transmit.length));
        if (bytes === undefined || transmit.path.address !== to.address) continue;
        this.#wire.push({ at: this.now + this.delay, to, from: end, bytes });
      }
      for (let event = end.engine.pollEvent(); event !== undefined; event = end.engine.pollEvent()) {
        end.events.push(event);
      }
      const request = end.engine.pollRequest();
      if (request === undefined) return;
      if (request.type === "open-sockets") {
        end.engine.addSocket(this.now, request.transport, request.component, {
          socket: 1,
          address: end.address,
          port: 4000,
          loopback: false,
        });
        end.engine.socketsComplete(this.now, request.transport, request.component);
      } else if (request.type === "resolve") {
        end.engine.resolved(this.now, request.transport, request.component, request.id, []);
      }
    }
  }
}
