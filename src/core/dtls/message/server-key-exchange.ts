/**
 * ServerKeyExchange for ECDHE with a named curve (RFC 8422 §5.4).
 *
 * ```text
 *   curve_type (8): 3 | named_curve (16) | public<1..2^8-1>        = params
 *   signature algorithm (16) | signature<0..2^16-1>                over client_random ‖ server_random ‖ params
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { readOpaque8, readOpaque16, writeOpaque8, writeOpaque16 } from "./vector.ts";

const NAMED_CURVE = 3;

export interface ServerKeyExchange {
  readonly namedGroup: number;
  readonly publicKey: Uint8Array;
  /** The signed octets. */
  readonly params: Uint8Array;
  readonly signatureScheme: number;
  readonly signature: Uint8Array;
}

const MALFORMED = malformed("dtls: malformed server_key_exchange");

export function decodeServerKeyExchange(body: Uint8Array): ServerKeyExchange | Malformed {
  const reader = new ByteReader(body);
  const curveType = reader.u8();
  const namedGroup = reader.u16();
  const publicKey = readOpaque8(reader);
  const params = body.subarray(0, reader.position);
  const signatureScheme = reader.u16();
  const signature = readOpaque16(reader);
  if (!reader.ok || reader.remaining > 0 || curveType !== NAMED_CURVE || publicKey.length === 0)
    return MALFORMED;
  return { namedGroup, publicKey, params, signatureScheme, signature };
}

/** The part that is signed. */
export function encodeServerEcdhParams(namedGroup: number, publicKey: Uint8Array): Uint8Array {
  return encodeBody((writer) => {
    writer.u8(NAMED_CURVE);
    writer.u16(namedGroup);
    writeOpaque8(writer, publicKey);
  });
}

export function encodeServerKeyExchange(
  params: Uint8Array,
  signatureScheme: number,
  signature: Uint8Array,
): Uint8Array {
  return encodeBody((writer) => {
    writer.bytes(params);
    writer.u16(signatureScheme);
    writeOpaque16(writer, signature);
  });
}
