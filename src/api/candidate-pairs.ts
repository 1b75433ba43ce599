/** webrtc-extensions "RTCIceTransport extensions": the candidate pairs of a transport, and the application's say in them. */
import type {
  CandidatePairNumber,
  EngineCommand,
  IceComponent,
  TransportId,
} from "../core/session/protocol.ts";
import { fire } from "./dispatch.ts";
import type { RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";
import { RTCIceCandidatePairEvent } from "./RTCIceCandidatePairEvent.ts";
import type { IceTransportSlots, RTCIceTransport } from "./RTCIceTransport.ts";

/** The connection that a transport is part of, and what its engine calls the transport. */
export interface IceTransportOwner {
  readonly connection: {
    readonly isClosed: boolean;
    command(command: EngineCommand): void;
  };
  readonly place: { readonly transport: TransportId; readonly component: IceComponent };
}

interface Settle {
  resolve(): void;
  reject(error: DOMException): void;
}

/** What a transport knows of its pairs. */
export interface CandidatePairs {
  /** [[CandidatePairs]], with the engine's name for each. */
  readonly known: Map<RTCIceCandidatePair, CandidatePairNumber>;
  /** [[ProposalPending]] */
  proposalPending: boolean;
  /** Pairs that the application has removed, until the engine has. */
  readonly removing: Map<
    CandidatePairNumber,
    { readonly pair: RTCIceCandidatePair; readonly settle: Settle }
  >;
  /** Choices of the application that are being tried. */
  readonly choosing: Map<number, Settle>;
  lastRequest: number;
}

export function newCandidatePairs(): CandidatePairs {
  return {
    known: new Map(),
    proposalPending: false,
    removing: new Map(),
    choosing: new Map(),
    lastRequest: 0,
  };
}

/** The pair that the engine calls so; undefined when it is not in [[CandidatePairs]]. */
export function findPair(
  { known }: CandidatePairs,
  number: CandidatePairNumber | undefined,
): RTCIceCandidatePair | undefined {
  for (const [pair, other] of known) if (other === number) return pair;
  return undefined;
}

/** "Add a candidate pair" */
export function addCandidatePair(
  target: RTCIceTransport,
  { pairs }: IceTransportSlots,
  number: CandidatePairNumber,
  candidatePair: RTCIceCandidatePair,
): void {
  pairs.known.set(candidatePair, number);
  fire(target, new RTCIceCandidatePairEvent("icecandidatepairadd", { candidatePair }));
}

/**
 * "Remove a candidate pair", or the end of removeCandidatePair(). No pair is ever removed just to free its candidates, so there is
 * nothing to cancel.
 */
export function dropCandidatePair(
  target: RTCIceTransport,
  { pairs }: IceTransportSlots,
  number: CandidatePairNumber,
): void {
  const removal = pairs.removing.get(number);
  const candidatePair = removal?.pair ?? findPair(pairs, number);
  if (candidatePair === undefined) return;
  const event = new RTCIceCandidatePairEvent("icecandidatepairremove", { candidatePair });
  if (removal === undefined) {
    whileProposing(pairs, () => fire(target, event));
    pairs.known.delete(candidatePair);
  } else {
    pairs.removing.delete(number);
    fire(target, event);
    removal.settle.resolve();
  }
}

/** "Nominate a candidate pair": the event decides. */
export function proposeNomination(
  target: RTCIceTransport,
  { pairs, owner }: IceTransportSlots,
  number: CandidatePairNumber,
): void {
  const candidatePair = findPair(pairs, number);
  let accepted = true;
  if (candidatePair !== undefined) {
    const init = { candidatePair, cancelable: true };
    const event = new RTCIceCandidatePairEvent("icecandidatepairnominate", init);
    whileProposing(pairs, () => fire(target, event));
    accepted = !event.defaultPrevented;
  }
  owner.connection.command({ type: "decide-nomination", ...owner.place, pair: number, accepted });
}

function whileProposing(pairs: CandidatePairs, steps: () => void): void {
  pairs.proposalPending = true;
  try {
    steps();
  } finally {
    pairs.proposalPending = false;
  }
}

/** selectCandidatePair() */
export function selectCandidatePair(slots: IceTransportSlots, pair: RTCIceCandidatePair): Promise<undefined> {
  const number = usablePair(slots, pair);
  const { pairs, owner } = slots;
  const request = ++pairs.lastRequest;
  return new Promise((resolve, reject) => {
    pairs.choosing.set(request, { resolve: () => resolve(undefined), reject });
    owner.connection.command({ type: "choose-pair", ...owner.place, pair: number, request });
  });
}

/** The end of selectCandidatePair(). The text has no failure; a pair that does not work must not be waited for for ever. */
export function settleChoice({ pairs }: IceTransportSlots, request: number, succeeded: boolean): void {
  const settle = pairs.choosing.get(request);
  pairs.choosing.delete(request);
  if (succeeded) settle?.resolve();
  else settle?.reject(new DOMException("The candidate pair does not work.", "OperationError"));
}

/** removeCandidatePair() */
export function removeCandidatePair(slots: IceTransportSlots, pair: RTCIceCandidatePair): Promise<undefined> {
  const number = usablePair(slots, pair);
  const { pairs, owner } = slots;
  pairs.known.delete(pair);
  return new Promise((resolve, reject) => {
    const settle = { resolve: () => resolve(undefined), reject };
    pairs.removing.set(number, { pair, settle });
    owner.connection.command({ type: "remove-pair", ...owner.place, pair: number });
  });
}

/** What both methods check first. */
function usablePair(
  { owner, pairs, state }: IceTransportSlots,
  pair: RTCIceCandidatePair,
): CandidatePairNumber {
  const refuse = (reason: string) => new DOMException(reason, "InvalidStateError");
  if (owner.connection.isClosed) throw refuse("The connection is closed.");
  if (pairs.proposalPending) throw refuse("A decision about a candidate pair is pending.");
  if (state === "new" || state === "failed" || state === "closed") throw refuse(`The transport is ${state}.`);
  const number = pairs.known.get(pair);
  if (number === undefined)
    throw new DOMException("The transport has no such candidate pair.", "NotFoundError");
  return number;
}
