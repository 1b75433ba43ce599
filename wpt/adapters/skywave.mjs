// This project, as a user gets it: one import that puts the W3C classes on the global object, and made-up devices.
import {
  addFakeDevices,
  feedGreyPicture,
  feedSilence,
  setPermission as setDevicePermission,
  subscribe,
  TrackSource,
  trackFrom,
} from "skywave/media";
import { pictureSize } from "./picture-size.mjs";

const SETTINGS = {
  audio: { sampleRate: 48_000, channelCount: 1 },
  video: { width: 640, height: 480, frameRate: 30 },
};

export const globals = {};

/** What the standard has dropped is there for the tests that are about it, and for no other. */
export async function setup(_global, { file, parentPort }) {
  await import("skywave/register");
  if (file?.startsWith("webrtc/legacy/")) await import("skywave/legacy");
  addFakeDevices();
  if (parentPort) await import("skywave/worker");
}

/** Canvases and audio graphs, which a window has and the package has not. */
export function createTrack(kind, canvas) {
  const { width, height } = canvas ?? SETTINGS.video;
  const settings = kind === "audio" ? SETTINGS.audio : { ...SETTINGS.video, width, height };
  const source = new TrackSource(kind, { label: `test ${kind}`, settings });
  if (kind === "audio") feedSilence(source);
  else feedGreyPicture(source, () => (canvas ? { width: canvas.width, height: canvas.height } : settings));
  return trackFrom(source);
}

const playing = new WeakMap();

/** Milliseconds from the first frames to what a page sees of them: about what buffers and decoders take. */
const START_DELAY = 100;

/**
 * A media element plays as soon as every track of its stream has yielded a frame. Pictures are not decoded: their size is
 * what key frames say.
 */
export function attachMedia(element, stream) {
  playing.get(element)?.close();
  playing.delete(element);
  if (stream) playing.set(element, new Playback(element, stream));
}

class Playback {
  #element;
  #stream;
  #subscriptions = new Map();
  #waiting = new Set();
  /** Undefined: not all tracks have yielded a frame; null: they have. */
  #start;

  constructor(element, stream) {
    this.#element = element;
    this.#stream = stream;
    for (const track of stream.getTracks()) this.#add(track);
    stream.addEventListener("addtrack", ({ track }) => this.#add(track));
    stream.addEventListener("removetrack", ({ track }) => this.#remove(track));
  }

  close() {
    for (const track of [...this.#subscriptions.keys()]) this.#remove(track);
    this.#stream = undefined;
  }

  #add(track) {
    if (!this.#stream || this.#subscriptions.has(track)) return;
    this.#waiting.add(track);
    const subscription = subscribe(track, { frame: (frame) => this.#frame(track, frame) });
    this.#subscriptions.set(track, subscription);
    subscription.requestKeyFrame();
  }

  #remove(track) {
    this.#subscriptions.get(track)?.close();
    this.#subscriptions.delete(track);
    this.#waiting.delete(track);
  }

  #frame(track, frame) {
    const element = this.#element;
    if (track.kind === "video" && !this.#measure(track, frame)) return;
    this.#waiting.delete(track);
    if (this.#waiting.size > 0) return;
    if (this.#start === undefined) {
      this.#start = null;
      setTimeout(() => this.#play(), START_DELAY);
    }
    if (this.#start === null) return;
    element.currentTime = (performance.now() - this.#start) / 1000;
    fire(element, "timeupdate");
  }

  #play() {
    if (!this.#stream) return;
    this.#start = performance.now();
    this.#element.readyState = 4;
    fire(this.#element, "loadedmetadata", "loadeddata", "canplay", "canplaythrough", "playing");
  }

  /** False until the size is known. */
  #measure(track, frame) {
    const [shown] = this.#stream.getVideoTracks();
    if (track !== shown) return true;
    const element = this.#element;
    const size = frame.type === "key" ? pictureSize(frame) : undefined;
    if (size && (size.width !== element.videoWidth || size.height !== element.videoHeight)) {
      element.videoWidth = size.width;
      element.videoHeight = size.height;
      fire(element, "resize");
    }
    return element.videoWidth > 0;
  }
}

function fire(element, ...types) {
  for (const type of types) element.dispatchEvent(new Event(type));
}

export async function setPermission(name, state) {
  if (name !== "camera" && name !== "microphone") return;
  setDevicePermission(name, state === "denied" ? "denied" : "granted");
}
