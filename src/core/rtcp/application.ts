/** APP (RFC 3550 §6.7): a name of four ASCII characters and data of the application's. */
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import { type Malformed, malformed } from "../base/malformed.ts";
import { beginPacket, endPacket, PT } from "./header.ts";

/** What an application has made up for itself: four letters, a number and bytes (RFC 3550 §6.7). */
export interface Application {
  readonly type: "application";
  readonly subtype: number;
  readonly ssrc: number;
  readonly name: string;
  /** Borrowed. */
  readonly data: Uint8Array;
}

const TOO_SHORT = malformed("rtcp: application packet without a name");
const NAME_LENGTH = 4;

export function decodeApplication(body: Uint8Array, subtype: number): Application | Malformed {
  const reader = new ByteReader(body);
  const ssrc = reader.u32();
  const name = reader.bytes(NAME_LENGTH);
  if (!reader.ok) return TOO_SHORT;
  return { type: "application", subtype, ssrc, name: String.fromCharCode(...name), data: reader.rest() };
}

/** `name`: four ASCII characters; `data`: whole words. */
export function writeApplication(out: ByteWriter, packet: Omit<Application, "type">): void {
  const start = beginPacket(out, packet.subtype, PT.APPLICATION);
  out.u32(packet.ssrc);
  for (let i = 0; i < NAME_LENGTH; i++) out.u8(packet.name.charCodeAt(i) & 0x7f);
  out.bytes(packet.data);
  endPacket(out, start);
}
