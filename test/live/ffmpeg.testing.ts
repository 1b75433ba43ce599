/** FFmpeg at both ends of a call: what it sends as plain RTP goes through two connections, and out to another FFmpeg. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ByteWriter } from "../../src/core/base/byte-writer.ts";
import { Malformed } from "../../src/core/base/malformed.ts";
import { decodeCompound, isRtcp, writeBye } from "../../src/core/rtcp/index.ts";
import { RTCPeerConnection } from "../../src/index.ts";
import { RtpReader, RtpWriter, subscribe, TrackSource, trackFrom } from "../../src/media/index.ts";
import { Waiting } from "../until.testing.ts";

const run = promisify(execFile);
/** An empty receiver report (RFC 3550 §6.4.2). */
const NO_REPORT = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1);
const LOOPBACK = "127.0.0.1";

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

/** Why the tests cannot run here; undefined when they can. */
export function whyNoFfmpeg(): string | undefined {
  try {
    const version = /^ffmpeg version \D{0,2}(\d+)\.(\d+)/.exec(ffmpegVersion());
    const [, major, minor] = version ?? [];
    // -fps_mode came then.
    const isOld = version !== null && Number(major) * 100 + Number(minor) < 501;
    return isOld ? `ffmpeg ${major}.${minor} is older than 5.1` : undefined;
  } catch {
    return "ffmpeg is not installed";
  }
}

/** Its first line. */
export function ffmpegVersion(): string {
  return execFileSync("ffmpeg", ["-version"], { encoding: "utf8" }).split("\n", 1)[0]!;
}

