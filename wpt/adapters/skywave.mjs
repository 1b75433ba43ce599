// This project, as a user gets it: one import that puts the W3C classes on the global object, and made-up devices.
import {
  addFakeDevices,
  createTrack as liveTrack,
  setPermission as setDevicePermission,
} from "skywave/media";

const SETTINGS = {
  audio: { sampleRate: 48_000, channelCount: 1 },
  video: { width: 640, height: 480, frameRate: 30 },
};

export const globals = {};

/** What the standard has dropped is there for the tests that are about it, and for no other. */
export async function setup(_global, { file, parentPort }) {
  if (parentPort) await import("skywave/worker");
  await import("skywave/register");
  if (file?.startsWith("webrtc/legacy/")) await import("skywave/legacy");
  addFakeDevices();
}

/** Canvases and audio graphs, which a window has and the package has not. */
export const createTrack = (kind) => liveTrack(kind, { label: `test ${kind}`, settings: SETTINGS[kind] });

export async function setPermission(name, state) {
  if (name !== "camera" && name !== "microphone") return;
  setDevicePermission(name, state === "denied" ? "denied" : "granted");
}
