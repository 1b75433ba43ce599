/** Statistics against the IDL of webrtc-stats (`@webref/idl`): members, types, enums, what is required. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Field, type IdlType, parse } from "webidl2";
import type { RTCStats, RTCStatsType } from "../../src/api/stats/dictionaries.ts";

const DICTIONARIES: Readonly<Record<RTCStatsType, string>> = {
  codec: "RTCCodecStats",
  "inbound-rtp": "RTCInboundRtpStreamStats",
  "outbound-rtp": "RTCOutboundRtpStreamStats",
  "remote-inbound-rtp": "RTCRemoteInboundRtpStreamStats",
  "remote-outbound-rtp": "RTCRemoteOutboundRtpStreamStats",
  "media-source": "RTCMediaSourceStats",
  "media-playout": "RTCAudioPlayoutStats",
  "peer-connection": "RTCPeerConnectionStats",
  "data-channel": "RTCDataChannelStats",
  transport: "RTCTransportStats",
  "candidate-pair": "RTCIceCandidatePairStats",
  "local-candidate": "RTCIceCandidateStats",
  "remote-candidate": "RTCIceCandidateStats",
  certificate: "RTCCertificateStats",
};

const dictionaries = new Map<string, { inheritance: string | null; members: readonly Field[] }>();
const enums = new Map<string, readonly string[]>();
for (const specification of ["webrtc", "webrtc-stats"]) {
  const file = createRequire(import.meta.url).resolve(`@webref/idl/${specification}.idl`);
  for (const definition of parse(readFileSync(file, "utf8"))) {
    if (definition.type === "dictionary") dictionaries.set(definition.name, definition);
    else if (definition.type === "enum") {
      enums.set(
        definition.name,
        definition.values.map(({ value }) => value),
      );
    }
  }
}

/** [smallest, largest] of the integer types. */
const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  "unsigned short": [0, 0xffff],
  "unsigned long": [0, 0xffff_ffff],
  "unsigned long long": [0, Number.MAX_SAFE_INTEGER],
  long: [-0x8000_0000, 0x7fff_ffff],
  "long long": [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function fieldsOf(stats: RTCStats): Map<string, Field> {
  const fields = new Map<string, Field>();
  let name: string | null = DICTIONARIES[stats.type];
  if (stats.type === "media-source") {
    name = (stats as { kind?: string }).kind === "audio" ? "RTCAudioSourceStats" : "RTCVideoSourceStats";
  }
  while (name !== null) {
    const { inheritance, members }: { inheritance: string | null; members: readonly Field[] } =
      dictionaries.get(name)!;
    for (const member of members) fields.set(member.name, member);
    name = inheritance;
  }
  return fields;
}

function fits(value: unknown, { idlType, nullable, generic }: IdlType): boolean {
  if (value === null) return nullable;
  if (generic === "record") {
    return typeof value === "object" && Object.values(value).every((one) => typeof one === "number");
  }
  const type = idlType as string;
  const integer = INTEGERS[type];
  if (integer !== undefined) {
    return Number.isInteger(value) && (value as number) >= integer[0] && (value as number) <= integer[1];
  }
  if (type === "double" || type === "DOMHighResTimeStamp") return Number.isFinite(value);
  if (type === "boolean") return typeof value === "boolean";
  return typeof value === "string" && (type === "DOMString" || enums.get(type)!.includes(value));
}

/** What is wrong with a dictionary, in words; empty: nothing. */
export function idlViolations(stats: RTCStats): string[] {
  const fields = fieldsOf(stats);
  const wrong: string[] = [];
  for (const [name, value] of Object.entries(stats)) {
    const field = fields.get(name);
    if (field === undefined) wrong.push(`${stats.type}.${name} is not in the IDL`);
    else if (!fits(value, field.idlType)) wrong.push(`${stats.type}.${name} cannot be ${String(value)}`);
  }
  for (const { name, required } of fields.values()) {
    if (required && !(name in stats)) wrong.push(`${stats.type}.${name} is missing`);
  }
  return wrong;
}

/** The violations of a whole report, and references that lead nowhere. */
export function reportViolations(report: ReadonlyMap<string, RTCStats>): string[] {
  const wrong: string[] = [];
  for (const [key, stats] of report) {
    wrong.push(...idlViolations(stats));
    if (stats.id !== key) wrong.push(`${stats.type} ${stats.id} is entered as ${key}`);
    for (const [name, value] of Object.entries(stats)) {
      if (name.endsWith("Id") && !report.has(value)) wrong.push(`${stats.type}.${name} leads nowhere`);
    }
  }
  return wrong;
}
