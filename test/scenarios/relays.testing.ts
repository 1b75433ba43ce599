import type { RTCConfiguration } from "../../src/index.ts";
import { type RunningTurnServer, startTurnServer, type TurnServerOptions } from "../../src/sim/index.ts";
import { type Stage, stage } from "./peers.ts";

/** Whom the simulated servers know. */
export const USER = { username: "user", password: "secret" };

/** Two connections in one network, with a TURN server that they are told to use. */
export async function relayStage(
  options: Partial<TurnServerOptions> = {},
  configuration: RTCConfiguration = {},
  seed = 1,
): Promise<Stage & { turn: RunningTurnServer }> {
  const iceServers = [{ urls: "turn:192.0.2.20", username: "user", credential: "secret" }];
  const made = await stage(seed, { latency: 20 }, { iceServers, ...configuration });
  const host = made.world.host("turn", { addresses: ["192.0.2.20", "2001:db8::20"] });
  const turn = startTurnServer(host, { ...USER, tlsNames: ["turn.example"], ...options });
  made.world.dns.set("turn.example", ["192.0.2.20"]);
  return { ...made, turn };
}
