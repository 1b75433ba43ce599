/** Data to and from peers that has no channel: Send and Data indications (RFC 8656 §11). */
import { formatIpAddress, ipScope } from "../base/ip-address.ts";
import {
  DATA,
  HEADER_LENGTH,
  StunMessageBuilder,
  type TransportAddress,
  XOR_PEER_ADDRESS,
} from "../stun/index.ts";
import { CHANNEL_HEADER_LENGTH } from "./channel-data.ts";
import { SEND } from "./protocol.ts";
import type { RelayAddress } from "./turn-event.ts";

/** Most that wrapping adds: STUN header, an IPv6 XOR-PEER-ADDRESS, the header and padding of DATA. Bytes. */
export const RELAY_OVERHEAD = HEADER_LENGTH + 24 + 4 + 3;

/**
 * Makes a Send indication of the `length` bytes of data that lie in `out` behind the room for a ChannelData header: they move
 * behind the attributes that come first. Returns the whole length; 0 when `out` is too small.
 */
export function writeSendIndication(
  out: Uint8Array,
  transactionId: Uint8Array,
  peer: TransportAddress,
  length: number,
): number {
  const dataAt = HEADER_LENGTH + 4 + 4 + peer.address.length + 4;
  if (dataAt + length + 3 > out.length) return 0;
  out.copyWithin(dataAt, CHANNEL_HEADER_LENGTH, CHANNEL_HEADER_LENGTH + length);
  const builder = new StunMessageBuilder(out, "indication", SEND, transactionId);
  builder.xorAddress(XOR_PEER_ADDRESS, peer);
  return builder.attribute(DATA, out.subarray(dataAt, dataAt + length)).finish();
}

/** Undefined for an address that nobody can send to. */
export function textOf(address: TransportAddress | undefined): RelayAddress | undefined {
  if (address === undefined || address.port === 0) return undefined;
  const scope = ipScope(address.address);
  if (scope === "unspecified" || scope === "multicast") return undefined;
  return { address: formatIpAddress(address.address), port: address.port };
}
