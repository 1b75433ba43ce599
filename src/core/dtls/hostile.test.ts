import { describe, expect, test } from "vitest";
import {
  type Agreement,
  type Alter,
  captureAgreement,
  withHostile,
  withPlaintextFinished,
} from "./hostile.testing.ts";
import { HANDSHAKE_DEADLINE } from "./limits.ts";
import {
  BAD_CERTIFICATE,
  DECODE_ERROR,
  DECRYPT_ERROR,
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  PROTOCOL_VERSION,
  UNEXPECTED_MESSAGE,
  UNSUPPORTED_EXTENSION,
} from "./message/alert.ts";
import { encodeCertificateMessage } from "./message/certificate-message.ts";
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CERTIFICATE_VERIFY,
  CLIENT_KEY_EXCHANGE,
  FINISHED,
  HELLO_REQUEST,
  NEW_SESSION_TICKET,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
  SERVER_KEY_EXCHANGE,
} from "./message/handshake-type.ts";
import { decodeServerHello, encodeServerHello, type ServerHello } from "./message/server-hello.ts";
import { errorOf, newIdentity, Pair } from "./pair.testing.ts";

const [alice, bob, mallory] = await Promise.all([newIdentity(), newIdentity(), newIdentity()]);
const identities = { client: alice, server: bob };

const skip =
  (skipped: number): Alter =>
  (message) =>
    message.type === skipped ? [] : [message];

const change =
  (type: number, changed: (body: Uint8Array) => Uint8Array): Alter =>
  (message) => [message.type === type ? { type, body: changed(message.body) } : message];

const flipLastBit = (body: Uint8Array) => {
  const changed = body.slice();
  changed[changed.length - 1]! ^= 1;
  return changed;
};

/** Runs a handshake against a hostile side and tells how the honest one ended. */
function outcome(hostile: "client" | "server", alter: Alter, pair = new Pair(identities)) {
  const honest = hostile === "client" ? "server" : "client";
  withHostile(hostile, alter, () => {
    pair.connect();
    // Whatever keys the hostile side has: nothing may be delivered.
    pair.send(hostile, new Uint8Array([1, 2, 3]));
    pair.run();
  });
  expect(pair.received[honest]).toEqual([]);
  const { state } = pair.endpoint(honest);
  expect(state).not.toBe("connected");
  return { state, error: errorOf(pair.events[honest]) };
}

describe("a server refuses a client that", () => {
  test.each([
    ["Certificate", CERTIFICATE],
    ["ClientKeyExchange", CLIENT_KEY_EXCHANGE],
    ["CertificateVerify", CERTIFICATE_VERIFY],
  ])("skips %s (CVE-2022-29222)", (_name, type) => {
    const { state, error } = outcome("client", skip(type));
    expect(state).toBe("failed");
    expect(error).toMatchObject({ detail: "dtls-failure", sentAlert: UNEXPECTED_MESSAGE });
  });

  test("skips Finished: it waits until the deadline", () => {
    const { state, error } = outcome("client", skip(FINISHED));
    expect(state).toBe("failed");
    expect(error?.message).toContain("in time");
  });

  test("sends an empty certificate list (RFC 8827 §6.5)", () => {
    const { error } = outcome(
      "client",
      change(CERTIFICATE, () => encodeCertificateMessage([])),
    );
    expect(error?.sentAlert).toBe(HANDSHAKE_FAILURE);
  });

  test("signs CertificateVerify wrongly", () => {
    const { error } = outcome("client", change(CERTIFICATE_VERIFY, flipLastBit));
    expect(error?.sentAlert).toBe(DECRYPT_ERROR);
  });

  test("signs with an algorithm that was not asked for", () => {
    const sha1 = (body: Uint8Array) => {
      const changed = body.slice();
      changed.set([0x02, 0x03]);
      return changed;
    };
    const { error } = outcome("client", change(CERTIFICATE_VERIFY, sha1));
    expect(error?.sentAlert).toBe(ILLEGAL_PARAMETER);
  });

  test("sends a wrong Finished", () => {
    expect(outcome("client", change(FINISHED, flipLastBit)).error?.sentAlert).toBe(DECRYPT_ERROR);
    expect(
      outcome(
        "client",
        change(FINISHED, (body) => body.subarray(1)),
      ).error?.sentAlert,
    ).toBe(DECRYPT_ERROR);
    expect(
      outcome(
        "client",
        change(FINISHED, () => new Uint8Array(0)),
      ).error?.sentAlert,
    ).toBe(DECRYPT_ERROR);
  });

  test("sends a key share that is no public key", () => {
    const zero = (body: Uint8Array) => new Uint8Array(body.length).fill(0).fill(body[0]!, 0, 1);
    expect(outcome("client", change(CLIENT_KEY_EXCHANGE, zero)).error?.sentAlert).toBe(ILLEGAL_PARAMETER);
    const cut = (body: Uint8Array) => body.subarray(0, -1);
    expect(outcome("client", change(CLIENT_KEY_EXCHANGE, cut)).error?.sentAlert).toBe(DECODE_ERROR);
  });

  test("swaps or repeats messages", () => {
    const twice: Alter = (message) => (message.type === CERTIFICATE ? [message, message] : [message]);
    expect(outcome("client", twice).error?.sentAlert).toBe(UNEXPECTED_MESSAGE);
    const held: { type: number; body: Uint8Array }[] = [];
    const swapped: Alter = (message) => {
      if (message.type === CERTIFICATE) {
        held.push(message);
        return [];
      }
      return message.type === CLIENT_KEY_EXCHANGE ? [message, ...held.splice(0)] : [message];
    };
    expect(outcome("client", swapped).error?.sentAlert).toBe(UNEXPECTED_MESSAGE);
  });

  test("has stolen a certificate without its key", () => {
    const stolen = { certificate: alice.certificate.certificate, key: mallory.certificate.key };
    const pair = new Pair(identities, { client: { certificate: stolen } });
    const { state, error } = outcome("client", (message) => [message], pair);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ detail: "dtls-failure", sentAlert: DECRYPT_ERROR });
  });

  test("has another certificate than the description says: fingerprint-failure", () => {
    const pair = new Pair(identities, { client: { certificate: mallory.certificate } });
    const { state, error } = outcome("client", (message) => [message], pair);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ detail: "fingerprint-failure", sentAlert: BAD_CERTIFICATE });
    expect(pair.server.remoteCertificates).toEqual([]);
  });

  test("puts the announced certificate behind its own", () => {
    const both = () =>
      encodeCertificateMessage([mallory.certificate.certificate, alice.certificate.certificate]);
    const { error } = outcome("client", change(CERTIFICATE, both));
    expect(error?.detail).toBe("fingerprint-failure");
  });
});

