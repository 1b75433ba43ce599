/** Which `a=rid` layers two descriptions have in common (RFC 8851 §6, RFC 8853 §5.3). */
import { Malformed } from "../base/malformed.ts";
import { parseRidRestrictions, type Rid } from "../sdp/index.ts";
import { RID_EXTENSION } from "./codecs.ts";
import type { SimulcastLayer } from "./media-types.ts";
import type { RtpDescription } from "./rtp-description.ts";

/** Layers of one section that are taken: what libwebrtc sends at most, and some. Others are not answered. */
export const MAX_RECEIVED_LAYERS = 8;

/** A layer that the peer sends. */
export interface ReceivedLayer extends SimulcastLayer {
  /** Its restrictions as the peer wrote them. */
  readonly written: string | undefined;
}

/** The streams of the peer's `a=simulcast:recv` that have an `a=rid:… recv`; the first alternative of each (RFC 8853 §5.2). */
export function simulcastToSend(peer: RtpDescription): SimulcastLayer[] {
  return simulcastOf(peer, "recv").map(({ written: _, ...layer }) => layer);
}

/** Our `a=rid:… send` that the peer has `a=rid:… recv` for, in our order; paused as the peer wishes (RFC 8853 §5.3.3). */
export function layersToSend(local: RtpDescription, peer: RtpDescription): SimulcastLayer[] {
  const wanted = new Map(simulcastToSend(peer).map((layer) => [layer.rid, layer]));
  if (peer.simulcast === undefined) {
    for (const [rid, { restrictions }] of usableRids(peer, "recv"))
      wanted.set(rid, { rid, paused: false, restrictions });
  }
  return local.rids.flatMap(({ id, direction }) => (direction === "send" ? (wanted.get(id) ?? []) : []));
}

/** The layers that the peer sends and that can be told apart: by the rid in their packets (RFC 8852). */
export function offeredLayers(peer: RtpDescription): ReceivedLayer[] {
  if (peer.kind !== "video" || !peer.extensions.some(({ uri }) => uri === RID_EXTENSION)) return [];
  const layers =
    peer.simulcast === undefined
      ? [...usableRids(peer, "send")].map(([rid, known]) => ({ rid, paused: false, ...known }))
      : simulcastOf(peer, "send");
  return layers.slice(0, MAX_RECEIVED_LAYERS);
}

/** The peer's layers that our description takes, in our order. */
export function layersToReceive(local: RtpDescription, peer: RtpDescription): ReceivedLayer[] {
  const offered = new Map(offeredLayers(peer).map((layer) => [layer.rid, layer]));
  return local.rids.flatMap(({ id, direction }) => (direction === "recv" ? (offered.get(id) ?? []) : []));
}

type KnownRid = Pick<ReceivedLayer, "restrictions" | "written">;

function simulcastOf(peer: RtpDescription, direction: Rid["direction"]): ReceivedLayer[] {
  const rids = usableRids(peer, direction);
  const layers = new Map<string, ReceivedLayer>();
  for (const alternatives of peer.simulcast?.[direction] ?? []) {
    const layer = alternatives.find(({ rid }) => rids.has(rid));
    if (layer !== undefined && !layers.has(layer.rid))
      layers.set(layer.rid, { ...layer, ...rids.get(layer.rid)! });
  }
  return [...layers.values()];
}

/** RFC 8851 §6.3: lines with restrictions that we do not know, or with formats that are not there, are as if not written. */
function usableRids({ rids, codecs }: RtpDescription, direction: Rid["direction"]): Map<string, KnownRid> {
  const payloadTypes = new Set(codecs.map(({ payloadType }) => payloadType));
  const usable = new Map<string, KnownRid>();
  for (const { id, direction: own, restrictions: written } of rids) {
    if (own !== direction || usable.has(id)) continue;
    const restrictions = written === undefined ? undefined : parseRidRestrictions(written);
    if (restrictions instanceof Malformed) continue;
    if (restrictions?.payloadTypes?.some((payloadType) => !payloadTypes.has(payloadType))) continue;
    usable.set(id, { restrictions, written });
  }
  return usable;
}
