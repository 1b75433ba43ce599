/** FFmpeg at both ends of a call: what it sends as plain RTP goes through two connections, and out to another FFmpeg. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Malformed } from "../../src/core/base/malformed.ts";
import { decodeCompound, isRtcp } from "../../src/core/rtcp/index.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { RtpReader, RtpWriter, subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { Waiting } from "../until.testing.ts";
import { Ffmpeg } from "./ffmpeg-process.testing.ts";

/** An empty receiver report (RFC 3550 §6.4.2). */
const NO_REPORT = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1);
const LOOPBACK = "127.0.0.1";
/** To find ports that stay free until FFmpeg has taken them. */
const MAX_ATTEMPTS = 5;

/** How FFmpeg codes media, and what SDP says of it. */
export interface Codec {
  readonly kind: "audio" | "video";
  readonly mimeType: string;
  /** FFmpeg's name of the encoder. */
  readonly encoder: string;
  readonly options: readonly string[];
  /** What a file of it ends with: one that has everything in the stream that a decoder needs. */
  readonly file: string;
  /** When it sends it. */
  readonly sending?: readonly string[];
  /** That a second has, decoded. */
  readonly frames: number;
  /** How many more there are of audio whose beginning and end the file cuts off. */
  readonly ends: number;
  /** Of audio that has no frames of its own: what is taken for one. */
  readonly samples?: number;
  readonly payloadType: number;
  readonly rtpmap: string;
}

/** A file, and what it holds. */
export class Clip {
  readonly codec: Codec;
  readonly path: string;
  /** One hash of each picture, or of each piece of sound, as FFmpeg decodes the file itself. */
  readonly hashes: readonly string[];

  private constructor(codec: Codec, path: string, hashes: readonly string[]) {
    this.codec = codec;
    this.path = path;
    this.hashes = hashes;
  }

  /** A moving picture at 25 a second, or a tone of 48 kHz. */
  static async encode(codec: Codec, seconds: number, folder: string): Promise<Clip> {
    const path = join(folder, `${codec.encoder}.${codec.file}`);
    const source =
      codec.kind === "video"
        ? `testsrc2=size=320x240:rate=25:duration=${seconds}`
        : `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
    const encoding = ["-f", "lavfi", "-i", source, "-c", codec.encoder, ...codec.options, path];
    await new Ffmpeg(encoding).finished();
    const hashes = hashesOf(await new Ffmpeg(["-i", path, ...hashing([codec])]).finished());
    return new Clip(codec, path, hashes[0]!);
  }
}

/** One hash of each frame of each stream, decoded. */
function hashing(codecs: readonly Codec[]): string[] {
  const cuts = codecs.flatMap(({ samples }, index) =>
    samples === undefined ? [] : [`-filter:${index}`, `asetnsamples=n=${samples}:p=0`],
  );
  return ["-map", "0", "-fps_mode", "passthrough", ...cuts, "-f", "framemd5", "-"];
}

/** Lines are "stream, dts, pts, duration, size, hash". */
function hashesOf(text: string): string[][] {
  const streams: string[][] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = line.split(",").map((field) => field.trim());
    const stream = Number(fields[0]);
    streams[stream] ??= [];
    streams[stream].push(fields[5]!);
  }
  return streams;
}

/** Plain RTP in, two connections with SRTP between them, plain RTP out: one stream of each clip. */
export class Bridge {
  readonly near = new RTCPeerConnection();
  readonly far = new RTCPeerConnection();
  readonly #clips: readonly Clip[];
  readonly #folder: string;
  readonly #lanes: Lane[] = [];
  readonly #waiting = new Waiting();
  readonly #children: Ffmpeg[] = [];

  /** `folder`: for what it has to write. */
  constructor(clips: readonly Clip[], folder: string) {
    this.#clips = clips;
    this.#folder = folder;
  }

  /** Resolves to the hashes of what comes out, in the order of the clips. */
  async carry(): Promise<string[][]> {
    for (const { codec } of this.#clips) {
      const lane = new Lane(codec, this.#waiting.changed);
      this.#lanes.push(lane);
      this.near.addTrack(trackFrom(lane.source));
    }
    await this.#connect();
    const decoder = await this.#decode();
    for (const lane of this.#lanes) await lane.listen();
    const senders = this.#clips.map((clip, index) => this.#send(clip, this.#lanes[index]!));
    await Promise.all(senders.map((sender) => sender.finished()));
    await this.#until(
      () => this.#lanes.every((lane) => lane.isDone),
      () => "the end of every stream",
    );
    for (const lane of this.#lanes) lane.bye();
    const decoded = hashesOf(await decoder.finished());
    if (decoder.said.includes("Connection timed out"))
      throw new Error(`FFmpeg has waited for more in spite of the BYE; ${this.#lanes.join("; ")}`);
    return decoded;
  }

  async close(): Promise<void> {
    this.near.close();
    this.far.close();
    for (const child of this.#children) await child.kill();
    for (const lane of this.#lanes) lane.close();
  }

  /** The error says what there was instead. */
  async #until(condition: () => boolean, missing: () => string): Promise<void> {
    await this.#waiting.until(condition).catch((cause) => {
      const states = [this.near, this.far].map(({ connectionState }) => connectionState);
      const message = `without ${missing()}; connections: ${states}; ${this.#lanes.join("; ")}`;
      throw new Error(message, { cause });
    });
  }

