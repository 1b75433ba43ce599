/** The client's half of the long-term credential mechanism (RFC 8489 §9.2). */
import { type Malformed, malformed } from "../base/malformed.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import {
  MESSAGE_INTEGRITY,
  MESSAGE_INTEGRITY_SHA256,
  NONCE,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  type PasswordAlgorithm,
  REALM,
  type StunMessage,
  type StunMessageBuilder,
  USERHASH,
  USERNAME,
} from "../stun/index.ts";

/** A nonce that begins so carries 24 security feature bits as four base64 characters (RFC 8489 §9.2). */
const NONCE_COOKIE = "obMatJos2";
/** Security feature bits (RFC 8489 §18.1), counted from the most significant. */
const FEATURE_PASSWORD_ALGORITHMS = 0x80_0000;
const FEATURE_USERNAME_ANONYMITY = 0x40_0000;

const NO_REALM = malformed("turn: challenge without realm or nonce");
const BID_DOWN = malformed("turn: challenge lacks the password algorithms that its nonce promises");
const NO_ALGORITHM = malformed("turn: no password algorithm that both sides know");

/** What a server's challenge has led to. */
interface Challenge {
  readonly realm: string;
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
  /** As the server sent it, to be sent back so that the server sees tampering; undefined: a server of RFC 5389. */
  readonly algorithms: readonly PasswordAlgorithm[] | undefined;
  readonly chosen: PasswordAlgorithm | undefined;
  readonly anonymous: boolean;
}

/** A user's name and password, and what the server has asked for so far. */
export class LongTermCredentials {
  readonly #crypto: CryptoProvider;
  readonly #username: string;
  readonly #password: string;
  #challenge: Challenge | undefined;

  constructor(crypto: CryptoProvider, username: string, password: string) {
    this.#crypto = crypto;
    this.#username = opaqueString(username);
    this.#password = opaqueString(password);
  }

  /** The same user with the same challenge, for a connection that may be challenged on its own. */
  copy(): LongTermCredentials {
    const copy = new LongTermCredentials(this.#crypto, this.#username, this.#password);
    copy.#challenge = this.#challenge;
    return copy;
  }

  /** True once the server has said what it wants to see: from then on every request is signed. */
  get challenged(): boolean {
    return this.#challenge !== undefined;
  }

  /** Takes over realm and nonce of a 401 or 438 (RFC 8489 §9.2.5). A `Malformed` must not be answered with a new request. */
  accept(message: StunMessage): Malformed | undefined {
    const nonce = message.value(NONCE);
    const realm = message.text(REALM) ?? this.#challenge?.realm;
    if (nonce === undefined || realm === undefined) return NO_REALM;
    const features = securityFeatures(nonce);
    const algorithms = message.passwordAlgorithms(PASSWORD_ALGORITHMS);
    if ((features & FEATURE_PASSWORD_ALGORITHMS) !== 0 && algorithms === undefined) return BID_DOWN;
    const chosen = algorithms === undefined ? undefined : choose(algorithms);
    if (algorithms !== undefined && chosen === undefined) return NO_ALGORITHM;
    const secret = encodeUtf8(`${this.#username}:${opaqueString(realm)}:${this.#password}`);
    const hash = chosen?.algorithm === PASSWORD_ALGORITHM_SHA256 ? "sha256" : "md5";
    this.#challenge = {
      realm,
      nonce: nonce.slice(),
      key: this.#crypto.hash(hash, secret),
      // The parameters are views of the message.
      algorithms: algorithms?.map(({ algorithm, parameters }) => ({
        algorithm,
        parameters: parameters.slice(),
      })),
      chosen: chosen && { algorithm: chosen.algorithm, parameters: chosen.parameters.slice() },
      anonymous: (features & FEATURE_USERNAME_ANONYMITY) !== 0,
    };
    return undefined;
  }

  /** Adds the attributes of RFC 8489 §9.2.4 to a request; nothing before the first challenge. */
  sign(builder: StunMessageBuilder): void {
    const challenge = this.#challenge;
    if (challenge === undefined) return;
    const { realm, nonce, key, algorithms, chosen, anonymous } = challenge;
    if (anonymous) builder.attribute(USERHASH, this.#userHash(realm));
    else builder.text(USERNAME, this.#username);
    builder.text(REALM, realm).attribute(NONCE, nonce);
    if (algorithms === undefined || chosen === undefined) {
      builder.messageIntegrity(this.#crypto, key);
      return;
    }
    builder
      .passwordAlgorithms(PASSWORD_ALGORITHMS, algorithms)
      .passwordAlgorithms(PASSWORD_ALGORITHM, [chosen])
      .messageIntegritySha256(this.#crypto, key);
  }

  /**
   * Whether the answer to a signed request is the server's (RFC 8489 §9.2.5). With password algorithms only
   * MESSAGE-INTEGRITY-SHA256 counts, so that nobody can bid the hash down.
   */
  verify(message: StunMessage): "right" | "wrong" | "absent" {
    const challenge = this.#challenge;
    if (challenge === undefined) return "absent";
    if (!message.has(MESSAGE_INTEGRITY) && !message.has(MESSAGE_INTEGRITY_SHA256)) return "absent";
    const result = message.verifyIntegrity(this.#crypto, challenge.key);
    const expected = challenge.algorithms === undefined ? "sha1" : "sha256";
    return result === expected || (result === "sha256" && expected === "sha1") ? "right" : "wrong";
  }

  /** RFC 8489 §14.4 */
  #userHash(realm: string): Uint8Array {
    return this.#crypto.hash("sha256", encodeUtf8(`${this.#username}:${opaqueString(realm)}`));
  }
}

/** The first of the server's algorithms that we know (RFC 8489 §9.2.5: SHA-256 where it is offered). */
function choose(algorithms: readonly PasswordAlgorithm[]): PasswordAlgorithm | undefined {
  return (
    algorithms.find(({ algorithm }) => algorithm === PASSWORD_ALGORITHM_SHA256) ??
    algorithms.find(({ algorithm }) => algorithm === PASSWORD_ALGORITHM_MD5)
  );
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The feature bits of a nonce; 0 without the cookie. */
function securityFeatures(nonce: Uint8Array): number {
  if (nonce.length < NONCE_COOKIE.length + 4) return 0;
  for (let i = 0; i < NONCE_COOKIE.length; i++) if (nonce[i] !== NONCE_COOKIE.charCodeAt(i)) return 0;
  let bits = 0;
  for (let i = 0; i < 4; i++) {
    const digit = BASE64.indexOf(String.fromCharCode(nonce[NONCE_COOKIE.length + i]!));
    if (digit < 0) return 0;
    bits = bits * 64 + digit;
  }
  return bits;
}

/**
 * The OpaqueString profile (RFC 8265 §4.2), as far as it changes text: other spaces become U+0020, and the result is in
 * normalization form C. What it would refuse is left to the server to refuse.
 */
function opaqueString(text: string): string {
  let mapped = "";
  for (const character of text) mapped += isOtherSpace(character.codePointAt(0)!) ? " " : character;
  return mapped.normalize("NFC");
}

/** Unicode category Zs, but for U+0020 itself. */
function isOtherSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}
