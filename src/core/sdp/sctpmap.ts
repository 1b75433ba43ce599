/**
 * `sctpmap` of draft-ietf-mmusic-sctp-sdp-05 §6.1, what stacks sent before RFC 8841 (`m=application 9 DTLS/SCTP 5000`):
 * `<port> <application> [<streams>]`.
 */
import { type Malformed, malformed } from "../base/malformed.ts";
import { decimal, isToken, words } from "./scan.ts";

/** The SCTP port and what is spoken over it. */
export interface SctpMap {
  /** 1..65535; the `<fmt>` of the `m=` line names it too. */
  readonly port: number;
  readonly application: string;
  readonly streams: number | undefined;
}

const MALFORMED = malformed("sdp: malformed sctpmap");

/** Reads the value of `sctpmap`. */
export function parseSctpMap(value: string): SctpMap | Malformed {
  const [portText, application, streamsText] = words(value);
  if (portText === undefined || application === undefined || !isToken(application)) return MALFORMED;
  const port = decimal(portText, 65535);
  const streams = streamsText === undefined ? undefined : decimal(streamsText, 65536);
  if (port < 1 || (streams !== undefined && streams < 0)) return MALFORMED;
  return { port, application, streams };
}

/** Writes the value of `sctpmap`. */
export function formatSctpMap(map: SctpMap): string {
  return map.streams === undefined
    ? `${map.port} ${map.application}`
    : `${map.port} ${map.application} ${map.streams}`;
}