  async #connect(): Promise<void> {
    const { near, far } = this;
    far.ontrack = ({ track, transceiver }) => {
      const index = far.getTransceivers().indexOf(transceiver);
      this.#lanes[index]!.takeFrom(track);
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.onconnectionstatechange = this.#waiting.changed;
      from.onicecandidate = ({ candidate }) =>
        void to.addIceCandidate(candidate ?? undefined).catch(() => {});
    }
    const offer = await near.createOffer();
    await far.setRemoteDescription(offer);
    await near.setLocalDescription(offer);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription!);
    await this.#until(
      () => [near, far].every(({ connectionState }) => connectionState === "connected"),
      () => "a connection",
    );
  }

  /** Starts the FFmpeg that decodes; resolves when it listens. */
  async #decode(): Promise<Ffmpeg> {
    const path = join(this.#folder, "call.sdp");
    for (let attempt = 1; ; attempt++) {
      const lines = ["v=0", `o=- 0 0 IN IP4 ${LOOPBACK}`, "s=Skywave", `c=IN IP4 ${LOOPBACK}`, "t=0 0"];
      for (const lane of this.#lanes) {
        const { kind, payloadType, rtpmap } = lane.codec;
        lane.port = await freePortPair();
        lines.push(`m=${kind} ${lane.port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${rtpmap}`);
      }
      await writeFile(path, `${lines.join("\n")}\n`);
      const input = ["-protocol_whitelist", "file,udp,rtp", "-threads", "1", "-i", path];
      const hashes = hashing(this.#lanes.map(({ codec }) => codec));
      const decoder = new Ffmpeg([...input, ...hashes], "debug", this.#waiting.changed);
      this.#children.push(decoder);
      // It says so once a socket is bound: one for RTP and one for RTCP of each stream.
      const isListening = () =>
        decoder.said.split("receive buffer size reported").length > 2 * this.#lanes.length;
      await this.#until(
        () => isListening() || decoder.hasEnded,
        () => `FFmpeg's sockets; it said:\n${decoder.said}`,
      );
      if (isListening()) return decoder;
      // Somebody else has taken one of the ports in between.
      if (!decoder.said.includes("bind failed") || attempt === MAX_ATTEMPTS) await decoder.finished();
    }
  }

  #send({ codec, path }: Clip, { inputPort }: Lane): Ffmpeg {
    // Its reports come to the same port: by itself it would send them to the next one, which may be anybody's.
    const target = `rtp://${LOOPBACK}:${inputPort}?pkt_size=1200&rtcpport=${inputPort}`;
    const format = [...(codec.sending ?? []), "-f", "rtp", "-rtpflags", "send_bye", target];
    const sender = new Ffmpeg(["-re", "-i", path, "-c", "copy", ...format]);
    this.#children.push(sender);
    return sender;
  }
}

