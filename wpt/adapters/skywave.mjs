// This project, as a user gets it: one import that puts the W3C classes on the global object, and tracks without devices.
import { createTrack as liveTrack } from "skywave/media";

const SETTINGS = {
  audio: { sampleRate: 48_000, channelCount: 1 },
  video: { width: 640, height: 480, frameRate: 30 },
};

export const globals = {};

/** What the standard has dropped is there for the tests that are about it, and for no other. */
export async function setup(_global, { file }) {
  await import("skywave/register");
  if (file?.startsWith("webrtc/legacy/")) await import("skywave/legacy");
}

export const createTrack = (kind) => liveTrack(kind, { label: `test ${kind}`, settings: SETTINGS[kind] });

/** The tests' usual source of tracks. The package itself has no devices yet. */
export const mediaDevices = {
  async getUserMedia(constraints = {}) {
    const tracks = ["audio", "video"].filter((kind) => constraints[kind]).map(createTrack);
    if (tracks.length === 0) throw new TypeError("neither audio nor video is asked for");
    return new globalThis.MediaStream(tracks);
  },
  async enumerateDevices() {
    return [];
  },
};
