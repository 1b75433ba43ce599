/** A coturn of our own on loopback, with a certificate that only this run trusts, and connections that use it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IceOptions, NodeHost, openEngine, withIceOptions, withRealm } from "../../src/host-entry.ts";
import { type RTCConfiguration, type RTCDataChannel, RTCPeerConnection } from "../../src/index.ts";
import { PATIENCE, Waiting } from "../until.testing.ts";

/** Why the tests cannot run here; undefined when they can. */
export function whyNoCoturn(): string | undefined {
  for (const program of ["turnserver", "openssl"]) {
    try {
      execFileSync(program, ["--version"], { stdio: "ignore" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return `${program} is not installed`;
    }
  }
  return undefined;
}

/** Where a server runs: an address, and what its command line begins with. */
export interface CoturnPlace {
  readonly address: string;
  readonly through: readonly string[];
}

const HERE: CoturnPlace = { address: "127.0.0.1", through: [] };

/** A running server. Its ports are found when it is made, and stay when it is started again. */
export class Coturn {
  readonly port: number;
  readonly tlsPort: number;
  readonly certificate: string;
  readonly #folder: string;
  readonly #options: readonly string[];
  readonly #place: CoturnPlace;
  #process: ChildProcess | undefined;

  private constructor(port: number, tlsPort: number, options: readonly string[], place: CoturnPlace) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#options = options;
    this.#place = place;
    this.#folder = mkdtempSync(join(tmpdir(), "skywave-coturn-"));
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", this.#file("key.pem"), "-out", this.#file("cert.pem"), "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...key, ...files, ...subject], { stdio: "ignore" });
    this.certificate = readFileSync(this.#file("cert.pem"), "utf8");
  }

  static async start(options: readonly string[] = [], place: CoturnPlace = HERE): Promise<Coturn> {
    const [port, tlsPort] = await freePorts(2);
    const coturn = new Coturn(port!, tlsPort!, options, place);
    await coturn.start();
    return coturn;
  }

  async start(): Promise<void> {
    const { address, through } = this.#place;
    const [program = "", ...first] = [...through, "turnserver"];
    const child = spawn(
      program,
      [
        ...first,
        ...["-n", "--no-cli", "--no-dtls", "--lt-cred-mech", "--allow-loopback-peers"],
        ...["-L", address, "-E", address, "-u", "user:secret", "-r", "skywave"],
        ...["-p", String(this.port), "--tls-listening-port", String(this.tlsPort)],
        ...["--cert", this.#file("cert.pem"), "--pkey", this.#file("key.pem")],
        ...[
          "--log-file",
          this.#file("log"),
          "--simple-log",
          "--pidfile",
          this.#file("pid"),
          "-b",
          this.#file("db"),
        ],
        ...this.#options,
      ],
      { stdio: "ignore" },
    );
    this.#process = child;
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`turnserver ended: ${child.exitCode}`);
      if (performance.now() > deadline) throw new Error("turnserver does not listen");
      if (await (through.length > 0 ? listens(this.tlsPort, through) : answers(this.tlsPort, address)))
        return;
    }
  }

  /** At once, as in a crash. */
  kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

/** Two connections on loopback that only relays lead to. */
export class Call {
  readonly a: RTCPeerConnection;
  readonly z: RTCPeerConnection;
  /** "code url" of every icecandidateerror. */
  readonly errors: string[] = [];
  readonly #certificate: string;
  readonly #options: IceOptions;
  readonly #waiting = new Waiting();
  /** Looks again at what is waited for. */
  readonly changed = this.#waiting.changed;

  constructor(coturn: Coturn, configuration: RTCConfiguration, options: IceOptions = {}) {
    this.#certificate = coturn.certificate;
    this.#options = options;
    this.a = this.#connection(configuration);
    this.z = this.#connection(configuration);
    this.#trickle(this.a, this.z);
    this.#trickle(this.z, this.a);
  }