/** One stream on its way. */
class Lane {
  readonly codec: Codec;
  readonly source: TrackSource;
  /** Where FFmpeg waits for it. */
  port = 0;
  readonly #changed: () => void;
  readonly #socket: Socket = createSocket("udp4");
  readonly #reader: RtpReader;
  readonly #writer: RtpWriter;
  #inputEnded = false;
  /** FFmpeg gives up when nothing has come for ten seconds, which a busy machine may need to start the other one. */
  #company: NodeJS.Timeout | undefined;
  #read = 0;
  #written = 0;

  constructor(codec: Codec, changed: () => void) {
    this.codec = codec;
    this.source = new TrackSource(codec.kind, { yieldsPackets: true });
    this.#changed = changed;
    const { mimeType, payloadType } = codec;
    const payloadTypes = [0, 8, 9, 96, 97];
    this.#reader = new RtpReader({
      formats: payloadTypes.map((known) => ({ payloadType: known, mimeType })),
    });
    this.#writer = new RtpWriter({ formats: [{ payloadType, mimeType }] });
  }

  /** Everything that has come in has gone out. */
  get isDone(): boolean {
    return this.#inputEnded && this.#written >= this.#read;
  }

  get inputPort(): number {
    return this.#socket.address().port;
  }

  async listen(): Promise<void> {
    this.#socket.on("message", (datagram) => {
      if (isRtcp(datagram)) {
        this.#inputEnded ||= isBye(datagram);
        this.#changed();
        return;
      }
      const packet = this.#reader.read(datagram);
      if (packet === undefined) return;
      this.#read++;
      this.source.writePackets([packet]);
    });
    this.#socket.bind(0, LOOPBACK);
    await once(this.#socket, "listening");
    this.#socket.setRecvBufferSize(1 << 20);
    this.#company = setInterval(() => this.#socket.send(NO_REPORT, this.port + 1, LOOPBACK), 1000);
  }

  takeFrom(track: Parameters<typeof subscribe>[0]): void {
    subscribe(track, {
      packets: (packets) => {
        for (const packet of packets) {
          const datagram = this.#writer.write(packet);
          if (datagram === undefined) continue;
          this.#written++;
          this.#socket.send(datagram, this.port, LOOPBACK);
        }
        this.#changed();
      },
    });
  }

  /**
   * FFmpeg ends when all streams have. On the port of the media, so that it overtakes none (RFC 5761). A BYE without a report
   * before it would not do (RFC 3550 §6.1): FFmpeg takes nothing shorter than twelve octets, and waits ten seconds for more.
   */
  bye(): void {
    clearInterval(this.#company);
    const datagram = this.#writer.bye(0, "skywave");
    if (datagram !== undefined) this.#socket.send(datagram, this.port, LOOPBACK);
  }

  toString(): string {
    const end = this.#inputEnded ? "ended" : "goes on";
    return `${this.codec.mimeType}: ${this.#read} packets in, ${this.#written} out, the input ${end}`;
  }

  close(): void {
    clearInterval(this.#company);
    this.#socket.close();
  }
}

function isBye(datagram: Uint8Array): boolean {
  const packets = decodeCompound(datagram);
  return !(packets instanceof Malformed) && packets.some(({ type }) => type === "bye");
}

/** An even port that is free, with the one above it (RFC 3550 §11). */
async function freePortPair(): Promise<number> {
  for (;;) {
    const first = await bound(0);
    const port = first!.address().port;
    const second = port % 2 === 0 ? await bound(port + 1) : undefined;
    for (const socket of [first, second])
      await new Promise<void>((done) => (socket ? socket.close(done) : done()));
    if (second !== undefined) return port;
  }
}

function bound(port: number): Promise<Socket | undefined> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("listening", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
    socket.bind(port, LOOPBACK);
  });
}
