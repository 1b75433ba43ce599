/** Reading test vectors, and hexadecimal: for tests. */
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../../test/vectors/", import.meta.url);

/** One JSON file of `test/vectors`. The caller knows its shape. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, FOLDER), "utf8")) as T;
}

export interface CorpusInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The inputs of a JSON Lines corpus. */
export function readCorpus(path: string): CorpusInput[] {
  const lines = readFileSync(new URL(path, FOLDER), "utf8").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line, index) => {
      const {
        name = String(index),
        b64,
        hex,
      } = JSON.parse(line) as { name?: string; b64?: string; hex?: string };
      const bytes = hex === undefined ? Buffer.from(b64 ?? "", "base64") : Buffer.from(hex, "hex");
      return { name, bytes: new Uint8Array(bytes) };
    });
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
