/**
 * `skywave/media`: RTP packets as programs without WebRTC send and take them (FFmpeg, GStreamer, cameras, telephones), to and from
 * the packets of tracks. Not part of the standard.
 */
import type { MediaPacket, PacketExtension } from "../core/base/media-frame.ts";
import { SerialUnwrapper } from "../core/base/serial.ts";
import { isRtcp } from "../core/rtcp/index.ts";
import { fitsOneByteForm, RtpPacketBuilder, RtpPacketView } from "../core/rtp/index.ts";

/** Sources that a reader remembers: another one takes the place of the one that was new longest ago. */
export const MAX_PLAIN_SOURCES = 16;

/** What both ends have agreed on, by SDP or by word of mouth. */
export interface PlainRtpOptions {
  /** What payload types (0..127) stand for: "video/VP8", "audio/opus", … */
  readonly formats: readonly { readonly payloadType: number; readonly mimeType: string }[];
  /** Header extensions (RFC 8285), 1..255; none when left out. */
  readonly headerExtensions?: readonly { readonly uri: string; readonly id: number }[];
}

/** Reads packets, for `TrackSource.writePackets()`. */
export class RtpReader {
  readonly #formats: ReadonlyMap<number, string>;
  readonly #uris: ReadonlyMap<number, string>;
  readonly #view = new RtpPacketView();
  readonly #sources = new Map<number, SerialUnwrapper>();

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
    return {
      mimeType,
      payloadType: view.payloadType,
      marker: view.marker,
      sequenceNumber: this.#numbersOf(view.ssrc).unwrap(view.sequenceNumber),
      timestamp: view.timestamp,
      ssrc: view.ssrc,
      csrcs: Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index)),
      payload: view.payload().slice(),
      extensions: this.#extensions(),
    };
  }

  #numbersOf(ssrc: number): SerialUnwrapper {
    const known = this.#sources.get(ssrc);
    if (known !== undefined) return known;
    const numbers = new SerialUnwrapper(16);
    this.#sources.set(ssrc, numbers);
    if (this.#sources.size > MAX_PLAIN_SOURCES) {
      const [oldest] = this.#sources.keys();
      this.#sources.delete(oldest!);
    }
    return numbers;
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
    return out.subarray(0, header + payload.length);
  }
}
