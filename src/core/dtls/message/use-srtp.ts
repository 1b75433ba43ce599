/**
 * use_srtp (RFC 5764 §4.1.1).
 *
 * ```text
 *   SRTPProtectionProfile SRTPProtectionProfiles<2..2^16-1> | opaque srtp_mki<0..255>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { encodeBody } from "./encode.ts";
import { readOpaque8, readUint16List, writeOpaque8, writeUint16List } from "./vector.ts";

/** Protection profiles (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export const SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001;
export const SRTP_AEAD_AES_128_GCM = 0x0007;
export const SRTP_AEAD_AES_256_GCM = 0x0008;

export interface UseSrtp {
  readonly profiles: readonly number[];
  readonly mki: Uint8Array;
}

const MALFORMED = malformed("dtls: malformed use_srtp");

export function decodeUseSrtp(data: Uint8Array): UseSrtp | Malformed {
  const reader = new ByteReader(data);
  const profiles = readUint16List(reader);
  const mki = readOpaque8(reader);
  if (profiles === undefined || !reader.ok || reader.remaining > 0) return MALFORMED;
  return { profiles, mki };
}

/** Without MKI, which WebRTC does not use (RFC 8827 §6.5 names none). */
export function encodeUseSrtp(profiles: readonly number[]): Uint8Array {
  return encodeBody((writer) => {
    writeUint16List(writer, profiles);
    writeOpaque8(writer, new Uint8Array(0));
  });
}
