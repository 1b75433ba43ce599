import { type IceOptions, openEngine, withRealm } from "../../src/host-entry.ts";
import type {
  RTCCertificate,
  RTCConfiguration,
  RTCDataChannel,
  RTCDataChannelInit,
} from "../../src/index.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { nodeCrypto } from "../../src/node/crypto.ts";
import { type LinkChange, type SimHost, type SimHostOptions, World } from "../../src/sim/index.ts";

/** A world with two hosts, each with one connection: what most scenarios are played on. */
export interface Stage {
  readonly world: World;
  readonly a: Peer;
  readonly z: Peer;
}

export interface Peer {
  readonly host: SimHost;
  readonly connection: RTCPeerConnection;
  /** Names of the connection's state events, in order, with the state after each. */
  readonly states: string[];
}

let certificate: Promise<RTCCertificate> | undefined;

/** One certificate for all connections of a test file: making keys is not what scenarios are about. */
function sharedCertificate(): Promise<RTCCertificate> {
  certificate ??= RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
  return certificate;
}

/** Two hosts on one link, connections made, nothing negotiated. Candidates trickle both ways over a reliable detour. */
export async function stage(
  seed: number,
  link: LinkChange = {},
  configuration: RTCConfiguration = {},
  addresses: (world: World, name: string) => NonNullable<SimHostOptions["addresses"]> | undefined = () =>
    undefined,
  ice: (name: string) => IceOptions = () => ({}),
): Promise<Stage> {
  const world = new World({ seed, crypto: nodeCrypto, internet: link });
  // The shared certificate is of this moment, not of the simulated epoch.
  const certificates = [await sharedCertificate()];
  const peer = (name: string): Peer => {
    const chosen = addresses(world, name);
    const host = world.host(name, chosen === undefined ? {} : { addresses: chosen });
    host.wallClockOffset = Date.now() - host.wallClock();
    const connection = withRealm(
      { host, openEngine, ice: ice(name) },
      () => new RTCPeerConnection({ ...configuration, certificates }),
    );
    const states: string[] = [];
    for (const kind of ["connection", "iceConnection", "iceGathering", "signaling"] as const) {
      connection.addEventListener(`${kind}statechange`.toLowerCase(), () => {
        states.push(`${kind} ${connection[`${kind}State`]}`);
      });
    }
    return { host, connection, states };
  };
  const a = peer("a");
  const z = peer("z");
  const trickle = (from: Peer, to: Peer) => {
    from.connection.onicecandidate = ({ candidate }) => {
      world.at(
        world.now + 20,
        () => void to.connection.addIceCandidate(candidate ?? undefined).catch(() => {}),
      );
    };
  };
  trickle(a, z);
  trickle(z, a);
  return { world, a, z };
}

/** Offer from `a`, answer from `z`. `signalled`: what becomes of a description's text on the way. */
export async function negotiate(
  { world, a, z }: Stage,
  signalled: (sdp: string) => string = (sdp) => sdp,
): Promise<void> {
  const send = async (from: Peer, to: Peer) => {
    await from.connection.setLocalDescription();
    const { type, sdp } = from.connection.localDescription!;
    await to.connection.setRemoteDescription({ type, sdp: signalled(sdp) });
  };
  const exchange = async () => {
    await send(a, z);
    await send(z, a);
  };
  await world.runUntilSettled(exchange(), 5000);
}

/** Opens a channel from `a` to `z` and waits for both ends. */
export async function connectChannel(
  stage: Stage,
  init: RTCDataChannelInit = {},
  limit = 60_000,
): Promise<{ near: RTCDataChannel; far: RTCDataChannel }> {
  const near = stage.a.connection.createDataChannel("test", init);
  let far: RTCDataChannel | undefined;
  stage.z.connection.addEventListener("datachannel", (event) => {
    far = event.channel;
  });
  await negotiate(stage);
  await stage.world.runUntilAsync(() => near.readyState === "open" && far?.readyState === "open", limit);
  return { near, far: far! };
}

/** Closes both ends and makes sure that nothing is left to happen. */
export function end({ a, z }: Stage): void {
  a.connection.close();
  z.connection.close();
}

/** Bytes that repeat nowhere near, so that a lost, doubled or moved piece is seen. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = (seed + 1) * 0x9e3779b9;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