describe("a client refuses a server that", () => {
  test.each([
    ["ServerHello", SERVER_HELLO],
    ["Certificate", CERTIFICATE],
    ["ServerKeyExchange", SERVER_KEY_EXCHANGE],
  ])("skips %s", (_name, type) => {
    const { state, error } = outcome("server", skip(type));
    expect(state).toBe("failed");
    expect(error?.sentAlert).toBe(UNEXPECTED_MESSAGE);
  });

  test("skips ServerHelloDone or Finished: it waits until the deadline", () => {
    for (const type of [SERVER_HELLO_DONE, FINISHED]) {
      const { state, error } = outcome("server", skip(type));
      expect(state).toBe("failed");
      expect(error?.message).toContain("in time");
    }
  });

  test("sends no certificate, or too many", () => {
    expect(
      outcome(
        "server",
        change(CERTIFICATE, () => encodeCertificateMessage([])),
      ).state,
    ).toBe("failed");
    const many = () => encodeCertificateMessage(new Array(11).fill(bob.certificate.certificate));
    expect(outcome("server", change(CERTIFICATE, many)).error?.sentAlert).toBe(DECODE_ERROR);
  });

  test("has stolen a certificate without its key", () => {
    const stolen = { certificate: bob.certificate.certificate, key: mallory.certificate.key };
    const pair = new Pair(identities, { server: { certificate: stolen } });
    expect(outcome("server", (message) => [message], pair).error?.sentAlert).toBe(DECRYPT_ERROR);
  });

  test("has another certificate than the description says: fingerprint-failure", () => {
    const pair = new Pair(identities, { server: { certificate: mallory.certificate } });
    const { error } = outcome("server", (message) => [message], pair);
    expect(error).toMatchObject({ detail: "fingerprint-failure", sentAlert: BAD_CERTIFICATE });
  });

  test("signs its key exchange wrongly, or sends a wrong Finished", () => {
    expect(outcome("server", change(SERVER_KEY_EXCHANGE, flipLastBit)).error?.sentAlert).toBe(DECRYPT_ERROR);
    expect(outcome("server", change(FINISHED, flipLastBit)).error?.sentAlert).toBe(DECRYPT_ERROR);
  });

  const hello = (changes: Partial<ServerHello>) =>
    change(SERVER_HELLO, (body) =>
      encodeServerHello({ ...(decodeServerHello(body) as ServerHello), ...changes }),
    );

  test.each([
    ["a suite that was not offered", { cipherSuite: 0xc0ac }, ILLEGAL_PARAMETER],
    ["the null suite", { cipherSuite: 0 }, ILLEGAL_PARAMETER],
    ["DTLS 1.0", { version: 0xfeff }, PROTOCOL_VERSION],
    ["compression", { compressionMethod: 1 }, ILLEGAL_PARAMETER],
    [
      "use_srtp unasked",
      { extensions: new Map([[14, new Uint8Array([0, 2, 0, 1, 0])]]) },
      UNSUPPORTED_EXTENSION,
    ],
    ["a renegotiation", { extensions: new Map([[0xff01, new Uint8Array([1, 7])]]) }, HANDSHAKE_FAILURE],
    [
      "a filled extended_master_secret",
      { extensions: new Map([[23, new Uint8Array(1)]]) },
      ILLEGAL_PARAMETER,
    ],
    ["no uncompressed points", { extensions: new Map([[11, new Uint8Array([1, 1])]]) }, ILLEGAL_PARAMETER],
  ])("chooses %s", (_name, changes, alert) => {
    expect(outcome("server", hello(changes)).error?.sentAlert).toBe(alert);
  });

  test("chooses an RSA suite for its ECDSA key", () => {
    expect(outcome("server", hello({ cipherSuite: 0xc02f })).error?.sentAlert).toBe(ILLEGAL_PARAMETER);
  });

  test("drops extended_master_secret on the way: the keys differ and nothing is believed", () => {
    const { state } = outcome("server", hello({ extensions: new Map() }));
    expect(state).toBe("failed");
  });

  test("sends garbage in any message", () => {
    for (const type of [SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST]) {
      expect(
        outcome(
          "server",
          change(type, (body) => body.subarray(0, -1)),
        ).error?.sentAlert,
      ).toBe(DECODE_ERROR);
    }
    expect(
      outcome(
        "server",
        change(SERVER_HELLO_DONE, () => new Uint8Array(1)),
      ).error?.sentAlert,
    ).toBe(DECODE_ERROR);
  });

  test("renegotiates inside the handshake", () => {
    const request: Alter = (message) =>
      message.type === CERTIFICATE ? [{ type: HELLO_REQUEST, body: new Uint8Array(0) }, message] : [message];
    expect(outcome("server", request).error?.sentAlert).toBe(UNEXPECTED_MESSAGE);
  });
});

