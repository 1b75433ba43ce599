/**
 * RFC 9429 §5.8.1 and §5.8.2: lines whose grammar is checked before a description is used, even where the value is not.
 * Not among them: candidates (a malformed one is ignored, it may belong to a newer extension), max-message-size (a malformed
 * one counts as missing, as in browsers) and ICE credentials (whose form is part of the semantic checks, so that the
 * application learns InvalidAccessError, as in browsers).
 */
import { Malformed } from "../base/malformed.ts";
import { parseExtMap } from "./extmap.ts";
import { parseFingerprint } from "./fingerprint.ts";
import { parseGroup } from "./group.ts";
import { parseIceOptions } from "./ice-options.ts";
import { parseMid } from "./mid.ts";
import { parseMsid } from "./msid.ts";
import { parseRtcp } from "./rtcp.ts";
import { parseRtcpFeedback } from "./rtcp-fb.ts";
import { parsePayloadType, parseRtpMap } from "./rtpmap.ts";
import { parseSctpPort } from "./sctp-port.ts";
import { parseSctpMap } from "./sctpmap.ts";
import {
  type MediaDescription,
  SdpError,
  type SdpLine,
  type SessionDescription,
} from "./session-description.ts";
import { parseSetup } from "./setup.ts";
import { parseSsrc } from "./ssrc.ts";

import { parseTlsId } from "./tls-id.ts";

type Reader = (value: string) => unknown;

const EVERYWHERE: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["group", parseGroup],
  ["ice-options", parseIceOptions],
  ["fingerprint", parseFingerprint],
  ["setup", parseSetup],
  ["extmap", parseExtMap],
  ["mid", parseMid],
  ["tls-id", parseTlsId],
]);

const IN_RTP: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["rtpmap", parseRtpMap],
  ["rtcp", parseRtcp],
  ["rtcp-fb", parseRtcpFeedback],
  ["ssrc", parseSsrc],
  ["msid", parseMsid],
]);

const IN_SCTP: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["sctp-port", parseSctpPort],
  ["sctpmap", parseSctpMap],
]);

/** Whether `<proto>` carries RTP: "RTP/AVP", "UDP/TLS/RTP/SAVPF" and the like. */
export function isRtpProtocol(protocol: string): boolean {
  return protocol.startsWith("RTP/") || protocol.includes("/RTP/");
}

/** Whether `<proto>` carries SCTP over DTLS (RFC 8841 §4): "UDP/DTLS/SCTP", "TCP/DTLS/SCTP", "DTLS/SCTP". */
export function isSctpProtocol(protocol: string): boolean {
  return protocol === "UDP/DTLS/SCTP" || protocol === "TCP/DTLS/SCTP" || protocol === "DTLS/SCTP";
}

/** The first known attribute or RTP format whose value breaks its grammar. */
export function checkKnownAttributes(description: SessionDescription): SdpError | undefined {
  for (const line of description.lines) {
    const error = checkLine(line, undefined);
    if (error !== undefined) return error;
  }
  for (const media of description.media) {
    const error = checkMedia(media);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkMedia(media: MediaDescription): SdpError | undefined {
  const rtp = isRtpProtocol(media.protocol);
  if (rtp && media.formats.some((format) => parsePayloadType(format) < 0)) {
    return new SdpError(media.head.number, "an RTP format is not a payload type");
  }
  const more = rtp ? IN_RTP : isSctpProtocol(media.protocol) ? IN_SCTP : undefined;
  for (const line of media.lines) {
    const error = checkLine(line, more);
    if (error !== undefined) return error;
  }
  return undefined;
}

function checkLine(line: SdpLine, more: ReadonlyMap<string, Reader> | undefined): SdpError | undefined {
  if (line.type !== "a") return undefined;
  const colon = line.value.indexOf(":");
  const name = colon < 0 ? line.value : line.value.slice(0, colon);
  const read = EVERYWHERE.get(name) ?? more?.get(name);
  if (read === undefined) return undefined;
  const result = read(colon < 0 ? "" : line.value.slice(colon + 1));
  return result instanceof Malformed ? new SdpError(line.number, result.reason) : undefined;
}
