/** DtlsEndpoint over a real UDP socket, and the `openssl` program as its peer. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateWithKey, Fingerprint } from "../../src/core/crypto/certificate-with-key.ts";
import { buildSelfSignedCertificate } from "../../src/core/crypto/self-signed-certificate.ts";
import type { DtlsEndpoint } from "../../src/core/dtls/index.ts";
import { importSigningKey, nodeCrypto } from "../../src/node/crypto.ts";
import { Waiting } from "../until.testing.ts";

/** The version line of the `openssl` program, undefined where there is none. */
export function opensslVersion(): string | undefined {
  const result = spawnSync("openssl", ["version"], { encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** A certificate that both sides can use: for us in memory, for openssl in files. */
export interface SharedIdentity {
  readonly certificate: CertificateWithKey;
  readonly fingerprint: Fingerprint;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "skywave-dtls-"));

  identity(name: string, kind: "p256" | "p384" | "rsa"): SharedIdentity {
    const { privateKey } =
      kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ec", { namedCurve: kind === "p256" ? "prime256v1" : "secp384r1" });
    const key = importSigningKey(privateKey.export({ format: "der", type: "pkcs8" }));
    if (key === undefined) throw new Error("the key was not imported");
    const now = Date.now();
    const certificate = buildSelfSignedCertificate({
      key,
      random: nodeCrypto,
      notBefore: now - 86_400_000,
      notAfter: now + 86_400_000,
    });
    const certificateFile = join(this.path, `${name}.crt`);
    const keyFile = join(this.path, `${name}.key`);
    const base64 = Buffer.from(certificate).toString("base64").replace(/.{64}/g, "$&\n");
    writeFileSync(certificateFile, `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
    writeFileSync(keyFile, privateKey.export({ format: "pem", type: "pkcs8" }));
    const fingerprint = { algorithm: "sha-256", value: nodeCrypto.hash("sha256", certificate) };
    return { certificate: { certificate, key }, fingerprint, certificateFile, keyFile };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One `openssl s_server` or `s_client`. */
export class OpensslProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  output = "";
  readonly #waiting = new Waiting();

  constructor(args: readonly string[]) {
    this.#child = spawn("openssl", args);
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString("latin1");
      this.#waiting.changed();
    };
    this.#child.stdout.on("data", collect);
    this.#child.stderr.on("data", collect);
    this.#child.stdin.on("error", () => {});
  }

  /** Resolves as soon as the output so far matches. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#waiting.until(() => pattern.test(this.output));
    return pattern.exec(this.output)!;
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Drives an endpoint with a socket and the real clock. */
export class UdpEndpoint {
  readonly endpoint: DtlsEndpoint;
  readonly socket: Socket = createSocket("udp4");
  received = "";
  #peer: { address: string; port: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Waiting();

  constructor(endpoint: DtlsEndpoint) {
    this.endpoint = endpoint;
    this.socket.on("message", (datagram, from) => {
      this.#peer ??= from;
      endpoint.handleDatagram(performance.now(), datagram);
      for (let data = endpoint.readApplicationData(); data !== undefined; ) {
        this.received += Buffer.from(data).toString("latin1");
        data = endpoint.readApplicationData();
      }
      this.flush();
    });
  }

  /** Binds to any port of the loopback interface. */
  bind(): Promise<number> {
    return new Promise((resolve) => {
      this.socket.bind(0, "127.0.0.1", () => resolve(this.socket.address().port));
    });
  }

  start(peerPort?: number): void {
    if (peerPort !== undefined) this.#peer = { address: "127.0.0.1", port: peerPort };
    this.endpoint.start(performance.now());
    this.flush();
  }

  send(text: string): void {
    const out = new Uint8Array(2048);
    const length = this.endpoint.writeApplicationData(Buffer.from(text), out);
    this.#transmit(out.slice(0, length));
  }

  close(): void {
    this.endpoint.close(performance.now());
    this.flush();
    clearTimeout(this.#timer);
    this.socket.close();
  }

  waitUntil(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition);
  }

  flush(): void {
    const out = new Uint8Array(2048);
    for (let length = this.endpoint.pollTransmit(performance.now(), out); length > 0; ) {
      this.#transmit(out.slice(0, length));
      length = this.endpoint.pollTransmit(performance.now(), out);
    }
    clearTimeout(this.#timer);
    const next = this.endpoint.nextTimeout();
    if (next !== Number.POSITIVE_INFINITY) {
      const wake = () => {
        this.endpoint.handleTimeout(performance.now());
        this.flush();
      };
      this.#timer = setTimeout(wake, Math.max(0, next - performance.now()) + 1);
    }
    this.#waiting.changed();
  }

  #transmit(datagram: Uint8Array): void {
    if (this.#peer !== undefined) this.socket.send(datagram, this.#peer.port, this.#peer.address, () => {});
  }
}
