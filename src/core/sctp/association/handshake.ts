import type { Instant } from "../../base/instant.ts";
import { Malformed } from "../../base/malformed.ts";
import { type Random, randomUint32 } from "../../base/random.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import type { SctpLimits } from "../limits.ts";
import { CHUNK, encodeChunk } from "../packet/chunk.ts";
import {
  CAUSE,
  cookieReceivedWhileShuttingDownCause,
  invalidMandatoryParameterCause,
  missingMandatoryParameterCause,
  staleCookieCause,
  unrecognizedParametersCause,
  unresolvableAddressCause,
} from "../packet/error-cause.ts";
import {
  type DecodedInit,
  decodeInit,
  ERROR_DETECTION_DTLS,
  encodeInit,
  type InitChunk,
} from "../packet/init-chunk.ts";
import { concatenate, PARAMETER } from "../packet/parameter.ts";
import { padded } from "../packet/wire.ts";
import type { SctpCounters } from "../statistics.ts";
import { negotiate, SUPPORTED_EXTENSIONS } from "./capabilities.ts";
import type { ControlQueue } from "./control-queue.ts";
import { type AssociationTags, resolveCookie } from "./resolve-cookie.ts";
import { type AssociationState, tcbOf } from "./state.ts";
import { CookieJar, type HandshakeResult, type StateCookie } from "./state-cookie.ts";

/** What a {@link Handshake} needs from its association. */
export interface HandshakeOptions {
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly limits: SctpLimits;
  readonly receiveWindow: number;
  readonly maxStreams: number;
  readonly zeroChecksum: boolean;
  readonly control: ControlQueue;
  readonly counters: SctpCounters;
}

/** What an INIT ACK in COOKIE-WAIT leads to. */
export type InitAckOutcome =
  | {
      readonly type: "accepted";
      readonly agreed: HandshakeResult;
      /** The COOKIE ECHO chunk. */
      readonly cookieEcho: Uint8Array;
      /** ERROR chunks that ride along. */
      readonly reports: readonly Uint8Array[];
    }
  /** An ABORT was queued. */
  | { readonly type: "refused"; readonly causeCode: number };

/** What a COOKIE ECHO leads to. "answered": an ERROR or SHUTDOWN ACK was queued. */
export type CookieEchoOutcome =
  | { readonly type: "establish"; readonly agreed: HandshakeResult }
  | { readonly type: "existing" }
  | { readonly type: "restart"; readonly peerTag: number }
  | { readonly type: "answered" }
  | { readonly type: "discard"; readonly reason: string };

/** Setting an association up (RFC 9260 §5): what INIT, INIT ACK and COOKIE ECHO say, without keeping anything per INIT. */
export class Handshake {
  readonly #o: HandshakeOptions;
  readonly #cookies: CookieJar;

  constructor(options: HandshakeOptions) {
    this.#o = options;
    this.#cookies = new CookieJar(options.crypto, options.random);
  }

