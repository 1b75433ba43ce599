/**
 * The first words on a connection that a peer's one is bound to (RFC 6062 §4.3): a request, its answer, and from then on
 * everything is between us and the peer. A machine without sockets and clock: whoever owns the connection has the deadline.
 */
import { Malformed } from "../base/malformed.ts";
import { type Random, randomBytes } from "../base/random.ts";
import {
  HEADER_LENGTH,
  STALE_NONCE,
  StunMessage,
  TRANSACTION_ID_LENGTH,
  UNAUTHENTICATED,
} from "../stun/index.ts";
import type { LongTermCredentials } from "./long-term-credentials.ts";
import { CONNECTION_BIND, MAX_NONCE_CHANGES } from "./protocol.ts";
import { buildRequest } from "./request-message.ts";

/** The longest answer that is waited for. Bytes. */
const MAX_ANSWER_LENGTH = 2048;

/** "bound": the connection is the peer's. "failed": it is of no use. */
export type BindOutcome = "waiting" | "bound" | "failed";

export class ConnectionBind {
  readonly #random: Random;
  readonly #credentials: LongTermCredentials;
  readonly #connection: number;
  #id: Uint8Array = new Uint8Array(0);
  #signed = false;
  #challenges = 0;
  #owed: Uint8Array | undefined;
  #received: Uint8Array = new Uint8Array(0);

  constructor(random: Random, credentials: LongTermCredentials, connection: number) {
    this.#random = random;
    this.#credentials = credentials;
    this.#connection = connection;
    this.#request();
  }

  /** What came behind the answer: the peer's first bytes. */
  get rest(): Uint8Array {
    return this.#received;
  }

  /** Writes what is to be sent now into `out`; 0: nothing. */
  pollTransmit(out: Uint8Array): number {
    const bytes = this.#owed;
    if (bytes === undefined) return 0;
    this.#owed = undefined;
    out.set(bytes);
    return bytes.length;
  }

  /** Takes the next bytes of the connection; not again once it has said "bound" or "failed". */
  receive(bytes: Uint8Array): BindOutcome {
    const received = new Uint8Array(this.#received.length + bytes.length);
    received.set(this.#received);
    received.set(bytes, this.#received.length);
    this.#received = received;
    if (received.length < HEADER_LENGTH) return "waiting";
    const length = HEADER_LENGTH + ((received[2]! << 8) | received[3]!);
    if (length > MAX_ANSWER_LENGTH) return "failed";
    if (received.length < length) return "waiting";
    const message = StunMessage.parse(received.subarray(0, length), MAX_ANSWER_LENGTH);
    this.#received = received.slice(length);
    return message instanceof Malformed ? "failed" : this.#answered(message);
  }

  #request(): void {
    this.#id = randomBytes(this.#random, TRANSACTION_ID_LENGTH);
    this.#signed = this.#credentials.challenged;
    this.#owed = buildRequest(this.#credentials, this.#id, { kind: "bind", connection: this.#connection });
  }

  #answered(message: StunMessage): BindOutcome {
    const { method, messageClass } = message;
    if (method !== CONNECTION_BIND || !this.#id.every((byte, at) => message.transactionId[at] === byte))
      return "failed";
    if (messageClass === "success")
      return !this.#signed || this.#credentials.verify(message) === "right" ? "bound" : "failed";
    const code = messageClass === "error" ? message.errorCode?.code : undefined;
    const isChallenge = code === STALE_NONCE || (code === UNAUTHENTICATED && !this.#signed);
    if (!isChallenge || ++this.#challenges > MAX_NONCE_CHANGES) return "failed";
    if (this.#credentials.accept(message) !== undefined) return "failed";
    this.#request();
    return "waiting";
  }
}
