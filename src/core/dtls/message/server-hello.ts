/**
 * ServerHello (RFC 5246 §7.4.1.3).
 *
 * ```text
 *   server_version (16) | random (32 octets) | session_id<0..32> | cipher_suite (16) | compression_method (8) | extensions
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { HELLO_RANDOM_LENGTH, MAX_SESSION_ID_LENGTH } from "./client-hello.ts";
import { encodeBody } from "./encode.ts";
import { type ExtensionBlock, readExtensionBlock, writeExtensionBlock } from "./extension-block.ts";
import { readOpaque8, writeOpaque8 } from "./vector.ts";

export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: ExtensionBlock;
}

const MALFORMED = malformed("dtls: malformed server_hello");

export function decodeServerHello(body: Uint8Array): ServerHello | Malformed {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.bytes(HELLO_RANDOM_LENGTH);
  const sessionId = readOpaque8(reader);
  const cipherSuite = reader.u16();
  const compressionMethod = reader.u8();
  if (!reader.ok || sessionId.length > MAX_SESSION_ID_LENGTH) return MALFORMED;
  const extensions = readExtensionBlock(reader);
  if (extensions === undefined) return MALFORMED;
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions };
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  return encodeBody((writer) => {
    writer.u16(hello.version);
    writer.bytes(hello.random);
    writeOpaque8(writer, hello.sessionId);
    writer.u16(hello.cipherSuite);
    writer.u8(hello.compressionMethod);
    writeExtensionBlock(writer, hello.extensions);
  });
}