  /** A verification tag (never 0, §5.3.1) and an initial TSN. */
  freshIdentity(): { tag: number; initialTsn: number } {
    let tag = 0;
    while (tag === 0) tag = randomUint32(this.#o.random);
    return { tag, initialTsn: randomUint32(this.#o.random) };
  }

  #ourInit(tag: number, initialTsn: number, cookie: Uint8Array | undefined): InitChunk {
    return {
      initiateTag: tag,
      receiverWindow: this.#o.receiveWindow,
      outboundStreams: this.#o.maxStreams,
      inboundStreams: this.#o.maxStreams,
      initialTsn,
      extensions: SUPPORTED_EXTENSIONS,
      zeroChecksumMethod: this.#o.zeroChecksum ? ERROR_DETECTION_DTLS : undefined,
      cookie,
    };
  }

  sendInit(tag: number, initialTsn: number): void {
    this.#o.control.pushAlone(0, encodeInit(this.#ourInit(tag, initialTsn, undefined)));
  }

  #agree(tag: number, initialTsn: number, peer: DecodedInit): HandshakeResult {
    return {
      localTag: tag,
      peerTag: peer.initiateTag,
      localInitialTsn: initialTsn,
      peerInitialTsn: peer.initialTsn,
      peerReceiverWindow: peer.receiverWindow,
      outboundStreams: Math.min(this.#o.maxStreams, peer.inboundStreams),
      inboundStreams: Math.min(this.#o.maxStreams, peer.outboundStreams),
      capabilities: negotiate(peer, this.#o.zeroChecksum),
    };
  }

  /** Answers an INIT, whatever state we are in (§5.1, §5.2.1, §5.2.2, §9.2). */
  handleInit(now: Instant, value: Uint8Array, state: AssociationState): void {
    const peer = decodeInit(value);
    if (peer instanceof Malformed) {
      this.#o.counters.drop(peer.reason);
      return;
    }
    if (peer.initiateTag === 0) {
      this.#o.counters.drop("sctp: INIT with initiate tag 0");
      return;
    }
    const refusal = state.name === "ended" ? NOTHING : refusalOf(peer)?.cause;
    if (refusal !== undefined) {
      this.#o.control.pushAlone(peer.initiateTag, encodeChunk(CHUNK.ABORT, 0, refusal));
      return;
    }
    if (state.name === "shutdown-ack-sent") {
      this.#o.control.push(encodeChunk(CHUNK.SHUTDOWN_ACK, 0, NOTHING));
      return;
    }
    const { tag, initialTsn } = this.#identityForInitAck(state);
    const existing = tcbOf(state);
    const cookie = this.#cookies.seal({
      ...this.#agree(tag, initialTsn, peer),
      createdAt: now,
      localTieTag: existing?.localTag ?? 0,
      peerTieTag: existing?.peerTag ?? 0,
    });
    const initAck = encodeInit(this.#ourInit(tag, initialTsn, cookie), peer.unrecognized);
    this.#o.control.pushAlone(peer.initiateTag, initAck);
  }

  /** While our own handshake runs, INIT ACK says the same as our INIT (§5.2.1); otherwise everything is new (§5.2.2). */
  #identityForInitAck(state: AssociationState): { tag: number; initialTsn: number } {
    if (state.name === "cookie-wait") return { tag: state.tag, initialTsn: state.initialTsn };
    if (state.name === "cookie-echoed") {
      return { tag: state.tcb.localTag, initialTsn: state.tcb.localInitialTsn };
    }
    return this.freshIdentity();
  }

  /** Takes the INIT ACK to our INIT (§5.1 C, §3.3.3). */
  handleInitAck(
    value: Uint8Array,
    state: { readonly tag: number; readonly initialTsn: number },
  ): InitAckOutcome | Malformed {
    const peer = decodeInit(value);
    if (peer instanceof Malformed) return peer;
    if (peer.initiateTag === 0) return NO_TAG;
    const refusal = refusalOf(peer) ?? (peer.cookie === undefined ? NO_COOKIE : undefined);
    if (refusal !== undefined || peer.cookie === undefined) {
      const { cause, causeCode } = refusal ?? NO_COOKIE;
      this.#o.control.pushAlone(peer.initiateTag, encodeChunk(CHUNK.ABORT, 0, cause));
      return { type: "refused", causeCode };
    }
    const reports: Uint8Array[] = [];
    if (peer.unrecognized.length > 0) {
      const whole = concatenate(peer.unrecognized.map(withPadding));
      reports.push(encodeChunk(CHUNK.ERROR, 0, unrecognizedParametersCause([whole])));
    }
    return {
      type: "accepted",
      agreed: this.#agree(state.tag, state.initialTsn, peer),
      cookieEcho: encodeChunk(CHUNK.COOKIE_ECHO, 0, peer.cookie),
      reports,
    };
  }

  /** Takes a COOKIE ECHO (§5.1.5, §5.2.4). */
  handleCookieEcho(
    now: Instant,
    value: Uint8Array,
    headerTag: number,
    state: AssociationState,
  ): CookieEchoOutcome {
    const cookie = this.#cookies.open(value);
    if (cookie instanceof Malformed) return { type: "discard", reason: cookie.reason };
    if (state.name === "ended") return { type: "discard", reason: "sctp: state cookie after the end" };
    const resolution = resolveCookie(headerTag, tagsOf(state), cookie);
    if (resolution === "bad-tag" || resolution === "discard") {
      return { type: "discard", reason: "sctp: state cookie does not fit the association" };
    }
    if (resolution === "existing") return { type: "existing" };
    const age = now - cookie.createdAt;
    if (age > this.#o.limits.cookieLife) {
      const staleness = Math.ceil((age - this.#o.limits.cookieLife) * 1000);
      const error = encodeChunk(CHUNK.ERROR, 0, staleCookieCause(staleness));
      this.#o.control.pushAlone(cookie.peerTag, error);
      return { type: "answered" };
    }
    if (resolution === "restart") return this.#restart(cookie, state);
    const tcb = tcbOf(state);
    if (state.name !== "cookie-echoed" && tcb !== undefined && !tcb.isUntouched) {
      return { type: "discard", reason: "sctp: state cookie collides with an association in use" };
    }
    return { type: "establish", agreed: cookie };
  }

  #restart(cookie: StateCookie, state: AssociationState): CookieEchoOutcome {
    if (state.name !== "shutdown-ack-sent") return { type: "restart", peerTag: cookie.peerTag };
    this.#o.control.push(encodeChunk(CHUNK.SHUTDOWN_ACK, 0, NOTHING));
    this.#o.control.push(encodeChunk(CHUNK.ERROR, 0, cookieReceivedWhileShuttingDownCause()));
    return { type: "answered" };
  }
}

function tagsOf(state: AssociationState): AssociationTags | undefined {
  if (state.name === "cookie-wait") return { localTag: state.tag, peerTag: 0 };
  return tcbOf(state);
}

interface Refusal {
  readonly cause: Uint8Array;
  readonly causeCode: number;
}

/** Why INIT or INIT ACK must be answered with an ABORT (§3.3.2, §3.3.2.1.4); undefined when it need not. */
function refusalOf(peer: DecodedInit): Refusal | undefined {
  if (peer.outboundStreams === 0 || peer.inboundStreams === 0) {
    return { cause: invalidMandatoryParameterCause(), causeCode: CAUSE.INVALID_MANDATORY_PARAMETER };
  }
  if (peer.hostName === undefined) return undefined;
  return { cause: unresolvableAddressCause(peer.hostName), causeCode: CAUSE.UNRESOLVABLE_ADDRESS };
}

const NO_COOKIE: Refusal = {
  cause: missingMandatoryParameterCause([PARAMETER.STATE_COOKIE]),
  causeCode: CAUSE.MISSING_MANDATORY_PARAMETER,
};

function withPadding(parameter: Uint8Array): Uint8Array {
  const out = new Uint8Array(padded(parameter.length));
  out.set(parameter);
  return out;
}

const NOTHING = new Uint8Array(0);
const NO_TAG = new Malformed("sctp: INIT ACK with initiate tag 0");
