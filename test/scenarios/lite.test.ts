import { describe, expect, test } from "vitest";
import type { RTCDataChannel } from "../../src/index.ts";
import { connectChannel, end, negotiate, type Stage, stage } from "./peers.ts";

const lite =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name) ? { lite: true } : {};

function roles({ a, z }: Stage): string[] {
  return [a, z].map(({ connection }) => connection.sctp!.transport.iceTransport.role);
}

/** A message each way. */
async function talk({ world }: Stage, near: RTCDataChannel, far: RTCDataChannel): Promise<void> {
  const heard: unknown[] = [];
  near.onmessage = ({ data }) => heard.push(data);
  far.onmessage = ({ data }) => heard.push(data);
  near.send("there");
  far.send("back");
  await world.runUntilAsync(() => heard.length === 2, 10_000);
}

describe("ICE-lite (RFC 8445 §2.5)", () => {
  test.each([
    ["offers", ["a"], ["controlled", "controlling"]],
    ["answers", ["z"], ["controlling", "controlled"]],
    ["offers and answers", ["a", "z"], ["controlling", "controlled"]],
  ] as const)(
    "a lite end %s: data flows, restarts included, for as long as it takes",
    async (_case, names, expected) => {
      const made = await stage(1, { latency: 20 }, {}, undefined, lite(...names));
      const { near, far } = await connectChannel(made);
      expect(roles(made)).toEqual(expected);
      await talk(made, near, far);
      await made.world.runAsync(60_000);
      await talk(made, near, far);
      for (const restarting of [made, { ...made, a: made.z, z: made.a }]) {
        const { connection } = restarting.a;
        const fragment = () => connection.localDescription!.sdp.match(/a=ice-ufrag:.*/)![0];
        const before = fragment();
        connection.restartIce();
        await negotiate(restarting);
        expect(fragment()).not.toBe(before);
        await talk(made, near, far);
      }
      await made.world.runAsync(60_000);
      await talk(made, near, far);
      expect(roles(made)).toEqual(expected);
      for (const name of ["a", "z"] as const) {
        const { connection, states } = made[name];
        expect(connection.connectionState).toBe("connected");
        expect(states).not.toContain("connection disconnected");
        const [session] = connection.localDescription!.sdp.split("m=");
        expect(session!.includes("a=ice-lite")).toBe((names as readonly string[]).includes(name));
      }
      end(made);
    },
  );

  test("a lite end tells host candidates only, and sends nothing to servers", async () => {
    const servers = [{ urls: "stun:192.0.2.10" }];
    const made = await stage(2, {}, { iceServers: servers }, undefined, lite("a"));
    const types = new Set<string | null>();
    made.a.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) types.add(`${candidate.type} ${candidate.protocol}`);
    });
    await connectChannel(made);
    expect([...types]).toEqual(["host udp"]);
    end(made);
  });
});
