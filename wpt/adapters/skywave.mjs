// This project, as a user gets it: one import that puts the W3C classes on the global object, and made-up devices.
import {
  addFakeDevices,
  feedSilence,
  setPermission as setDevicePermission,
  subscribe,
  TrackSource,
  trackFrom,
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
export function createTrack(kind) {
  const source = new TrackSource(kind, { label: `test ${kind}`, settings: SETTINGS[kind] });
  if (kind === "audio") feedSilence(source);
  return trackFrom(source);
}

/** A media element plays audio as soon as every track of its stream has yielded a frame; there is no decoder for video. */
export async function attachMedia(element, stream) {
  const tracks = stream?.getTracks() ?? [];
  if (tracks.length === 0 || tracks.some(({ kind }) => kind !== "audio")) return;
  await Promise.all(tracks.map(firstFrame));
  if (element.srcObject !== stream) return;
  element.readyState = 4;
  for (const type of ["loadedmetadata", "loadeddata", "canplay", "playing"]) {
    element.dispatchEvent(new Event(type));
  }
}

function firstFrame(track) {
  return new Promise((resolve) => {
    const subscription = subscribe(track, {
      frame() {
        subscription.close();
        resolve();
      },
    });
  });
}

export async function setPermission(name, state) {
  if (name !== "camera" && name !== "microphone") return;
  setDevicePermission(name, state === "denied" ? "denied" : "granted");
}
