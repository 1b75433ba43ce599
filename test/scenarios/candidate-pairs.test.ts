import { expect, test } from "vitest";
import type { RTCIceCandidatePair } from "../../src/index.ts";
import { connectChannel, end, stage } from "./peers.ts";

test("an application keeps the choice of pairs to itself: no nomination, another pair, then that one nominated", async () => {
  const made = await stage(1, { latency: 10 });
  const { world, a, z } = made;
  const added: RTCIceCandidatePair[] = [];
  const nominated: RTCIceCandidatePair[] = [];
  let accepts = false;
  a.connection.addEventListener("signalingstatechange", () => {
    const ice = a.connection.sctp!.transport.iceTransport;
    ice.onicecandidatepairadd = ({ candidatePair }) => added.push(candidatePair);
    ice.onicecandidatepairnominate = (event) => {
      nominated.push(event.candidatePair);
      if (!accepts) event.preventDefault();
    };
  });
  const { near, far } = await connectChannel(made);
  await world.runAsync(40_000);
  const ice = a.connection.sctp!.transport.iceTransport;
  const first = ice.getSelectedCandidatePair()!;
  expect(nominated).toEqual([first]);
  expect(added).toContain(first);
  expect(a.connection.iceConnectionState).toBe("connected");
  const other = added.find((pair) => pair.local.address !== first.local.address)!;
  accepts = true;
  await world.runUntilSettled(ice.selectCandidatePair!(other), 5000);
  expect(ice.getSelectedCandidatePair()).toBe(other);
  await world.runUntilSettled(ice.removeCandidatePair!(first), 5000);
  await world.runUntilAsync(
    () =>
      z.connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!.remote.address ===
      other.local.address,
    10_000,
  );
  expect(nominated).toEqual([first, other]);
  const heard: unknown[] = [];
  far.onmessage = ({ data }) => heard.push(data);
  near.send("still here");
  await world.runUntilAsync(() => heard.length === 1, 5000);
  await world.runAsync(60_000);
  expect([a, z].map(({ connection }) => connection.connectionState)).toEqual(["connected", "connected"]);
  end(made);
});
