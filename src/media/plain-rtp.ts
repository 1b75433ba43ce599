/**
 * `skywave/media`: RTP packets as programs without WebRTC send and take them (FFmpeg, GStreamer, cameras, telephones), to and from
 * the packets of tracks. Not part of the standard.
 */

import { ByteWriter } from "../core/base/byte-writer.ts";
import type { MediaPacket, PacketExtension } from "../core/base/media-frame.ts";
import { SerialUnwrapper } from "../core/base/serial.ts";
import { ntpFraction, ntpSeconds, Vp9InterPictures } from "../core/media/index.ts";
import { isRtcp, SDES, writeBye, writeSenderReport, writeSourceDescription } from "../core/rtcp/index.ts";
import { fitsOneByteForm, RtpPacketBuilder, RtpPacketView } from "../core/rtp/index.ts";

/** Sources that a reader remembers: another one takes the place of the one that was new longest ago. */
export const MAX_PLAIN_SOURCES = 16;

/** Of a sender report without blocks, a name of 255 octets and a BYE (RFC 3550 §6). */
const MAX_REPORT_LENGTH = 28 + 268 + 8;

/** What a source's clock and ours may differ by before reports begin anew: it has jumped, or drifted for hours. Milliseconds. */
const MAX_CLOCK_DIFFERENCE = 5000;

/** What both ends have agreed on, by SDP or by word of mouth. */
export interface PlainRtpOptions {
  /** What payload types (0..127) stand for: "video/VP8", "audio/opus", … */
  readonly formats: readonly { readonly payloadType: number; readonly mimeType: string }[];
  /** Header extensions (RFC 8285), 1..255; none when left out. */
  readonly headerExtensions?: readonly { readonly uri: string; readonly id: number }[];
}

interface ReadSource {
  readonly numbers: SerialUnwrapper;
  readonly interPictures: Vp9InterPictures;
}

/**
 * Reads packets, for `TrackSource.writePackets()`. They are as they came, but for VP9 whose sender (FFmpeg) marks every picture as
 * if it needed no other: that mark (P, RFC 9628 §4.2) is set by what the pictures themselves say.
 */
export class RtpReader {
  readonly #formats: ReadonlyMap<number, string>;
  readonly #uris: ReadonlyMap<number, string>;
  readonly #view = new RtpPacketView();
  readonly #sources = new Map<number, ReadSource>();

  constructor({ formats, headerExtensions = [] }: PlainRtpOptions) {
    this.#formats = new Map(formats.map(({ payloadType, mimeType }) => [payloadType, mimeType]));
    this.#uris = new Map(headerExtensions.map(({ uri, id }) => [id, uri]));
  }

  /** The packet that a datagram holds. Undefined: it is none of these formats, nothing but padding, or no RTP. */
  read(datagram: Uint8Array): MediaPacket | undefined {
    const view = this.#view;
    if (isRtcp(datagram) || view.parse(datagram) !== undefined || view.payloadLength === 0) return undefined;
    const mimeType = this.#formats.get(view.payloadType);
    if (mimeType === undefined) return undefined;
    const source = this.#sourceOf(view.ssrc);
    const payload = view.payload().slice();
    if (mimeType.toLowerCase() === "video/vp9") source.interPictures.mark(payload, view.timestamp);
    return {
      mimeType,
      payloadType: view.payloadType,
      marker: view.marker,
      sequenceNumber: source.numbers.unwrap(view.sequenceNumber),
      timestamp: view.timestamp,
      ssrc: view.ssrc,
      csrcs: Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index)),
      payload,
      extensions: this.#extensions(),
    };
  }

  #sourceOf(ssrc: number): ReadSource {
    const known = this.#sources.get(ssrc);
    if (known !== undefined) return known;
    const source = { numbers: new SerialUnwrapper(16), interPictures: new Vp9InterPictures() };
    this.#sources.set(ssrc, source);
    if (this.#sources.size > MAX_PLAIN_SOURCES) {
      const [oldest] = this.#sources.keys();
      this.#sources.delete(oldest!);
    }
    return source;
  }

  #extensions(): readonly PacketExtension[] {
    const extensions: PacketExtension[] = [];
    if (this.#uris.size === 0) return extensions;
    this.#view.forEachExtension((id, data) => {
      const uri = this.#uris.get(id);
      if (uri !== undefined) extensions.push({ uri, data: data.slice() });
    });
    return extensions;
  }
}

/** Writes packets that `subscribe()` gives. They keep their sources, numbers and timestamps. */
export class RtpWriter {
  readonly #payloadTypes: ReadonlyMap<string, number>;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #builder = new RtpPacketBuilder();
  /** The source of the packet that was written last. */
  #source: WrittenSource | undefined;

