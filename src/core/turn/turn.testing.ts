/** A client on a virtual clock, and a server that answers as a test says. */
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import type { Instant } from "../base/instant.ts";
import { SILENT } from "../base/log.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import {
  LIFETIME,
  MAX_MESSAGE_LENGTH,
  type MessageClass,
  NONCE,
  REALM,
  StunMessage,
  StunMessageBuilder,
  type TransportAddress,
  XOR_MAPPED_ADDRESS,
  XOR_RELAYED_ADDRESS,
} from "../stun/index.ts";
import { TurnClient } from "./turn-client.ts";
import type { TurnClientOptions } from "./turn-client-options.ts";
import type { TurnEvent } from "./turn-event.ts";

export const RELAYED: TransportAddress = { address: Uint8Array.of(198, 51, 100, 7), port: 50_000 };
export const MAPPED: TransportAddress = { address: Uint8Array.of(203, 0, 113, 1), port: 40_000 };
export const PEER = "192.0.2.9";

/** What a server answers with: its class and attributes. Signed with the key of realm "realm" unless told otherwise. */
export interface Answer {
  readonly messageClass?: MessageClass;
  readonly code?: number;
  readonly signed?: boolean | "wrong" | "sha256";
  readonly fill?: (builder: StunMessageBuilder) => void;
}

export class Script {
  readonly client: TurnClient;
  readonly events: TurnEvent[] = [];
  now: Instant = 1000;
  readonly #out = new Uint8Array(4096);

  constructor(options: Partial<TurnClientOptions> = {}) {
    const random = new SeededRandom(7);
    this.client = new TurnClient({
      random,
      crypto: nodeCrypto,
      log: SILENT,
      username: "user",
      password: "secret",
      stream: false,
      ...options,
    });
  }

  /** Everything the client has to send now. */
  sent(): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (;;) {
      const length = this.client.pollTransmit(this.now, this.#out);
      if (length === 0) return messages;
      messages.push(this.#out.slice(0, length));
    }
  }

  /** The one message that it has to send now. */
  request(): StunMessage {
    const messages = this.sent();
    if (messages.length !== 1) throw new Error(`expected one message, not ${messages.length}`);
    return parse(messages[0]!);
  }

  /** Lets time pass until `at`, stopping at each alarm. Returns what was sent, with its time. */
  until(at: Instant): { at: Instant; bytes: Uint8Array }[] {
    const sent: { at: Instant; bytes: Uint8Array }[] = [];
    for (let turns = 0; turns < 1000; turns++) {
      for (const bytes of this.sent()) sent.push({ at: this.now, bytes });
      const next = this.client.nextTimeout();
      if (next > at) {
        this.now = at;
        return sent;
      }
      this.now = Math.max(this.now, next);
      this.client.handleTimeout(this.now);
    }
    throw new Error("livelock");
  }

  answer(request: StunMessage, answer: Answer = {}): void {
    this.client.receive(this.now, encode(request, answer));
    this.drain();
  }

  /** 401 with realm and nonce. */
  challenge(request: StunMessage, nonce = "nonce", code = 401, fill?: Answer["fill"]): void {
    this.answer(request, {
      code,
      signed: false,
      fill: (builder) => {
        builder.text(REALM, "realm").text(NONCE, nonce);
        fill?.(builder);
      },
    });
  }

  /** Through challenge and success. */
  allocate(lifetime = 600): void {
    this.client.start(this.now);
    this.challenge(this.request());
    this.answer(this.request(), { fill: granted(lifetime) });
    if (!this.client.allocated) throw new Error("not allocated");
    this.events.length = 0;
  }

  permit(address = PEER): void {
    this.client.permit(this.now, address);
    this.answer(this.request());
  }

  drain(): void {
    for (let event = this.client.pollEvent(); event !== undefined; event = this.client.pollEvent()) {
      this.events.push(event);
    }
  }

  /** What goes out for `data` to a peer; undefined when nothing does. */
  wrap(data: Uint8Array, address = PEER, port = 9): Uint8Array | undefined {
    const out = new Uint8Array(2000);
    out.set(data, 4);
    const length = this.client.wrap(this.now, address, port, out, data.length);
    return length === 0 ? undefined : out.slice(0, length);
  }
}

/** The attributes of a granted allocation. */
export function granted(lifetime = 600): (builder: StunMessageBuilder) => void {
  return (builder) => {
    builder.xorAddress(XOR_RELAYED_ADDRESS, RELAYED).u32(LIFETIME, lifetime);
    builder.xorAddress(XOR_MAPPED_ADDRESS, MAPPED);
  };
}

export function parse(bytes: Uint8Array): StunMessage {
  const message = StunMessage.parse(bytes, MAX_MESSAGE_LENGTH);
  if (!(message instanceof StunMessage)) throw new Error(message.reason);
  return message;
}

export function keyOf(hash: "md5" | "sha256", password = "secret"): Uint8Array {
  return nodeCrypto.hash(hash, encodeUtf8(`user:realm:${password}`));
}

/** The bytes of an answer. */
export function encode(request: StunMessage, answer: Answer): Uint8Array {
  const out = new Uint8Array(2000);
  const messageClass = answer.messageClass ?? (answer.code === undefined ? "success" : "error");
  const builder = new StunMessageBuilder(out, messageClass, request.method, request.transactionId);
  if (answer.code !== undefined) builder.errorCode(answer.code, "reason");
  answer.fill?.(builder);
  const { signed = true } = answer;
  if (signed === "sha256") builder.messageIntegritySha256(nodeCrypto, keyOf("sha256"));
  else if (signed !== false)
    builder.messageIntegrity(nodeCrypto, keyOf("md5", signed === "wrong" ? "other" : undefined));
  return out.slice(0, builder.fingerprint().finish());
}
