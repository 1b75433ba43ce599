/** The protection profiles of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2) and how keys are cut out of the exporter (§4.2). */

import { assert } from "../base/assert.ts";

/** Transforms by name; numbers on the wire are in {@link SRTP_PROFILE}. */
export type SrtpCipherName = "aes-cm-hmac-sha1" | "aead-aes-gcm";

/** One SRTPProtectionProfile. Lengths are in octets. */
export interface SrtpProfile {
  /** The number in use_srtp. */
  readonly id: number;
  readonly name: string;
  readonly cipher: SrtpCipherName;
  readonly keyLength: 16 | 32;
  readonly saltLength: 12 | 14;
  readonly rtpTagLength: 4 | 10 | 16;
  readonly rtcpTagLength: 10 | 16;
}

/** Numbers of use_srtp (IANA "DTLS-SRTP Protection Profiles"). */
export const SRTP_PROFILE = {
  AES128_CM_HMAC_SHA1_80: 0x0001,
  AES128_CM_HMAC_SHA1_32: 0x0002,
  AEAD_AES_128_GCM: 0x0007,
  AEAD_AES_256_GCM: 0x0008,
} as const;

/** RFC 5764 §4.1.2: with the 32-bit tag, SRTCP keeps 80 bits. */
const PROFILES: readonly SrtpProfile[] = [
  {
    id: SRTP_PROFILE.AES128_CM_HMAC_SHA1_80,
    name: "SRTP_AES128_CM_SHA1_80",
    cipher: "aes-cm-hmac-sha1",
    keyLength: 16,
    saltLength: 14,
    rtpTagLength: 10,
    rtcpTagLength: 10,
  },
  {
    id: SRTP_PROFILE.AES128_CM_HMAC_SHA1_32,
    name: "SRTP_AES128_CM_SHA1_32",
    cipher: "aes-cm-hmac-sha1",
    keyLength: 16,
    saltLength: 14,
    rtpTagLength: 4,
    rtcpTagLength: 10,
  },
  {
    id: SRTP_PROFILE.AEAD_AES_128_GCM,
    name: "SRTP_AEAD_AES_128_GCM",
    cipher: "aead-aes-gcm",
    keyLength: 16,
    saltLength: 12,
    rtpTagLength: 16,
    rtcpTagLength: 16,
  },
  {
    id: SRTP_PROFILE.AEAD_AES_256_GCM,
    name: "SRTP_AEAD_AES_256_GCM",
    cipher: "aead-aes-gcm",
    keyLength: 32,
    saltLength: 12,
    rtpTagLength: 16,
    rtcpTagLength: 16,
  },
];

/** The profile with this number in use_srtp; undefined for one that is not supported. */
export function srtpProfile(id: number): SrtpProfile | undefined {
  return PROFILES.find((profile) => profile.id === id);
}

/** A master key and its salt (RFC 3711 §3.2.1): secrets of one direction. */
export interface SrtpMasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** The exporter's label (RFC 5764 §4.2); there is no context. */
export const SRTP_EXPORTER_LABEL = "EXTRACTOR-dtls_srtp";

/** Octets to ask the exporter for. */
export function exportedKeyLength(profile: SrtpProfile): number {
  return 2 * (profile.keyLength + profile.saltLength);
}

/**
 * Cuts the exported keying material into the two directions (RFC 5764 §4.2): client write key, server write key, client
 * write salt, server write salt. `role` is ours in the DTLS handshake.
 */
export function splitExportedKeys(
  profile: SrtpProfile,
  material: Uint8Array,
  role: "client" | "server",
): { readonly local: SrtpMasterKey; readonly remote: SrtpMasterKey } {
  const { keyLength, saltLength } = profile;
  assert(material.length === exportedKeyLength(profile), "as much was exported as the profile needs");
  const salts = 2 * keyLength;
  const client = { key: material.slice(0, keyLength), salt: material.slice(salts, salts + saltLength) };
  const server = { key: material.slice(keyLength, salts), salt: material.slice(salts + saltLength) };
  return role === "client" ? { local: client, remote: server } : { local: server, remote: client };
}
