/** Inputs for the tests of RTP, RTCP and payload formats. */
import { readFileSync } from "node:fs";

const folder = new URL("../../../test/vectors/rtp/", import.meta.url);

const text = (name: string) => readFileSync(new URL(name, folder), "utf8");
const lines = (name: string) =>
  text(name)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

export const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
export const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** What fuzzers of other stacks have kept. */
export const corpus: readonly Uint8Array[] = lines("corpus.jsonl").map(
  ({ b64 }) => new Uint8Array(Buffer.from(b64, "base64")),
);

export interface Sample {
  readonly test: string;
  readonly bytes: Uint8Array;
}

/** Byte arrays of other stacks' unit tests. */
export function samples(name: string): readonly Sample[] {
  return lines(`samples-${name}.jsonl`).map(({ test, hex }) => ({ test, bytes: fromHex(hex) }));
}

export interface MalformedCase {
  readonly proto: "rtp" | "rtcp";
  readonly id: string;
  readonly hex: string;
  readonly expect: string;
}

export const malformedCases: readonly MalformedCase[] = JSON.parse(text("malformed.json"));
export const descriptors = JSON.parse(text("descriptors.json"));
export const fec = JSON.parse(text("fec.json"));

/** All inputs there are, for decoders that must take anything. */
export function everyInput(): Uint8Array[] {
  const all = [...corpus, ...malformedCases.map(({ hex }) => fromHex(hex))];
  for (const name of [
    "libwebrtc-rtp",
    "libwebrtc-rtcp",
    "libwebrtc-video-coding",
    "pion-rtp",
    "pion-rtcp",
    "pion-interceptor",
  ])
    all.push(...samples(name).map(({ bytes }) => bytes));
  return all;
}

/** The first packets of a captured stream. */
export function capture(name: string): Uint8Array[] {
  return lines(`capture-${name}.jsonl`).map(({ b64 }) => new Uint8Array(Buffer.from(b64, "base64")));
}
