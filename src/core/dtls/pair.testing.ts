/** Two endpoints, a lossy wire between them and a clock that jumps: for tests. */

import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { SILENT } from "../base/log.ts";
import type { CertificateWithKey, Fingerprint } from "../crypto/certificate-with-key.ts";
import type { SigningKey, SigningKeyParameters } from "../crypto/provider.ts";
import { buildSelfSignedCertificate } from "../crypto/self-signed-certificate.ts";
import { DtlsEndpoint, type DtlsEndpointOptions, type DtlsEvent } from "./endpoint.ts";

export interface Identity {
  readonly certificate: CertificateWithKey;
  readonly fingerprint: Fingerprint;
}

export function identityOf(key: SigningKey): Identity {
  const notBefore = 1_700_000_000_000;
  const certificate = buildSelfSignedCertificate({
    key,
    random: nodeCrypto,
    notBefore,
    notAfter: notBefore + 30 * 86_400_000,
  });
  return {
    certificate: { certificate, key },
    fingerprint: { algorithm: "sha-256", value: nodeCrypto.hash("sha256", certificate) },
  };
}

export function newIdentity(parameters: SigningKeyParameters = { type: "ecdsa-p256" }): Promise<Identity> {
  return new Promise((resolve, reject) => {
    nodeCrypto.generateSigningKey(parameters, (key) =>
      key === undefined ? reject(new Error("no key")) : resolve(identityOf(key)),
    );
  });
}

export interface Wire {
  /** Probabilities per datagram. */
  readonly loss?: number;
  readonly duplication?: number;
  /** Milliseconds one way, and what is added at random. */
  readonly delay?: number;
  readonly jitter?: number;
  /** Datagrams longer than this vanish. */
  readonly mtu?: number;
  /** Changes or drops (undefined) what an endpoint sends. */
  readonly tamper?: (datagram: Uint8Array, from: "client" | "server") => Uint8Array | undefined;
}

interface InFlight {
  readonly at: number;
  readonly order: number;
  readonly to: "client" | "server";
  readonly datagram: Uint8Array;
}

export type PairOptions = Partial<DtlsEndpointOptions>;

/** A client and a server that know each other's fingerprints. */
export class Pair {
  readonly client: DtlsEndpoint;
  readonly server: DtlsEndpoint;
  readonly events: Record<"client" | "server", DtlsEvent[]> = { client: [], server: [] };
  readonly received: Record<"client" | "server", Uint8Array[]> = { client: [], server: [] };
  readonly sent: Record<"client" | "server", Uint8Array[]> = { client: [], server: [] };
  now = 1000;
  readonly #wire: Wire;
  readonly #random: SeededRandom;
  readonly #inFlight: InFlight[] = [];
  #order = 0;

  constructor(
    identities: { client: Identity; server: Identity },
    options: { client?: PairOptions; server?: PairOptions; wire?: Wire; seed?: number } = {},
  ) {
    this.#wire = options.wire ?? {};
    this.#random = new SeededRandom(options.seed ?? 1);
    const common = { crypto: nodeCrypto, random: this.#random, log: SILENT };
    this.client = new DtlsEndpoint({
      role: "client",
      ...common,
      certificate: identities.client.certificate,
      fingerprints: [identities.server.fingerprint],
      ...options.client,
    });
    this.server = new DtlsEndpoint({
      role: "server",
      ...common,
      certificate: identities.server.certificate,
      fingerprints: [identities.client.fingerprint],
      ...options.server,
    });
  }

  start(): void {
    this.server.start(this.now);
    this.client.start(this.now);
  }

  endpoint(name: "client" | "server"): DtlsEndpoint {
    return name === "client" ? this.client : this.server;
  }

  /** Puts a datagram on the wire that no endpoint has sent. */
  inject(to: "client" | "server", datagram: Uint8Array): void {
    this.#inFlight.push({ at: this.now, order: this.#order++, to, datagram });
  }

  /** Runs until `done`, or nothing can happen any more, or `limit` milliseconds have passed. */
  run(done: () => boolean = () => false, limit = 60_000): void {
    const end = this.now + limit;
    for (let round = 0; ; round++) {
      if (round > 100_000) throw new Error("livelock");
      this.#drain("client");
      this.#drain("server");
      if (done()) return;
      const next = Math.min(
        this.client.nextTimeout(),
        this.server.nextTimeout(),
        ...this.#inFlight.map((datagram) => datagram.at),
      );
      if (next === Number.POSITIVE_INFINITY) return;
      if (next > end) {
        this.now = end;
        return;
      }
      this.now = Math.max(this.now, next);
      const due = this.#inFlight.filter((datagram) => datagram.at <= this.now);
      due.sort((a, b) => a.at - b.at || a.order - b.order);
      for (const arrival of due) {
        this.#inFlight.splice(this.#inFlight.indexOf(arrival), 1);
        this.deliver(arrival.to, arrival.datagram);
      }
      this.client.handleTimeout(this.now);
      this.server.handleTimeout(this.now);
    }
  }

  /** Until both are connected, or one has given up. */
  connect(limit = 60_000): void {
    this.start();
    const over = (name: "client" | "server") => ["failed", "closed"].includes(this.endpoint(name).state);
    this.run(() => (this.isConnected && this.#isQuiet) || over("client") || over("server"), limit);
  }

  get isConnected(): boolean {
    return this.client.state === "connected" && this.server.state === "connected";
  }

  get #isQuiet(): boolean {
    return this.#inFlight.length === 0;
  }

  deliver(to: "client" | "server", datagram: Uint8Array): void {
    const endpoint = this.endpoint(to);
    endpoint.handleDatagram(this.now, datagram.slice());
    for (
      let data = endpoint.readApplicationData();
      data !== undefined;
      data = endpoint.readApplicationData()
    ) {
      this.received[to].push(data.slice());
    }
    this.#drain(to);
  }

  /** Seals application data and puts it on the wire. */
  send(from: "client" | "server", data: Uint8Array): Uint8Array {
    const out = new Uint8Array(data.length + 64);
    const length = this.endpoint(from).writeApplicationData(data, out);
    const datagram = out.slice(0, length);
    if (length > 0) this.#transmit(from, datagram);
    return datagram;
  }

  #drain(name: "client" | "server"): void {
    const endpoint = this.endpoint(name);
    const out = new Uint8Array(2048);
    for (let length = endpoint.pollTransmit(this.now, out); length > 0; ) {
      this.#transmit(name, out.slice(0, length));
      length = endpoint.pollTransmit(this.now, out);
    }
    for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) {
      this.events[name].push(event);
    }
  }

  #transmit(from: "client" | "server", original: Uint8Array): void {
    const { loss = 0, duplication = 0, delay = 0, jitter = 0, mtu = 65_535, tamper } = this.#wire;
    this.sent[from].push(original);
    const datagram = tamper === undefined ? original : tamper(original, from);
    if (datagram === undefined || datagram.length > mtu) return;
    const copies = this.#random.unit() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random.unit() < loss) continue;
      const at = this.now + delay + this.#random.unit() * jitter;
      this.#inFlight.push({
        at,
        order: this.#order++,
        to: from === "client" ? "server" : "client",
        datagram,
      });
    }
  }
}

/** The last error that an endpoint's events told. */
export function errorOf(events: readonly DtlsEvent[]) {
  return events.findLast((event) => event.error !== undefined)?.error;
}
