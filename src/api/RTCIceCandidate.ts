/** webrtc-pc §4.8.1 RTCIceCandidate. */
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import { Malformed } from "../core/base/malformed.ts";
import { parseCandidate } from "../core/sdp/candidate.ts";
import { Construction } from "../webidl/construction.ts";
import { domString, enumeration, nullable, unsignedShort, usvString } from "../webidl/convert.ts";
import { defaulted, dictionary } from "../webidl/dictionary.ts";
import { constructorContext, defineAttributes, exposeInterface } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

/** webrtc-pc §4.8.1.4 */
export type RTCIceProtocol = "udp" | "tcp";
/** webrtc-pc §4.8.1.5 */
export type RTCIceTcpCandidateType = "active" | "passive" | "so";
/** webrtc-pc §4.8.1.6 */
export type RTCIceCandidateType = "host" | "srflx" | "prflx" | "relay";
/** webrtc-pc §5.6.6 */
export type RTCIceComponent = "rtp" | "rtcp";
/** webrtc-pc §4.8.1.7 */
export type RTCIceServerTransportProtocol = "udp" | "tcp" | "tls";

/** webrtc-pc §4.8.1 */
export interface RTCIceCandidateInit {
  candidate?: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

/** webrtc-pc §4.8.1 */
export interface RTCLocalIceCandidateInit extends RTCIceCandidateInit {
  relayProtocol?: RTCIceServerTransportProtocol | null;
  url?: string | null;
}

/** WebIDL converter of `RTCIceCandidateInit`. */
export const convertIceCandidateInit = dictionary("RTCIceCandidateInit", {
  candidate: defaulted(domString, ""),
  sdpMid: defaulted(nullable(domString), null),
  sdpMLineIndex: defaulted(nullable(unsignedShort), null),
  usernameFragment: defaulted(nullable(domString), null),
});

const convertInit = dictionary(
  "RTCLocalIceCandidateInit",
  {
    relayProtocol: defaulted(
      nullable(enumeration("RTCIceServerTransportProtocol", ["udp", "tcp", "tls"])),
      null,
    ),
    url: defaulted(nullable(usvString), null),
  },
  convertIceCandidateInit,
);

type InitDict = ReturnType<typeof convertInit>;

interface Slots extends InitDict {
  /** What was parsed; undefined when the text is empty or not well formed. */
  readonly parsed: IceCandidate | undefined;
  /** False for a remote address that the application has not named itself (webrtc-pc §4.8.1.1 address). */
  readonly addressKnown: boolean;
}

const construction = new Construction<Slots>();

const internals = internalSlots<Slots, RTCIceCandidate>("RTCIceCandidate");

/** A candidate and where it belongs. What the text says is in the attributes, if it could be parsed. */
export class RTCIceCandidate {
  // Always there; optional in the types, because `lib.dom` does not know them.
  declare readonly relayProtocol?: RTCIceServerTransportProtocol | null;
  declare readonly url?: string | null;

  constructor(candidateInitDict: RTCLocalIceCandidateInit = {}) {
    const made = construction.handed();
    if (made) {
      internals.attach(this, made);
      return;
    }
    const context = constructorContext("RTCIceCandidate");
    const init = convertInit(candidateInitDict, context);
    if (init.sdpMid === null && init.sdpMLineIndex === null) {
      throw new TypeError(`${context}: sdpMid and sdpMLineIndex are both null.`);
    }
    internals.attach(this, slotsFrom(init));
  }

  get candidate(): string {
    return internals.of(this).candidate;
  }
  get sdpMid(): string | null {
    return internals.of(this).sdpMid;
  }
  get sdpMLineIndex(): number | null {
    return internals.of(this).sdpMLineIndex;
  }
  get foundation(): string | null {
    return internals.of(this).parsed?.foundation ?? null;
  }
  get component(): RTCIceComponent | null {
    const component = internals.of(this).parsed?.component;
    return component === undefined ? null : component === 1 ? "rtp" : "rtcp";
  }
  get priority(): number | null {
    return internals.of(this).parsed?.priority ?? null;
  }
  get address(): string | null {
    const { parsed, addressKnown } = internals.of(this);
    return addressKnown ? (parsed?.address ?? null) : null;
  }
  get protocol(): RTCIceProtocol | null {
    return internals.of(this).parsed?.protocol ?? null;
  }
  get port(): number | null {
    return internals.of(this).parsed?.port ?? null;
  }
  get type(): RTCIceCandidateType | null {
    return internals.of(this).parsed?.type ?? null;
  }
  get tcpType(): RTCIceTcpCandidateType | null {
    return internals.of(this).parsed?.tcpType ?? null;
  }
  get relatedAddress(): string | null {
    return internals.of(this).parsed?.relatedAddress ?? null;
  }
  get relatedPort(): number | null {
    return internals.of(this).parsed?.relatedPort ?? null;
  }
  get usernameFragment(): string | null {
    return internals.of(this).usernameFragment;
  }
  /** For signalling: `relayProtocol` and `url` stay here. */
  toJSON(): RTCIceCandidateInit {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = internals.of(this);
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }
}

defineAttributes(RTCIceCandidate.prototype, {
  get relayProtocol(): RTCIceServerTransportProtocol | null {
    return internals.of(this).relayProtocol;
  },
  get url(): string | null {
    return internals.of(this).url;
  },
});
exposeInterface(RTCIceCandidate, "RTCIceCandidate");

/** Brand check. */
export const isRTCIceCandidate: (value: unknown) => value is RTCIceCandidate = internals.has;

function slotsFrom(init: InitDict): Slots {
  // 4.8.1.1 "create an RTCIceCandidate": a text that cannot be parsed leaves the attributes null.
  const parsed = init.candidate === "" ? undefined : parseCandidate(init.candidate);
  return { ...init, parsed: parsed instanceof Malformed ? undefined : parsed, addressKnown: true };
}

/** webrtc-pc §4.8.1.1 "create an RTCIceCandidate". */
export function createIceCandidate(init: RTCLocalIceCandidateInit): RTCIceCandidate {
  const slots = slotsFrom(convertInit(init, "RTCIceCandidate"));
  return construction.run(slots, () => new RTCIceCandidate());
}

/**
 * A remote candidate that ICE has discovered by itself (peer-reflexive): its text is "", and its address is not shown,
 * because the application has not learnt it from signalling.
 */
export function createDiscoveredCandidate(
  candidate: IceCandidate,
  place: { readonly sdpMid: string | null; readonly sdpMLineIndex: number },
): RTCIceCandidate {
  const init = convertInit(place, "RTCIceCandidate");
  const usernameFragment = candidate.usernameFragment ?? null;
  const slots = { ...init, usernameFragment, parsed: candidate, addressKnown: false };
  return construction.run(slots, () => new RTCIceCandidate());
}
