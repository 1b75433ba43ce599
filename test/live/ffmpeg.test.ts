/** With FFmpeg: it sends by RTP, the media goes over two connections with SRTP, and it decodes what comes out. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Bridge, Clip, type Codec } from "./ffmpeg.testing.ts";
import { encoders, ffmpegVersion, whyNoFfmpeg } from "./ffmpeg-process.testing.ts";

const reason = whyNoFfmpeg();
if (reason !== undefined) console.log(`ffmpeg: skipped, because ${reason}`);
const known = reason === undefined ? encoders() : new Set<string>();

const SECONDS = 1;
const video = { kind: "video", payloadType: 96, frames: 25, ends: 0 } as const;
const x26x = ["-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "200k", "-g", "10"];
const vpx = ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k", "-g", "10"];

const VP8: Codec = {
  ...video,
  mimeType: "video/VP8",
  encoder: "libvpx",
  options: vpx,
  file: "ivf",
  rtpmap: "VP8/90000",
};
const VP9: Codec = {
  ...video,
  mimeType: "video/VP9",
  encoder: "libvpx-vp9",
  options: vpx,
  file: "ivf",
  sending: ["-strict", "experimental"],
  rtpmap: "VP9/90000",
};
const H264: Codec = {
  ...video,
  mimeType: "video/H264",
  encoder: "libx264",
  options: [...x26x, "-profile:v", "baseline", "-pix_fmt", "yuv420p"],
  file: "ts",
  rtpmap: "H264/90000",
};
const H265: Codec = {
  ...video,
  mimeType: "video/H265",
  encoder: "libx265",
  options: [...x26x, "-x265-params", "log-level=error", "-pix_fmt", "yuv420p"],
  file: "ts",
  rtpmap: "H265/90000",
};
const OPUS: Codec = {
  kind: "audio",
  mimeType: "audio/opus",
  encoder: "libopus",
  options: ["-b:a", "32k", "-ac", "2"],
  file: "ogg",
  frames: 50,
  ends: 1,
  payloadType: 97,
  rtpmap: "opus/48000/2",
};
const PCMU: Codec = {
  kind: "audio",
  mimeType: "audio/PCMU",
  encoder: "pcm_mulaw",
  options: ["-ar", "8000", "-ac", "1"],
  file: "wav",
  frames: 50,
  ends: 0,
  samples: 160,
  payloadType: 0,
  rtpmap: "PCMU/8000",
};
const PCMA: Codec = {
  ...PCMU,
  mimeType: "audio/PCMA",
  encoder: "pcm_alaw",
  payloadType: 8,
  rtpmap: "PCMA/8000",
};
const G722: Codec = {
  ...PCMU,
  mimeType: "audio/G722",
  encoder: "g722",
  options: ["-ar", "16000", "-ac", "1"],
  samples: 320,
  payloadType: 9,
  rtpmap: "G722/8000",
};

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

describe.skipIf(reason !== undefined)(`with ${reason ?? ffmpegVersion()}`, () => {
  test.each([
    ["VP8 and Opus", [VP8, OPUS]],
    ["H.264 and Opus", [H264, OPUS]],
    ["VP9 and G.722", [VP9, G722]],
    ["H.265 and G.711 of both laws", [H265, PCMU, PCMA]],
  ] as const)(
    "%s by RTP, through two connections, by RTP: every frame is decoded to what it was",
    async (_name, codecs) => {
      const unknown = codecs.filter(({ encoder }) => !known.has(encoder));
      if (unknown.length > 0) {
        console.log(`ffmpeg: skipped, because it has no ${unknown.map(({ encoder }) => encoder)}`);
        return;
      }
      const folder = await mkdtemp(join(tmpdir(), "skywave-ffmpeg-"));
      ended.push(() => rm(folder, { recursive: true, force: true }));
      const clips = await Promise.all(codecs.map((codec) => Clip.encode(codec, SECONDS, folder)));
      const bridge = new Bridge(clips, folder);
      ended.unshift(() => bridge.close());
      const hashes = await bridge.carry();
      for (const [index, { hashes: wanted, codec }] of clips.entries()) {
        expect(wanted.length, codec.mimeType).toBe(codec.frames * SECONDS + codec.ends);
        // A file says how much to leave out at its beginning and its end; RTP does not.
        const inside = codec.ends === 0 ? [0] : [1, -1];
        expect(hashes[index]?.slice(...inside), codec.mimeType).toEqual(wanted.slice(...inside));
      }
    },
  );
});
