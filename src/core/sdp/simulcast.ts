/** RFC 8853 §5.1 `simulcast`: `("send" | "recv") <streams> [("send" | "recv") <streams>]`, e.g. "send 1,~4;2 recv 3". */
import { type Malformed, malformed } from "../base/malformed.ts";
import { isRid } from "./rid.ts";
import { words } from "./scan.ts";

/** One of the alternatives for a simulcast stream. */
export interface SimulcastStream {
  readonly rid: string;
  /** `~`: paused from the start. */
  readonly paused: boolean;
}

/** Per direction the streams in order of preference, each a list of alternatives with at least one member. */
export interface Simulcast {
  readonly send: readonly (readonly SimulcastStream[])[];
  readonly recv: readonly (readonly SimulcastStream[])[];
}

const MALFORMED = malformed("sdp: malformed simulcast");

/** Reads the value of `simulcast`. */
export function parseSimulcast(value: string): Simulcast | Malformed {
  const parts = words(value);
  const found: { send?: SimulcastStream[][]; recv?: SimulcastStream[][] } = {};
  if (parts.length !== 2 && parts.length !== 4) return MALFORMED;
  for (let i = 0; i < parts.length; i += 2) {
    const direction = parts[i];
    if ((direction !== "send" && direction !== "recv") || found[direction] !== undefined) return MALFORMED;
    const streams = readStreams(parts[i + 1]!);
    if (streams === undefined) return MALFORMED;
    found[direction] = streams;
  }
  return { send: found.send ?? [], recv: found.recv ?? [] };
}

function readStreams(text: string): SimulcastStream[][] | undefined {
  const streams: SimulcastStream[][] = [];
  for (const alternatives of text.split(";")) {
    const stream: SimulcastStream[] = [];
    for (const alternative of alternatives.split(",")) {
      const paused = alternative.startsWith("~");
      const rid = paused ? alternative.slice(1) : alternative;
      if (!isRid(rid)) return undefined;
      stream.push({ rid, paused });
    }
    streams.push(stream);
  }
  return streams;
}

/** Writes the value of `simulcast`. */
export function formatSimulcast(simulcast: Simulcast): string {
  const parts: string[] = [];
  for (const direction of ["send", "recv"] as const) {
    if (simulcast[direction].length === 0) continue;
    const streams = simulcast[direction].map((stream) =>
      stream.map(({ rid, paused }) => (paused ? `~${rid}` : rid)).join(","),
    );
    parts.push(`${direction} ${streams.join(";")}`);
  }
  return parts.join(" ");
}
