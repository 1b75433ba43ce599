import { describe, expect, test } from "vitest";
import type { IceServer } from "../base/ice-candidate.ts";
import type { IceOptions } from "../base/ice-options.ts";
import { parseIpAddress } from "../base/ip-address.ts";
import { XOR_MAPPED_ADDRESS } from "../stun/index.ts";
import { Script } from "./script.testing.ts";

const STUN: IceServer = {
  url: "stun:198.51.100.1",
  scheme: "stun",
  host: "198.51.100.1",
  port: 3478,
  transport: "udp",
};

function gathering(options: IceOptions, servers: readonly IceServer[] = []): Script {
  const script = new Script({ controlling: true, gather: false, options });
  script.agent.gather(script.now, { servers, policy: "all" });
  ["10.0.0.5", "10.0.0.6"].forEach((address, index) => {
    script.agent.addSocket(script.now, { socket: index + 1, address, port: 5000, loopback: false });
  });
  script.agent.socketsComplete(script.now);
  script.drain();
  return script;
}

const told = (script: Script) =>
  script.of("candidate").map(({ candidate }) => `${candidate.type} ${candidate.address} ${candidate.port}`);

describe("address mappings, for a 1:1 NAT", () => {
  const mapping = { local: "10.0.0.5", public: "203.0.113.5" };

  test("as host: the candidate shows the public address only, with the port of the socket", () => {
    const script = gathering({ addressMappings: [{ ...mapping, as: "host" }] });
    expect(told(script)).toEqual(["host 203.0.113.5 5000", "host 10.0.0.6 5000"]);
  });

  test("as srflx: a server-reflexive candidate beside it, whose related address is the host's", () => {
    const script = gathering({ addressMappings: [{ ...mapping, as: "srflx" }] });
    expect(told(script)).toEqual(["host 10.0.0.5 5000", "srflx 203.0.113.5 5000", "host 10.0.0.6 5000"]);
    expect(script.of("candidate")[1]!.candidate).toMatchObject({
      relatedAddress: "10.0.0.5",
      relatedPort: 5000,
    });
  });

  test.each(["host", "srflx"] as const)(
    "as %s: what a peer sees of us is that candidate, not a new one",
    (as) => {
      const script = gathering({ addressMappings: [{ ...mapping, as }] });
      script.answers = false;
      script.describe([{ port: 7000, priority: 2_000_000_000 }]);
      script.advance(200);
      for (let request = script.nextRequest(); request !== undefined; request = script.nextRequest()) {
        script.respondSigned(request, (builder) =>
          builder.xorAddress(XOR_MAPPED_ADDRESS, { address: parseIpAddress("203.0.113.5")!, port: 5000 }),
        );
      }
      expect(script.of("selected-pair")[0]!.local).toMatchObject({ type: as, address: "203.0.113.5" });
    },
  );
});

describe("types of candidates that are told", () => {
  test("without host: none is told, and none is named as related address", () => {
    const script = gathering({ candidateTypes: ["srflx", "relay"] }, [STUN]);
    const request = script.nextRequest()!;
    script.respond(request, (builder) =>
      builder.xorAddress(XOR_MAPPED_ADDRESS, { address: parseIpAddress("203.0.113.9")!, port: 6000 }),
    );
    expect(script.of("candidate").map(({ candidate }) => candidate)).toMatchObject([
      { type: "srflx", address: "203.0.113.9", relatedAddress: "0.0.0.0", relatedPort: 0 },
    ]);
  });

  test("none at all: gathering completes with nothing", () => {
    const script = gathering({ candidateTypes: [] });
    expect(told(script)).toEqual([]);
    expect(script.agent.gathererState).toBe("complete");
  });
});

describe("a server whose address is none of a host", () => {
  test.each(["0.0.0.123", "224.0.0.1", "::"])("%s: an error at once, nothing is sent there", (host) => {
    const turn = {
      ...STUN,
      url: `turn:${host}`,
      scheme: "turn",
      host,
      username: "u",
      credential: "c",
    } as const;
    const script = gathering({}, [{ ...STUN, url: `stun:${host}`, host }, turn]);
    expect(script.of("candidate-error")).toMatchObject([
      { url: `stun:${host}`, errorCode: 701, address: "10.0.0.5", port: 5000 },
      { url: `turn:${host}`, errorCode: 701, address: "10.0.0.5", port: 5000 },
    ]);
    expect(script.agent.gathererState).toBe("complete");
    expect(script.sent).toEqual([]);
    expect(script.of("allocate")).toEqual([]);
  });
});
