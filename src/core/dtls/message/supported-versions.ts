/**
 * supported_versions as a client sends it (RFC 8446 §4.2.1, RFC 9147 §5.3).
 *
 * ```text
 *   ProtocolVersion versions<2..254>
 * ```
 */
import { ByteReader } from "../../base/byte-reader.ts";
import { type Malformed, malformed } from "../../base/malformed.ts";
import { readOpaque8 } from "./vector.ts";

const MALFORMED = malformed("dtls: malformed supported_versions");

export function decodeSupportedVersions(data: Uint8Array): number[] | Malformed {
  const reader = new ByteReader(data);
  const octets = readOpaque8(reader);
  if (!reader.ok || reader.remaining > 0 || octets.length === 0 || octets.length % 2 !== 0) return MALFORMED;
  const versions: number[] = [];
  for (let i = 0; i < octets.length; i += 2) versions.push((octets[i]! << 8) | octets[i + 1]!);
  return versions;
}
