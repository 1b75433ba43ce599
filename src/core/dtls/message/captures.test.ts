/** Handshakes as they were seen on real networks, DTLS 1.0 and 1.2 of several stacks. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Malformed } from "../../base/malformed.ts";
import { parseCertificate } from "../../crypto/certificate.ts";
import { fromHex } from "../../crypto/vectors.testing.ts";
import { readRecordHeader } from "../record/record-header.ts";
import { readHandshakeFragments } from "../records.testing.ts";
import { decodeCertificateMessage } from "./certificate-message.ts";
import { decodeCertificateRequest } from "./certificate-request.ts";
import { decodeCertificateVerify } from "./certificate-verify.ts";
import { decodeClientHello, encodeClientHello } from "./client-hello.ts";
import { decodeClientKeyExchange } from "./client-key-exchange.ts";
import type { HandshakeFragment } from "./handshake-header.ts";
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CERTIFICATE_VERIFY,
  CLIENT_HELLO,
  CLIENT_KEY_EXCHANGE,
  HELLO_VERIFY_REQUEST,
  SERVER_HELLO,
  SERVER_KEY_EXCHANGE,
} from "./handshake-type.ts";
import { decodeHelloVerifyRequest } from "./hello-verify-request.ts";
import { HandshakeReassembler } from "./reassembly.ts";
import { decodeServerHello, encodeServerHello } from "./server-hello.ts";
import { decodeServerKeyExchange } from "./server-key-exchange.ts";

interface Datagram {
  readonly file: string;
  readonly flow: number;
  readonly dir: number;
  readonly hex: string;
}

const datagrams = readFileSync(
  new URL("../../../../test/vectors/dtls/captures-ndpi.jsonl", import.meta.url),
  "utf8",
)
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Datagram);

/** The clear handshake fragments of all datagrams of one direction, and whether its records say DTLS 1.2. */
function fragmentsOf(ofOneDirection: readonly Datagram[]): { fragments: HandshakeFragment[]; is12: boolean } {
  const fragments: HandshakeFragment[] = [];
  let is12 = false;
  for (const { hex } of ofOneDirection) {
    const bytes = fromHex(hex);
    const header = { type: 0, version: 0, epoch: 0, sequence: 0, length: 0 };
    for (
      let at = 0;
      at < bytes.length && readRecordHeader(bytes, at, header) === undefined;
      at += 13 + header.length
    ) {
      is12 = header.version === 0xfefd;
      if (header.type !== 22 || header.epoch !== 0) continue;
      fragments.push(...readHandshakeFragments(bytes.subarray(at + 13, at + 13 + header.length)));
    }
  }
  return { fragments, is12 };
}

const DECODERS_12: Record<number, (body: Uint8Array) => unknown> = {
  [SERVER_KEY_EXCHANGE]: decodeServerKeyExchange,
  [CERTIFICATE_REQUEST]: decodeCertificateRequest,
  [CERTIFICATE_VERIFY]: decodeCertificateVerify,
};

describe("captured handshakes", () => {
  const directions = new Map<string, Datagram[]>();
  for (const datagram of datagrams) {
    const key = `${datagram.file} ${datagram.flow} ${datagram.dir}`;
    directions.set(key, [...(directions.get(key) ?? []), datagram]);
  }

  test.each([...directions.keys()])("%s", (key) => {
    const { fragments, is12 } = fragmentsOf(directions.get(key)!);
    const first = Math.min(...fragments.map(({ messageSequence }) => messageSequence));
    const reassembler = new HandshakeReassembler();
    // A capture may begin in the middle of a handshake.
    for (const fragment of fragments) {
      reassembler.add(0, { ...fragment, messageSequence: fragment.messageSequence - first });
    }
    let messages = 0;
    for (let message = reassembler.take(); message !== undefined; message = reassembler.take()) {
      messages++;
      check(message.type, message.body, is12);
    }
    expect(messages > 0 || fragments.length === 0).toBe(true);
  });

  function check(type: number, body: Uint8Array, is12: boolean): void {
    if (type === CLIENT_HELLO) {
      const hello = decodeClientHello(body);
      if (hello instanceof Malformed) throw new Error(hello.reason);
      expect(encodeClientHello(hello)).toEqual(body);
    } else if (type === SERVER_HELLO) {
      const hello = decodeServerHello(body);
      if (hello instanceof Malformed) throw new Error(hello.reason);
      expect(encodeServerHello(hello)).toEqual(body);
    } else if (type === HELLO_VERIFY_REQUEST)
      expect(decodeHelloVerifyRequest(body)).not.toBeInstanceOf(Malformed);
    else if (type === CERTIFICATE) {
      const chain = decodeCertificateMessage(body);
      if (chain instanceof Malformed) throw new Error(chain.reason);
      for (const certificate of chain) {
        const parsed = parseCertificate(certificate);
        // Keys of another time are refused for their length, and for nothing else.
        if (parsed instanceof Malformed)
          expect(parsed.reason).toBe("public key: RSA modulus or exponent out of range");
      }
    } else if (type === CLIENT_KEY_EXCHANGE && body.length !== 258) {
      expect(decodeClientKeyExchange(body)).not.toBeInstanceOf(Malformed);
    } else if (is12) expect(DECODERS_12[type]?.(body)).not.toBeInstanceOf(Malformed);
  }
});
