/** The server's half of long-term credentials (RFC 8489 §9.2.4) for the simulated TURN server. */
import type { Duration } from "../core/base/instant.ts";
import { encodeUtf8 } from "../core/base/utf8.ts";
import {
  NONCE,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  REALM,
  STALE_NONCE,
  type StunMessage,
  type StunMessageBuilder,
  UNAUTHENTICATED,
  USERNAME,
} from "../core/stun/index.ts";
import type { Host } from "../host/host.ts";

/** What decides who may allocate. */
export interface TurnUser {
  readonly username: string;
  readonly password: string;
  readonly realm?: string;
  readonly sha256?: boolean;
  readonly nonceLifetime?: Duration;
}

const NOTHING = new Uint8Array(0);
const ALGORITHMS = [
  { algorithm: PASSWORD_ALGORITHM_SHA256, parameters: NOTHING },
  { algorithm: PASSWORD_ALGORITHM_MD5, parameters: NOTHING },
];
/** The nonce cookie with the bit for password algorithms set (RFC 8489 §9.2). */
const COOKIE = "obMatJos2gAAA";

export class TurnAuthority {
  readonly #host: Host;
  readonly #user: TurnUser;
  readonly #realm: string;

  constructor(host: Host, user: TurnUser) {
    this.#host = host;
    this.#user = user;
    this.#realm = user.realm ?? "sim";
  }

  /** The code to refuse a request with; undefined: it is the user's. */
  check(request: StunMessage): number | undefined {
    const nonce = request.text(NONCE);
    if (nonce === undefined || request.text(USERNAME) !== this.#user.username) return UNAUTHENTICATED;
    const result = request.verifyIntegrity(this.#host.crypto, this.#keyFor(request));
    if (result === "absent" || result === "wrong") return UNAUTHENTICATED;
    return nonce === this.#nonce() ? undefined : STALE_NONCE;
  }

  challenge(builder: StunMessageBuilder, code: number): void {
    builder
      .errorCode(code, code === STALE_NONCE ? "Stale Nonce" : "Unauthenticated")
      .text(REALM, this.#realm)
      .text(NONCE, this.#nonce());
    if (this.#user.sha256 === true) builder.passwordAlgorithms(PASSWORD_ALGORITHMS, ALGORITHMS);
  }

  /** As the request was signed. */
  sign(builder: StunMessageBuilder, request: StunMessage): void {
    const key = this.#keyFor(request);
    if (request.has(PASSWORD_ALGORITHM)) builder.messageIntegritySha256(this.#host.crypto, key);
    else builder.messageIntegrity(this.#host.crypto, key);
  }

  #keyFor(request: StunMessage): Uint8Array {
    const { username, password } = this.#user;
    const [chosen] = request.passwordAlgorithms(PASSWORD_ALGORITHM) ?? [];
    const hash = chosen?.algorithm === PASSWORD_ALGORITHM_SHA256 ? "sha256" : "md5";
    return this.#host.crypto.hash(hash, encodeUtf8(`${username}:${this.#realm}:${password}`));
  }

  /** The same for all clients, another one after each lifetime. */
  #nonce(): string {
    const age = Math.floor(this.#host.now() / (this.#user.nonceLifetime ?? 3_600_000));
    return `${this.#user.sha256 === true ? COOKIE : ""}nonce-${age}`;
  }
}
