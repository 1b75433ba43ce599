/**
 * supported_groups (RFC 8422 §5.1.1): the client's named groups, best first.
 *
 * ```text
 *   NamedGroup named_group_list<2..2^16-1>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import { encodeBody } from "./encode.ts";
import { readUint16List, writeUint16List } from "./vector.ts";

const CODES: Readonly<Record<KeyAgreementGroup, number>> = { x25519: 29, secp256r1: 23, secp384r1: 24 };
const GROUPS: ReadonlyMap<number, KeyAgreementGroup> = new Map([
  [29, "x25519"],
  [23, "secp256r1"],
  [24, "secp384r1"],
]);

/** The groups we can do, best first. */
export const ALL_GROUPS: readonly KeyAgreementGroup[] = ["x25519", "secp256r1", "secp384r1"];

export const namedGroupCode = (group: KeyAgreementGroup): number => CODES[group];
/** Undefined for groups that we cannot do. */
export const namedGroup = (code: number): KeyAgreementGroup | undefined => GROUPS.get(code);

const MALFORMED = malformed("dtls: malformed supported_groups");

/** The codes, known and unknown. */
export function decodeSupportedGroups(data: Uint8Array): number[] | Malformed {
  const reader = new ByteReader(data);
  const codes = readUint16List(reader);
  return codes === undefined || reader.remaining > 0 ? MALFORMED : codes;
}

export function encodeSupportedGroups(groups: readonly KeyAgreementGroup[]): Uint8Array {
  return encodeBody((writer) => writeUint16List(writer, groups.map(namedGroupCode)));
}
