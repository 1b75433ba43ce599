/** Connections whose network changes under traffic: what becomes of the path, and of what was sent meanwhile. */
import type { RTCPeerConnection } from "../../src/index.ts";
import {
  type Nat,
  type SimAddress,
  type SimHost,
  startStunServer,
  startTurnServer,
  type World,
} from "../../src/sim/index.ts";
import { connectChannel, end, type Stage, stage } from "./peers.ts";

/** How a change went. */
export interface Recovery {
  /** Milliseconds from the change until data arrives again in both directions. */
  readonly time: number;
  /** Messages lost, doubled or out of order. */
  readonly faults: number;
}

/** How often each end sends, ms. */
const INTERVAL = 50;

const CONFIGURATION = {
  iceServers: [
    { urls: "stun:192.0.2.10" },
    { urls: "turn:192.0.2.20", username: "user", credential: "secret" },
  ],
};

/** `z` behind a NAT that forgets its mappings, or gets another address as well; `a` is public. */
export async function rebinding(seed: number, newAddress: boolean): Promise<Recovery> {
  let nat: Nat | undefined;
  const made = await stage(seed, { latency: 25 }, CONFIGURATION, (world, name) => {
    if (name === "a") return ["198.51.100.1"];
    const network = world.network("home");
    nat = world.nat("router", { address: "203.0.113.1", inside: network });
    return [{ address: "192.168.1.2", network }];
  });
  return change(made, () => nat!.rebind(newAddress ? "203.0.113.9" : "203.0.113.1"));
}

/** `z` loses its network and joins another one; the application restarts ICE when the system tells it. */
export async function networkSwitch(seed: number): Promise<Recovery> {
  const made = await stage(seed, { latency: 25 }, CONFIGURATION, (world, name) => {
    if (name === "a") return ["198.51.100.1"];
    const wifi = world.network("wifi");
    world.nat("wifi-router", { address: "203.0.113.1", inside: wifi });
    return [{ address: "192.168.1.2", interfaceName: "wlan0", network: wifi }];
  });
  const { world, z } = made;
  const mobile = world.network("mobile");
  world.nat("carrier", {
    address: "203.0.113.77",
    inside: mobile,
    mapping: "address-and-port-dependent",
  });
  return change(made, () => {
    z.host.setInterfaceUp("wlan0", false);
    z.host.addAddress({ address: "100.64.0.9", interfaceName: "wwan0", network: mobile });
    z.connection.restartIce();
    void renegotiate(z.connection, made.a.connection, made);
  });
}

/** The same without a word to the application: whoever is public is found again by what is sent from the new address. */
export async function silentSwitch(seed: number): Promise<Recovery> {
  const made = await stage(seed, { latency: 25 }, CONFIGURATION, (world, name) => {
    if (name === "a") return ["198.51.100.1"];
    return [behind(world, "wifi", "203.0.113.1", "192.168.1.2")];
  });
  return change(made, () => move(made, made.z.host));
}

/** … between two ends whose NATs let nothing but relays meet. */
export async function relayedSwitch(seed: number): Promise<Recovery> {
  const made = await stage(seed, { latency: 25 }, CONFIGURATION, (world, name) => [
    name === "a"
      ? behind(world, "office", "203.0.113.50", "192.168.7.2")
      : behind(world, "wifi", "203.0.113.1", "192.168.1.2"),
  ]);
  return change(made, () => move(made, made.z.host));
}

/** A symmetric NAT with a network behind it, and an address there. */
function behind(world: World, name: string, outer: string, address: string): SimAddress {
  const network = world.network(name);
  world.nat(`${name}-router`, { address: outer, inside: network, mapping: "address-and-port-dependent" });
  return { address, interfaceName: name, network };
}

/** Out of reach of the one network, and into another, now or (as seeds have it) a moment before or after. */
function move({ world }: Stage, host: SimHost): void {
  const pause = [0, -300, 250][world.seed % 3]!;
  const leave = () => host.setInterfaceUp("wifi", false);
  const join = () => host.addAddress(behind(world, "mobile", "203.0.113.77", "100.64.0.9"));
  if (pause < 0) join();
  else leave();
  world.at(world.now + Math.abs(pause), pause < 0 ? leave : join);
}

/** Over a signalling channel that takes 25 ms each way. */
async function renegotiate(from: RTCPeerConnection, to: RTCPeerConnection, { world }: Stage): Promise<void> {
  const delay = () => new Promise<void>((resolve) => void world.at(world.now + 25, resolve));
  await from.setLocalDescription();
  await delay();
  await to.setRemoteDescription(from.localDescription!);
  await to.setLocalDescription();
  await delay();
  await from.setRemoteDescription(to.localDescription!);
}

async function change(made: Stage, happen: () => void): Promise<Recovery> {
  const { world } = made;
  for (const [name, address] of [
    ["stun", "192.0.2.10"],
    ["turn", "192.0.2.20"],
  ] as const) {
    const host = world.host(name, { addresses: [address] });
    if (name === "stun") startStunServer(host);
    else startTurnServer(host, { username: "user", password: "secret" });
  }
  const { near, far } = await connectChannel(made);
  const channels = [near, far];
  const sent = [0, 0];
  const received = [0, 0];
  const lastAt = [0, 0];
  let faults = 0;
  channels.forEach((channel, index) => {
    channel.onmessage = ({ data }) => {
      if (Number(data) !== received[index]) faults++;
      received[index]!++;
      lastAt[index] = world.now;
    };
  });
  let ticking = true;
  const tick = () => {
    if (!ticking) return;
    for (const [index, channel] of channels.entries()) channel.send(String(sent[index]!++));
    world.at(world.now + INTERVAL, tick);
  };
  tick();
  await world.runAsync(2000 + (made.world.seed % 97) * 61);
  const start = world.now;
  const marks = [...sent];
  happen();
  // Sent after the change, and arrived: both ways work.
  const back = () => received[0]! > marks[1]! + 1 && received[1]! > marks[0]! + 1;
  await world.runUntilAsync(back, 60_000);
  const time = world.now - start;
  ticking = false;
  await world.runUntilAsync(() => received[0] === sent[1] && received[1] === sent[0], 30_000);
  end(made);
  return { time, faults };
}
