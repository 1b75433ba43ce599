// A window just big enough for testharness.js and the WebRTC tests.
import {
  Document,
  Element,
  HTMLAudioElement,
  HTMLCanvasElement,
  HTMLElement,
  HTMLIFrameElement,
  HTMLMediaElement,
  HTMLScriptElement,
  HTMLVideoElement,
  NodeShim,
  Text,
} from "./dom.mjs";
import { def, Target } from "./events.mjs";
import { installScope, makeWorkerClass } from "./scope.mjs";
import { ORIGIN } from "./tests.mjs";

/**
 * Sources. With an adapter's createTrack(kind, canvas|null) (synchronous), an AudioContext's stream destination and a
 * canvas's captureStream() exist, as far as tests use them to get a live track. Drawing does nothing; a video track
 * should follow canvas.width and canvas.height.
 */
function installSources(g, createTrack) {
  class AudioNode {
    connect(node) {
      return node;
    }
    disconnect() {}
  }
  class OscillatorNode extends AudioNode {
    start() {}
    stop() {}
    frequency = { value: 440 };
  }
  class MediaStreamAudioDestinationNode extends AudioNode {
    stream = new g.MediaStream([createTrack("audio", null)]);
  }
  class AudioContext extends Target {
    state = "running";
    sampleRate = 48000;
    destination = new AudioNode();
    get currentTime() {
      return performance.now() / 1000;
    }
    createOscillator() {
      return new OscillatorNode();
    }
    createGain() {
      return Object.assign(new AudioNode(), { gain: { value: 1 } });
    }
    createMediaStreamDestination() {
      return new MediaStreamAudioDestinationNode();
    }
    async resume() {}
    async close() {
      this.state = "closed";
    }
  }
  for (const c of [AudioNode, OscillatorNode, MediaStreamAudioDestinationNode, AudioContext])
    if (!g[c.name]) def(g, c.name, c);
  HTMLCanvasElement.prototype.captureStream ??= function captureStream() {
    return new g.MediaStream([createTrack("video", this)]);
  };
  HTMLCanvasElement.prototype.getContext = function getContext(type) {
    const nothing = () => {};
    return type === "2d"
      ? {
          canvas: this,
          fillStyle: "",
          fillRect: nothing,
          clearRect: nothing,
          fillText: nothing,
          beginPath: nothing,
          arc: nothing,
          fill: nothing,
          stroke: nothing,
        }
      : null;
  };
}
export function installWindow(options, adapter) {
  const g = globalThis;
  installScope(options, adapter, false);
  class Window extends EventTarget {
    static [Symbol.hasInstance](v) {
      return v === globalThis;
    }
  }
  for (const name of ["window", "parent", "top", "frames"]) def(g, name, g);
  for (const [k, v] of Object.entries({
    Window,
    Node: NodeShim,
    Element,
    Text,
    Document,
    HTMLElement,
    HTMLMediaElement,
    HTMLVideoElement,
    HTMLAudioElement,
    HTMLCanvasElement,
    HTMLIFrameElement,
    HTMLScriptElement,
  }))
    if (!g[k]) def(g, k, v);
  HTMLMediaElement.attachMedia = adapter.attachMedia;
  Document.createElementHook = adapter.createElement;
  if (adapter.createTrack) installSources(g, adapter.createTrack);
  const document = new Document(options.root);
  def(g, "document", document);
  for (const [k, v] of Object.entries({
    opener: null,
    name: "",
    length: 0,
    closed: false,
    innerWidth: 800,
    innerHeight: 600,
    devicePixelRatio: 1,
  }))
    def(g, k, v);
  def(g, "requestAnimationFrame", (cb) => setTimeout(() => cb(performance.now()), 16));
  def(g, "cancelAnimationFrame", (id) => clearTimeout(id));
  def(g, "getComputedStyle", () => ({}));
  def(g, "scrollTo", () => {});
  def(g, "postMessage", (data, target, transfer) => {
    const copy = structuredClone(data, { transfer: Array.isArray(transfer) ? transfer : target?.transfer });
    setImmediate(() =>
      g.dispatchEvent(new MessageEvent("message", { data: copy, origin: ORIGIN, source: null })),
    );
  });
  if (!g.Worker)
    def(g, "Worker", makeWorkerClass({ ...options, impl: adapter.inWorker === false ? null : options.impl }));
  if (!g.Audio)
    def(g, "Audio", function Audio() {
      return document.createElement("audio");
    });
  return document;
}
