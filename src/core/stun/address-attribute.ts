/**
 * Transport addresses in attributes: MAPPED-ADDRESS and ALTERNATE-SERVER as they are (RFC 8489 §14.1, §14.15), XOR-MAPPED-ADDRESS
 * and its TURN relatives masked with the magic cookie and the transaction id (§14.2).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |0 0 0 0 0 0 0 0|    Family     |           Port                |
 *     |                 Address (32 bits or 128 bits)                 |
 */
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";

/** An IP address as bytes (4 or 16) and a port. */
export interface TransportAddress {
  readonly address: Uint8Array;
  readonly port: number;
}

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

const BAD_ADDRESS = malformed("stun: address family and length do not fit together");

/** Decodes an address value. `mask` is the 16 bytes of magic cookie and transaction id for the XOR forms. */
export function decodeAddress(value: Uint8Array, mask: Uint8Array | undefined): TransportAddress | Malformed {
  const length = value[1] === FAMILY_IPV4 ? 4 : value[1] === FAMILY_IPV6 ? 16 : -1;
  if (value.length !== 4 + length) return BAD_ADDRESS;
  const address = value.slice(4);
  let port = (value[2]! << 8) | value[3]!;
  if (mask !== undefined) {
    for (let i = 0; i < length; i++) address[i]! ^= mask[i]!;
    port ^= (mask[0]! << 8) | mask[1]!;
  }
  return { address, port };
}

/** True when the value of an address attribute has a family we know and the length that belongs to it. */
export function isAddressValue(value: Uint8Array): boolean {
  return (
    (value[1] === FAMILY_IPV4 && value.length === 8) || (value[1] === FAMILY_IPV6 && value.length === 20)
  );
}

/** Writes an address value; `mask` as in {@link decodeAddress}. */
export function encodeAddress(
  writer: ByteWriter,
  address: Uint8Array,
  port: number,
  mask: Uint8Array | undefined,
): void {
  writer.u8(0);
  writer.u8(address.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6);
  writer.u16(mask === undefined ? port : port ^ ((mask[0]! << 8) | mask[1]!));
  for (let i = 0; i < address.length; i++) {
    writer.u8(mask === undefined ? address[i]! : address[i]! ^ mask[i]!);
  }
}
