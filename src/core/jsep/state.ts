/** What offer/answer remembers between two calls. All of it immutable. */
import { type Random, randomUint64 } from "../base/random.ts";
import type { Fingerprint } from "../crypto/certificate-with-key.ts";
import type { AppliedDescription } from "./description.ts";
import type { DescriptionText, NegotiatedSctp, SignalingState, TransceiverId, TransportId } from "./types.ts";

/** RFC 8839 §5.4, one end's. */
export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}

/** One ICE+DTLS transport, and what the engine has been told about it. */
export interface JsepTransport {
  readonly id: TransportId;
  readonly local: IceCredentials;
  /** Whether gathering was started for `local`. */
  readonly gathering: boolean;
  readonly controlling: boolean;
  /** Whether there is a second ICE component, for RTCP (RFC 5761 §5.1.1). */
  readonly rtcp: boolean;
  /** The peer's generation that is in use; undefined before the first answer. */
  readonly remote: (IceCredentials & { readonly lite: boolean }) | undefined;
  /** Candidate lines of that generation that were passed on. */
  readonly remoteCandidates: ReadonlySet<string>;
  readonly remoteEnded: boolean;
  /** RFC 8842 §4, ours: written in offers, and where the peer writes one. */
  readonly tlsId: string;
  readonly dtls:
    | {
        readonly role: "client" | "server";
        readonly fingerprints: readonly Fingerprint[];
        /** The peer's. */
        readonly tlsId: string | undefined;
      }
    | undefined;
}

/** One m= line by its index: what it stands for. */
export interface Slot {
  /** As written, or made up for a peer that writes none. */
  readonly mid: string;
  readonly kind: string;
  /** Undefined: rejected, its index may be used again. */
  readonly transport: TransportId | undefined;
  /** Associated with this section (RFC 9429 §3.4.1); undefined for data and where there is none. */
  readonly transceiver: TransceiverId | undefined;
}

/** What a negotiation results in: one agreement is in force, another one may be proposed. */
export interface Agreement {
  readonly slots: readonly Slot[];
  readonly transports: ReadonlyMap<TransportId, JsepTransport>;
  readonly sctp: NegotiatedSctp | undefined;
  /** Where SCTP runs or shall run: known from the first offer on (webrtc-pc §4.4.1.5). */
  readonly sctpTransport: TransportId | undefined;
}

/** All that offer/answer remembers. `api` keeps one and replaces it when a plan is committed. */
export interface JsepState {
  readonly signalingState: SignalingState;
  /** The four descriptions of webrtc-pc §4.4.1, with trickled candidates. */
  readonly currentLocal: AppliedDescription | undefined;
  readonly pendingLocal: AppliedDescription | undefined;
  readonly currentRemote: AppliedDescription | undefined;
  readonly pendingRemote: AppliedDescription | undefined;
  /** `pendingRemote` as it was set: without what was trickled. */
  readonly remoteOffer: string;
  /** In force since the last stable state. */
  readonly agreed: Agreement;
  /** What the pending descriptions lead to; undefined in "stable". */
  readonly proposed: Agreement | undefined;
  /** RFC 9429 §5.2.1: 62 random bits in decimal, constant for the connection. */
  readonly sessionId: string;
  /** The version of the last description created; never goes back (RFC 9429 §5.2.2). */
  readonly sessionVersion: number;
  /** The last description created, offer or answer. */
  readonly lastCreated: string;
  /** [[LastCreatedOffer]] and [[LastCreatedAnswer]] (webrtc-pc §4.4.1); "" for none. */
  readonly lastCreatedOffer: string;
  readonly lastCreatedAnswer: string;
  /** The offer that `lastCreatedAnswer` was created for, as it was set. */
  readonly answeredOffer: string;
  /** Which transceiver each section of `lastCreatedOffer` is for (RFC 9429 §5.2.1). */
  readonly offeredTransceivers: readonly (TransceiverId | undefined)[];
  /** [[LocalIceCredentialsToReplace]] (webrtc-pc §4.4.1): the fragments. */
  readonly credentialsToReplace: ReadonlySet<string>;
  /** What header extension ids have meant, also in sections that are gone: an id keeps its meaning (RFC 8285 §6). */
  readonly extensionIds: ReadonlyMap<number, string>;
  readonly nextTransport: TransportId;
  readonly nextMid: number;
}

const NOTHING_AGREED: Agreement = {
  slots: [],
  transports: new Map(),
  sctp: undefined,
  sctpTransport: undefined,
};

/** The state of a new connection; takes its session id from `random`. */
export function initialJsepState(random: Random): JsepState {
  return {
    signalingState: "stable",
    currentLocal: undefined,
    pendingLocal: undefined,
    currentRemote: undefined,
    pendingRemote: undefined,
    remoteOffer: "",
    agreed: NOTHING_AGREED,
    proposed: undefined,
    sessionId: (randomUint64(random) >> 2n).toString(),
    sessionVersion: 0,
    lastCreated: "",
    lastCreatedOffer: "",
    lastCreatedAnswer: "",
    answeredOffer: "",
    offeredTransceivers: [],
    credentialsToReplace: new Set(),
    extensionIds: new Map(),
    nextTransport: 1,
    nextMid: 0,
  };
}

/** The state after `close()`: descriptions stay, nothing can be negotiated any more. */
export function closeJsep(state: JsepState): JsepState {
  return { ...state, signalingState: "closed" };
}

/** What the next step builds upon: the proposal, if there is one, else what is in force. */
export function latestAgreement(state: JsepState): Agreement {
  return state.proposed ?? state.agreed;
}

/** The answer in force, whoever gave it. */
export function latestAnswer({ currentLocal, currentRemote }: JsepState): AppliedDescription | undefined {
  return currentLocal?.type === "answer" ? currentLocal : currentRemote;
}

/** localDescription: pending, else current. */
export function localDescription(state: JsepState): DescriptionText | undefined {
  return state.pendingLocal ?? state.currentLocal;
}

/** remoteDescription: pending, else current. */
export function remoteDescription(state: JsepState): DescriptionText | undefined {
  return state.pendingRemote ?? state.currentRemote;
}

/** The data section as a (provisional) answer has settled it; undefined before that and after a rejection. */
export function negotiatedSctp(state: JsepState): NegotiatedSctp | undefined {
  return latestAgreement(state).sctp;
}

/**
 * The transport that [[SctpTransport]] uses, from the moment an offer describes an association (webrtc-pc §4.4.1.5). After
 * a rollback it is what it was in the last stable state.
 */
export function sctpTransport(state: JsepState): TransportId | undefined {
  return latestAgreement(state).sctpTransport;
}

/** canTrickleIceCandidates (webrtc-pc §4.4.2): null before a remote description. */
export function canTrickleIceCandidates(state: JsepState): boolean | null {
  return (state.pendingRemote ?? state.currentRemote)?.trickle ?? null;
}
