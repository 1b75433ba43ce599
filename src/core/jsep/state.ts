import type { DescriptionText, NegotiatedSctp, SignalingState } from "./types.ts";

/** All that offer/answer remembers. Immutable; `api` keeps one and replaces it when a plan is committed. */
export interface JsepState {
  readonly signalingState: SignalingState;
  /** The four descriptions of webrtc-pc §4.4.1, with trickled candidates. */
  readonly currentLocal: DescriptionText | undefined;
  readonly pendingLocal: DescriptionText | undefined;
  readonly currentRemote: DescriptionText | undefined;
  readonly pendingRemote: DescriptionText | undefined;
  /** The data section in force; undefined before the first answer and after a rejection. */
  readonly sctp: NegotiatedSctp | undefined;
}
