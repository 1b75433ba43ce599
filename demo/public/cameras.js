// This tab's camera and microphone: asked for, sent to Node, switched off and on.

import { byId } from "./element.js";

const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30, max: 30 } },
};

/** What went wrong, for people. Keys are names of DOMExceptions (mediacapture-main §10.2). */
const REASONS = {
  NotAllowedError:
    "The browser did not give camera and microphone to this page. Allow both at the left end of its address bar, then try again.",
  NotFoundError: "This machine has no camera and no microphone that the browser knows of.",
  NotReadableError: "Camera or microphone cannot be used: perhaps another program has them.",
  SecurityError: "The settings of this browser forbid pages to use camera and microphone.",
  AbortError: "The browser could not start the camera.",
};
const INSECURE =
  "Browsers give camera and microphone only to pages from this machine (localhost) or over https.";

export class Cameras {
  #connection;
  #onStream;
  #stream;
  #asking = false;

  /** `onStream(stream, {camera})` hears of what this tab sends; null: nothing any more. */
  constructor(connection, onStream) {
    this.#connection = connection;
    this.#onStream = onStream;
    byId("camera-start").addEventListener("click", () => void (this.#stream ? this.stop() : this.#start()));
    byId("camera-toggle").addEventListener("click", () => this.#toggle("video"));
    byId("microphone-toggle").addEventListener("click", () => this.#toggle("audio"));
    byId("echo").addEventListener("change", () => this.#tellDevices());
  }

  /** The connection is new: Node knows nothing of this tab's camera yet. */
  resume() {
    this.#tellDevices();
    if (this.#stream) this.#connection.publish(this.#stream);
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#connection.publish(null);
    this.#show();
  }

  async #start() {
    if (this.#asking) return;
    this.#asking = true;
    this.#notice();
    this.#show();
    try {
      this.#stream = await capture();
      for (const track of this.#stream.getTracks()) {
        track.addEventListener("ended", () => this.#lost(track));
      }
      this.#connection.publish(this.#stream);
      this.#tellDevices();
    } catch (error) {
      this.#notice(navigator.mediaDevices ? (REASONS[error.name] ?? error.message) : INSECURE);
    } finally {
      this.#asking = false;
      this.#show();
    }
  }

  /** Unplugged, or the permission was taken back. */
  #lost(track) {
    if (!this.#stream?.getTracks().includes(track)) return;
    this.stop();
    this.#notice(`The ${track.kind === "video" ? "camera" : "microphone"} is gone.`);
  }

  #toggle(kind) {
    const track = this.#track(kind);
    if (track === undefined) return;
    track.enabled = !track.enabled;
    this.#tellDevices();
    this.#show();
  }

  #track(kind) {
    return this.#stream?.getTracks().find((track) => track.kind === kind);
  }

  #tellDevices() {
    this.#connection.sendDevices({
      camera: this.#track("video")?.enabled ?? true,
      microphone: this.#track("audio")?.enabled ?? true,
      echo: byId("echo").checked,
    });
  }

  #notice(text = "") {
    byId("camera-notice").hidden = text === "";
    byId("camera-notice").textContent = text;
  }

  #show() {
    const start = byId("camera-start");
    start.textContent = this.#asking
      ? "Waiting for your permission"
      : this.#stream
        ? "Turn off"
        : "Turn on camera and microphone";
    start.classList.toggle("primary", !this.#stream);
    start.classList.toggle("small", this.#stream !== undefined);
    start.disabled = this.#asking;
    for (const [kind, id] of [
      ["video", "camera-toggle"],
      ["audio", "microphone-toggle"],
    ]) {
      const track = this.#track(kind);
      byId(id).hidden = track === undefined;
      byId(id).setAttribute("aria-pressed", String(track?.enabled ?? false));
    }
    this.#onStream(this.#stream ?? null, { camera: this.#track("video")?.enabled ?? false });
  }
}

/** Both, or the one that there is. */
async function capture() {
  try {
    return await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: CONSTRAINTS.video });
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
  return navigator.mediaDevices.getUserMedia({ audio: CONSTRAINTS.audio });
}
