/** The cookie of HelloVerifyRequest (RFC 6347 §4.2.1): a MAC over what must not change between the two hellos. */
import { equalConstantTime } from "../../base/constant-time.ts";
import { type Random, randomBytes } from "../../base/random.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { ClientHello } from "../message/client-hello.ts";
import { encodeBody } from "../message/encode.ts";
import { writeOpaque8, writeUint16List } from "../message/vector.ts";

export class CookieMaker {
  readonly #crypto: CryptoProvider;
  readonly #key: Uint8Array;

  constructor(crypto: CryptoProvider, random: Random) {
    this.#crypto = crypto;
    this.#key = randomBytes(random, 32);
  }

  make(hello: ClientHello): Uint8Array {
    const parameters = encodeBody((writer) => {
      writer.u16(hello.version);
      writer.bytes(hello.random);
      writeOpaque8(writer, hello.sessionId);
      writeUint16List(writer, hello.cipherSuites);
      writeOpaque8(writer, hello.compressionMethods);
    });
    return this.#crypto.hmac("sha256", this.#key, parameters);
  }

  fits(hello: ClientHello): boolean {
    return equalConstantTime(hello.cookie, this.make(hello));
  }
}
