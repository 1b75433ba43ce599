/** Descriptions that tests share. */
import { readFileSync } from "node:fs";

const VECTORS = new URL("../../../test/vectors/", import.meta.url);

export function readVector(path: string): string {
  return readFileSync(new URL(path, VECTORS), "utf8");
}

/** The objects of a JSON Lines file. */
export function readVectorLines<T>(path: string): T[] {
  return readVector(path)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** The texts of an array of lines, ended by CRLF. */
export function crlf(...lines: string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

/** A session part that is as short as it may be. */
export const SESSION = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"];
