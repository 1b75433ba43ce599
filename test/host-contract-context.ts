import { expect } from "vitest";
import type { Host, LocalAddress, UdpHandlers, UdpSocket } from "../src/host/host.ts";

/** One host under test, and the way to wait for it. */
export interface HostFixture {
  readonly host: Host;
  /** Called by the suite whenever something has happened. */
  changed(): void;
  /** Lets the host go on until `condition` holds; rejects or never settles when it does not. */
  until(condition: () => boolean): Promise<void>;
}

/** A datagram as it arrived. */
export interface Received {
  readonly bytes: number[];
  readonly address: string;
  readonly port: number;
}

interface BindAnswer {
  readonly socket: UdpSocket | undefined;
  readonly code: string | undefined;
}

/** What the parts of the contract share: the host of the present test, and sockets that are closed after it. */
export class ContractContext {
  #fixture: HostFixture | undefined;
  #open: UdpSocket[] = [];

  begin(fixture: HostFixture): void {
    this.#fixture = fixture;
    this.#open = [];
  }

  end(): void {
    for (const socket of this.#open) socket.close();
  }

  get fixture(): HostFixture {
    if (this.#fixture === undefined) throw new Error("no test is running");
    return this.#fixture;
  }

  get host(): Host {
    return this.fixture.host;
  }

  /** Binds and waits for the answer. */
  async bind(local: LocalAddress, port: number, handlers: Partial<UdpHandlers> = {}): Promise<UdpSocket> {
    const { socket, code } = await this.tryBind(local, port, handlers);
    if (socket === undefined) throw new Error(`bind ${local.address} failed: ${code}`);
    return socket;
  }

  /** Binds and waits for the answer, whatever it is. */
  async tryBind(local: LocalAddress, port: number, handlers: Partial<UdpHandlers> = {}): Promise<BindAnswer> {
    const answers: BindAnswer[] = [];
    this.host.bindUdp(local, port, { message() {}, error() {}, ...handlers }, (socket, code) => {
      if (socket !== undefined) this.#open.push(socket);
      answers.push({ socket, code });
      this.fixture.changed();
    });
    await this.fixture.until(() => answers.length > 0);
    expect(answers).toHaveLength(1);
    return answers[0]!;
  }

  /** A socket that keeps what it gets. */
  async bindReceiver(local: LocalAddress): Promise<{ socket: UdpSocket; received: Received[] }> {
    const received: Received[] = [];
    const socket = await this.bind(local, 0, {
      message: (datagram, address, port) => {
        received.push({ bytes: [...datagram], address, port });
        this.fixture.changed();
      },
    });
    return { socket, received };
  }

  loopback(family: 4 | 6): LocalAddress | undefined {
    return this.host.localAddresses().find((local) => local.loopback && local.family === family);
  }

  ipv4(): LocalAddress {
    const local = this.loopback(4);
    if (local === undefined) throw new Error("no IPv4 loopback address");
    return local;
  }

  /** Everything that was due when it was called has happened when it is fulfilled. */
  async turn(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      let done = false;
      this.host.setTimer(
        this.host.now() + 1,
        () => {
          done = true;
          this.fixture.changed();
        },
        true,
      );
      await this.fixture.until(() => done);
    }
  }
}

/** Skips the running test and prints why. */
export function skipWith(skip: (note?: string) => void, reason: string): void {
  console.log(`skipped: ${reason}`);
  skip(reason);
}
