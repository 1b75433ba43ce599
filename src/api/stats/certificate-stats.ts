/** "certificate" (webrtc-stats §8.19). */
import type { StatsCollection } from "./collection.ts";
import type { RTCCertificateStats } from "./dictionaries.ts";

/** Adds a chain of certificates, DER, leaf first. Returns the id of the leaf; undefined for an empty chain. */
export function addCertificates(
  collection: StatsCollection,
  chain: readonly Uint8Array[],
): string | undefined {
  let issuerCertificateId: string | undefined;
  for (const certificate of chain.toReversed()) {
    const fingerprint = fingerprintOf(collection, certificate);
    const id = collection.id("certificate", fingerprint);
    collection.add<RTCCertificateStats>("certificate", id, {
      fingerprint,
      fingerprintAlgorithm: "sha-256",
      base64Certificate: toBase64(certificate),
      issuerCertificateId,
    });
    issuerCertificateId = id;
  }
  return issuerCertificateId;
}

/** RFC 8122 §5: upper-case hexadecimal bytes with colons between them. */
function fingerprintOf({ connection }: StatsCollection, certificate: Uint8Array): string {
  const hash = connection.host.crypto.hash("sha256", certificate);
  return Array.from(hash, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(":");
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
