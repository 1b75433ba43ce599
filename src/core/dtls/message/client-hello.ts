/**
 * ClientHello (RFC 5246 §7.4.1.2 with the cookie of RFC 6347 §4.2.1).
 *
 * ```text
 *   client_version (16) | random (32 octets) | session_id<0..32> | cookie<0..255>
 *   cipher_suites<2..2^16-2> | compression_methods<1..255> | extensions
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { type ExtensionBlock, readExtensionBlock, writeExtensionBlock } from "./extension-block.ts";
import { readOpaque8, readUint16List, writeOpaque8, writeUint16List } from "./vector.ts";

/** Octets of the random in both hellos. */
export const HELLO_RANDOM_LENGTH = 32;
/** The most octets a session id has (RFC 5246 §7.4.1.2). */
export const MAX_SESSION_ID_LENGTH = 32;
/** The compression method `null`. */
export const NULL_COMPRESSION = 0;

export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: ExtensionBlock;
}

const MALFORMED = malformed("dtls: malformed client_hello");

export function decodeClientHello(body: Uint8Array): ClientHello | Malformed {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const random = reader.bytes(HELLO_RANDOM_LENGTH);
  const sessionId = readOpaque8(reader);
  const cookie = readOpaque8(reader);
  const cipherSuites = readUint16List(reader);
  const compressionMethods = readOpaque8(reader);
  if (cipherSuites === undefined || !reader.ok) return MALFORMED;
  if (sessionId.length > MAX_SESSION_ID_LENGTH || compressionMethods.length === 0) return MALFORMED;
  const extensions = readExtensionBlock(reader);
  if (extensions === undefined) return MALFORMED;
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions };
}

export function encodeClientHello(hello: ClientHello): Uint8Array {
  return encodeBody((writer) => {
    writer.u16(hello.version);
    writer.bytes(hello.random);
    writeOpaque8(writer, hello.sessionId);
    writeOpaque8(writer, hello.cookie);
    writeUint16List(writer, hello.cipherSuites);
    writeOpaque8(writer, hello.compressionMethods);
    writeExtensionBlock(writer, hello.extensions);
  });
}