/** The names of its encoders. */
export function encoders(): ReadonlySet<string> {
  const list = execFileSync("ffmpeg", ["-hide_banner", "-encoders"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Set(list.split("\n").map((line) => line.trim().split(" ")[1] ?? ""));
}

/** A file that is removed with {@link Clip.remove}. */
export class Clip {
  readonly codec: Codec;
  readonly path: string;
  /** One hash of each picture, or of each piece of sound, as FFmpeg decodes the file itself. */
  readonly hashes: readonly string[];
  readonly #folder: string;

  private constructor(codec: Codec, folder: string, path: string, hashes: readonly string[]) {
    this.codec = codec;
    this.#folder = folder;
    this.path = path;
    this.hashes = hashes;
  }

  /** A moving picture at 25 a second, or a tone of 48 kHz. */
  static async encode(codec: Codec, seconds: number): Promise<Clip> {
    const folder = await mkdtemp(join(tmpdir(), "skywave-ffmpeg-"));
    const path = join(folder, `clip.${codec.file}`);
    const source =
      codec.kind === "video"
        ? `testsrc2=size=320x240:rate=25:duration=${seconds}`
        : `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
    await ffmpeg(["-f", "lavfi", "-i", source, "-c", codec.encoder, ...codec.options, path]);
    const hashes = hashesOf(await ffmpeg(["-i", path, ...hashing([codec])]));
    return new Clip(codec, folder, path, hashes[0]!);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

async function ffmpeg(argumentList: readonly string[]): Promise<string> {
  const { stdout } = await run("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "error", ...argumentList]);
  return stdout;
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
  readonly #lanes: Lane[] = [];
  readonly #waiting = new Waiting();
  readonly #children: ChildProcess[] = [];
  #folder: string | undefined;

  constructor(clips: readonly Clip[]) {
    this.#clips = clips;
  }

  /** Resolves to the hashes of what comes out, in the order of the clips. */
  async carry(): Promise<string[][]> {
    for (const { codec } of this.#clips) {
      const lane = new Lane(codec, this.#waiting.changed);
      this.#lanes.push(lane);
      this.near.addTrack(trackFrom(lane.source));
    }
    await this.#connect();
    const { decoded } = await this.#decode();
    for (const lane of this.#lanes) await lane.listen();
    await Promise.all(this.#clips.map((clip, index) => this.#send(clip, this.#lanes[index]!)));
    await this.#waiting.until(() => this.#lanes.every((lane) => lane.isDone));
    for (const lane of this.#lanes) lane.bye();
    return decoded;
  }

  async close(): Promise<void> {
    this.near.close();
    this.far.close();
    for (const child of this.#children) child.kill("SIGKILL");
    for (const lane of this.#lanes) lane.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
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
    await this.#waiting.until(() =>
      [near, far].every(({ connectionState }) => connectionState === "connected"),
    );
  }

  /** Starts the FFmpeg that decodes; resolves when it listens, to what it will have decoded. */
  async #decode(): Promise<{ decoded: Promise<string[][]> }> {
    this.#folder = await mkdtemp(join(tmpdir(), "skywave-ffmpeg-"));
    const path = join(this.#folder, "call.sdp");
    for (;;) {
      const lines = ["v=0", `o=- 0 0 IN IP4 ${LOOPBACK}`, "s=Skywave", `c=IN IP4 ${LOOPBACK}`, "t=0 0"];
      for (const lane of this.#lanes) {
        const { kind, payloadType, rtpmap } = lane.codec;
        lane.port = await freePortPair();
        lines.push(`m=${kind} ${lane.port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${rtpmap}`);
      }
      await writeFile(path, `${lines.join("\n")}\n`);
      const input = ["-protocol_whitelist", "file,udp,rtp", "-threads", "1", "-i", path];
      const hashes = hashing(this.#lanes.map(({ codec }) => codec));
      const child = spawn("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "debug", ...input, ...hashes], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.#children.push(child);
      let said = "";
      let output = "";
      child.stderr.on("data", (chunk) => {
        said += chunk;
        this.#waiting.changed();
      });
      child.stdout.on("data", (chunk) => {
        output += chunk;
      });
      const ended = once(child, "close").then(([code]) => {
        this.#waiting.changed();
        return code;
      });
      // It says so once a socket is bound: one for RTP and one for RTCP of each stream.
      const isListening = () => said.split("receive buffer size reported").length > 2 * this.#lanes.length;
      await this.#waiting.until(() => isListening() || child.exitCode !== null);
      // Somebody else has taken one of the ports in between.
      if (!isListening() && said.includes("bind failed")) continue;
      const decoded = ended.then((code) => {
        if (code !== 0) throw new Error(`ffmpeg ended with ${code}:\n${said}`);
        return hashesOf(output);
      });
      return { decoded };
    }
  }

  async #send({ codec, path }: Clip, lane: Lane): Promise<void> {
    const target = `rtp://${LOOPBACK}:${lane.inputPort}?pkt_size=1200`;
    const sending = ["-c", "copy", ...(codec.sending ?? []), "-f", "rtp", target];
    const child = spawn(
      "ffmpeg",
      ["-hide_banner", "-nostdin", "-loglevel", "error", "-re", "-i", path, ...sending],
      {
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    this.#children.push(child);
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}:\n${said}`);
    lane.endInput();
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
  #ssrc = 0;
  #inputEnded = false;
  /** FFmpeg gives up when nothing has come for ten seconds, and a busy machine may need them to start the other one. */
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
      clearInterval(this.#company);
      this.source.writePackets([packet]);
    });
    this.#socket.bind(0, LOOPBACK);
    await once(this.#socket, "listening");
    this.#socket.setRecvBufferSize(1 << 20);
    this.#company = setInterval(() => this.#socket.send(NO_REPORT, this.port + 1, LOOPBACK), 1000);
  }

  /** Nothing comes behind what is in the socket: a datagram that the system queues there says so. */
  endInput(): void {
    this.#socket.send(byeOf(1), this.inputPort, LOOPBACK);
  }

  takeFrom(track: Parameters<typeof subscribe>[0]): void {
    subscribe(track, {
      packets: (packets) => {
        for (const packet of packets) {
          this.#ssrc = packet.ssrc;
          const datagram = this.#writer.write(packet);
          if (datagram === undefined) continue;
          this.#written++;
          this.#socket.send(datagram, this.port, LOOPBACK);
        }
        this.#changed();
      },
    });
  }

  /** FFmpeg ends when all streams have. On the port of the media, so that it overtakes none (RFC 5761). */
  bye(): void {
    this.#socket.send(byeOf(this.#ssrc), this.port, LOOPBACK);
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

function byeOf(ssrc: number): Uint8Array {
  const out = new Uint8Array(64);
  const writer = new ByteWriter(out);
  writeBye(writer, [ssrc]);
  return out.slice(0, writer.length);
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
