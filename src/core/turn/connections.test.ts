/** Allocations for connections with peers (RFC 6062). */
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { parseIpAddress } from "../base/ip-address.ts";
import {
  ADDITIONAL_ADDRESS_FAMILY,
  CONNECTION_ID,
  MESSAGE_INTEGRITY,
  NONCE,
  REQUESTED_TRANSPORT,
  type StunMessage,
  StunMessageBuilder,
  XOR_PEER_ADDRESS,
} from "../stun/index.ts";
import type { ConnectionBind } from "./connection-bind.ts";
import { CONNECT, CONNECTION_ATTEMPT, CONNECTION_BIND, MAX_NONCE_CHANGES } from "./protocol.ts";
import { type Answer, encode, PEER, parse, Script } from "./turn.testing.ts";

const CONNECTION = 0xc0ffee;

function allocated(): Script {
  const script = new Script({ stream: true, relayTransport: "tcp" });
  script.allocate();
  return script;
}

function attempt(script: Script, address: string, fill?: Answer["fill"]): void {
  const out = new Uint8Array(200);
  const id = new Uint8Array(12).fill(9);
  const builder = new StunMessageBuilder(out, "indication", CONNECTION_ATTEMPT, id);
  builder.u32(CONNECTION_ID, CONNECTION).xorAddress(XOR_PEER_ADDRESS, {
    address: parseIpAddress(address)!,
    port: 4000,
  });
  fill?.(builder);
  script.client.receive(script.now, out.slice(0, builder.finish()));
  script.drain();
}

test("is asked for with the number of TCP, and for one family (RFC 6062 §4.1)", () => {
  const script = new Script({ stream: true, relayTransport: "tcp" });
  script.client.start(script.now);
  const request = script.request();
  expect(request.u32(REQUESTED_TRANSPORT)).toBe(6 * 2 ** 24);
  expect(request.has(ADDITIONAL_ADDRESS_FAMILY)).toBe(false);
});

describe("a connection that we ask for (RFC 6062 §4.3)", () => {
  test("has the number that the server's answer names", () => {
    const script = allocated();
    expect(script.client.connect(script.now, 5, PEER, 4000)).toBe(true);
    const request = script.request();
    expect(request.method).toBe(CONNECT);
    expect(request.address(XOR_PEER_ADDRESS)).toMatchObject({ port: 4000 });
    script.answer(request, { fill: (builder) => builder.u32(CONNECTION_ID, CONNECTION) });
    expect(script.events).toEqual([
      { type: "connection", attempt: 5, connection: CONNECTION, peer: { address: PEER, port: 4000 } },
    ]);
  });

  test.each([
    ["the server could not connect", { code: 447 }, 447],
    ["there is one already", { code: 446 }, 446],
    ["the answer names none", {}, 701],
  ])("fails when %s", (_, answer, errorCode) => {
    const script = allocated();
    script.client.connect(script.now, 5, PEER, 4000);
    script.answer(script.request(), answer);
    expect(script.events).toEqual([{ type: "connect-failed", attempt: 5, errorCode }]);
  });

  test("fails when no answer comes; the allocation lives on", () => {
    const script = allocated();
    script.client.connect(script.now, 5, PEER, 4000);
    script.until(script.now + 20_000);
    script.drain();
    expect(script.events).toEqual([{ type: "connect-failed", attempt: 5, errorCode: 701 }]);
    expect(script.client.allocated).toBe(true);
  });

  test("cannot be asked for without an allocation", () => {
    const script = new Script({ stream: true, relayTransport: "tcp" });
    expect(script.client.connect(script.now, 5, PEER, 4000)).toBe(false);
  });
});

describe("a connection of a peer (RFC 6062 §4.4)", () => {
  test("is told when the peer has permission", () => {
    const script = allocated();
    script.permit();
    attempt(script, PEER);
    expect(script.events).toEqual([
      { type: "connection", attempt: undefined, connection: CONNECTION, peer: { address: PEER, port: 4000 } },
    ]);
  });

  test("is dropped and counted without permission, and where the allocation is for datagrams", () => {
    const script = allocated();
    attempt(script, PEER);
    const other = new Script({ stream: true });
    other.allocate();
    other.permit();
    attempt(other, PEER);
    for (const { events, client } of [script, other]) {
      expect(events).toEqual([]);
      expect(client.statistics.droppedFromPeers).toBe(1);
    }
  });
});

describe("binding (RFC 6062 §4.3)", () => {
  function sent(bind: ConnectionBind): StunMessage {
    const out = new Uint8Array(4096);
    const length = bind.pollTransmit(out);
    expect(bind.pollTransmit(out)).toBe(0);
    return parse(out.slice(0, length));
  }

  function bindOf(script = allocated()): ConnectionBind {
    return script.client.bind(CONNECTION);
  }

  test("names the connection, signed, and what comes behind the answer is the peer's", () => {
    const bind = bindOf();
    const request = sent(bind);
    expect(request.method).toBe(CONNECTION_BIND);
    expect(request.u32(CONNECTION_ID)).toBe(CONNECTION);
    expect(request.has(MESSAGE_INTEGRITY)).toBe(true);
    const answer = encode(request, {});
    for (const byte of answer.subarray(0, -1)) expect(bind.receive(Uint8Array.of(byte))).toBe("waiting");
    expect(bind.receive(Uint8Array.of(answer.at(-1)!, 1, 2, 3))).toBe("bound");
    expect(bind.rest).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("answers the nonce of the new connection, a few times", () => {
    const bind = bindOf();
    for (let round = 0; round < MAX_NONCE_CHANGES; round++) {
      const stale = encode(sent(bind), {
        code: 438,
        signed: false,
        fill: (builder) => builder.text(NONCE, `nonce ${round}`),
      });
      expect(bind.receive(stale)).toBe("waiting");
    }
    const request = sent(bind);
    expect(request.text(NONCE)).toBe(`nonce ${MAX_NONCE_CHANGES - 1}`);
    const stale = {
      code: 438,
      signed: false,
      fill: (builder: StunMessageBuilder) => builder.text(NONCE, "n"),
    };
    expect(bind.receive(encode(request, stale))).toBe("failed");
  });

  test.each<[string, Answer]>([
    ["is not signed", { signed: false }],
    ["is signed with another password", { signed: "wrong" }],
    ["is a refusal", { code: 400 }],
  ])("fails when the answer %s", (_, answer) => {
    const bind = bindOf();
    expect(bind.receive(encode(sent(bind), answer))).toBe("failed");
  });

  test("fails over the answer to another request, and over what is no STUN", () => {
    const random = new SeededRandom(3);
    const other = sent(bindOf());
    const bind = new Script({ random, crypto: nodeCrypto }).client.bind(CONNECTION);
    sent(bind);
    expect(bind.receive(encode(other, {}))).toBe("failed");
    const again = bindOf();
    sent(again);
    expect(again.receive(new Uint8Array(24).fill(0x48))).toBe("failed");
  });
});
