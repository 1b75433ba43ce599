/** The header extensions of one section's packets: which ids they have, and writing them. */
import type { EncodedFrame, PacketExtension } from "../base/media-frame.ts";
import {
  ABS_CAPTURE_TIME_URI,
  ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH,
  ABS_SEND_TIME_LENGTH,
  ABS_SEND_TIME_URI,
  CLIENT_AUDIO_LEVEL_LENGTH,
  CLIENT_AUDIO_LEVEL_URI,
  encodeAudioLevel,
  encodeIdentifier,
  encodeMixerAudioLevel,
  encodeVideoOrientation,
  fitsOneByteForm,
  MAX_CSRCS,
  MAX_ONE_BYTE_ID,
  MID_URI,
  MIXER_AUDIO_LEVEL_URI,
  REPAIRED_RID_URI,
  RID_URI,
  type RtpPacketBuilder,
  TRANSPORT_WIDE_CC_LENGTH,
  TRANSPORT_WIDE_CC_URI,
  VIDEO_ORIENTATION_LENGTH,
  VIDEO_ORIENTATION_URI,
} from "../rtp/index.ts";
import { NO_EXTENSIONS } from "./outgoing-packet.ts";
import type { HeaderExtensionId } from "./parameters.ts";

/** Extensions that each hop writes anew: the others are passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  MID_URI,
  RID_URI,
  REPAIRED_RID_URI,
  ABS_SEND_TIME_URI,
  TRANSPORT_WIDE_CC_URI,
  "urn:ietf:params:rtp-hdrext:toffset",
]);

/** The ids of one direction of a section; 0: not agreed on. */
export class ExtensionIds {
  readonly mid: number;
  readonly rid: number;
  readonly repairedRid: number;
  readonly absSendTime: number;
  readonly transportWideCc: number;
  readonly audioLevel: number;
  readonly csrcAudioLevels: number;
  readonly videoOrientation: number;
  readonly absCaptureTime: number;
  /** Those that are passed on from hop to hop, by id. */
  readonly endToEnd: ReadonlyMap<number, string>;
  readonly #byUri: ReadonlyMap<string, number>;
  /** One of those that every packet has cannot be said in the one-byte form. */
  readonly #beyondOneByte: boolean;

  constructor(extensions: readonly HeaderExtensionId[]) {
    const byUri = new Map(extensions.map(({ uri, id }) => [uri, id]));
    this.#byUri = byUri;
    this.mid = byUri.get(MID_URI) ?? 0;
    this.rid = byUri.get(RID_URI) ?? 0;
    this.repairedRid = byUri.get(REPAIRED_RID_URI) ?? 0;
    this.absSendTime = byUri.get(ABS_SEND_TIME_URI) ?? 0;
    this.transportWideCc = byUri.get(TRANSPORT_WIDE_CC_URI) ?? 0;
    this.audioLevel = byUri.get(CLIENT_AUDIO_LEVEL_URI) ?? 0;
    this.csrcAudioLevels = byUri.get(MIXER_AUDIO_LEVEL_URI) ?? 0;
    this.videoOrientation = byUri.get(VIDEO_ORIENTATION_URI) ?? 0;
    this.absCaptureTime = byUri.get(ABS_CAPTURE_TIME_URI) ?? 0;
    this.#beyondOneByte =
      Math.max(this.mid, this.rid, this.repairedRid, this.absSendTime, this.transportWideCc) >
      MAX_ONE_BYTE_ID;
    this.endToEnd = new Map(
      extensions.filter(({ uri }) => !HOP_BY_HOP.has(uri)).map(({ uri, id }) => [id, uri]),
    );
  }

  /** Octets that {@link frameExtensions} takes in a packet at most. */
  get frameRoom(): number {
    const levels = this.csrcAudioLevels > 0 ? CSRC_LEVELS_ROOM : 0;
    return LEVEL_OR_ORIENTATION_ROOM + levels + (this.absCaptureTime > 0 ? CAPTURE_TIME_ROOM : 0);
  }

  /** 0: not agreed on. */
  idOf(uri: string): number {
    return this.#byUri.get(uri) ?? 0;
  }