  constructor({ formats, headerExtensions = [] }: PlainRtpOptions) {
    this.#payloadTypes = new Map(
      formats.map(({ payloadType, mimeType }) => [mimeType.toLowerCase(), payloadType]),
    );
    this.#ids = new Map(headerExtensions.map(({ uri, id }) => [uri, id]));
  }

  /** The packet as one datagram; undefined: it is of another format. */
  write(packet: MediaPacket): Uint8Array | undefined {
    const { mimeType, marker, sequenceNumber, timestamp, ssrc, csrcs, payload } = packet;
    const payloadType = this.#payloadTypes.get(mimeType.toLowerCase());
    if (payloadType === undefined) return undefined;
    const extensions = packet.extensions.filter(({ uri }) => this.#ids.has(uri));
    const twoByte = extensions.some(({ uri, data }) => !fitsOneByteForm(this.#ids.get(uri)!, data.length));
    const room = extensions.reduce((octets, { data }) => octets + 2 + data.length, 12 + 4 * csrcs.length + 8);
    const out = new Uint8Array(room + payload.length);
    const builder = this.#builder;
    builder.start(out, payloadType, marker, sequenceNumber & 0xffff, timestamp, ssrc, twoByte);
    for (const csrc of csrcs) builder.addCsrc(csrc);
    for (const { uri, data } of extensions) builder.addExtension(this.#ids.get(uri)!, data);
    const header = builder.endHeader();
    if (header < 0) return undefined;
    out.set(payload, header);
    this.#count(packet);
    return out.subarray(0, header + payload.length);
  }

  /**
   * A sender report with the source's name (RFC 3550 §6.1), for the port above that of the media. The first one of a source says
   * that the packet written last was sampled at `wallClock`, milliseconds since 1970, and goes ahead of that packet; later ones
   * go on by the codec's clock, so that jitter moves nothing. By these the other program lines up the tracks of one `cname`, 255
   * octets at most. Undefined: nothing was written yet.
   */
  report(wallClock: number, cname: string): Uint8Array | undefined {
    return this.#source && reportOf(this.#source, wallClock, cname).written();
  }

  /** The same, and nothing more comes of the source (BYE, RFC 3550 §6.6): the other program need not wait for it. */
  bye(wallClock: number, cname: string): Uint8Array | undefined {
    if (this.#source === undefined) return undefined;
    const out = reportOf(this.#source, wallClock, cname);
    writeBye(out, [this.#source.ssrc]);
    this.#source = undefined;
    return out.written();
  }

  #count({ ssrc, timestamp, mimeType, payload }: MediaPacket): void {
    this.#source =
      this.#source?.ssrc === ssrc ? this.#source : new WrittenSource(ssrc, clockRateOf(mimeType));
    this.#source.count(timestamp, payload.length);
  }
}

/** Hz (RFC 3551 §6, RFC 7587 §4.1). */
function clockRateOf(mimeType: string): number {
  const key = mimeType.toLowerCase();
  if (key.startsWith("video/")) return 90_000;
  return key === "audio/opus" ? 48_000 : 8000;
}

/** What was written of a source, and its clock (RFC 3550 §6.4.1). */
class WrittenSource {
  readonly ssrc: number;
  packets = 0;
  octets = 0;
  readonly #millisecondsPerTick: number;
  readonly #unwrapper = new SerialUnwrapper(32);
  #timestamp = 0;
  /** The wall clock at timestamp 0, unwrapped. */
  #origin: number | undefined;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#millisecondsPerTick = 1000 / clockRate;
  }

  get timestamp(): number {
    return this.#timestamp % 2 ** 32;
  }

  count(timestamp: number, octets: number): void {
    this.packets++;
    this.octets += octets;
    this.#timestamp = this.#unwrapper.unwrap(timestamp);
  }

  /** When the packet written last was sampled, by the clock that the first report has set. */
  sampledAt(now: number): number {
    const elapsed = this.#timestamp * this.#millisecondsPerTick;
    const sampled = (this.#origin ?? Number.NaN) + elapsed;
    if (Math.abs(sampled - now) <= MAX_CLOCK_DIFFERENCE) return sampled;
    this.#origin = now - elapsed;
    return now;
  }
}

function reportOf(source: WrittenSource, now: number, cname: string): ByteWriter {
  const out = new ByteWriter(new Uint8Array(MAX_REPORT_LENGTH));
  const sampledAt = source.sampledAt(now);
  writeSenderReport(out, {
    ssrc: source.ssrc,
    ntpSeconds: ntpSeconds(sampledAt),
    ntpFraction: ntpFraction(sampledAt),
    rtpTimestamp: source.timestamp,
    packetCount: source.packets >>> 0,
    octetCount: source.octets >>> 0,
    reports: [],
  });
  writeSourceDescription(out, [{ ssrc: source.ssrc, items: [{ itemType: SDES.CNAME, text: cname }] }]);
  return out;
}
