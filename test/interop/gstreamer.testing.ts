/** GStreamer's webrtcbin in a process of its own, and a connection of ours that talks to it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RTCPeerConnection } from "../../src/index.ts";
import { subscribe } from "../../src/media/index.ts";
import { Waiting } from "../until.testing.ts";

/** Debian's own: another one in the path may not know its modules. */
const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("gstreamer-peer.py", import.meta.url));

const PROBE = `
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC
import json
Gst.init(None)
wanted = "webrtcbin nicesrc dtlsenc srtpenc sctpenc vp8enc vp8dec vp9enc vp9dec x264enc x265enc avdec_h264 avdec_h265 opusenc opusdec mulawenc avenc_g722"
print(json.dumps({"version": Gst.version_string(), "elements": [one for one in wanted.split() if Gst.ElementFactory.find(one)]}))
`;

/** What this machine has of it. */
export interface Gstreamer {
  readonly version: string;
  readonly elements: ReadonlySet<string>;
}

/** A string says why there is none. */
export function findGstreamer(): Gstreamer | string {
  // Now and then it stands still with one of the streams that it is sent, and no other program shows that.
  if (!process.env.SKYWAVE_GSTREAMER) return "it is run on request (SKYWAVE_GSTREAMER=1)";
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", PROBE], { encoding: "utf8" });
  if (status !== 0) return (stderr ?? "").trim().split("\n").at(-1) || `there is no ${PYTHON}`;
  const { version, elements } = JSON.parse(stdout) as { version: string; elements: string[] };
  for (const needed of ["webrtcbin", "nicesrc", "dtlsenc", "srtpenc", "sctpenc", "vp8enc", "opusenc"])
    if (!elements.includes(needed)) return `${version} has no ${needed}`;
  return { version, elements: new Set(elements) };
}

interface Said {
  readonly description?: { type: "offer" | "answer"; sdp: string };
  readonly candidate?: string;
  readonly index?: number;
  readonly state?: string;
  readonly channel?: string;
  readonly message?: string;
  readonly decoded?: string;
  readonly count?: number;
  readonly error?: string;
}

/** A call with it: our side sends back what it gets. */
export class GstreamerCall {
  readonly connection = new RTCPeerConnection();
  /** What it has said last: its state, what it has decoded of our pictures and sound, and its messages. */
  state = "";
  picturesDecoded = 0;
  soundsDecoded = 0;
  readonly channels: string[] = [];
  readonly messages: string[] = [];
  /** Frames that have come to us, and how many of them need no other one. */
  readonly frames = { video: 0, audio: 0 };
  keyFrames = 0;
  #requestKeyFrame: () => void = () => {};
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Waiting();
  /** Looks again at what is waited for. */
  readonly changed = this.#waiting.changed;
  /** Candidates that came before the description that they belong to. */
  readonly #early: RTCIceCandidateInitLike[] = [];
  /** One after the other. */
  #signalling: Promise<unknown> = Promise.resolve();
  #errors = "";

  constructor(video: string, audio: string) {
    const child = spawn(PYTHON, [SCRIPT, video, audio]);
    this.#child = child;
    child.stdin.on("error", () => {});
    child.stderr.on("data", (text) => {
      this.#errors += text;
    });
    child.once("exit", (code) =>
      this.#waiting.fail(new Error(`GStreamer ended with ${code}:\n${this.#errors}`)),
    );
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
    const { connection } = this;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && candidate.candidate !== "")
        this.#say({ candidate: candidate.candidate, index: candidate.sdpMLineIndex });
    };
    connection.onconnectionstatechange = this.changed;
    connection.ontrack = ({ track, transceiver }) => {
      const kind = track.kind as "audio" | "video";
      const subscription = subscribe(track, {
        frame: ({ type }) => {
          this.frames[kind]++;
          if (kind === "video" && type === "key") this.keyFrames++;
          this.changed();
        },
      });
      if (kind === "video") this.#requestKeyFrame = () => subscription.requestKeyFrame();
      transceiver.direction = "sendrecv";
      void transceiver.sender.replaceTrack(track);
    };
  }

  /** We offer. */
  async offer(): Promise<void> {
    await this.connection.setLocalDescription();
    this.#say({ description: this.connection.localDescription });
  }

  /** It offers, with a data channel. */
  askForOffer(channel: string): void {
    this.#say({ do: "offer", channel });
  }

  /** Asks for a key frame until there is one: it ignores a request less than two round trips after another. */
  async nextKeyFrame(): Promise<void> {
    const before = this.keyFrames;
    const asking = setInterval(() => this.#requestKeyFrame(), 500);
    try {
      await this.until(() => this.keyFrames > before);
    } finally {
      clearInterval(asking);
    }
  }

  /** It sends a message over its data channels. */
  send(message: string): void {
    this.#say({ send: message });
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition).catch((error: Error) => {
      throw new Error(
        `${error.message}\n${JSON.stringify({ ...this, connection: this.connection.connectionState })}\n${this.#errors}`,
      );
    });
  }

  close(): void {
    this.#child.removeAllListeners("exit");
    this.connection.close();
    this.#child.kill("SIGKILL");
  }

  #say(order: object): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  #hear(said: Said): void {
    const { description, candidate, index, state, channel, message, decoded, count, error } = said;
    if (description !== undefined) this.#signal(() => this.#take(description));
    if (candidate !== undefined && candidate !== "") {
      const init = { candidate, sdpMLineIndex: index! };
      this.#signal(() => this.#add(init));
    }
    if (state !== undefined) this.state = state;
    if (channel !== undefined) this.channels.push(channel);
    if (message !== undefined) this.messages.push(message);
    if (decoded === "video/x-raw") this.picturesDecoded = count!;
    if (decoded === "audio/x-raw") this.soundsDecoded = count!;
    if (error !== undefined) this.#waiting.fail(new Error(`GStreamer: ${error}`));
    this.changed();
  }

  #signal(step: () => Promise<void>): void {
    this.#signalling = this.#signalling.then(step).catch((error) => this.#waiting.fail(error));
  }

  async #take(description: { type: "offer" | "answer"; sdp: string }): Promise<void> {
    const { connection } = this;
    await connection.setRemoteDescription(description);
    for (const early of this.#early.splice(0)) await connection.addIceCandidate(early);
    if (description.type === "answer") return;
    await connection.setLocalDescription();
    this.#say({ description: connection.localDescription });
  }

  async #add(candidate: RTCIceCandidateInitLike): Promise<void> {
    if (this.connection.remoteDescription === null) this.#early.push(candidate);
    else await this.connection.addIceCandidate(candidate);
  }
}

interface RTCIceCandidateInitLike {
  readonly candidate: string;
  readonly sdpMLineIndex: number;
}