  /** RFC 8285 §4.3: ids above 14 and data beyond 16 octets need the two-byte form. */
  needsTwoByteForm(extensions: readonly PacketExtension[]): boolean {
    if (this.#beyondOneByte) return true;
    for (let i = 0; i < extensions.length; i++) {
      const { uri, data } = extensions[i]!;
      const id = this.idOf(uri);
      if (id > 0 && !fitsOneByteForm(id, data.length)) return true;
    }
    return false;
  }
}

/** With their headers, in the longer form. */
const LEVEL_OR_ORIENTATION_ROOM = 3;
const CSRC_LEVELS_ROOM = 2 + MAX_CSRCS;
const CAPTURE_TIME_ROOM = 2 + ABS_CAPTURE_TIME_WITH_OFFSET_LENGTH;

/** Where in a packet the fields are that are known only when it leaves; -1: it has none. */
export interface DepartureFields {
  absSendTimeAt: number;
  transportWideCcAt: number;
}

/** Writes what names the stream, and makes room for what is known when the packet leaves. */
export function writeHopExtensions(
  builder: RtpPacketBuilder,
  out: Uint8Array,
  ids: ExtensionIds,
  mid: string,
  rid: string | undefined,
  fields: DepartureFields,
  repair: boolean,
): void {
  if (ids.mid > 0) writeIdentifier(builder, out, ids.mid, mid);
  const ridId = repair ? ids.repairedRid : ids.rid;
  if (rid !== undefined && ridId > 0) writeIdentifier(builder, out, ridId, rid);
  fields.absSendTimeAt =
    ids.absSendTime > 0 ? builder.reserveExtension(ids.absSendTime, ABS_SEND_TIME_LENGTH) : -1;
  fields.transportWideCcAt =
    ids.transportWideCc > 0 ? builder.reserveExtension(ids.transportWideCc, TRANSPORT_WIDE_CC_LENGTH) : -1;
}

function writeIdentifier(builder: RtpPacketBuilder, out: Uint8Array, id: number, text: string): void {
  const at = builder.reserveExtension(id, text.length);
  if (at >= 0) encodeIdentifier(text, out, at);
}

/**
 * What a frame says of itself. `captured`: the data of abs-capture-time, in the frame's first packet; `last`: the frame's last
 * packet (3GPP TS 26.114 §7.4.5 has the orientation there).
 */
export function frameExtensions(
  ids: ExtensionIds,
  frame: EncodedFrame,
  captured: Uint8Array | undefined,
  last: boolean,
): readonly PacketExtension[] {
  const levels = csrcLevels(ids, frame);
  const extensions = levelOrOrientation(ids, frame, last);
  if (captured === undefined && levels === undefined) return extensions;
  const all = [...extensions];
  if (levels !== undefined) all.push({ uri: MIXER_AUDIO_LEVEL_URI, data: levels });
  if (captured !== undefined) all.push({ uri: ABS_CAPTURE_TIME_URI, data: captured });
  return all;
}

/** RFC 6465 §3: one octet for each CSRC, or none at all. */
function csrcLevels(
  ids: ExtensionIds,
  { csrcs, csrcAudioLevels: levels }: EncodedFrame,
): Uint8Array | undefined {
  const said = ids.csrcAudioLevels > 0 && levels !== undefined && levels.length > 0;
  if (!said || levels.length !== csrcs?.length) return undefined;
  const data = new Uint8Array(Math.min(MAX_CSRCS, levels.length));
  for (let i = 0; i < data.length; i++) encodeMixerAudioLevel(levels[i]!, data, 0, i);
  return data;
}

function levelOrOrientation(
  ids: ExtensionIds,
  { audioLevel, voiceActivity, rotation }: EncodedFrame,
  last: boolean,
): readonly PacketExtension[] {
  if (ids.audioLevel > 0 && audioLevel !== undefined) {
    const data = new Uint8Array(CLIENT_AUDIO_LEVEL_LENGTH);
    encodeAudioLevel(audioLevel, voiceActivity ?? false, data, 0);
    return [{ uri: CLIENT_AUDIO_LEVEL_URI, data }];
  }
  if (ids.videoOrientation > 0 && rotation !== undefined && last) {
    const data = new Uint8Array(VIDEO_ORIENTATION_LENGTH);
    encodeVideoOrientation(rotation, false, false, data, 0);
    return [{ uri: VIDEO_ORIENTATION_URI, data }];
  }
  return NO_EXTENSIONS;
}

/** Extensions of a packet that is passed on, as far as they were agreed on here, and as the form of its header can say them. */
export function writePassedOnExtensions(
  builder: RtpPacketBuilder,
  ids: ExtensionIds,
  extensions: readonly PacketExtension[],
  twoByte: boolean,
): void {
  for (let i = 0; i < extensions.length; i++) {
    const { uri, data } = extensions[i]!;
    const id = ids.idOf(uri);
    if (id === 0 || HOP_BY_HOP.has(uri)) continue;
    if (twoByte || fitsOneByteForm(id, data.length)) builder.addExtension(id, data);
  }
}
