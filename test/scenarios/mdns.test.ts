import { describe, expect, test } from "vitest";
import { connectChannel, end, stage } from "./peers.ts";

const IP_ADDRESS = /\b\d+\.\d+\.\d+\.\d+\b|\bfd00:/;

describe("names in place of addresses (draft-ietf-mmusic-mdns-ice-candidates)", () => {
  test("peers on one link connect, and neither description nor candidate tells an address", async () => {
    const made = await stage(1, {}, {}, undefined, () => ({ mdns: true }));
    const told: string[] = [];
    for (const { connection } of [made.a, made.z])
      connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate !== null) told.push(candidate.candidate);
      });
    await connectChannel(made);
    await made.world.runAsync(2000);
    const candidates = told.filter((text) => text !== "");
    expect(candidates.length).toBeGreaterThan(3);
    for (const text of candidates) {
      expect(text).toMatch(/ [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local \d+ typ host/);
      expect(text).not.toMatch(IP_ADDRESS);
    }
    for (const { connection } of [made.a, made.z]) {
      expect(connection.localDescription!.sdp.replace(/^(o|c)=.*$/gm, "")).not.toMatch(IP_ADDRESS);
      const pair = connection.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
      expect(pair.local.address).toMatch(/\.local$/);
    }
    end(made);
  });

  test("each address has one name, and each connection names of its own", async () => {
    const made = await stage(2, {}, {}, undefined, () => ({ mdns: true }));
    const names = { a: new Set<string>(), z: new Set<string>() };
    for (const end of ["a", "z"] as const)
      made[end].connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate?.address) names[end].add(candidate.address);
      });
    await connectChannel(made);
    expect([names.a.size, names.z.size]).toEqual([2, 2]);
    expect(new Set([...names.a, ...names.z]).size).toBe(4);
    end(made);
  });

  test("the names go with the connection", async () => {
    const made = await stage(3, {}, {}, undefined, () => ({ mdns: true }));
    const names: string[] = [];
    made.a.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.address) names.push(candidate.address);
    });
    await connectChannel(made);
    end(made);
    await made.world.runAsync(100);
    let found: readonly string[] | undefined;
    made.z.host.resolveMdns(names[0]!, (addresses) => {
      found = addresses;
    });
    await made.world.runUntilAsync(() => found !== undefined, 10_000);
    expect(found).toEqual([]);
  });
});