  /** A channel that is open at both ends. */
  async open(): Promise<{ near: RTCDataChannel; far: RTCDataChannel }> {
    const near = this.a.createDataChannel("test");
    let far: RTCDataChannel | undefined;
    near.onopen = this.changed;
    this.z.ondatachannel = ({ channel }) => {
      far = channel;
      this.changed();
    };
    await this.negotiate();
    await this.until(() => near.readyState === "open" && far !== undefined);
    return { near, far: far! };
  }

  async negotiate(): Promise<void> {
    await this.a.setLocalDescription();
    await this.z.setRemoteDescription(this.a.localDescription!);
    await this.z.setLocalDescription();
    await this.a.setRemoteDescription(this.z.localDescription!);
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition);
  }

  /** Sends `text` over and waits until it has come. */
  async exchange(near: RTCDataChannel, far: RTCDataChannel, text: string): Promise<void> {
    let arrived = false;
    far.onmessage = ({ data }) => {
      arrived ||= data === text;
      this.changed();
    };
    near.send(text);
    await this.until(() => arrived);
  }

  /** Two of them, in messages of 50 kB. */
  async sendMegabytes(near: RTCDataChannel, far: RTCDataChannel): Promise<void> {
    far.binaryType = "arraybuffer";
    let received = 0;
    far.onmessage = ({ data }) => {
      received += (data as ArrayBuffer).byteLength;
      this.changed();
    };
    for (let i = 0; i < 40; i++) near.send(new Uint8Array(50_000));
    await this.until(() => received === 2_000_000);
  }

  close(): void {
    this.a.close();
    this.z.close();
  }

  #connection(configuration: RTCConfiguration): RTCPeerConnection {
    const host = new NodeHost({ certificateAuthorities: [this.#certificate] });
    const connection = withRealm({ host, openEngine }, () =>
      withIceOptions(this.#options, () => new RTCPeerConnection(configuration)),
    );
    connection.addEventListener("icecandidateerror", ({ errorCode, url }) => {
      this.errors.push(`${errorCode} ${url}`);
      this.changed();
    });
    for (const type of ["connectionstatechange", "icegatheringstatechange"])
      connection.addEventListener(type, this.changed);
    return connection;
  }

  #trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
    const early: (RTCIceCandidateLike | undefined)[] = [];
    const give = (candidate: RTCIceCandidateLike | undefined) =>
      void to.addIceCandidate(candidate).catch(() => undefined);
    from.addEventListener("icecandidate", ({ candidate }) => {
      if (to.remoteDescription === null) early.push(candidate ?? undefined);
      else give(candidate ?? undefined);
    });
    to.addEventListener("signalingstatechange", () => {
      if (to.remoteDescription !== null) early.splice(0).forEach(give);
    });
  }
}

type RTCIceCandidateLike = NonNullable<Parameters<RTCPeerConnection["addIceCandidate"]>[0]>;

/** Ports that are free now on every address, for TCP and for UDP; each another one. */
async function freePorts(count: number): Promise<number[]> {
  const held: { close(done: () => void): unknown }[] = [];
  const ports: number[] = [];
  // All stay open until the last one is found, so that none is found twice.
  while (ports.length < count) {
    const server = createServer().listen(0, "0.0.0.0");
    held.push(server);
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const socket = createSocket("udp4");
    held.push(socket);
    const free = new Promise<boolean>((resolve) => {
      socket.once("listening", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.bind({ port, exclusive: true });
    if (await free) ports.push(port);
  }
  await Promise.all(held.map((one) => new Promise<void>((resolve) => void one.close(resolve))));
  return ports;
}

/** Whether somebody listens in another namespace, where only the system can be asked. */
function listens(port: number, [program = "", ...first]: readonly string[]): Promise<boolean> {
  const sockets = execFileSync(program, [...first, "ss", "-Hltn", `sport = :${port}`], { encoding: "utf8" });
  return new Promise((resolve) => setTimeout(resolve, 20, sockets !== ""));
}

/** Whether somebody listens; settles when the system has said so. */
function answers(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => setTimeout(resolve, 20, false));
  });
}