describe("what is tolerated", () => {
  test("a NewSessionTicket that nobody asked for (RFC 5077 §3.3)", () => {
    const pair = new Pair(identities);
    const agreement: Agreement = {};
    const ticket = { type: NEW_SESSION_TICKET, body: new Uint8Array(40) };
    // Its place is before ChangeCipherSpec, so it goes out in epoch 0.
    const alter: Alter = (message, handshake) => {
      if (message.type !== FINISHED) return [message];
      handshake.flight.begin(false);
      handshake.transcript.add(ticket.type, 5, ticket.body);
      handshake.flight.addMessage(0, ticket.type, 5, ticket.body);
      handshake.flight.addChangeCipherSpec();
      const body = handshake.verifyDataOf("server", agreement.agreed!, agreement.secret!);
      handshake.flight.addMessage(1, FINISHED, 6, body);
      return [];
    };
    captureAgreement(agreement, () => withHostile("server", alter, () => pair.connect()));
    expect(pair.client.state).toBe("connected");
  });

  test("a server that asks for no certificate gets none, and is its own risk", () => {
    const pair = new Pair(identities);
    withHostile("server", skip(CERTIFICATE_REQUEST), () => pair.connect());
    expect(pair.server.state).toBe("failed"); // ours insists on one
    expect(errorOf(pair.events.client)?.detail).not.toBe("fingerprint-failure");
  });
});

describe("a fatal alert under the keys", () => {
  test("ends a connection, and its description is told (RFC 5246 §7.2.2)", () => {
    const pair = new Pair(identities);
    withHostile("server", change(FINISHED, flipLastBit), () => {
      pair.connect();
      pair.run();
    });
    expect(pair.events.server.map(({ state }) => state)).toEqual(["connecting", "connected", "failed"]);
    expect(errorOf(pair.events.server)).toMatchObject({
      detail: "dtls-failure",
      receivedAlert: DECRYPT_ERROR,
    });
    expect(pair.send("server", new Uint8Array([1]))).toHaveLength(0);
  });
});

describe("Finished in the clear", () => {
  test("is no Finished: neither side connects", () => {
    const pair = new Pair(identities);
    withPlaintextFinished(() => {
      pair.connect(HANDSHAKE_DEADLINE - 1);
      expect(pair.server.state).toBe("connecting");
      expect(pair.client.state).toBe("connecting");
      expect(pair.server.statistics.droppedFragments).toBeGreaterThan(0);
    });
  });
});
