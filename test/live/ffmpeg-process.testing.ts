/** FFmpeg as a child process, which ends in any case. */
import { execFileSync, spawn } from "node:child_process";
import { PATIENCE } from "../until.testing.ts";

/** How long one lives at the most, ms. */
const LIFETIME = 2 * PATIENCE;

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

/** One that was started. */
export class Ffmpeg {
  /** What it has said: errors, or everything with "debug". */
  said = "";
  hasEnded = false;
  readonly #line: string;
  readonly #ended: Promise<string>;
  readonly #kill: () => void;
  #output = "";

  constructor(
    argumentList: readonly string[],
    logLevel: "error" | "debug" = "error",
    changed: () => void = () => {},
  ) {
    this.#line = `ffmpeg ${argumentList.join(" ")}`;
    const child = spawn("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", logLevel, ...argumentList], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIFETIME,
      killSignal: "SIGKILL",
    });
    this.#kill = () => void child.kill("SIGKILL");
    child.stdout.on("data", (chunk) => {
      this.#output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.said += chunk;
      changed();
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.hasEnded = true;
        resolve(how);
        changed();
      };
      child.once("error", ({ message }) => end(message));
      child.once("close", (code, signal) => end(`${code ?? signal}`));
    });
  }

  /** Resolves to what it has printed when it has ended well; rejects with what it said, within two minutes. */
  async finished(): Promise<string> {
    const how = await this.#ended;
    if (how !== "0")
      throw new Error(`ended with ${how} (${LIFETIME} ms are what it has): ${this.#line}\n${this.said}`);
    return this.#output;
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#kill();
    await this.#ended;
  }
}
