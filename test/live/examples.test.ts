/** Runs the examples, as a user would. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { RTCPeerConnection } from "../../src/index.ts";
import { addFakeDevices, type EncodedFrame, mediaDevices, subscribe } from "../../src/media/index.ts";
import { until } from "../until.testing.ts";

const run = promisify(execFile);

test("perfect-negotiation.mjs: offers of both sides at once end in one section and an open channel", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/perfect-negotiation.mjs"]);
  expect(stderr).toBe("");
  expect(stdout).toBe("hello yourself; audio is sendrecv, 1 section\n");
});

test("one-port.mjs: a hundred connections of one process on one UDP port", async () => {
  const { stdout, stderr } = await run(process.execPath, ["examples/one-port.mjs"]);
  expect(stderr).toBe("");
  expect(stdout).toBe(
    "100 of 100 peers were answered, each by its own connection\nall of them from the shared port\n",
  );
});

const connections: RTCPeerConnection[] = [];
const children: ChildProcess[] = [];
let folder: string | undefined;

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** An example that wants an offer and prints its answer; `end()` closes its input, and resolves to its standard error. */
async function signalled(connection: RTCPeerConnection, argumentList: string[]) {
  connections.push(connection);
  const child = spawn(process.execPath, argumentList, { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = once(child, "exit");
  const line = once(createInterface({ input: child.stdout }), "line");
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") await once(connection, "icegatheringstatechange");
  child.stdin.write(`${JSON.stringify(connection.localDescription)}\n`);
  const [answer] = (await Promise.race([line, ended.then(() => Promise.reject(new Error(errors)))])) as [
    string,
  ];
  await connection.setRemoteDescription(JSON.parse(answer));
  return {
    /** What it has written to its standard error so far. */
    said: () => errors,
    end: async () => {
      child.stdin.end();
      await ended;
      return errors;
    },
  };
}

test("record.mjs writes what comes as IVF and Ogg, and play.mjs plays it", async () => {
  folder = await mkdtemp(join(tmpdir(), "skywave-examples-"));
  const film = join(folder, "film");

  const camera = new RTCPeerConnection();
  const devices = addFakeDevices();
  const stream = await mediaDevices.getUserMedia({ audio: true, video: true });
  const recorded: Uint8Array[] = [];
  for (const track of stream.getTracks()) {
    camera.addTrack(track, stream);
    if (track.kind === "video") subscribe(track, { frame: ({ data }) => recorded.push(data) });
  }
  const recorder = await signalled(camera, ["examples/record.mjs", film]);
  let sent: Counted[] = [];
  await until(async () => {
    sent = await counted(camera, "outbound-rtp");
    return sent.length === 2 && sent.every((stream) => (stream.framesSent ?? stream.packetsSent!) > 30);
  }, "more than thirty frames of video and packets of audio");
  // They may still be under way: the recorder's reports say what has come.
  await until(async () => {
    const arrived = await counted(camera, "remote-inbound-rtp");
    return sent.every(({ kind, packetsSent }) =>
      arrived.some((report) => report.kind === kind && report.packetsReceived! >= packetsSent!),
    );
  }, "them to arrive");
  const said = await recorder.end();
  expect(said).toMatch(/film\.ivf: \d\d+ frames/);
  expect(said).toMatch(/film\.opus: \d\d+ packets/);
  for (const track of stream.getTracks()) track.stop();
  devices.remove();

  const ogg = await readFile(`${film}.opus`);
  expect(pagesOf(ogg)).toBeGreaterThan(12);
  expect(ogg.toString("latin1", 28, 36)).toBe("OpusHead");
  const ivf = await readFile(`${film}.ivf`);
  expect([ivf.toString("latin1", 0, 4), ivf.toString("latin1", 8, 12)]).toEqual(["DKIF", "VP80"]);
  expect([ivf.readUInt16LE(12), ivf.readUInt16LE(14)]).toEqual([640, 480]);

  const screen = new RTCPeerConnection();
  const played: EncodedFrame[] = [];
  const { receiver } = screen.addTransceiver("video", { direction: "recvonly" });
  subscribe(receiver.track, { frame: (frame) => played.push(frame) });
  const player = await signalled(screen, ["examples/play.mjs", `${film}.ivf`]);
  await until(() => played.length > 20, "more than twenty frames");
  await player.end();
  expect(played[0]!.type).toBe("key");
  const known = new Set(recorded.map((data) => Buffer.from(data).toString("latin1")));
  for (const { data } of played) expect(known.has(Buffer.from(data).toString("latin1"))).toBe(true);
});

test("rtp-out.mjs and rtp-in.mjs: a call goes over plain RTP between two programs, and comes out as it went in", async () => {
  folder = await mkdtemp(join(tmpdir(), "skywave-examples-"));
  const screen = new RTCPeerConnection();
  const played = { video: [] as EncodedFrame[], audio: [] as EncodedFrame[] };
  for (const kind of ["video", "audio"] as const) {
    const { receiver } = screen.addTransceiver(kind, { direction: "recvonly" });
    subscribe(receiver.track, { frame: (frame) => played[kind].push(frame) });
  }
  const input = await signalled(screen, ["examples/rtp-in.mjs", "0", "video/VP8", "0", "audio/opus"]);
  let ports: string[] = [];
  await until(() => {
    ports = ["video/VP8", "audio/opus"].flatMap(
      (type) => new RegExp(`^${type} on (\\d+)$`, "m").exec(input.said())?.[1] ?? [],
    );
    return ports.length === 2;
  }, "its ports");

  const camera = new RTCPeerConnection();
  const devices = addFakeDevices();
  const stream = await mediaDevices.getUserMedia({ audio: true, video: true });
  const sent = new Set<string>();
  const text = ({ data }: EncodedFrame) => Buffer.from(data).toString("latin1");
  for (const track of stream.getTracks()) {
    camera.addTrack(track, stream);
    subscribe(track, { frame: (frame) => sent.add(text(frame)) });
  }
  const sdp = join(folder, "call.sdp");
  const outputs = [ports[0]!, "video/VP8", ports[1]!, "audio/opus"];
  const output = await signalled(camera, ["examples/rtp-out.mjs", ...outputs, sdp]);
  await until(() => played.video.length > 30 && played.audio.length > 30, "video and audio");
  expect(await readFile(sdp, "utf8")).toContain(`m=video ${ports[0]} RTP/AVP 96\na=rtpmap:96 VP8/90000\n`);
  expect(played.video[0]!.type).toBe("key");
  for (const frame of [...played.video, ...played.audio]) expect(sent.has(text(frame))).toBe(true);
  for (const track of stream.getTracks()) track.stop();
  devices.remove();
  await output.end();
  await input.end();
});

interface Counted {
  readonly type: string;
  readonly kind: string;
  readonly framesSent?: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
}

async function counted(connection: RTCPeerConnection, wanted: string): Promise<Counted[]> {
  const all = [...(await connection.getStats()).values()] as unknown as Counted[];
  return all.filter(({ type }) => type === wanted);
}

/** Whole pages of an Ogg file (RFC 3533 §6), which fill it to its end. */
function pagesOf(file: Buffer): number {
  let pages = 0;
  for (let at = 0; at < file.length; pages++) {
    expect(file.toString("latin1", at, at + 4)).toBe("OggS");
    const segments = file.subarray(at + 27, at + 27 + file[at + 26]!);
    at += 27 + segments.length + segments.reduce((sum, length) => sum + length, 0);
  }
  return pages;
}
