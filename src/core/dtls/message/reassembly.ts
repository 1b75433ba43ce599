/**
 * Puts handshake messages together again (RFC 6347 §4.2.3) and hands them out in order of `message_seq`. Fragments may
 * come in any order, twice, and overlapping. A fragment belongs to a message only if epoch, type and length agree with
 * the first one seen.
 */
import {
  MAX_CERTIFICATE_MESSAGE_LENGTH,
  MAX_HANDSHAKE_LENGTH,
  MAX_HANDSHAKE_MESSAGE_LENGTH,
  MESSAGE_LOOK_AHEAD,
} from "../limits.ts";
import type { Epoch } from "../record/record-layer.ts";
import type { HandshakeFragment } from "./handshake-header.ts";
import { CERTIFICATE } from "./handshake-type.ts";

/** A whole message. */
export interface HandshakeMessage {
  readonly type: number;
  readonly messageSequence: number;
  readonly epoch: Epoch;
  /** Without header. Owned by the receiver. */
  readonly body: Uint8Array;
}

interface PartialMessage {
  readonly type: number;
  readonly epoch: Epoch;
  readonly body: Uint8Array;
  /** One bit per octet that has arrived. */
  readonly arrived: Uint8Array;
  missing: number;
}

/** What became of a fragment. "old": of a message that was handed out before, so the peer has sent its flight again. */
export type FragmentFate = "kept" | "old" | "dropped";

export class HandshakeReassembler {
  #next = 0;
  #bytes = 0;
  /** Octets of messages handed out: the transcript keeps them. */
  #taken = 0;
  #lastTaken = 0;
  readonly #messages = new Map<number, PartialMessage>();

  /** The `message_seq` awaited. */
  get nextSequence(): number {
    return this.#next;
  }

  add(epoch: Epoch, fragment: HandshakeFragment): FragmentFate {
    const sequence = fragment.messageSequence;
    if (sequence < this.#next) return "old";
    if (sequence > this.#next + MESSAGE_LOOK_AHEAD) return "dropped";
    const message = this.#find(epoch, fragment);
    if (message === undefined) return "dropped";
    store(message, fragment);
    return "kept";
  }

  /** The next message in order, once it is whole. */
  take(): HandshakeMessage | undefined {
    const sequence = this.#next;
    const message = this.#messages.get(sequence);
    if (message === undefined || message.missing > 0) return undefined;
    this.#forget(sequence, message);
    this.#lastTaken = message.body.length;
    this.#taken += this.#lastTaken;
    this.#next++;
    return { type: message.type, messageSequence: sequence, epoch: message.epoch, body: message.body };
  }

  /** Awaits the message handed out last once more: it was refused, and somebody else may send a better one. */
  takeBack(): void {
    this.#next--;
    this.#taken -= this.#lastTaken;
    this.clear();
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }

  #find(epoch: Epoch, fragment: HandshakeFragment): PartialMessage | undefined {
    const sequence = fragment.messageSequence;
    const known = this.#messages.get(sequence);
    if (known !== undefined) {
      const agrees = known.type === fragment.type && known.body.length === fragment.length;
      if (known.epoch === epoch && agrees) return known;
      if (!replaces(epoch, fragment, known)) return undefined;
      this.#forget(sequence, known);
    }
    const limit =
      fragment.type === CERTIFICATE ? MAX_CERTIFICATE_MESSAGE_LENGTH : MAX_HANDSHAKE_MESSAGE_LENGTH;
    if (fragment.length > limit || !this.#makeRoom(sequence, fragment.length)) return undefined;
    const message: PartialMessage = {
      type: fragment.type,
      epoch,
      body: new Uint8Array(fragment.length),
      arrived: new Uint8Array((fragment.length + 7) >> 3),
      missing: fragment.length,
    };
    this.#messages.set(sequence, message);
    this.#bytes += fragment.length;
    return message;
  }

  /** Gives up messages that are further ahead than this one, so that look-ahead never keeps the awaited one out. */
  #makeRoom(sequence: number, length: number): boolean {
    for (let ahead = this.#next + MESSAGE_LOOK_AHEAD; ahead > sequence; ahead--) {
      if (this.#taken + this.#bytes + length <= MAX_HANDSHAKE_LENGTH) break;
      const message = this.#messages.get(ahead);
      if (message !== undefined) this.#forget(ahead, message);
    }
    return this.#taken + this.#bytes + length <= MAX_HANDSHAKE_LENGTH;
  }

  #forget(sequence: number, message: PartialMessage): void {
    this.#messages.delete(sequence);
    this.#bytes -= message.body.length;
  }
}

/**
 * Whether a fragment that does not belong to the message under its number takes that message's place. What is authentic
 * replaces what anybody could have sent; a whole message replaces pieces, so that a stray piece blocks nothing for ever.
 */
function replaces(epoch: Epoch, fragment: HandshakeFragment, known: PartialMessage): boolean {
  if (epoch !== known.epoch) return epoch > known.epoch;
  return known.missing > 0 && fragment.body.length === fragment.length;
}

/** What arrived first stays: a later overlapping fragment cannot change it. */
function store(message: PartialMessage, fragment: HandshakeFragment): void {
  const { body, arrived } = message;
  for (let i = 0; i < fragment.body.length; i++) {
    const at = fragment.offset + i;
    const bit = 1 << (at & 7);
    if ((arrived[at >> 3]! & bit) !== 0) continue;
    arrived[at >> 3]! |= bit;
    body[at] = fragment.body[i]!;
    message.missing--;
  }
}
