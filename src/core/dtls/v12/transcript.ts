/**
 * All handshake messages so far, as if each had travelled in one fragment (RFC 6347 §4.2.6). Kept whole, because
 * CertificateVerify signs the messages, not their digest.
 */
import { ByteWriter } from "../../base/byte-writer.ts";
import type { CryptoProvider, HashName } from "../../crypto/provider.ts";
import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader } from "../message/handshake-header.ts";

export class Transcript {
  #messages: Uint8Array[] = [];

  add(type: number, messageSequence: number, body: Uint8Array): void {
    const message = new Uint8Array(HANDSHAKE_HEADER_LENGTH + body.length);
    const writer = new ByteWriter(message);
    writeHandshakeHeader(writer, type, body.length, messageSequence, 0, body.length);
    writer.bytes(body);
    this.#messages.push(message);
  }

  /** Forgets everything: HelloVerifyRequest and the hello before it do not count (RFC 6347 §4.2.1). */
  clear(): void {
    this.#messages = [];
  }

  hash(crypto: CryptoProvider, name: HashName): Uint8Array {
    const hash = crypto.createHash(name);
    for (const message of this.#messages) hash.update(message);
    return hash.digest();
  }

  /** The concatenation. */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.#messages.reduce((length, message) => length + message.length, 0));
    let at = 0;
    for (const message of this.#messages) {
      out.set(message, at);
      at += message.length;
    }
    return out;
  }
}
