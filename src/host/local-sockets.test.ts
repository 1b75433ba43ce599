import { beforeEach, describe, expect, test } from "vitest";
import { type SimHost, World } from "../sim/index.ts";
import { ADDRESS_NOTICE } from "../sim/sim-interfaces.ts";
import { BIND_RETRY_INTERVAL, LocalSockets, MAX_BIND_ATTEMPTS } from "./local-sockets.ts";
import { MAX_LOCAL_ADDRESSES } from "./usable-addresses.ts";

let world: World;
let host: SimHost;
let sockets: LocalSockets;
/** What the engine is told, in order. */
let told: string[];

beforeEach(() => {
  world = new World({ seed: 1 });
  host = world.host("a", { addresses: ["10.0.0.1"] });
  told = [];
  let last = 0;
  sockets = new LocalSockets(
    host,
    {},
    {
      nextSocket: () => ++last,
      opened: (transport, component, { socket, address }) =>
        told.push(`opened ${transport}/${component} ${socket} ${address}`),
      complete: (transport, component) => told.push(`complete ${transport}/${component}`),
      gone: (socket) => told.push(`gone ${socket}`),
      addressesChanged: (present) => told.push(`present ${present.size}`),
      received: () => undefined,
    },
  );
  open(1, 1);
  told.splice(0);
});

function open(transport: number, component: 1 | 2): void {
  sockets.open({ type: "open-sockets", transport, component, loopback: false });
  world.run(1);
}

function join(address: string): void {
  host.addAddress({ address, interfaceName: "wlan0" });
  world.run(ADDRESS_NOTICE);
}

describe("local sockets", () => {
  test("an address that appears gets a socket for every component that has some", () => {
    open(1, 2);
    open(2, 1);
    told.splice(0);
    join("10.9.0.1");
    world.run(1);
    expect(told).toEqual([
      "present 4",
      "opened 1/1 4 10.9.0.1",
      "opened 1/2 5 10.9.0.1",
      "opened 2/1 6 10.9.0.1",
    ]);
  });

  test("one that goes takes its sockets along, before those of a new one are open", () => {
    host.removeAddress("10.0.0.1");
    join("10.9.0.1");
    world.run(1);
    expect(told[0]).toBe("gone 1");
    expect(told.at(-1)).toBe("opened 1/1 2 10.9.0.1");
    expect(sockets.get(1)).toBeUndefined();
    expect(sockets.get(2)).toBeDefined();
  });

  test("one that goes and comes back gets another socket", () => {
    host.setInterfaceUp("eth0", false);
    world.run(ADDRESS_NOTICE);
    host.setInterfaceUp("eth0", true);
    world.run(ADDRESS_NOTICE + 1);
    expect(told.filter((line) => !line.startsWith("present"))).toEqual(["gone 1", "opened 1/1 2 10.0.0.1"]);
  });

  test("loopback and link-local addresses that appear are left alone, and so are more than fit", () => {
    join("fe80::7");
    expect(told).toEqual(["present 4"]);
    for (let n = 1; n <= MAX_LOCAL_ADDRESSES; n++) host.addAddress(`10.9.0.${n}`);
    world.run(ADDRESS_NOTICE + 1);
    expect(told.filter((line) => line.startsWith("opened"))).toHaveLength(MAX_LOCAL_ADDRESSES - 1);
  });

  test("nobody binds for a transport that is over, or after the end", () => {
    sockets.forget(1);
    join("10.9.0.1");
    sockets.closeAll();
    join("10.9.0.2");
    world.run(1);
    expect(told).toEqual(["present 4"]);
  });

  test("an address that cannot be bound yet is tried again, a few times (RFC 4862 §5.4)", () => {
    let attempts = 0;
    const bind = host.bindUdp.bind(host);
    host.bindUdp = (local, port, handlers, done) => {
      attempts++;
      return attempts < 3 ? fail(done) : bind(local, port, handlers, done);
    };
    join("10.9.0.1");
    world.run(3 * BIND_RETRY_INTERVAL);
    expect(told.at(-1)).toMatch(/^opened 1\/1 \d+ 10\.9\.0\.1$/);
    let tried = 0;
    host.bindUdp = (_local, _port, _handlers, done) => {
      tried++;
      return fail(done);
    };
    join("10.9.0.2");
    world.run(20 * BIND_RETRY_INTERVAL);
    expect(tried).toBe(MAX_BIND_ATTEMPTS);
  });
});

function fail(done: (socket: undefined, code: string) => void) {
  done(undefined, "EADDRNOTAVAIL");
  return { cancel() {} };
}
