/** Real networks: namespaces of the kernel with links, NATs and firewalls between them, and a process in each. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Coturn, whyNoCoturn } from "./coturn.testing.ts";
import { connect, Lab, negotiate, type Peer, whyNoNamespaces, whyNoNat } from "./netns.testing.ts";

const noNamespaces = whyNoNamespaces();
const noNat = noNamespaces ?? whyNoNat();
const noServer = noNat ?? whyNoCoturn();
for (const reason of new Set([noNamespaces, noNat, noServer])) if (reason) console.log(`skipped: ${reason}`);

/** The server's address. */
const SERVER = "192.0.2.2";
/** Messages that must have come over after a change: a second of them. */
const ENOUGH = 50;

let lab: Lab;
let coturn: Coturn | undefined;

beforeEach(() => {
  lab = new Lab();
});

afterEach(async () => {
  await coturn?.stop();
  coturn = undefined;
  lab.remove();
});

/** The internet: one router, with `z` and a place for a server on it. */
function internet(): void {
  for (const name of ["net", "z", "server"]) lab.host(name);
  lab.forward("net");
  lab.link(["z", "eth0", "203.0.113.2/24"], ["net", "z", "203.0.113.1/24"]);
  lab.link(["server", "eth0", `${SERVER}/24`], ["net", "server", "192.0.2.1/24"]);
  lab.route("z", "default", "203.0.113.1");
  lab.route("server", "default", "192.0.2.1");
}

/** A network at home, behind a router that has 198.51.`number`.2 outside. Its hosts join by `joinHome`. */
function home(name: string, number: number, nat: boolean): void {
  lab.host(name);
  lab.forward(name);
  lab.link([name, "wan", `198.51.${number}.2/24`], ["net", name, `198.51.${number}.1/24`]);
  lab.route(name, "default", `198.51.${number}.1`);
  if (nat) lab.masquerade(name, "wan");
}

function joinHome(host: string, name: string, number: number): void {
  lab.link([host, name, `10.${number}.0.2/24`], [name, "lan", `10.${number}.0.1/24`]);
  lab.route(host, "default", `10.${number}.0.1`);
}

/** Numbers go both ways from here on. */
async function talk(a: Peer, z: Peer): Promise<void> {
  await Promise.all([a.start(), z.start()]);
  await Promise.all([a.until(() => a.received >= ENOUGH), z.until(() => z.received >= ENOUGH)]);
}

/** Lets `happen` happen, waits until numbers sent after it have come both ways, and tells how long the longest silence was. */
async function survive(a: Peer, z: Peer, happen: () => void | Promise<void>): Promise<number> {
  const [near, far] = await Promise.all([a.mark(), z.mark()]);
  await happen();
  await Promise.all([
    a.until(() => a.received >= far.sent + ENOUGH),
    z.until(() => z.received >= near.sent + ENOUGH),
  ]);
  const reports = await Promise.all([a.report(), z.report()]);
  return Math.round(Math.max(...reports.map(({ gap }) => gap)));
}

/** What was sent has come, each once and in order. */
async function expectNothingLost(a: Peer, z: Peer): Promise<void> {
  const [fromA, fromZ] = await Promise.all([a.stop(), z.stop()]);
  await Promise.all([a.until(() => a.received === fromZ), z.until(() => z.received === fromA)]);
  for (const peer of [a, z]) expect((await peer.report()).faults).toBe(0);
}

describe.skipIf(noNamespaces !== undefined)("in network namespaces", () => {
  test("two hosts on two networks meet directly", async () => {
    internet();
    home("lan", 1, false);
    lab.host("a");
    joinHome("a", "lan", 1);
    lab.route("net", "10.1.0.0/24", "198.51.1.2");
    const [a, z] = [lab.peer("a"), lab.peer("z")];
    await connect(a, z);
    await talk(a, z);
    expect((await a.report()).remote).toMatchObject({ type: "host", address: "203.0.113.2" });
    await expectNothingLost(a, z);
  });
});

describe.skipIf(noNat !== undefined)("behind a NAT of nftables", () => {
  beforeEach(() => {
    internet();
    home("wifi", 1, true);
    lab.host("a");
    joinHome("a", "wifi", 1);
  });

  test("a NAT that forgets its mappings in a call costs a moment, and nothing is lost", async () => {
    const [a, z] = [lab.peer("a"), lab.peer("z")];
    await connect(a, z);
    await talk(a, z);
    const before = (await z.report()).remote;
    expect(before.type).toBe("prflx");
    const gap = await survive(a, z, () => lab.rebind("wifi", "wan", "198.51.1.2/24", "198.51.1.1"));
    const after = (await z.report()).remote;
    expect(after.port).not.toBe(before.port);
    console.log(`NAT rebinding: ${gap} ms without data`);
    await expectNothingLost(a, z);
  });

  test.each([
    ["", false],
    [", with an ICE restart", true],
  ])("from one network to another in a call, and nothing is lost%s", async (_, restart) => {
    const [a, z] = [lab.peer("a"), lab.peer("z")];
    await connect(a, z);
    await talk(a, z);
    home("mobile", 2, true);
    const gap = await survive(a, z, async () => {
      lab.setLink("a", "wifi", "down");
      joinHome("a", "mobile", 2);
      if (restart) await negotiate(a, z, true);
    });
    expect((await a.report()).local.address).toMatch(/^(10\.2\.0\.2|198\.51\.2\.2)$/);
    console.log(`switch of networks${restart ? ", with an ICE restart" : ""}: ${gap} ms without data`);
    await expectNothingLost(a, z);
  });

  test("out of reach for a while and back again in a call, and nothing is lost", async () => {
    const [a, z] = [lab.peer("a"), lab.peer("z")];
    await connect(a, z);
    await talk(a, z);
    const gap = await survive(a, z, async () => {
      lab.setLink("a", "wifi", "down");
      await a.until(() => a.state === "disconnected");
      lab.setLink("a", "wifi", "up");
      lab.route("a", "default", "10.1.0.1");
    });
    console.log(`cable pulled and put back: ${gap} ms without data`);
    await expectNothingLost(a, z);
  });
});

describe.skipIf(noServer !== undefined)("behind a router that lets no UDP through", () => {
  test("a relay over TCP leads to the peer, and a switch of networks in the call is survived", async () => {
    internet();
    home("wifi", 1, true);
    lab.blockUdp("wifi");
    lab.host("a");
    joinHome("a", "wifi", 1);
    coturn = await Coturn.start([], { address: SERVER, through: lab.through("server") });
    const [a, z] = [lab.peer("a"), lab.peer("z")];
    const urls = ["udp", "tcp"].map((kind) => `turn:${SERVER}:${coturn!.port}?transport=${kind}`);
    await connect(a, z, { iceServers: [{ urls, username: "user", credential: "secret" }] });
    await talk(a, z);
    expect((await a.report()).local).toMatchObject({ type: "relay", relayProtocol: "tcp" });
    home("mobile", 2, true);
    lab.blockUdp("mobile");
    const gap = await survive(a, z, () => {
      lab.setLink("a", "wifi", "down");
      joinHome("a", "mobile", 2);
    });
    expect((await a.report()).local).toMatchObject({ type: "relay", relayProtocol: "tcp" });
    console.log(`switch of networks over a relay over TCP: ${gap} ms without data`);
    await expectNothingLost(a, z);
  });
});
