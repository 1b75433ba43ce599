/** The STUN messages of connectivity checks (RFC 8445 §7.1, §7.3) and of server requests (RFC 8445 §5.1.1.2). */
import { parseIpAddress } from "../base/ip-address.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import {
  BINDING,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  PRIORITY,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  XOR_MAPPED_ADDRESS,
} from "../stun/index.ts";

/** Room for the largest message of ours: USERNAME of 508 bytes and 100 for the rest. */
const scratch = new Uint8Array(768);

export interface CheckFields {
  readonly transactionId: Uint8Array;
  /** `remote fragment:local fragment` (RFC 8445 §7.2.2) */
  readonly username: Uint8Array;
  /** The remote password. */
  readonly key: Uint8Array;
  /** What a peer-reflexive candidate found by this check would have (RFC 8445 §7.1.1). */
  readonly priority: number;
  readonly controlling: boolean;
  /** 8 bytes */
  readonly tieBreaker: Uint8Array;
  readonly useCandidate: boolean;
}

/** A connectivity check, also used for consent (RFC 7675 §5.1). */
export function buildCheck(crypto: CryptoProvider, fields: CheckFields): Uint8Array {
  const builder = new StunMessageBuilder(scratch, "request", BINDING, fields.transactionId);
  builder.attribute(USERNAME, fields.username).u32(PRIORITY, fields.priority);
  if (fields.useCandidate) builder.flag(USE_CANDIDATE);
  builder
    .attribute(fields.controlling ? ICE_CONTROLLING : ICE_CONTROLLED, fields.tieBreaker)
    .messageIntegrity(crypto, fields.key)
    .fingerprint();
  return scratch.slice(0, builder.finish());
}

/** The success response to a check: where it came from (RFC 8445 §7.3.1.2). */
export function buildSuccess(
  crypto: CryptoProvider,
  key: Uint8Array,
  transactionId: Uint8Array,
  source: { readonly address: string; readonly port: number },
): Uint8Array | undefined {
  const address = parseIpAddress(source.address);
  if (address === undefined) return undefined;
  const builder = new StunMessageBuilder(scratch, "success", BINDING, transactionId)
    .xorAddress(XOR_MAPPED_ADDRESS, { address, port: source.port })
    .messageIntegrity(crypto, key)
    .fingerprint();
  return scratch.slice(0, builder.finish());
}

export interface ErrorFields {
  readonly transactionId: Uint8Array;
  readonly code: number;
  /** Short: an answer must not be larger than the request. */
  readonly reason: string;
  /** Absent where the request was not authenticated (RFC 8489 §9.1.3). */
  readonly key?: Uint8Array;
  readonly unknownAttributes?: readonly number[];
}

/** An error response. */
export function buildError(crypto: CryptoProvider, fields: ErrorFields): Uint8Array {
  const builder = new StunMessageBuilder(scratch, "error", BINDING, fields.transactionId).errorCode(
    fields.code,
    fields.reason,
  );
  if (fields.unknownAttributes !== undefined) builder.unknownAttributes(fields.unknownAttributes);
  if (fields.key !== undefined) builder.messageIntegrity(crypto, fields.key);
  builder.fingerprint();
  return scratch.slice(0, builder.finish());
}

/** A Binding indication, which keeps a path open (RFC 8445 §11, RFC 8489 §7.1). */
export function buildKeepAlive(transactionId: Uint8Array): Uint8Array {
  const builder = new StunMessageBuilder(scratch, "indication", BINDING, transactionId).fingerprint();
  return scratch.slice(0, builder.finish());
}

/** A Binding request to a STUN server: no credentials, no attributes. */
export function buildServerRequest(transactionId: Uint8Array): Uint8Array {
  return scratch.slice(0, new StunMessageBuilder(scratch, "request", BINDING, transactionId).finish());
}
