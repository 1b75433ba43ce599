/** Vectors and packets for the tests of this folder. */
import { readFileSync } from "node:fs";
import { nodeCrypto } from "../../node/crypto.ts";
import { type SrtpMasterKey, type SrtpProfile, srtpProfile } from "./profile.ts";
import { SrtpReceiver, type SrtpReceiverOptions } from "./srtp-receiver.ts";
import { SrtpSender, type SrtpSenderOptions } from "./srtp-sender.ts";

export const PROFILE_IDS = [1, 2, 7, 8] as const;

const file = (name: string) => new URL(`../../../test/vectors/srtp/${name}`, import.meta.url);

export const vectors = JSON.parse(readFileSync(file("srtp.json"), "utf8"));

export const corpus: Uint8Array[] = readFileSync(file("srtp-libsrtp.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => new Uint8Array(Buffer.from(JSON.parse(line).b64, "base64")));

export const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
export const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

export function profileNamed(name: string): SrtpProfile {
  return PROFILE_IDS.map((id) => srtpProfile(id)!).find((profile) => profile.name === name)!;
}

export function testMaster(profile: SrtpProfile): SrtpMasterKey {
  const key = Uint8Array.from({ length: profile.keyLength }, (_, i) => i * 7 + 1);
  const salt = Uint8Array.from({ length: profile.saltLength }, (_, i) => 0xa0 + i);
  return { key, salt };
}

export function pair(id: number, options: SrtpSenderOptions & SrtpReceiverOptions = {}) {
  const profile = srtpProfile(id)!;
  const master = testMaster(profile);
  return {
    sender: new SrtpSender(nodeCrypto, profile, master, options),
    receiver: new SrtpReceiver(nodeCrypto, profile, master, options),
  };
}

/** An RTP packet whose payload tells its number. */
export function rtp(sequenceNumber: number, ssrc = 0x1234_5678, payloadLength = 40, mark = 0): Uint8Array {
  const packet = new Uint8Array(12 + payloadLength).fill(0x55, 12);
  const view = new DataView(packet.buffer);
  packet[0] = 0x80;
  packet[1] = 96;
  view.setUint16(2, sequenceNumber & 0xffff);
  view.setUint32(4, 90_000);
  view.setUint32(8, ssrc);
  if (payloadLength >= 4) view.setUint32(12, mark);
  return packet;
}

export function rtcp(ssrc = 0x1234_5678, words = 6): Uint8Array {
  const packet = new Uint8Array(8 + words * 4).fill(0x77, 8);
  const view = new DataView(packet.buffer);
  packet[0] = 0x80;
  packet[1] = 200;
  view.setUint16(2, 1 + words);
  view.setUint32(4, ssrc);
  return packet;
}

/** Protects a copy of `packet` and returns what goes on the wire. */
export function protectRtp(sender: SrtpSender, packet: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(packet.length + sender.rtpOverhead);
  buffer.set(packet);
  const length = sender.protectRtp(buffer, packet.length);
  if (length < 0) throw new Error(`protectRtp: ${length}`);
  return buffer.slice(0, length);
}

export function protectRtcp(sender: SrtpSender, packet: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(packet.length + sender.rtcpOverhead);
  buffer.set(packet);
  const length = sender.protectRtcp(buffer, packet.length);
  if (length < 0) throw new Error(`protectRtcp: ${length}`);
  return buffer.slice(0, length);
}
